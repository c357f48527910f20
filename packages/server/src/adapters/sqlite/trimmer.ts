import type { Retention } from '../../ports/store.ts'
import type { Database, Statement } from './driver.ts'

/** Rows of `logs` that one call looks at. */
const LOGS_PER_CALL = 1_000

/** Removes entries that nobody keeps any more, a bounded number at a time. Each call runs within a transaction of its caller. */
export class Trimmer {
  readonly #oldest: Statement
  readonly #removeOldest: Statement
  readonly #logsBehind: Statement
  readonly #removeBelow: Statement
  readonly #setFirst: Statement
  readonly #emptyEditsOfOldest: Statement
  readonly #emptyEditsBelow: Statement
  /** Row of `logs` up to which the walk by count has come; 0 at its start. */
  #walkedTo = 0

  constructor(database: Database) {
    this.#oldest = database.prepare('SELECT position, log_id, seq, at FROM entries ORDER BY position LIMIT ?')
    this.#removeOldest = database.prepare('DELETE FROM entries WHERE position <= ?')
    this.#logsBehind = database.prepare('SELECT id, first, head FROM logs WHERE id > ? ORDER BY id LIMIT ?')
    this.#removeBelow = database.prepare('DELETE FROM entries WHERE log_id = ? AND seq < ?')
    this.#setFirst = database.prepare('UPDATE logs SET first = ? WHERE id = ?')
    this.#emptyEditsOfOldest = database.prepare(emptyEdits('gone.position <= ?'))
    this.#emptyEditsBelow = database.prepare(emptyEdits('gone.log_id = ? AND gone.seq < ?'))
  }

  /** Answers whether nothing was left to remove. */
  trim({ keep, before }: Retention, limit: number): boolean {
    const left = before === null ? limit : limit - this.#trimByAge(before, limit)
    return left > 0 && (keep === null || this.#trimByCount(keep, left))
  }

  /** Entries lie in the order of their arrival, so the oldest of all logs are the first rows. Answers how many went. */
  #trimByAge(before: number, limit: number): number {
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
    this.#removeOldest.run([last])
    for (const [log, first] of firsts) this.#setFirst.run([first, log])
    return removed
  }

  /** Walks some logs; answers whether that was the last of them. */
  #trimByCount(keep: number, limit: number): boolean {
    let left = limit
    const logs = this.#logsBehind.all([this.#walkedTo, LOGS_PER_CALL])
    for (const row of logs) {
      const [log, first, head] = [row['id'], row['first'], row['head']] as [number, number, number]
      const next = Math.min(head - keep + 1, first + left)
      if (next > first) {
        this.#emptyEditsBelow.run([log, next])
        this.#removeBelow.run([log, next])
        this.#setFirst.run([next, log])
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
