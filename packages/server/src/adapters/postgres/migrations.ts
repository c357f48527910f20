import { createHash } from 'node:crypto'
import type { ClientBase } from 'pg'
import { APPEND_FUNCTIONS, FRESH_AT_ONCE, KEPT_PLANS, MODERATED_DELETES } from './append-sql.ts'
import { LEASE } from './lease-sql.ts'
import { REGISTRY } from './registry-sql.ts'
import { TRIM_FUNCTION } from './trim-sql.ts'

/** One step of the schema. A step that was published is never changed: later ones follow it. */
export interface Migration {
  readonly name: string
  readonly sql: string
  /**
   * Whether a program that does not know the step would do harm. Default: false, as a step only adds, so that nodes of the version before go on
   * while those of the next one come.
   */
  readonly breaks?: boolean
}

/** Any number that all versions share: one program at a time changes the schema. */
const MIGRATION_LOCK = 7_209_114

/** The schema, step by step; the number of a step is its place in the list, counted from 1. */
export const MIGRATIONS: readonly Migration[] = [
  {
    name: 'logs and entries',
    // `text` holds what `text.ts` makes of it. Positions grow with the numbers within a log, as its row is locked while they are given.
    sql: `
      CREATE TABLE meta (key text PRIMARY KEY, value text NOT NULL);
      CREATE TABLE counters (name text PRIMARY KEY, value bigint NOT NULL);
      INSERT INTO counters (name, value) VALUES ('logs', 0);
      CREATE TABLE logs (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        name text COLLATE "C" NOT NULL UNIQUE,
        head bigint NOT NULL DEFAULT 0,
        first bigint NOT NULL DEFAULT 1
      ) WITH (fillfactor = 50);
      CREATE INDEX rooms ON logs (name) WHERE left(name, 1) <> '@';
      CREATE TABLE entries (
        position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        log_id bigint NOT NULL,
        seq bigint NOT NULL,
        id text COLLATE "C" NOT NULL,
        kind text COLLATE "C" NOT NULL,
        author text NOT NULL,
        author_id text,
        target text,
        text text COLLATE "C" NOT NULL,
        timestamp text NOT NULL,
        at bigint NOT NULL,
        client_id text COLLATE "C",
        about_id text COLLATE "C",
        about_seq bigint
      );
      CREATE UNIQUE INDEX entries_by_number ON entries (log_id, seq);
      CREATE UNIQUE INDEX entries_by_client_id ON entries (client_id, log_id) WHERE client_id IS NOT NULL;
      CREATE INDEX private_messages ON entries (id) WHERE kind = 'private';
      CREATE INDEX edits ON entries (about_id) WHERE kind = 'edit';
      CREATE INDEX reactions ON entries (about_id, text) WHERE kind = 'reaction';
      CREATE TABLE let_go_ids (
        client_id text COLLATE "C" NOT NULL,
        log_id bigint NOT NULL,
        seq bigint NOT NULL,
        id text NOT NULL,
        kind text NOT NULL,
        author text NOT NULL,
        author_id text,
        target text,
        timestamp text NOT NULL,
        at bigint NOT NULL,
        about_seq bigint,
        PRIMARY KEY (client_id, log_id)
      );
      CREATE INDEX let_go_ids_by_age ON let_go_ids (at);
      CREATE TABLE nodes (
        id text PRIMARY KEY,
        last bigint NOT NULL DEFAULT 0,
        answers jsonb,
        seen timestamptz NOT NULL DEFAULT now()
      ) WITH (fillfactor = 50);
      ${APPEND_FUNCTIONS}
      ${TRIM_FUNCTION}
    `,
  },
  { name: 'nodes and names', sql: REGISTRY },
  { name: 'client ids in one look', sql: FRESH_AT_ONCE },
  { name: 'plans that are kept', sql: KEPT_PLANS },
  { name: 'a lease that nobody could renew', sql: LEASE },
  { name: 'deletions by moderators', sql: MODERATED_DELETES },
]

/**
 * Brings the schema up to date, all missing steps in one transaction. Steps of a newer version that only add are let be. Throws an `Error`
 * that says what to do when one of them breaks with this version, or the database has other steps.
 */
export async function migrate(client: ClientBase, migrations = MIGRATIONS): Promise<void> {
  await client.query('BEGIN')
  try {
    await client.query('SELECT pg_advisory_xact_lock($1)', [MIGRATION_LOCK])
    await applyMissing(client, migrations)
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined)
    throw error
  }
}

async function applyMissing(client: ClientBase, migrations: readonly Migration[]): Promise<void> {
  await client.query(
    'CREATE TABLE IF NOT EXISTS migrations (number int PRIMARY KEY, name text NOT NULL, checksum text NOT NULL)',
  )
  await client.query('ALTER TABLE migrations ADD COLUMN IF NOT EXISTS breaks boolean NOT NULL DEFAULT true')
  const { rows: applied } = await client.query<{ number: number; checksum: string; breaks: boolean }>(
    'SELECT number, checksum, breaks FROM migrations ORDER BY number',
  )
  const newest = applied.at(-1)?.number ?? 0
  if (applied.some(({ number, breaks }) => breaks && number > migrations.length))
    throw new Error(
      `it was written by a newer Roomful (schema ${newest}, this one knows ${migrations.length}): start that version, or restore a backup that was made before the upgrade.`,
    )
  for (const [index, { name, sql, breaks = false }] of migrations.entries()) {
    const checksum = createHash('sha256').update(sql).digest('hex')
    const known = applied[index]
    if (known === undefined) {
      await client.query(sql)
      await client.query('INSERT INTO migrations (number, name, checksum, breaks) VALUES ($1, $2, $3, $4)', [
        index + 1,
        name,
        checksum,
        breaks,
      ])
    } else if (known.number !== index + 1 || known.checksum !== checksum) {
      throw new Error(
        `it has another schema than this Roomful writes (step ${index + 1} differs): start the version that wrote it, or name an empty database.`,
      )
    }
  }
}
