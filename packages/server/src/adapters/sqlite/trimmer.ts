import { type Retention, SHORT_LOGS } from '../../ports/store.ts'
import type { Database, Statement } from './driver.ts'
import { type LetGoIds, noting } from './let-go-ids.ts'

/** Rows of `logs` that one call looks at. */
const LOGS_PER_CALL = 1_000

/** Which entries are about to go, as `gone`. */
const OLDEST = 'gone.position <= ?'
const BELOW = 'gone.log_id = ? AND gone.seq < ?'

/** Removes entries that nobody keeps any more, a bounded number at a time. Each call runs within a transaction of its caller. */
export class Trimmer {
  readonly #oldest: Statement
  readonly #removeOldest: Statement
  readonly #logsBehind: Statement
  readonly #named: Statement
  readonly #removeBelow: Statement
  readonly #setFirst: Statement
  readonly #emptyEditsOfOldest: Statement
  readonly #emptyEditsBelow: Statement
  readonly #letGoIds: LetGoIds
  readonly #noteIdsOfOldest: Statement
  readonly #noteIdsBelow: Statement
  /** Row of `logs` up to which the walk by count has come; 0 at its start. */
  #walkedTo = 0

  constructor(database: Database, letGoIds: LetGoIds) {
    this.#letGoIds = letGoIds
    this.#oldest = database.prepare('SELECT position, log_id, seq, at FROM entries ORDER BY position LIMIT ?')
    this.#removeOldest = database.prepare('DELETE FROM entries WHERE position <= ?')
    this.#logsBehind = database.prepare('SELECT id, first, head FROM logs WHERE id > ? ORDER BY id LIMIT ?')
    this.#named = database.prepare('SELECT id, first, head FROM logs WHERE name = ?')
    this.#removeBelow = database.prepare('DELETE FROM entries WHERE log_id = ? AND seq < ?')
    this.#setFirst = database.prepare('UPDATE logs SET first = ? WHERE id = ?')
    this.#emptyEditsOfOldest = database.prepare(emptyEdits(OLDEST))
    this.#emptyEditsBelow = database.prepare(emptyEdits(BELOW))
    this.#noteIdsOfOldest = database.prepare(noting(OLDEST))
    this.#noteIdsBelow = database.prepare(noting(BELOW))
  }

  /** Answers whether nothing was left to do. */
  trim({ keep, before, idsBefore }: Retention, limit: number): boolean {
    const some = limit - this.#trimShortLogs(limit)
    const left = before === null ? some : some - this.#trimByAge(before, idsBefore, some)
    const isDone = left > 0 && (keep === null || this.#trimByCount(keep, idsBefore, left))
    return this.#letGoIds.forget(idsBefore, limit) && isDone
  }

  /** Whether more is left of one of the short logs than may be. */
  get hasLongOne(): boolean {
    return this.#tooLong().next().done !== true
  }

  *#tooLong(): Generator<{ readonly log: number; readonly first: number; readonly due: number }> {
    for (const [name, kept] of SHORT_LOGS) {
      const [row] = this.#named.all([name])
      if (row === undefined) continue
      const [log, first, head] = [row['id'], row['first'], row['head']] as [number, number, number]
      const due = head - first + 1 - kept
      if (due > 0) yield { log, first, due }
    }
  }

  /** Answers how many went. */
  #trimShortLogs(limit: number): number {
    let removed = 0
    for (const { log, first, due } of this.#tooLong()) {
      const count = Math.min(due, limit - removed)
      if (count > 0) this.#letGoBelow(log, first + count, Infinity)
      removed += count
    }
    return removed
  }

  #letGoBelow(log: number, next: number, idsBefore: number | null): void {
    this.#emptyEditsBelow.run([log, next])
    this.#letGoIds.note(this.#noteIdsBelow, [log, next], idsBefore)
    this.#removeBelow.run([log, next])
    this.#setFirst.run([next, log])
  }

  /** Entries lie in the order of their arrival, so the oldest of all logs are the first rows. Answers how many went. */
  #trimByAge(before: number, idsBefore: number | null, limit: number): number {
    const firsts = new Map<number, number>()
    let removed = 0
    let last = 0
    for (const row of this.#oldest.all([limit])) {
      if ((row['at'] as number) >= before) break
      last = row['position'] as number
      firsts.set(row['log_id'] as number, (row['seq'] as number) + 1)
      removed++
    }
    if (removed === 0) return 0
    this.#emptyEditsOfOldest.run([last])
    this.#letGoIds.note(this.#noteIdsOfOldest, [last], idsBefore)
    this.#removeOldest.run([last])
    for (const [log, first] of firsts) this.#setFirst.run([first, log])
    return removed
  }

  /** Walks some logs; answers whether that was the last of them. */
  #trimByCount(keep: number, idsBefore: number | null, limit: number): boolean {
    let left = limit
    const logs = this.#logsBehind.all([this.#walkedTo, LOGS_PER_CALL])
    for (const row of logs) {
      const [log, first, head] = [row['id'], row['first'], row['head']] as [number, number, number]
      const next = Math.min(head - keep + 1, first + left)
      if (next > first) {
        this.#letGoBelow(log, next, idsBefore)
        left -= next - first
      }
      if (left === 0) return false
      this.#walkedTo = log
    }
    if (logs.length === LOGS_PER_CALL) return false
    this.#walkedTo = 0
    return true
  }
}

/**
 * Takes away the text of the edits of what is about to go, in the logs that lose it: nobody could delete it any more. `CROSS` has SQLite
 * begin with what goes, which is little; left to itself it begins with all edits there are.
 */
function emptyEdits(goes: string): string {
  return `UPDATE entries SET text = '' WHERE position IN (
    SELECT edit.position FROM entries AS gone
    CROSS JOIN entries AS edit ON edit.about_id = gone.id AND edit.kind = 'edit' AND edit.log_id = gone.log_id
    WHERE ${goes} AND gone.kind IN ('message', 'private'))`
}
