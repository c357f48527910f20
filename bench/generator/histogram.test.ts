import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Histogram } from './histogram.mjs'

const values = fc.array(fc.integer({ min: 0, max: 2 ** 31 - 1 }), { minLength: 1 })
const share = fc.constantFrom(0.01, 0.5, 0.9, 0.99, 1)

const histogramOf = (recorded: readonly number[]): Histogram => {
  const histogram = new Histogram()
  for (const value of recorded) histogram.record(value)
  return histogram
}

describe('histogram', () => {
  it('gives quantiles at most 1/32 above the true ones', () => {
    fc.assert(
      fc.property(values, share, (recorded, part) => {
        const sorted = [...recorded].sort((a, b) => a - b)
        const exact = sorted[Math.max(1, Math.ceil(sorted.length * part)) - 1] ?? 0
        const found = histogramOf(recorded).quantile(part) ?? -1
        expect(found).toBeGreaterThanOrEqual(exact)
        expect(found).toBeLessThanOrEqual(Math.ceil(exact * (1 + 1 / 32)))
      }),
    )
  })

  it('merges: two halves give what the whole gives', () => {
    fc.assert(
      fc.property(values, values, share, (left, right, part) => {
        const merged = histogramOf(left)
        merged.add(histogramOf(right).toJSON())
        const whole = histogramOf([...left, ...right])
        expect(merged.toJSON()).toEqual(whole.toJSON())
        expect(merged.quantile(part)).toBe(whole.quantile(part))
      }),
    )
  })

  it('knows nothing when nothing was recorded', () => {
    expect(new Histogram().quantile(0.5)).toBeNull()
  })
})
