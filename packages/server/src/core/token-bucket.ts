/** Seconds' worth that must be there again after a refusal. */
const SLICE_SECONDS = 0.1

/**
 * Token bucket: `capacity` at once, `perSecond` for ever. Once it has refused, it opens again when a slice is there, so that what somebody gets who
 * wants more than there is comes in bunches: many messages that come at once are handed on in one write for each reader. Time is passed in.
 */
export class TokenBucket {
  #tokens: number
  #at: number
  #isShut = false

  constructor(capacity: number, now: number) {
    this.#tokens = capacity
    this.#at = now
  }

  /**
   * Takes `cost` tokens. Returns 0, or the milliseconds until there are so many. What costs more than there is room for needs a full bucket,
   * and the rest is owed.
   */
  take(now: number, perSecond: number, capacity: number, cost = 1): number {
    this.#refill(now, perSecond, capacity)
    const slice = Math.min(capacity, Math.max(cost, perSecond * SLICE_SECONDS))
    const needed = this.#isShut ? slice : Math.min(capacity, cost)
    this.#isShut = this.#tokens < needed
    if (!this.#isShut) {
      this.#tokens -= cost
      return 0
    }
    return Math.ceil(((slice - this.#tokens) / perSecond) * 1000)
  }

  /** Takes what was used already: what is not there is owed, a bucketful at most. */
  owe(now: number, perSecond: number, capacity: number, cost: number): void {
    this.#refill(now, perSecond, capacity)
    this.#tokens = Math.max(-capacity, this.#tokens - cost)
  }

  #refill(now: number, perSecond: number, capacity: number): void {
    const refilled = this.#tokens + ((now - this.#at) / 1000) * perSecond
    this.#tokens = refilled > capacity ? capacity : refilled
    this.#at = now
  }
}
