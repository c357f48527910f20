import type { Clock } from '../ports/clock.ts'

/** Most logs whose numbers are kept at a time, twice: those of this period and of the one before. */
const MAX_LOGS_KEPT = 10_000

/** Milliseconds of a period: numbers are kept for one to two of them. */
const PERIOD_MS = 30_000

/** What is known of a log that nobody reads. */
export interface Numbers {
  readonly head: number
  readonly first: number
}

/**
 * The numbers of private logs that were read until a moment ago, so that people who lose the connection and come back do not each ask the
 * store for their private log. Whoever appends to such a log drops them.
 */
export class LogNumbers {
  readonly #clock: Clock
  #now = new Map<string, Numbers>()
  #before = new Map<string, Numbers>()
  /** Monotonic milliseconds at which this period began. */
  #began = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  keep(log: string, { head, first }: Numbers): void {
    this.#age()
    if (this.#now.size < MAX_LOGS_KEPT) this.#now.set(log, { head, first })
  }

  /** Hands them out, once. */
  take(log: string): Numbers | undefined {
    this.#age()
    const numbers = this.#now.get(log) ?? this.#before.get(log)
    if (numbers !== undefined) this.drop(log)
    return numbers
  }

  drop(log: string): void {
    this.#now.delete(log)
    this.#before.delete(log)
  }

  clear(): void {
    this.#now.clear()
    this.#before.clear()
  }

  #age(): void {
    const periods = (this.#clock.monotonic() - this.#began) / PERIOD_MS
    if (periods < 1) return
    this.#before = periods < 2 ? this.#now : new Map<string, Numbers>()
    this.#now = new Map()
    this.#began = this.#clock.monotonic()
  }
}
