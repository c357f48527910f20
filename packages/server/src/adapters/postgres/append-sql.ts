/**
 * The one statement of a batch: a function in the database, so that it takes one round trip, and a node that vanishes in
 * the middle holds nothing back. Each statement within it sees what was committed before it began (READ COMMITTED), so what is
 * decided after the rows of the logs were locked is decided on their newest state.
 */

/** Names for the columns of an `incoming` row, with its place in the batch. */
const ROW = 'r (log, copy, id, kind, author, author_id, target, text, timestamp, at, client_id, about, ord)'

/** A batch as it comes in: the fields of `NewEntry`. */
const INCOMING = `
  CREATE TYPE incoming AS (
    log text, copy text, id text, kind text, author text, author_id text, target text, text text,
    timestamp text, at bigint, client_id text, about bigint
  );`

/** Creates those of some logs that are missing; answers how many. The row of `counters` is locked before, so nobody else creates one. */
const CREATE_LOGS = `
  CREATE FUNCTION create_logs_v1(a_names text[]) RETURNS bigint LANGUAGE plpgsql AS $$
  DECLARE v_created bigint;
  BEGIN
    INSERT INTO logs (name) SELECT DISTINCT name FROM unnest(a_names) AS name WHERE name IS NOT NULL ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS v_created = ROW_COUNT;
    IF v_created > 0 THEN UPDATE counters SET value = value + v_created WHERE name = 'logs'; END IF;
    RETURN v_created;
  END $$;`

/** Entries that are about nothing, added to their logs and those of their copies in three statements whatever their number. */
const PLAIN_ROWS = `
    WITH sent AS (SELECT * FROM unnest(a_rows) WITH ORDINALITY AS ${ROW}),
    parts AS (
      SELECT sent.log AS name, sent.client_id AS known_as, 0 AS part, sent.* FROM sent
      UNION ALL
      SELECT sent.copy, NULL, 1, sent.* FROM sent WHERE sent.copy <> sent.log
    ),
    counts AS (SELECT name, count(*) AS number FROM parts GROUP BY name),
    grown AS (
      UPDATE logs SET head = head + counts.number FROM counts WHERE logs.name = counts.name
      RETURNING logs.id, logs.name, logs.head - counts.number AS base
    ),
    numbered AS (
      SELECT parts.*, grown.id AS log_id,
        (grown.base + row_number() OVER (PARTITION BY parts.name ORDER BY parts.ord, parts.part))::bigint AS number
      FROM parts JOIN grown USING (name)
    ),
    written AS (
      INSERT INTO entries (log_id, seq, id, kind, author, author_id, target, text, timestamp, at, client_id)
      SELECT log_id, number, id, kind, author, author_id, target, text, timestamp, at, known_as
      FROM numbered ORDER BY ord, part
    )
    SELECT ord, max(number) FILTER (WHERE part = 0),
      CASE WHEN bool_or(copy = log) THEN max(number) ELSE coalesce(max(number) FILTER (WHERE part = 1), 0) END
    FROM numbered GROUP BY ord`

const APPEND_PLAIN = `
  CREATE FUNCTION append_plain_v1(a_rows incoming[]) RETURNS TABLE (place bigint, seq bigint, copy_seq bigint)
  LANGUAGE sql AS $$${PLAIN_ROWS}
  $$;`

/** Which of some entries, by their places, are sent for the first time. */
const FRESH = `
  CREATE FUNCTION fresh_v1(a_rows incoming[]) RETURNS bigint[] LANGUAGE sql AS $$
    SELECT coalesce(array_agg(ord ORDER BY ord), '{}') FROM (
      SELECT ord, log, client_id, row_number() OVER (PARTITION BY log, client_id ORDER BY ord) AS nth
      FROM unnest(a_rows) WITH ORDINALITY AS ${ROW}
    ) AS sent
    WHERE client_id IS NULL OR nth = 1 AND first_v1(log, client_id) IS NULL
  $$;`

