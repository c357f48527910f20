import { describe, expect, it } from 'vitest'
import { ManualClock } from '../../testing/manual-clock.ts'
import { AgeClock } from './age-clock.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
const YEAR_MS = 365 * DAY_MS

/** How far the age clock is behind the wall clock. */
function behind(clock: ManualClock, ages: AgeClock): number {
  return clock.now() - ages.now()
}

describe('the clock of ages', () => {
  it('follows what is small at once, forward and back', () => {
    const clock = new ManualClock()
    const ages = new AgeClock(clock)
    for (const ms of [0, 1, -5_000, 59 * MINUTE_MS, 59 * MINUTE_MS, -YEAR_MS]) {
      clock.leap(ms)
      expect(behind(clock, ages)).toBe(0)
      clock.pass(MINUTE_MS)
      expect(behind(clock, ages)).toBe(0)
    }
  })

  it('does not believe a leap ahead for a day, while time passes as ever', () => {
    const clock = new ManualClock()
    const ages = new AgeClock(clock)
    clock.leap(YEAR_MS)
    expect(behind(clock, ages)).toBe(YEAR_MS)
    clock.pass(DAY_MS - 1)
    expect(behind(clock, ages)).toBe(YEAR_MS)
    clock.pass(1)
    expect(behind(clock, ages)).toBe(0)
  })

  it('forgets a leap that was taken back, and doubts the next one as long', () => {
    const clock = new ManualClock()
    const ages = new AgeClock(clock)
    clock.leap(YEAR_MS)
    expect(behind(clock, ages)).toBe(YEAR_MS)
    clock.pass(DAY_MS / 2)
    clock.leap(-YEAR_MS)
    expect(behind(clock, ages)).toBe(0)
    clock.leap(YEAR_MS)
    expect(behind(clock, ages)).toBe(YEAR_MS)
    clock.pass(DAY_MS - 1)
    expect(behind(clock, ages)).toBe(YEAR_MS)
  })
})
