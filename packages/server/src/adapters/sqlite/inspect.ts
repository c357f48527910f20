/** Whether a database is whole: what SQLite can tell of its own pages, and the promises of the store about numbers. */
import { isUtf8 } from 'node:buffer'
import type { Bytes, Database, Row } from './driver.ts'

export interface Contents {
  /** Rooms that hold something. */
  readonly rooms: number
  /** What was said in them. */
  readonly messages: number
  /** All other entries: edits, deletions, reactions, private messages, what the server itself wrote down. */
  readonly others: number
}

/** Number of the newest entry by log. */
export type Heads = ReadonlyMap<string, number>

/**
 * Reads all of a database and throws an `Error` that names the fault when a page is damaged, an index and its table differ,
 * or a log has other numbers than its row says. Takes about 3 s per million entries.
 */
export function inspectAll(database: Database): Contents {
  refuseBadPages(database, 'integrity_check')
  refuseBadTexts(database, ENTRY_TEXTS, Number.MAX_SAFE_INTEGER)
  refuseBadTexts(database, ID_TEXTS, Number.MAX_SAFE_INTEGER)
  inspectNumbers(database)
  const [totals] = database.prepare(TOTALS).all([])
  return {
    rooms: Number(totals?.['rooms']),
    messages: Number(totals?.['messages']),
    others: Number(totals?.['entries']) - Number(totals?.['messages']),
  }
}

/** Largest database file that is read whole at a start, in bytes: about 0.2 s. */
const WHOLE_BYTES = 8_388_608

/** Largest one whose pages are all looked at, without holding indexes against tables: about 0.6 s, and twice that from a slow disk. */
const PAGES_BYTES = 134_217_728

/** Newest entries that are looked at in a larger one. */
const NEWEST_ENTRIES = 1_000

/** As much of `inspectAll` as a start has time for, by the size of the file in bytes. Throws like it. */
export function inspectForStart(database: Database, bytes: number): void {
  if (bytes <= WHOLE_BYTES) {
    inspectAll(database)
    return
  }
  refuseBadTexts(database, ENTRY_TEXTS, NEWEST_ENTRIES)
  refuseBadTexts(database, ID_TEXTS, NEWEST_ENTRIES)
  if (bytes > PAGES_BYTES) return inspectNewest(database)
  refuseBadPages(database, 'quick_check')
  inspectNumbers(database)
}

function refuseBadPages(database: Database, check: 'integrity_check' | 'quick_check'): void {
  const [row] = database.prepare(`PRAGMA ${check}(1)`).all([])
  const answer = String(row?.[check])
  if (answer !== 'ok') throw new Error(answer.replace(/\s+/g, ' '))
}

/** SQLite takes any bytes for a text. To libsql what is no UTF-8 is no error: reading it ends the process. */
function refuseBadTexts(database: Database, { table, texts, what }: Texts, newest: number): void {
  const [ends] = database
    .prepare(`SELECT min(position) AS lowest, max(position) AS highest FROM ${table}`)
    .all([])
  const highest = Number(ends?.['highest'] ?? 0)
  const some = database.prepare(
    `SELECT CAST(group_concat(${texts}, '') AS BLOB) AS bytes FROM ${table} WHERE position > ? AND position <= ?`,
  )
  for (
    let at = Math.max(Number(ends?.['lowest'] ?? 1) - 1, highest - newest);
    at < highest;
    at += TEXTS_AT_ONCE
  ) {
    const bytes = some.all([at, at + TEXTS_AT_ONCE])[0]?.['bytes'] as Bytes | null
    if (bytes !== null && !isUtf8(bytes)) throw new Error(`${what} holds a text that is no UTF-8`)
  }
}

/** Rows whose texts are looked at in one go. */
const TEXTS_AT_ONCE = 1_000

interface Texts {
  readonly table: string
  readonly texts: string
  readonly what: string
}

const ENTRY_TEXTS: Texts = {
  table: 'entries',
  texts: `id || kind || author || coalesce(author_id, '') || coalesce(target, '') || text || timestamp || coalesce(client_id, '') || coalesce(about_id, '')`,
  what: 'an entry',
}

const ID_TEXTS: Texts = {
  table: 'let_go_ids',
  texts: `client_id || id || kind || author || coalesce(author_id, '') || coalesce(target, '') || timestamp`,
  what: 'the id of an entry that was removed',
}

function inspectNumbers(database: Database): void {
  const [bad] = database.prepare(BAD_LOGS).all([])
  if (bad !== undefined) throw new Error(numbersSentence(bad))
}

/** The numbers of the newest entries: those of each log end with its head, without a hole. */
export function inspectNewest(database: Database): void {
  const [bad] = database.prepare(BAD_ENDS).all([NEWEST_ENTRIES])
  if (bad !== undefined) throw new Error(numbersSentence(bad))
}

const BAD_ENDS = `
  SELECT lowest AS first, logs.head AS head, lowest, highest, entries
  FROM (
    SELECT log_id, count(*) AS entries, min(seq) AS lowest, max(seq) AS highest
    FROM (SELECT log_id, seq FROM entries ORDER BY position DESC LIMIT ?) GROUP BY log_id
  ) LEFT JOIN logs ON logs.id = log_id
  WHERE logs.id IS NULL OR highest <> logs.head OR highest - lowest + 1 <> entries
    OR highest <> (SELECT max(seq) FROM entries AS other WHERE other.log_id = logs.id)
  LIMIT 1`

const BAD_LOGS = `
  SELECT logs.first AS first, logs.head AS head, counted.lowest AS lowest, counted.highest AS highest, counted.entries AS entries
  FROM (SELECT log_id, count(*) AS entries, min(seq) AS lowest, max(seq) AS highest FROM entries GROUP BY log_id) AS counted
  FULL JOIN logs ON logs.id = counted.log_id
  WHERE logs.id IS NULL
    OR coalesce(counted.entries, 0) <> logs.head - logs.first + 1
    OR coalesce(counted.lowest, logs.first) <> logs.first
    OR coalesce(counted.highest, logs.head) <> logs.head
  LIMIT 1`

const TOTALS = `
  SELECT (SELECT count(*) FROM logs WHERE substr(name, 1, 1) <> '@' AND head >= first) AS rooms,
    (SELECT count(*) FROM entries) AS entries,
    (SELECT count(*) FROM entries JOIN logs ON logs.id = log_id WHERE kind = 'message' AND substr(name, 1, 1) <> '@') AS messages`

function numbersSentence({ first, head, lowest, highest, entries }: Row): string {
  const count = Number(entries ?? 0)
  if (head === null) return `${count} entries belong to no log`
  return `a log with the numbers ${Number(first)} to ${Number(head)} holds ${count} entries, ${Number(lowest)} to ${Number(highest)}`
}

export function headsOf(database: Database): Heads {
  const rows = database.prepare('SELECT name, head FROM logs').all([])
  return new Map(rows.map((row) => [row['name'] as string, row['head'] as number]))
}

/** Whether each log of `earlier` is in `later`, and not shorter. */
export function contains(later: Heads, earlier: Heads): boolean {
  for (const [name, head] of earlier) if ((later.get(name) ?? -1) < head) return false
  return true
}