/** The first entry with a client id, for the caller to compare, also when it was removed since; `NULL` without one. */
const FIRST = `
  CREATE FUNCTION first_v1(a_log text, a_client_id text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('first', jsonb_build_object('seq', seq, 'id', first.id, 'kind', kind, 'author', author,
      'authorId', author_id, 'target', target, 'text', text, 'timestamp', timestamp, 'about',
      CASE WHEN about_seq IS NOT NULL THEN jsonb_build_object('seq', about_seq) END))
    FROM (
      SELECT log_id, seq, id, kind, author, author_id, target, text, timestamp, about_seq
      FROM entries WHERE client_id = a_client_id
      UNION ALL
      SELECT log_id, seq, id, kind, author, author_id, target, '', timestamp, about_seq
      FROM let_go_ids WHERE client_id = a_client_id
    ) AS first JOIN logs ON logs.id = first.log_id WHERE logs.name = a_log LIMIT 1
  $$;`

/** Whether one more emoji would be too many. Goes from emoji to emoji along the index: there may be ten thousand of one. */
const EMOJI = `
  CREATE FUNCTION is_one_emoji_too_many_v1(a_id text, a_emoji text, a_most int) RETURNS boolean LANGUAGE sql STABLE AS $$
    WITH RECURSIVE used (emoji) AS (
      SELECT min(text) FROM entries WHERE about_id = a_id AND kind = 'reaction'
      UNION ALL
      SELECT (SELECT min(text) FROM entries WHERE about_id = a_id AND kind = 'reaction' AND text > emoji)
      FROM used WHERE emoji IS NOT NULL
    )
    SELECT count(emoji) >= a_most AND coalesce(bool_and(emoji <> a_emoji), true) FROM used
  $$;`

/** Adds one entry about another one, or says why not. Its logs are locked. */
const APPEND_REFERENCE = `
  CREATE FUNCTION append_reference_v1(a_row incoming, a_most_logs bigint, a_most_emoji int) RETURNS jsonb
  LANGUAGE plpgsql AS $$
  DECLARE
    v_log_id bigint;
    v_said entries%ROWTYPE;
    v_other_name text;
    v_other_seq bigint;
    v_copy text := a_row.copy;
    v_copy_about bigint;
    v_seq bigint;
    v_copy_seq bigint := 0;
  BEGIN
    SELECT id INTO v_log_id FROM logs WHERE name = a_row.log;
    SELECT * INTO v_said FROM entries
      WHERE log_id = v_log_id AND seq = a_row.about AND kind IN ('message', 'private');
    IF NOT FOUND THEN RETURN '{"why": "not_found"}'; END IF;
    SELECT logs.name, entries.seq INTO v_other_name, v_other_seq FROM entries JOIN logs ON logs.id = entries.log_id
      WHERE entries.id = v_said.id AND entries.kind = 'private' AND entries.log_id <> v_log_id;

    IF a_row.kind IN ('message', 'private') THEN
      v_copy_about := CASE v_copy WHEN a_row.log THEN a_row.about WHEN v_other_name THEN v_other_seq END;
    ELSE
      v_copy := v_other_name;
      v_copy_about := v_other_seq;
      IF a_row.kind IN ('edit', 'delete') AND (v_said.author_id = a_row.author_id) IS NOT TRUE THEN
        RETURN '{"why": "forbidden"}';
      END IF;
      IF a_row.kind <> 'delete' AND v_said.text = '' THEN RETURN '{"why": "not_found"}'; END IF;
      IF a_row.kind = 'reaction' AND is_one_emoji_too_many_v1(v_said.id, a_row.text, a_most_emoji) THEN
        RETURN '{"why": "too_many_reactions"}';
      END IF;
    END IF;
    IF v_copy IS NOT NULL AND NOT EXISTS (SELECT FROM logs WHERE name = v_copy) THEN
      IF (SELECT value FROM counters WHERE name = 'logs') >= a_most_logs THEN RETURN '{"why": "too_many_logs"}'; END IF;
      PERFORM create_logs_v1(ARRAY[v_copy]);
    END IF;

    UPDATE logs SET head = head + 1 WHERE id = v_log_id RETURNING head INTO v_seq;
    INSERT INTO entries
      (log_id, seq, id, kind, author, author_id, target, text, timestamp, at, client_id, about_id, about_seq)
      VALUES (v_log_id, v_seq, a_row.id, a_row.kind, a_row.author, a_row.author_id, a_row.target, a_row.text,
        a_row.timestamp, a_row.at, a_row.client_id, v_said.id, a_row.about);
    IF v_copy = a_row.log THEN
      v_copy_seq := v_seq;
    ELSIF v_copy IS NOT NULL THEN
      UPDATE logs SET head = head + 1 WHERE name = v_copy RETURNING id, head INTO v_log_id, v_copy_seq;
      INSERT INTO entries (log_id, seq, id, kind, author, author_id, target, text, timestamp, at, about_id, about_seq)
        VALUES (v_log_id, v_copy_seq, a_row.id, a_row.kind, a_row.author, a_row.author_id, a_row.target, a_row.text,
          a_row.timestamp, a_row.at, v_said.id, v_copy_about);
    END IF;
    IF a_row.kind = 'delete' THEN
      UPDATE entries SET text = '' WHERE log_id = v_said.log_id AND seq = v_said.seq;
      UPDATE entries SET text = '' WHERE id = v_said.id AND kind = 'private';
      UPDATE entries SET text = '' WHERE about_id = v_said.id AND kind = 'edit';
    END IF;
    RETURN jsonb_build_object('seq', v_seq, 'copySeq', v_copy_seq,
      'found', jsonb_build_object('id', v_said.id, 'copy', v_copy, 'copySeq', v_copy_about));
  END $$;`

