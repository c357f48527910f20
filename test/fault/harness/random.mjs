/** Chance from a seed: the same seed, the same run as far as the machine's timing allows. */
export class Random {
  #state

  /** @param {number} seed whole number */
  constructor(seed) {
    this.#state = seed >>> 0
  }

  /** In [0, 1) (mulberry32). */
  next = () => {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = this.#state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }

  /** A whole number, both bounds included. @param {number} least @param {number} most */
  between(least, most) {
    return least + Math.floor(this.next() * (most - least + 1))
  }

  /** @template T @param {readonly T[]} items at least one @returns {T} */
  pick(items) {
    return /** @type {T} */ (items[Math.floor(this.next() * items.length)])
  }
}
