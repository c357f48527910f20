/** Buckets per octave: a value is known within 1/32. */
const STEPS = 32
const BUCKETS = 1024

/** @param {number} value whole, below 2^31 */
function bucketOf(value) {
  if (value < STEPS) return value
  const octave = 31 - Math.clz32(value)
  return (octave - 5) * STEPS + (value >>> (octave - 5))
}

/** The largest value of a bucket. @param {number} bucket */
function topOf(bucket) {
  if (bucket < 2 * STEPS) return bucket
  const shift = (bucket >>> 5) - 1
  return ((bucket & (STEPS - 1)) + STEPS + 1) * 2 ** shift - 1
}

/** @typedef {{ counts: [bucket: number, count: number][], max: number }} HistogramData */

/** Log-linear histogram of microseconds. Several are merged by adding, so no percentile is ever averaged. */
export class Histogram {
  #counts = new Float64Array(BUCKETS)
  total = 0
  max = 0

  /** @param {number} microseconds */
  record(microseconds) {
    const value = microseconds > 0 ? Math.min(Math.round(microseconds), 0x7fff_ffff) : 0
    const bucket = bucketOf(value)
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1
    this.total += 1
    if (value > this.max) this.max = value
  }

  /** @param {HistogramData} data of another one */
  add({ counts, max }) {
    for (const [bucket, count] of counts) {
      this.#counts[bucket] = (this.#counts[bucket] ?? 0) + count
      this.total += count
    }
    if (max > this.max) this.max = max
  }

  /**
   * @param {number} share 0.99 for the 99th percentile
   * @returns {number | null} microseconds, at most 1/32 above the true value; null when nothing was recorded
   */
  quantile(share) {
    if (this.total === 0) return null
    let left = Math.max(1, Math.ceil(this.total * share))
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      left -= this.#counts[bucket] ?? 0
      if (left <= 0) return Math.min(topOf(bucket), this.max)
    }
    return this.max
  }

  /** @returns {HistogramData} */
  toJSON() {
    /** @type {[number, number][]} */
    const counts = []
    for (const [bucket, count] of this.#counts.entries()) if (count > 0) counts.push([bucket, count])
    return { counts, max: this.max }
  }
}
