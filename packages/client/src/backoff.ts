/** Ceiling of the first delay, milliseconds. Each failure in a row doubles it. */
export const BACKOFF_BASE_MS = 500

/** Highest ceiling, milliseconds. */
export const BACKOFF_CAP_MS = 30_000

/**
 * Delays between tries: full jitter, so that clients that lost one server together do not come back together.
 * A delay is anything between 0 and the ceiling; the ceiling doubles with each failure up to the cap.
 */
export class Backoff {
  readonly #random: () => number
  #failures = 0

  /** `random` gives numbers in [0, 1). */
  constructor(random: () => number) {
    this.#random = random
  }

  /** Counts a failure. Milliseconds until the next try, never less than what the server asked for. */
  next(retryAfterMs = 0): number {
    const ceiling = Math.min(BACKOFF_CAP_MS, BACKOFF_BASE_MS * 2 ** this.#failures)
    this.#failures += 1
    return retryAfterMs + Math.round(this.#random() * ceiling)
  }

  /** Forgets all failures. */
  reset(): void {
    this.#failures = 0
  }
}