/**
 * Locks every log that a batch may write to, always in the same order. Answers whether one of them is missing; then the right to
 * create logs is locked too.
 */
const LOCK_LOGS = `
  CREATE FUNCTION lock_logs_v1(a_rows incoming[], a_has_references boolean) RETURNS boolean LANGUAGE plpgsql AS $$
  DECLARE
    v_names text[];
    v_there bigint;
  BEGIN
    SELECT array_agg(DISTINCT name) INTO v_names FROM (
      SELECT log FROM unnest(a_rows) UNION SELECT copy FROM unnest(a_rows)
    ) AS of (name) WHERE name <> '';
    IF a_has_references THEN
      -- A copy stands where it stands: which log has it needs no lock to be known.
      SELECT v_names || coalesce(array_agg(DISTINCT other.name), '{}') INTO v_names
        FROM unnest(a_rows) AS sent
        JOIN logs ON logs.name = sent.log
        JOIN entries AS said ON said.log_id = logs.id AND said.seq = sent.about AND said.kind = 'private'
        JOIN entries AS copy ON copy.id = said.id AND copy.kind = 'private' AND copy.log_id <> said.log_id
        JOIN logs AS other ON other.id = copy.log_id
        WHERE sent.about IS NOT NULL;
    END IF;
    PERFORM FROM logs WHERE name = ANY (v_names) ORDER BY id FOR UPDATE;
    GET DIAGNOSTICS v_there = ROW_COUNT;
    IF v_there = (SELECT count(DISTINCT name) FROM unnest(v_names) AS name) THEN RETURN false; END IF;
    PERFORM FROM counters WHERE name = 'logs' FOR UPDATE;
    PERFORM FROM logs WHERE name = ANY (v_names) ORDER BY id FOR UPDATE;
    RETURN true;
  END $$;`

