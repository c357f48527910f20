import type { RoomHead } from '../../ports/store.ts'
import type { Database, Row } from './driver.ts'
import { prepared } from './statements.ts'

/** Logs whose heads are kept in memory; beyond it the half that was read first is forgotten, and read anew when needed. */
const MAX_CACHED_LOGS = 20_000

export interface Log {
  readonly name: string
  readonly id: number
  /** Number of its newest entry, that of the transaction under way included. */
  head: number
}

/** The rows of `logs`, and their heads in memory. */
export class Logs {
  readonly #statements: ReturnType<typeof prepareLogs>
  readonly #maxLogs: number
  /** Rows, those of the transaction under way included. */
  #count: number
  #committedCount: number
  readonly #known = new Map<string, Log>()
  /** Logs that the transaction under way has changed or created. */
  readonly #touched = new Set<Log>()

  constructor(database: Database, maxLogs: number) {
    this.#statements = prepareLogs(database)
    this.#maxLogs = maxLogs
    this.#count = Number(this.#statements.count.all([])[0]?.['number'])
    this.#committedCount = this.#count
  }

  /** The log of a name as it is known or stored. */
  find(name: string): Log | undefined {
    const known = this.#known.get(name)
    if (known !== undefined) return known
    const [row] = this.#statements.find.all([name])
    return row && this.#remember(name, row)
  }

  /** The log of a name, begun if need be, within a transaction. */
  open(name: string): Log {
    const found = this.find(name)
    if (found !== undefined) return found
    const [row] = this.#statements.create.all([name])
    if (row === undefined) throw new Error('A log was not created')
    const log = this.#remember(name, row)
    this.#touched.add(log)
    this.#count++
    return log
  }

  /** Whether an entry in these logs would begin more of them than there may be. */
  wouldBeTooMany(name: string, copy: string | null): boolean {
    if (this.#count + 2 <= this.#maxLogs) return false
    const names = copy === null || copy === name ? [name] : [name, copy]
    const begun = names.filter((each) => this.find(each) === undefined).length
    return begun > 0 && this.#count + begun > this.#maxLogs
  }

  setHead(log: Log, head: number): void {
    log.head = head
    this.#touched.add(log)
  }

  first(name: string): number {
    return Number(this.#statements.first.all([name])[0]?.['first'] ?? 1)
  }

  rooms(after: string, limit: number): RoomHead[] {
    return this.#statements.rooms
      .all([after, limit])
      .map((row) => ({ room: row['name'] as string, head: row['head'] as number }))
  }

  /** Writes what the transaction has changed, as its last step. */
  write(): void {
    for (const { head, id } of this.#touched) this.#statements.setHead.run([head, id])
  }

  /** The transaction is over. Of one that failed nothing is left. */
  settle(committed: boolean): void {
    if (committed) this.#committedCount = this.#count
    else {
      for (const { name } of this.#touched) this.#known.delete(name)
      this.#count = this.#committedCount
    }
    this.#touched.clear()
    this.trimCache()
  }

  /** Never within a transaction: the heads that it has raised are not in the database yet. */
  trimCache(): void {
    if (this.#known.size <= MAX_CACHED_LOGS) return
    for (const name of this.#known.keys()) {
      this.#known.delete(name)
      if (this.#known.size <= MAX_CACHED_LOGS / 2) return
    }
  }

  #remember(name: string, row: Row): Log {
    const log = { name, id: row['id'] as number, head: row['head'] as number }
    this.#known.set(name, log)
    return log
  }
}

function prepareLogs(database: Database) {
  return prepared(database, {
    find: 'SELECT id, head FROM logs WHERE name = ?',
    first: 'SELECT first FROM logs WHERE name = ?',
    create: 'INSERT INTO logs (name, head) VALUES (?, 0) RETURNING id, head',
    setHead: 'UPDATE logs SET head = ? WHERE id = ?',
    count: 'SELECT count(*) AS number FROM logs',
    rooms: `SELECT name, head FROM logs WHERE name > ? AND substr(name, 1, 1) <> '@' AND head >= first
      ORDER BY name LIMIT ?`,
  })
}
