/** Token bucket: `capacity` at once, `perSecond` for ever. Holds two numbers; time is passed in. */
export class TokenBucket {
  #tokens: number
  #at: number

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
    const needed = cost > capacity ? capacity : cost
    if (this.#tokens >= needed) {
      this.#tokens -= cost
      return 0
    }
    return Math.ceil(((needed - this.#tokens) / perSecond) * 1000)
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
