import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BACKOFF_BASE_MS, BACKOFF_CAP_MS, Backoff } from './backoff.ts'

const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

describe('Backoff', () => {
  it('stays between zero and a ceiling that doubles up to the cap', () => {
    fc.assert(
      fc.property(fc.array(chance, { minLength: 1, maxLength: 50 }), (chances) => {
        let drawn = 0
        const backoff = new Backoff(() => chances[drawn++] ?? 0)
        chances.forEach((_, failures) => {
          const delay = backoff.next()
          expect(delay).toBeGreaterThanOrEqual(0)
          expect(delay).toBeLessThanOrEqual(Math.min(BACKOFF_CAP_MS, BACKOFF_BASE_MS * 2 ** failures))
        })
      }),
    )
  })

  it('uses the whole width: full jitter', () => {
    expect(new Backoff(() => 0).next()).toBe(0)
    expect(new Backoff(() => 0.999_999).next()).toBe(500)
  })

  it('is never sooner than the server asked, and still spreads', () => {
    fc.assert(
      fc.property(fc.nat({ max: 300_000 }), chance, fc.nat({ max: 2_000 }), (asked, drawn, failures) => {
        const backoff = new Backoff(() => drawn)
        for (let i = 0; i < failures; i++) backoff.next()
        const delay = backoff.next(asked)
        expect(delay).toBeGreaterThanOrEqual(asked)
        expect(delay).toBeLessThanOrEqual(asked + BACKOFF_CAP_MS)
      }),
      { numRuns: 50 },
    )
  })

  it('begins anew after a reset', () => {
    const backoff = new Backoff(() => 0.5)
    expect([backoff.next(), backoff.next(), backoff.next()]).toEqual([250, 500, 1000])
    backoff.reset()
    expect(backoff.next()).toBe(250)
  })
})
