import { createHash } from 'node:crypto'
import { type Database, transactionOf } from './driver.ts'

/** One step of the schema. A step that was published is never changed: later ones follow it. */
export interface Migration {
  readonly name: string
  readonly sql: string
}

/** The schema, step by step; the number of a step is its place in the list, counted from 1. */
export const MIGRATIONS: readonly Migration[] = [
  {
    name: 'logs and entries',
    // Entries lie in the order of their arrival, so that a batch writes a few pages at the end of the table; an index finds
    // them by log and number. Ordered by log they cost one page per room that spoke: twice the time with 200 rooms.
    // `text` is TEXT, or a BLOB of UTF-8 when it holds U+0000, at which Node.js 22 and libsql cut a TEXT.
    sql: `
      CREATE TABLE meta (
        key TEXT PRIMARY KEY,
        value TEXT NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE logs (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        head INTEGER NOT NULL
      ) STRICT;
      CREATE INDEX rooms ON logs (name) WHERE substr(name, 1, 1) <> '@';
      CREATE TABLE entries (
        position INTEGER PRIMARY KEY,
        log_id INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        id TEXT NOT NULL,
        kind TEXT NOT NULL,
        author TEXT NOT NULL,
        author_id TEXT,
        target TEXT,
        text ANY NOT NULL,
        timestamp TEXT NOT NULL,
        at INTEGER NOT NULL,
        client_id TEXT
      ) STRICT;
      CREATE UNIQUE INDEX entries_by_number ON entries (log_id, seq);
      CREATE UNIQUE INDEX entries_by_client_id ON entries (client_id, log_id) WHERE client_id IS NOT NULL;
    `,
  },
  {
    name: 'entries about others',
    // What an entry is about, by id and by its number in the same log. The indexes hold private messages, edits and reactions only,
    // so that what is said in rooms costs no more than before.
    sql: `
      ALTER TABLE entries ADD COLUMN about_id TEXT;
      ALTER TABLE entries ADD COLUMN about_seq INTEGER;
      CREATE INDEX private_messages ON entries (id) WHERE kind = 'private';
      CREATE INDEX edits ON entries (about_id) WHERE kind = 'edit';
      CREATE INDEX reactions ON entries (about_id, text) WHERE kind = 'reaction';
    `,
  },
  {
    name: 'number of the oldest entry that is left',
    sql: 'ALTER TABLE logs ADD COLUMN first INTEGER NOT NULL DEFAULT 1',
  },
  {
    name: 'client ids of removed entries',
    sql: `
      CREATE TABLE let_go_ids (
        position INTEGER PRIMARY KEY,
        client_id TEXT NOT NULL,
        log_id INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        id TEXT NOT NULL,
        kind TEXT NOT NULL,
        author TEXT NOT NULL,
        author_id TEXT,
        target TEXT,
        timestamp TEXT NOT NULL,
        at INTEGER NOT NULL,
        about_seq INTEGER
      ) STRICT;
      CREATE UNIQUE INDEX let_go_ids_by_id ON let_go_ids (client_id, log_id);
      CREATE INDEX let_go_ids_by_time ON let_go_ids (at);
    `,
  },
]

/**
 * Brings the schema up to `migrations`, all missing steps in one transaction. Throws an `Error` that says what to do when
 * the database has a newer schema than that, or other steps.
 */
export function migrate(
  database: Database,
  file: string,
  migrations: readonly Migration[] = MIGRATIONS,
): void {
  transactionOf(database)(() => applyMissing(database, file, migrations))
}

function applyMissing(database: Database, file: string, migrations: readonly Migration[]): void {
  database.exec(
    'CREATE TABLE IF NOT EXISTS migrations (number INTEGER PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL)',
  )
  const applied = database.prepare('SELECT number, checksum FROM migrations ORDER BY number').all([])
  const newest = Number(applied.at(-1)?.['number'] ?? 0)
  if (newest > migrations.length)
    throw new Error(
      `${file} was written by a newer Roomful (schema ${newest}, this one knows ${migrations.length}): start that version, or restore a backup that was made before the upgrade.`,
    )
  const record = database.prepare('INSERT INTO migrations (number, name, checksum) VALUES (?, ?, ?)')
  migrations.forEach(({ name, sql }, index) => {
    const checksum = createHash('sha256').update(sql).digest('hex')
    const known = applied[index]
    if (known === undefined) {
      database.exec(sql)
      record.run([index + 1, name, checksum])
    } else if (known['number'] !== index + 1 || known['checksum'] !== checksum) {
      throw new Error(
        `${file} has another schema than this Roomful writes (step ${index + 1} differs): start the version that wrote it, or move everything in its folder away to begin anew.`,
      )
    }
  })
}
