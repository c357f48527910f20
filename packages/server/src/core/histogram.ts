/** Bounds for times from a tenth of a millisecond to ten seconds, in seconds. */
export const SECONDS: readonly number[] = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
]

/** Counts observations by size. Its memory does not grow. */
export class Histogram {
  /** Ascending. */
  readonly bounds: readonly number[]
  /** One more than `bounds`: the last is for what is above all of them. */
  readonly counts: number[]
  sum = 0

  constructor(bounds: readonly number[]) {
    this.bounds = bounds
    this.counts = Array.from({ length: bounds.length + 1 }, () => 0)
  }

  add(value: number): void {
    const { bounds, counts } = this
    let i = 0
    while (i < bounds.length && value > (bounds[i] as number)) i++
    counts[i] = (counts[i] as number) + 1
    this.sum += value
  }
}
