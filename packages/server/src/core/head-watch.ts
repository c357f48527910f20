import type { Clock } from '../ports/clock.ts'
import type { Store } from '../ports/store.ts'
import type { LogBook } from './log-book.ts'
import type { OutageLog } from './outage-log.ts'

/** Logs whose heads are asked for at once. */
const LOGS_PER_READ = 1_000

/**
 * Finds what other nodes have said and the bus has lost, where nothing more is said that would show the gap: looks at the heads in the
 * store, and reads what stood there at the last look already and is not here yet.
 */
export class HeadWatch {
  readonly #store: Store
  readonly #logs: LogBook
  readonly #logger: OutageLog
  readonly #endTimer: () => void
  /** Numbers that the store had at the last look, where they were ahead of those here. */
  #ahead = new Map<string, number>()
  /** Logs that were read on since the start because nothing had told of their end. */
  repairs = 0
  /** What failed first in this look. */
  #failure: { readonly error: unknown } | null = null
  #isLooking = false
  #isStopped = false

  /** `intervalMs`: milliseconds between two looks; a gap is closed within two of them. */
  constructor(deps: { store: Store; logs: LogBook; clock: Clock; logger: OutageLog; intervalMs: number }) {
    this.#store = deps.store
    this.#logs = deps.logs
    this.#logger = deps.logger
    this.#endTimer = deps.clock.every(deps.intervalMs, () => {
      if (!this.#isLooking) void this.#look()
    })
  }

  stop(): void {
    this.#isStopped = true
    this.#endTimer()
  }

  /** One read that fails does not keep the other logs of this look from being read. */
  async #look(): Promise<void> {
    this.#isLooking = true
    const before = this.#ahead
    this.#ahead = new Map()
    const names = this.#logs.names()
    for (let at = 0; at < names.length && !this.#isStopped; at += LOGS_PER_READ)
      await this.#lookAt(names.slice(at, at + LOGS_PER_READ), before)
    const failure = this.#failure
    this.#failure = null
    this.#isLooking = false
    if (failure !== null && !this.#isStopped) this.#logger.warn('heads_not_read', {}, failure.error)
  }

  async #lookAt(names: readonly string[], before: ReadonlyMap<string, number>): Promise<void> {
    const heads = await this.#tried(this.#store.heads(names))
    if (heads === null) {
      for (const name of names) this.#keep(name, before.get(name))
      return
    }
    this.#logger.answered()
    for (const [i, name] of names.entries()) {
      const log = this.#logs.get(name)
      const head = heads[i] ?? 0
      if (log === undefined || head <= log.head || this.#isStopped) continue
      this.#keep(name, head)
      // A hint may still be on its way. What it tells of has had its time when it stood in the store at the last look.
      if ((before.get(name) ?? 0) <= log.head) continue
      this.repairs++
      await this.#tried(this.#logs.reach(log, head))
    }
  }

  #keep(name: string, head: number | undefined): void {
    if (head !== undefined) this.#ahead.set(name, head)
  }

  /** `null` when it failed. */
  async #tried<T>(read: Promise<T>): Promise<T | null> {
    try {
      return await read
    } catch (error) {
      this.#failure ??= { error }
      return null
    }
  }
}
