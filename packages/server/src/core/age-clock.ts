import type { Clock } from '../ports/clock.ts'

/** Most that the wall clock may gain at once and be believed at once, in milliseconds: the ordinary corrections of a clock. */
const BELIEVED_LEAP_MS = 3_600_000

/** How long a longer leap has to last until it is believed, in milliseconds. */
const DOUBTED_FOR_MS = 86_400_000

/**
 * The wall clock as far as something may be removed by it: a clock that leaps ahead makes everything old at once. It is believed at the
 * start and whenever it goes back.
 */
export class AgeClock {
  readonly #clock: Clock
  /** What the wall clock is believed to be ahead of the monotonic one. */
  #offset: number
  /** Monotonic milliseconds at which the leap was first seen that is not believed yet. */
  #leapSeenAt: number | null = null

  constructor(clock: Clock) {
    this.#clock = clock
    this.#offset = clock.now() - clock.monotonic()
  }

  /** Milliseconds since 1970. To be asked at least every few minutes. */
  now(): number {
    const passed = this.#clock.monotonic()
    const offset = this.#clock.now() - passed
    const isLeap = offset - this.#offset > BELIEVED_LEAP_MS
    if (isLeap) this.#leapSeenAt ??= passed
    if (!isLeap || passed - (this.#leapSeenAt ?? passed) >= DOUBTED_FOR_MS) {
      this.#offset = offset
      this.#leapSeenAt = null
    }
    return passed + this.#offset
  }
}
