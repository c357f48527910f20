import type { Entry } from '../../ports/store.ts'
import type { Bytes, Database, Row, Statement } from './driver.ts'

const COLUMNS =
  'seq, id, kind, author, author_id, target, text, timestamp, at, client_id, about_id, about_seq'
/** Where the last two stand among the values of `insert`. */
export const ABOUT_ID = 11
export const ABOUT_SEQ = 12

/** The statements of the engine, prepared once. */
export function prepareAll(database: Database) {
  const statements = {
    insert: `INSERT INTO entries (log_id, ${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (client_id, log_id) WHERE client_id IS NOT NULL DO NOTHING`,
    byClientId: `SELECT ${COLUMNS} FROM entries WHERE client_id = ? AND log_id = ?`,
    readAfter: `SELECT ${COLUMNS} FROM entries WHERE log_id = ? AND seq > ? ORDER BY seq LIMIT ?`,
    readBefore: `SELECT ${COLUMNS} FROM entries WHERE log_id = ? AND seq < ? ORDER BY seq DESC LIMIT ?`,
    idOf: 'SELECT id, about_id FROM entries WHERE log_id = ? AND seq = ?',
    remove: 'DELETE FROM entries WHERE log_id = ? AND seq = ?',
    createEpoch: `INSERT INTO meta (key, value) VALUES ('epoch', ?) ON CONFLICT DO NOTHING`,
    epoch: `SELECT value FROM meta WHERE key = 'epoch'`,
    check: `INSERT INTO meta (key, value) VALUES ('check', '') ON CONFLICT DO UPDATE SET value = ''`,
  } as const
  return prepared(database, statements)
}

/** Statements by name, prepared. */
export function prepared<Name extends string>(
  database: Database,
  statements: Readonly<Record<Name, string>>,
): Record<Name, Statement> {
  const all = Object.entries<string>(statements).map(([name, sql]) => [name, database.prepare(sql)] as const)
  return Object.fromEntries(all) as Record<Name, Statement>
}

const UTF8 = new TextDecoder('utf-8', { ignoreBOM: true })

export function entryOf(row: Row): Omit<Entry, 'log'> {
  const text = row['text'] as string | Bytes
  const aboutId = row['about_id'] as string | null
  return {
    seq: row['seq'] as number,
    id: row['id'] as string,
    kind: row['kind'] as Entry['kind'],
    author: row['author'] as string,
    authorId: row['author_id'] as string | null,
    target: row['target'] as string | null,
    text: typeof text === 'string' ? text : UTF8.decode(text),
    timestamp: row['timestamp'] as string,
    at: row['at'] as number,
    clientId: row['client_id'] as string | null,
    about: aboutId === null ? null : { id: aboutId, seq: row['about_seq'] as number | null },
  }
}
