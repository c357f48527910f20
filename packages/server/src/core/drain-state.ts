import type { CloseName } from '@roomful/protocol'
import type { Clock } from '../ports/clock.ts'

/** `restart`: it comes back at once. `shutdown`: nobody knows when. */
export type DrainReason = 'restart' | 'shutdown'

/** Milliseconds from the last close to the first return: about what a restart takes. */
const RETURN_AFTER_MS = 1_000

/** Connections that come back in a second: half of what one core let in when 10,000 came at once. */
const RETURNS_PER_SECOND = 1_000

/** Latest return, in milliseconds after the first one; when more come back than fit, they share the seconds. */
const MAX_SPREAD_MS = 120_000

/** How each reason is called when it ends a connection. */
export const CLOSE_OF: Readonly<Record<DrainReason, CloseName>> = {
  restart: 'restart',
  shutdown: 'going_away',
}

/** How far the end of this server has come, and when each connection that it sends away comes back. */
export class Drain {
  readonly #clock: Clock
  #phase: 'serving' | 'begun' | 'closing' = 'serving'
  reason: DrainReason = 'shutdown'
  /** Monotonic milliseconds at which the last connection is about to be closed. */
  #lastCloseAt = 0
  #slots = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** No connection and nothing over HTTP is taken any more. */
  get begun(): boolean {
    return this.#phase !== 'serving'
  }

  /** Nothing that a connection asks for is done any more. */
  get closing(): boolean {
    return this.#phase === 'closing'
  }

  begin(reason: DrainReason): void {
    this.#phase = 'begun'
    this.reason = reason
  }

  beginClosing(): void {
    this.#phase = 'closing'
  }

  /** So long from now the last connection is closed. */
  expectEnd(inMs: number): void {
    this.#lastCloseAt = this.#clock.monotonic() + inMs
  }

  /** Milliseconds from now after which this server may be back. */
  backInMs(): number {
    return Math.ceil(Math.max(0, this.#lastCloseAt - this.#clock.monotonic()) + RETURN_AFTER_MS)
  }

  /** The same for one connection, each a little later than the one before: they do not come back all at once. */
  slotMs(): number {
    const spread = (this.#slots++ * 1_000) / RETURNS_PER_SECOND
    return this.backInMs() + Math.ceil(spread % MAX_SPREAD_MS)
  }
}
