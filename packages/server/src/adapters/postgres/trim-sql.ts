/** Rows of `logs` that one call changes. */
const LOGS_PER_CALL = 1_000

/** Removes what nobody keeps any more, at most `a_limit` entries, one node at a time. Answers the log to go on behind; `NULL` when nothing is left. */
export const TRIM_FUNCTION = `
  CREATE FUNCTION trim_entries_v1(a_keep bigint, a_before bigint, a_ids_before bigint, a_limit bigint, a_behind bigint) RETURNS bigint
  LANGUAGE plpgsql AS $$
  DECLARE
    v_left bigint := a_limit;
    v_positions bigint[];
    v_ids bigint[];
    v_nexts bigint[];
    v_walked bigint;
    v_is_done boolean;
  BEGIN
    IF a_before IS NOT NULL THEN
      -- The oldest of all logs are the first rows; one that is younger than it should be there keeps those behind it.
      SELECT array_agg(position) INTO v_positions FROM (
        SELECT position, bool_and(at < a_before) OVER (ORDER BY position) AS goes
        FROM (SELECT position, at FROM entries ORDER BY position LIMIT a_limit) AS oldest
      ) AS judged WHERE goes;
      IF v_positions IS NOT NULL THEN
        SELECT array_agg(log_id ORDER BY log_id), array_agg(next ORDER BY log_id) INTO v_ids, v_nexts FROM (
          SELECT log_id, max(seq) + 1 AS next FROM entries WHERE position = ANY (v_positions) GROUP BY log_id
        ) AS gone;
        PERFORM remove_below_v1(v_ids, v_nexts, a_ids_before);
        v_left := v_left - cardinality(v_positions);
      END IF;
      IF v_left <= 0 THEN RETURN a_behind; END IF;
    END IF;

    IF a_keep IS NULL THEN RETURN NULL; END IF;
    WITH behind AS (
      SELECT id, first, head - a_keep + 1 AS next FROM logs
      WHERE id > a_behind AND head - first >= a_keep ORDER BY id LIMIT ${LOGS_PER_CALL}
    ), summed AS (
      SELECT *, sum(next - first) OVER (ORDER BY id) AS total FROM behind
    )
    SELECT array_agg(id ORDER BY id), array_agg(least(next, next - (total - v_left))::bigint ORDER BY id),
        max(id) FILTER (WHERE total <= v_left), (SELECT max(total) <= v_left AND count(*) < ${LOGS_PER_CALL} FROM summed)
      INTO v_ids, v_nexts, v_walked, v_is_done FROM summed WHERE total - (next - first) < v_left;
    IF v_ids IS NULL THEN RETURN NULL; END IF;
    PERFORM remove_below_v1(v_ids, v_nexts, a_ids_before);
    RETURN CASE WHEN NOT v_is_done THEN coalesce(v_walked, a_behind) END;
  END $$;

  CREATE FUNCTION remove_below_v1(a_ids bigint[], a_nexts bigint[], a_ids_before bigint) RETURNS void LANGUAGE plpgsql AS $$
  BEGIN
    PERFORM FROM logs WHERE id = ANY (a_ids) ORDER BY id FOR UPDATE;
    -- Nobody could delete the edits of what is about to go any more.
    UPDATE entries SET text = '' WHERE position IN (
      SELECT edit.position FROM unnest(a_ids, a_nexts) AS cut (id, next)
      JOIN entries AS gone ON gone.log_id = cut.id AND gone.seq < cut.next AND gone.kind IN ('message', 'private')
      JOIN entries AS edit ON edit.about_id = gone.id AND edit.kind = 'edit' AND edit.log_id = gone.log_id);
    INSERT INTO let_go_ids (client_id, log_id, seq, id, kind, author, author_id, target, timestamp, at, about_seq)
      SELECT client_id, log_id, seq, entries.id, kind, author, author_id, target, timestamp, at, about_seq
      FROM unnest(a_ids, a_nexts) AS cut (id, next) JOIN entries ON log_id = cut.id AND seq < cut.next
      WHERE client_id IS NOT NULL AND (a_ids_before IS NULL OR at >= a_ids_before) ON CONFLICT DO NOTHING;
    DELETE FROM entries USING unnest(a_ids, a_nexts) AS cut (id, next)
      WHERE entries.log_id = cut.id AND entries.seq < cut.next;
    UPDATE logs SET first = cut.next FROM unnest(a_ids, a_nexts) AS cut (id, next) WHERE logs.id = cut.id;
  END $$;

  CREATE FUNCTION forget_ids_v1(a_before bigint, a_most bigint, a_limit bigint) RETURNS boolean LANGUAGE plpgsql AS $$
  DECLARE
    v_old bigint;
    v_too_many bigint := 0;
  BEGIN
    DELETE FROM let_go_ids WHERE (client_id, log_id) IN
      (SELECT client_id, log_id FROM let_go_ids WHERE at < a_before ORDER BY at LIMIT a_limit);
    GET DIAGNOSTICS v_old = ROW_COUNT;
    v_too_many := greatest(0, least((SELECT count(*) FROM let_go_ids) - a_most, a_limit - v_old));
    DELETE FROM let_go_ids WHERE (client_id, log_id) IN
      (SELECT client_id, log_id FROM let_go_ids ORDER BY at LIMIT v_too_many);
    RETURN v_old + v_too_many < a_limit;
  END $$;

  CREATE FUNCTION trim_v1(a_keep bigint, a_before bigint, a_ids_before bigint, a_limit bigint, a_behind bigint, a_most_ids bigint)
  RETURNS bigint LANGUAGE plpgsql AS $$
  DECLARE v_behind bigint;
  BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtext('roomful.trim.' || current_schema())) THEN RETURN NULL; END IF;
    v_behind := trim_entries_v1(a_keep, a_before, a_ids_before, a_limit, a_behind);
    RETURN CASE WHEN forget_ids_v1(a_ids_before, a_most_ids, a_limit) THEN v_behind ELSE coalesce(v_behind, 0) END;
  END $$;`
