import type { EntryKind } from '../../ports/store.ts'
import type { First } from '../repeated.ts'
import type { Database, SqlValue, Statement } from './driver.ts'
import { finite } from '../read-limit.ts'
import { prepared } from './statements.ts'

/**
 * Client ids of entries that were removed, so that a message whose ack got lost is not said twice when it is sent again after that. Each
 * call but `first` runs within a transaction of its caller.
 */
export class LetGoIds {
  readonly #statements: ReturnType<typeof prepareIds>
  readonly #max: number
  /** Rows, those of the transaction under way included: as long as there are none, `first` costs nothing. */
  #count = 0

  constructor(database: Database, max: number) {
    this.#statements = prepareIds(database)
    this.#max = max
    this.recount()
  }

  /** Takes the number of rows from the database, as after a transaction that failed. */
  recount(): void {
    this.#count = Number(this.#statements.count.all([])[0]?.['number'])
  }

  get isEmpty(): boolean {
    return this.#count === 0
  }

  /** What had this client id in a log. */
  first(clientId: SqlValue, logId: number): First | undefined {
    if (this.#count === 0 || clientId === null) return undefined
    const [row] = this.#statements.find.all([clientId, logId])
    if (row === undefined) return undefined
    return {
      seq: row['seq'] as number,
      id: row['id'] as string,
      kind: row['kind'] as EntryKind,
      author: row['author'] as string,
      authorId: row['author_id'] as string | null,
      target: row['target'] as string | null,
      text: '',
      timestamp: row['timestamp'] as string,
      about: row['about_seq'] === null ? null : { seq: row['about_seq'] as number },
    }
  }

  /** Takes note of the ids of entries that are about to be removed: `notes` made with `noting`, `values` for it. */
  note(notes: Statement, values: readonly SqlValue[], before: number | null): void {
    this.#count += notes.run([...values, finite(before ?? -1)])
  }

  /** Forgets those of entries with `at` before a time and those that are too many, at most `limit`; answers whether that was all. */
  forget(before: number | null, limit: number): boolean {
    if (this.#count === 0) return true
    const old = before === null ? 0 : this.#statements.forgetBefore.run([finite(before), limit])
    const tooMany = Math.max(0, Math.min(this.#count - old - this.#max, limit - old))
    const oldest = tooMany === 0 ? 0 : this.#statements.forgetOldest.run([tooMany])
    this.#count -= old + oldest
    return old + oldest < limit
  }
}

/** A statement for `LetGoIds.note`. `goes` says which entries, as `gone`. */
export function noting(goes: string): string {
  return `INSERT OR IGNORE INTO let_go_ids (client_id, log_id, seq, id, kind, author, author_id, target, timestamp, at, about_seq)
    SELECT client_id, log_id, seq, id, kind, author, author_id, target, timestamp, at, about_seq FROM entries AS gone
    WHERE ${goes} AND client_id IS NOT NULL AND at >= ?`
}

function prepareIds(database: Database) {
  const oldest = (which: string) =>
    `DELETE FROM let_go_ids WHERE position IN (SELECT position FROM let_go_ids ${which} ORDER BY at LIMIT ?)`
  return prepared(database, {
    count: 'SELECT count(*) AS number FROM let_go_ids',
    find: 'SELECT * FROM let_go_ids WHERE client_id = ? AND log_id = ?',
    forgetBefore: oldest('WHERE at < ?'),
    forgetOldest: oldest(''),
  })
}
