/**
 * Nobody is dead because nobody could beat. A node finds another one dead only after it has itself been beating without a break for as long as the other one's lease,
 * so a database that was silent, was started again or has another time of day costs nobody a life. Functions that were there keep their names: nodes of
 * the version before do the same from then on.
 *
 * Whoever joins has not beaten yet. It takes what is over by `is_over_v1`, and only the place of its own name.
 */

/** A node that has not beaten for longer has had a break. Beats are a second apart, and a call is given up after four. */
const BREAK = `interval '3 s'`

/** `since`: from when on a node has been beating without a break. */
const SINCE = `
  ALTER TABLE living ADD COLUMN since timestamptz NOT NULL DEFAULT clock_timestamp();
  CREATE FUNCTION keep_since_v1() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF NEW.seen NOT BETWEEN OLD.seen AND OLD.seen + ${BREAK} THEN NEW.since := NEW.seen; END IF;
    RETURN NEW;
  END $$;
  CREATE TRIGGER keep_since BEFORE UPDATE ON living FOR EACH ROW EXECUTE FUNCTION keep_since_v1();`

/** Since when the one who looks has been beating; never for one who does not live, or has a break just now. */
const WATCHES = `
  CREATE FUNCTION watches_since_v1(a_run text) RETURNS timestamptz LANGUAGE sql AS $$
    SELECT coalesce(
      (SELECT since FROM living WHERE run = a_run AND clock_timestamp() BETWEEN seen AND seen + ${BREAK}), 'infinity')
  $$;
  CREATE FUNCTION is_over_v2(a_living living, a_watches_since timestamptz) RETURNS boolean LANGUAGE sql AS $$
    SELECT greatest(a_living.seen, a_watches_since) + a_living.lease < clock_timestamp()
  $$;`

const BURY = `
  CREATE OR REPLACE FUNCTION bury_v1(a_run text) RETURNS void LANGUAGE sql AS $$
    DELETE FROM living WHERE node IN (
      SELECT node FROM living WHERE run <> a_run AND is_over_v2(living, watches_since_v1(a_run)) FOR UPDATE SKIP LOCKED
    )
  $$;`

const JOIN = `
  CREATE OR REPLACE FUNCTION join_v1(a_node text, a_run text, a_lease_ms bigint) RETURNS text LANGUAGE plpgsql AS $$
  BEGIN
    DELETE FROM living WHERE node = a_node AND run <> a_run AND is_over_v1(living);
    INSERT INTO living (node, run, lease) VALUES (a_node, a_run, a_lease_ms * interval '1 ms') ON CONFLICT DO NOTHING;
    IF FOUND THEN RETURN NULL; END IF;
    RETURN coalesce((SELECT run || ' ' || seen FROM living WHERE node = a_node), 'gone');
  END $$;`

const FIND = `
  CREATE OR REPLACE FUNCTION find_names_v1(a_run text, a_keys text[]) RETURNS TABLE (key text, person text, name text)
  LANGUAGE sql STABLE AS $$
    SELECT names.key, names.person, names.name FROM names
    WHERE names.key = ANY (a_keys)
      AND lives && ARRAY(SELECT life FROM living WHERE run = a_run OR NOT is_over_v2(living, watches_since_v1(a_run)))
  $$;`

export const LEASE = [SINCE, WATCHES, BURY, JOIN, FIND].join('\n')