/** Entries that are about nothing: the first ones are added, the others answered with those. Sets their places in the answers. */
const APPEND_RUN = `
  CREATE FUNCTION append_run_v1(a_rows incoming[], a_is_log_missing boolean, a_most_logs bigint) RETURNS jsonb[]
  LANGUAGE plpgsql AS $$
  DECLARE
    v_answers jsonb[] := array_fill(NULL::jsonb, ARRAY[cardinality(a_rows)]);
    v_fresh bigint[] := fresh_v1(a_rows);
    v_sent incoming[] := a_rows;
    v_names text[];
    v_row record;
  BEGIN
    IF cardinality(v_fresh) < cardinality(a_rows) THEN
      SELECT array_agg(a_rows[place] ORDER BY place) INTO v_sent FROM unnest(v_fresh) AS place;
    END IF;
    IF cardinality(v_fresh) > 0 THEN
      IF a_is_log_missing THEN
        SELECT array_agg(DISTINCT name) INTO v_names
          FROM (SELECT log FROM unnest(v_sent) UNION SELECT copy FROM unnest(v_sent)) AS of (name)
          WHERE name IS NOT NULL AND NOT EXISTS (SELECT FROM logs WHERE logs.name = of.name);
        IF cardinality(v_names) + (SELECT value FROM counters WHERE name = 'logs') > a_most_logs THEN
          RETURN NULL;
        END IF;
        PERFORM create_logs_v1(v_names);
      END IF;
      FOR v_row IN SELECT * FROM append_plain_v1(v_sent) LOOP
        v_answers[v_fresh[v_row.place]] := jsonb_build_object('seq', v_row.seq, 'copySeq', v_row.copy_seq);
      END LOOP;
    END IF;
    IF cardinality(v_fresh) < cardinality(a_rows) THEN
      FOR v_row IN
        SELECT ord, first_v1(log, client_id) AS first FROM unnest(a_rows) WITH ORDINALITY AS ${ROW}
        WHERE ord <> ALL (v_fresh)
      LOOP
        v_answers[v_row.ord] := v_row.first;
      END LOOP;
    END IF;
    RETURN v_answers;
  END $$;`

/**
 * A batch, from a node that counts its batches. A number that was served already gets its answers again, so a node that lost the
 * connection before the answer asks once more; a lower one, whose answer nobody waits for, does nothing.
 */
const APPEND = `
  CREATE FUNCTION append_v1(a_node text, a_number bigint, a_batch json, a_most_logs bigint, a_most_emoji int) RETURNS jsonb
  LANGUAGE plpgsql AS $$
  DECLARE
    v_node nodes%ROWTYPE;
    v_rows incoming[];
    v_count int;
    v_alone bigint[];
    v_is_log_missing boolean;
    v_answers jsonb[] := '{}';
    v_answer jsonb;
    v_run jsonb[];
    v_is_full boolean := false;
    v_from int := 1;
    v_to int;
  BEGIN
    INSERT INTO nodes (id) VALUES (a_node) ON CONFLICT (id) DO UPDATE SET seen = now() RETURNING * INTO v_node;
    IF a_number <= v_node.last THEN
      RETURN CASE WHEN a_number = v_node.last THEN v_node.answers END;
    END IF;

    SELECT array_agg(json_populate_record(NULL::incoming, value) ORDER BY ordinality) INTO v_rows
      FROM json_array_elements(a_batch) WITH ORDINALITY;
    v_count := coalesce(cardinality(v_rows), 0);
    SELECT array_agg(ord ORDER BY ord) INTO v_alone FROM unnest(v_rows) WITH ORDINALITY AS ${ROW}
      WHERE about IS NOT NULL OR copy = '';
    v_is_log_missing := lock_logs_v1(v_rows, v_alone IS NOT NULL);

    WHILE v_from <= v_count LOOP
      IF v_from = ANY (v_alone) THEN
        v_answer := first_v1(v_rows[v_from].log, v_rows[v_from].client_id);
        IF v_answer IS NULL AND v_rows[v_from].copy = '' AND (v_rows[v_from].about IS NULL OR EXISTS
          (SELECT FROM logs WHERE name = v_rows[v_from].log)) THEN
          v_answer := '{"why": "nobody"}';
        END IF;
        v_run := ARRAY[coalesce(v_answer, append_reference_v1(v_rows[v_from], a_most_logs, a_most_emoji))];
        v_to := v_from;
      ELSE
        SELECT coalesce(min(place) - 1, v_count) INTO v_to FROM unnest(v_alone) AS place WHERE place > v_from;
        IF v_is_full THEN v_to := v_from; END IF;
        v_run := append_run_v1(v_rows[v_from:v_to], v_is_log_missing, a_most_logs);
        IF v_run IS NULL AND v_to > v_from THEN
          -- There is no room for all the logs that these begin: they and all others come one by one.
          v_is_full := true;
          CONTINUE;
        END IF;
        v_run := coalesce(v_run, ARRAY['{"why": "too_many_logs"}'::jsonb]);
      END IF;
      v_answers := v_answers || v_run;
      v_from := v_to + 1;
    END LOOP;

    UPDATE nodes SET last = a_number, answers = to_jsonb(v_answers) WHERE id = a_node;
    RETURN to_jsonb(v_answers);
  END $$;`

