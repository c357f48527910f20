import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { Appended, NewEntry, Store } from '../ports/store.ts'

/** What became of one entry; `null` when the store could not commit it. */
export type Settle = (result: Appended | null, entry: NewEntry) => void

/** Most entries that wait for a commit; one more is refused as `unavailable`. */
const MAX_WAITING = 50_000

/** Most characters of text in them. */
const MAX_WAITING_CHARACTERS = 64 * 1024 * 1024

/** Most entries of one commit: a store that takes a second for them can still say in time that it cannot. The others come with the next one. */
const MAX_BATCH = 5_000

/** Commits that are under way at once: one is written while the next is on its way. */
const PIPELINE = 2

/**
 * Group commit: everything that was said in one turn is one batch, and while batches are being committed the next gathers.
 * Settles in the order of appending; `onCommitted` sees each batch first, or `onFailed` comes when the store may have written it or
 * not; `onSettled` comes when all of it was settled.
 */
export class LogWriter {
  readonly #store: Store
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #onCommitted: (entries: readonly NewEntry[], results: readonly Appended[]) => void
  readonly #onFailed: () => void
  readonly #onSettled: () => void
  #entries: NewEntry[] = []
  /** Length of the texts among them. */
  #characters = 0
  #settles: Settle[] = []
  #underWay = 0
  #scheduled = false
  #idle: (() => void)[] = []
  /** Monotonic milliseconds at which the newest batch was refused; `null` when it was committed, or there was none. */
  #refusedAt: number | null = null

  constructor(deps: {
    store: Store
    clock: Clock
    logger: Logger
    onCommitted: (entries: readonly NewEntry[], results: readonly Appended[]) => void
    onFailed: () => void
    onSettled: () => void
  }) {
    this.#store = deps.store
    this.#clock = deps.clock
    this.#logger = deps.logger
    this.#onCommitted = deps.onCommitted
    this.#onFailed = deps.onFailed
    this.#onSettled = deps.onSettled
  }

  append(entry: NewEntry, settle: Settle): void {
    if (this.#entries.length >= MAX_WAITING || this.#characters >= MAX_WAITING_CHARACTERS)
      return settle(null, entry)
    this.#characters += entry.text.length
    this.#entries.push(entry)
    this.#settles.push(settle)
    if (this.#scheduled || this.#underWay >= PIPELINE) return
    this.#scheduled = true
    this.#clock.endOfTurn(this.#submit)
  }

  /** What goes wrong for one entry is no reason to leave the others without an answer. */
  #guarded(step: () => unknown): void {
    try {
      step()
    } catch (error) {
      this.#logger.error('settle_failed', {}, error)
    }
  }

  /** Whether the newest batch was refused, less than so many milliseconds ago. */
  refusedWithin(ms: number): boolean {
    return this.#refusedAt !== null && this.#clock.monotonic() - this.#refusedAt < ms
  }

  /** Resolves when nothing waits and nothing is under way. */
  idle(): Promise<void> {
    if (this.#underWay === 0 && this.#entries.length === 0) return Promise.resolve()
    return new Promise((resolve) => this.#idle.push(resolve))
  }

  readonly #submit = (): void => {
    this.#scheduled = false
    if (this.#entries.length === 0 || this.#underWay >= PIPELINE) return
    const entries = this.#entries
    const settles = this.#settles
    this.#entries = entries.length > MAX_BATCH ? entries.splice(MAX_BATCH) : []
    this.#settles = settles.length > MAX_BATCH ? settles.splice(MAX_BATCH) : []
    this.#characters = this.#entries.reduce((sum, { text }) => sum + text.length, 0)
    this.#underWay++
    this.#store.append(entries).then(
      (results) => this.#done(entries, settles, results),
      (error: unknown) => {
        this.#logger.error('append_failed', { entries: entries.length }, error)
        this.#guarded(this.#onFailed)
        this.#done(entries, settles, null)
      },
    )
    this.#submit()
  }

  #done(entries: readonly NewEntry[], settles: readonly Settle[], results: readonly Appended[] | null): void {
    this.#underWay--
    this.#refusedAt = results === null ? this.#clock.monotonic() : null
    this.#guarded(() => results !== null && this.#onCommitted(entries, results))
    for (let i = 0; i < settles.length; i++)
      this.#guarded(() => (settles[i] as Settle)(results?.[i] ?? null, entries[i] as NewEntry))
    this.#guarded(this.#onSettled)
    this.#submit()
    if (this.#underWay === 0 && this.#entries.length === 0)
      for (const resolve of this.#idle.splice(0)) resolve()
  }
}
