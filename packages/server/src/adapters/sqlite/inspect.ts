/** Whether a database is whole: what SQLite can tell of its own pages, and the promises of the store about numbers. */
import type { Database, Row } from './driver.ts'

export interface Contents {
  readonly logs: number
  readonly entries: number
}

/** Number of the newest entry by log. */
export type Heads = ReadonlyMap<string, number>

/**
 * Reads all of a database and throws an `Error` that names the fault when a page is damaged, an index and its table differ,
 * or a log has other numbers than its row says. Takes about 3 s per million entries.
 */
export function inspectAll(database: Database): Contents {
  refuseBadPages(database)
  return inspectNumbers(database)
}

function refuseBadPages(database: Database): void {
  const [row] = database.prepare('PRAGMA integrity_check(1)').all([])
  const answer = String(row?.['integrity_check'])
  if (answer !== 'ok') throw new Error(answer.replace(/\s+/g, ' '))
}

function inspectNumbers(database: Database): Contents {
  const [bad] = database.prepare(BAD_LOGS).all([])
  if (bad !== undefined) throw new Error(numbersSentence(bad))
  const [totals] = database.prepare(TOTALS).all([])
  return { logs: Number(totals?.['logs']), entries: Number(totals?.['entries']) }
}

const BAD_LOGS = `
  SELECT logs.first AS first, logs.head AS head, counted.lowest AS lowest, counted.highest AS highest, counted.entries AS entries
  FROM (SELECT log_id, count(*) AS entries, min(seq) AS lowest, max(seq) AS highest FROM entries GROUP BY log_id) AS counted
  FULL JOIN logs ON logs.id = counted.log_id
  WHERE logs.id IS NULL
    OR coalesce(counted.entries, 0) <> logs.head - logs.first + 1
    OR coalesce(counted.lowest, logs.first) <> logs.first
    OR coalesce(counted.highest, logs.head) <> logs.head
  LIMIT 1`

const TOTALS = 'SELECT (SELECT count(*) FROM logs) AS logs, (SELECT count(*) FROM entries) AS entries'

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