export const APPEND_FUNCTIONS = [
  INCOMING,
  CREATE_LOGS,
  APPEND_PLAIN,
  FIRST,
  FRESH,
  EMOJI,
  APPEND_REFERENCE,
  LOCK_LOGS,
  APPEND_RUN,
  APPEND,
].join('\n')

/** In the place of the kind of a deletion that a moderator asks for. It is stored as any other. */
export const DELETE_AS_MODERATOR = 'delete as moderator'

/** The same where a moderator deletes what somebody else has said. */
export const MODERATED_DELETES = APPEND_REFERENCE.replace(
  'CREATE FUNCTION',
  'CREATE OR REPLACE FUNCTION',
).replace(
  '      IF a_row.kind IN (',
  `      IF a_row.kind = '${DELETE_AS_MODERATOR}' THEN
        a_row.kind := 'delete';
        IF v_said.kind = 'private' THEN RETURN '{"why": "forbidden"}'; END IF;
      ELSIF a_row.kind IN (`,
)

/**
 * The same as `FRESH` in one statement: a function that is called for each row costs more than what it looks for. Each look is one step down an index; as
 * `EXISTS` the planner might read a whole table for all of them.
 */
const FRESH_PLACES = `
    SELECT coalesce(array_agg(ord ORDER BY ord), '{}') FROM (
      SELECT r.ord, r.client_id, logs.id AS log_id,
        row_number() OVER (PARTITION BY r.log, r.client_id ORDER BY r.ord) AS nth
      FROM unnest(a_rows) WITH ORDINALITY AS ${ROW} LEFT JOIN logs ON logs.name = r.log
    ) AS sent
    WHERE client_id IS NULL OR nth = 1
      AND (SELECT seq FROM entries WHERE entries.client_id = sent.client_id AND entries.log_id = sent.log_id) IS NULL
      AND (SELECT seq FROM let_go_ids WHERE let_go_ids.client_id = sent.client_id AND let_go_ids.log_id = sent.log_id) IS NULL`

export const FRESH_AT_ONCE = `
  CREATE OR REPLACE FUNCTION fresh_v1(a_rows incoming[]) RETURNS bigint[] LANGUAGE sql AS $$${FRESH_PLACES}
  $$;`

/**
 * The same two as functions whose plans a connection keeps: those of an SQL function are made at each call, which costs a lone entry more than all else.
 * A plan is kept while its tables grow, so it must not read a whole one.
 */
export const KEPT_PLANS = `
  CREATE OR REPLACE FUNCTION append_plain_v1(a_rows incoming[]) RETURNS TABLE (place bigint, seq bigint, copy_seq bigint)
  LANGUAGE plpgsql SET enable_seqscan = off AS $$
  #variable_conflict use_column
  BEGIN
    RETURN QUERY ${PLAIN_ROWS};
  END $$;
  CREATE OR REPLACE FUNCTION fresh_v1(a_rows incoming[]) RETURNS bigint[] LANGUAGE plpgsql SET enable_seqscan = off AS $$
  BEGIN
    RETURN (${FRESH_PLACES});
  END $$;`
