/**
 * Who lives and who bears which name, one function per operation. A node that looks takes its own row of `living` first, then finds others dead
 * without waiting for any row, then takes names in the order of their keys: so nobody waits for somebody who waits. Who lives is asked once more when the names
 * are taken, since a node that began to live meanwhile may have claimed them before.
 */

/** `life` counts: a node that was found dead and came back is another life, and what the old one bore is nobody's. */
const TABLES = `
  CREATE TABLE living (
    node text COLLATE "C" PRIMARY KEY,
    run text NOT NULL,
    life bigint GENERATED ALWAYS AS IDENTITY,
    version bigint NOT NULL DEFAULT 0,
    seen timestamptz NOT NULL DEFAULT clock_timestamp(),
    lease interval NOT NULL
  ) WITH (fillfactor = 50);
  CREATE TABLE names (
    key text COLLATE "C" PRIMARY KEY,
    person text NOT NULL,
    name text NOT NULL,
    lives bigint[] NOT NULL
  ) WITH (fillfactor = 50);`

/** While the database was away nobody could beat: from its start on, all have their lease once more. */
const IS_OVER = `
  CREATE FUNCTION is_over_v1(a_living living) RETURNS boolean LANGUAGE sql AS $$
    SELECT greatest(a_living.seen, pg_postmaster_start_time()) + a_living.lease < clock_timestamp()
  $$;`

/** Finds nodes dead whose leases have ended, except the one who looks. One that beats or claims at this moment is left alone. */
const BURY = `
  CREATE FUNCTION bury_v1(a_run text) RETURNS void LANGUAGE sql AS $$
    DELETE FROM living WHERE node IN (
      SELECT node FROM living WHERE run <> a_run AND is_over_v1(living) FOR UPDATE SKIP LOCKED
    )
  $$;`

/** Begins a life. Answers nothing when it has, otherwise a text that changes whenever the node of that name beats. */
const JOIN = `
  CREATE FUNCTION join_v1(a_node text, a_run text, a_lease_ms bigint) RETURNS text LANGUAGE plpgsql AS $$
  BEGIN
    PERFORM bury_v1(a_run);
    INSERT INTO living (node, run, lease) VALUES (a_node, a_run, a_lease_ms * interval '1 ms') ON CONFLICT DO NOTHING;
    IF FOUND THEN RETURN NULL; END IF;
    RETURN coalesce((SELECT run || ' ' || seen FROM living WHERE node = a_node), 'gone');
  END $$;`

/** Answers the living nodes, and whether the caller still was one; nothing when another process is that node. */
const BEAT = `
  CREATE FUNCTION beat_v1(a_node text, a_run text, a_version bigint, a_lease_ms bigint, a_sweeps boolean) RETURNS jsonb
  LANGUAGE plpgsql AS $$
  DECLARE
    v_kept boolean;
    v_keys text[];
  BEGIN
    UPDATE living SET version = a_version, seen = clock_timestamp() WHERE node = a_node AND run = a_run;
    v_kept := FOUND;
    PERFORM bury_v1(a_run);
    IF NOT v_kept THEN
      INSERT INTO living (node, run, version, lease)
        VALUES (a_node, a_run, a_version, a_lease_ms * interval '1 ms') ON CONFLICT DO NOTHING;
      IF NOT FOUND THEN RETURN NULL; END IF;
    END IF;
    IF a_sweeps THEN
      -- What somebody is about to claim or release is left alone; what is taken is looked at once more.
      SELECT array_agg(key) INTO v_keys FROM (
        SELECT key FROM names WHERE NOT lives && (SELECT array_agg(life) FROM living) FOR UPDATE SKIP LOCKED
      ) AS nobodys;
      DELETE FROM names WHERE key = ANY (v_keys) AND NOT lives && (SELECT array_agg(life) FROM living);
    END IF;
    RETURN jsonb_build_object('kept', v_kept, 'nodes',
      (SELECT jsonb_agg(jsonb_build_object('node', node, 'version', version)) FROM living));
  END $$;`

/** Answers the person who bears each name on this node now, or null where somebody else does; nothing when the node was found dead. */
const CLAIM = `
  CREATE FUNCTION claim_names_v1(a_node text, a_run text, a_claims json) RETURNS jsonb LANGUAGE plpgsql AS $$
  DECLARE
    v_life bigint;
    v_living bigint[];
    v_claim record;
    v_person text;
    v_answers text[] := '{}';
  BEGIN
    SELECT life INTO v_life FROM living WHERE node = a_node AND run = a_run FOR KEY SHARE;
    IF NOT FOUND THEN RETURN NULL; END IF;
    PERFORM bury_v1(a_run);
    INSERT INTO names (key, person, name, lives)
      SELECT DISTINCT value ->> 'key' AS key, '', '', '{}'::bigint[] FROM json_array_elements(a_claims) ORDER BY key
      ON CONFLICT (key) DO UPDATE SET lives = names.lives;
    SELECT array_agg(life) INTO v_living FROM living;
    FOR v_claim IN
      SELECT value ->> 'key' AS key, value ->> 'name' AS name, value ->> 'shown' AS shown, value ->> 'fresh' AS fresh,
        (value ->> 'shared')::boolean AS shared
      FROM json_array_elements(a_claims) WITH ORDINALITY ORDER BY ordinality
    LOOP
      UPDATE names SET
        person = CASE WHEN lives && v_living THEN person ELSE coalesce(v_claim.shown, v_claim.fresh) END,
        name = CASE WHEN lives && v_living THEN name ELSE v_claim.name END,
        lives = ARRAY(SELECT unnest(lives) INTERSECT SELECT unnest(v_living) UNION SELECT v_life)
      WHERE key = v_claim.key
        AND (NOT lives && v_living OR v_claim.shared OR person IN (v_claim.shown, v_claim.fresh))
      RETURNING person INTO v_person;
      v_answers := array_append(v_answers, CASE WHEN FOUND THEN v_person END);
    END LOOP;
    RETURN to_jsonb(v_answers);
  END $$;`

const RELEASE = `
  CREATE FUNCTION release_names_v1(a_node text, a_run text, a_keys text[]) RETURNS void LANGUAGE plpgsql AS $$
  DECLARE
    v_life bigint;
    v_others bigint[];
  BEGIN
    SELECT life INTO v_life FROM living WHERE node = a_node AND run = a_run;
    IF NOT FOUND THEN RETURN; END IF;
    PERFORM FROM names WHERE key = ANY (a_keys) ORDER BY key FOR UPDATE;
    SELECT coalesce(array_agg(life), '{}') INTO v_others FROM living WHERE life <> v_life;
    DELETE FROM names WHERE key = ANY (a_keys) AND NOT lives && v_others;
    UPDATE names SET lives = array_remove(lives, v_life) WHERE key = ANY (a_keys);
  END $$;`

/** Who bears names on living nodes. Takes no row: whose lease has ended counts as dead, the one who asks aside. */
const FIND = `
  CREATE FUNCTION find_names_v1(a_run text, a_keys text[]) RETURNS TABLE (key text, person text, name text)
  LANGUAGE sql STABLE AS $$
    SELECT names.key, names.person, names.name FROM names
    WHERE names.key = ANY (a_keys) AND lives && ARRAY(SELECT life FROM living WHERE run = a_run OR NOT is_over_v1(living))
  $$;`

export const REGISTRY = [TABLES, IS_OVER, BURY, JOIN, BEAT, CLAIM, RELEASE, FIND].join('\n')
