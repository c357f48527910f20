/** Token bucket: `capacity` at once, `perSecond` for ever. Holds two numbers; time is passed in. */
export class TokenBucket {
  #tokens: number
  #at: number

  constructor(capacity: number, now: number) {
    this.#tokens = capacity
    this.#at = now
  }

  /** Takes one token. Returns 0, or the milliseconds until there is one. */
  take(now: number, perSecond: number, capacity: number): number {
    const refilled = this.#tokens + ((now - this.#at) / 1000) * perSecond
    this.#tokens = refilled > capacity ? capacity : refilled
    this.#at = now
    if (this.#tokens >= 1) {
      this.#tokens -= 1
      return 0
    }
    return Math.ceil(((1 - this.#tokens) / perSecond) * 1000)
  }
}
