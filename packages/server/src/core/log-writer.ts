import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { Appended, NewEntry, Store } from '../ports/store.ts'
import type { Tracer } from '../ports/tracer.ts'
import { Histogram, SECONDS } from './histogram.ts'

/** What became of one entry; `null` when the store could not commit it. */
export type Settle = (result: Appended | null, entry: NewEntry) => void

/** Most entries that wait for a commit; one more is refused as `unavailable`. */
const MAX_WAITING = 50_000

/** Most characters of text in them. */
const MAX_WAITING_CHARACTERS = 64 * 1024 * 1024

/** Most entries of one commit: a store that takes a second for them can still say in time that it cannot. The others come with the next one. */
const MAX_BATCH = 5_000

/** Bounds of the sizes of batches, in entries. */
const SIZES = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, MAX_BATCH]

/** For how long a refused batch makes the server unready, in milliseconds: a probe fits on a full disk where messages do not. */
const REFUSED_AGE_MS = 5_000

/** Commits that are under way at once: one is written while the next is on its way. */
const PIPELINE = 2

/**
 * Group commit: everything that was said in one turn is one batch, and while batches are being committed the next gathers.
 * Settles in the order of appending; `onCommitted` sees each batch first, with the monotonic milliseconds at which its first entry was handed over, or `onFailed` comes when the store may have written it or
 * not; `onSettled` comes when all of it was settled.
 */
export class LogWriter {
  readonly #store: Store
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #tracer: Tracer | null
  readonly #onCommitted: (entries: readonly NewEntry[], results: readonly Appended[], since: number) => void
  readonly #onFailed: () => void
  readonly #onSettled: () => void
  #entries: NewEntry[] = []
  /** Length of the texts among them. */
  #characters = 0
  #settles: Settle[] = []
  /** Monotonic milliseconds at which the first of them was handed over. */
  #since = 0
  #underWay = 0
  #scheduled = false
  #idle: (() => void)[] = []
  /** Monotonic milliseconds at which the newest batch was refused; `null` when it was committed, or there was none. */
  #refusedAt: number | null = null
  /** What became of entries since the start; `failed`: the store could not, or too many waited. */
  readonly outcomes = { appended: 0, duplicate: 0, conflict: 0, refused: 0, failed: 0 }
  /** Seconds that each batch took, and its entries. */
  readonly seconds = new Histogram(SECONDS)
  readonly sizes = new Histogram(SIZES)

  constructor(deps: {
    store: Store
    clock: Clock
    logger: Logger
    /** Default: `null`, nobody asks for traces. */
    tracer?: Tracer | null
    onCommitted: (entries: readonly NewEntry[], results: readonly Appended[], since: number) => void
    onFailed: () => void
    onSettled: () => void
  }) {
    this.#store = deps.store
    this.#clock = deps.clock
    this.#logger = deps.logger
    this.#tracer = deps.tracer ?? null
    this.#onCommitted = deps.onCommitted
    this.#onFailed = deps.onFailed
    this.#onSettled = deps.onSettled
  }

  append(entry: NewEntry, settle: Settle): void {
    if (this.#entries.length >= MAX_WAITING || this.#characters >= MAX_WAITING_CHARACTERS) {
      this.outcomes.failed++
      return settle(null, entry)
    }
    if (this.#entries.length === 0) this.#since = this.#clock.monotonic()
    this.#tracer?.received(entry)
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

  /** Entries that are not committed yet and not on their way. */
  get waiting(): number {
    return this.#entries.length
  }

  /** Whether the newest batch was refused, a moment ago. */
  get refusesNow(): boolean {
    return this.#refusedAt !== null && this.#clock.monotonic() - this.#refusedAt < REFUSED_AGE_MS
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
    const since = this.#since
    this.#entries = entries.length > MAX_BATCH ? entries.splice(MAX_BATCH) : []
    this.#settles = settles.length > MAX_BATCH ? settles.splice(MAX_BATCH) : []
    this.#characters = this.#entries.reduce((sum, { text }) => sum + text.length, 0)
    this.#underWay++
    this.sizes.add(entries.length)
    this.#tracer?.handed(entries)
    const began = this.#clock.monotonic()
    const took = (): void => this.seconds.add((this.#clock.monotonic() - began) / 1_000)
    this.#store.append(entries).then(
      (results) => {
        took()
        this.#done(entries, settles, results, since)
      },
      (error: unknown) => {
        took()
        this.#logger.error('append_failed', { entries: entries.length }, error)
        this.#guarded(this.#onFailed)
        this.#done(entries, settles, null, since)
      },
    )
    this.#submit()
  }

  #done(
    entries: readonly NewEntry[],
    settles: readonly Settle[],
    results: readonly Appended[] | null,
    since: number,
  ): void {
    this.#underWay--
    this.#refusedAt = results === null ? this.#clock.monotonic() : null
    this.#tracer?.stored(entries, results)
    this.#guarded(() => results !== null && this.#onCommitted(entries, results, since))
    for (let i = 0; i < settles.length; i++) {
      const result = results?.[i] ?? null
      this.outcomes[result === null ? 'failed' : result.outcome]++
      this.#guarded(() => (settles[i] as Settle)(result, entries[i] as NewEntry))
    }
    this.#guarded(this.#onSettled)
    this.#submit()
    if (this.#underWay === 0 && this.#entries.length === 0)
      for (const resolve of this.#idle.splice(0)) resolve()
  }
}
