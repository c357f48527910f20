import { beforeEach, expect, it } from 'vitest'
import { ManualClock } from '../../../testing/manual-clock.ts'
import { ALIVE_EVERY_MS, HUNG_MS, Pulse } from './pulse.ts'

let clock: ManualClock
let pulse: Pulse<string>
beforeEach(() => {
  clock = new ManualClock()
  pulse = new Pulse(clock)
  pulse.hear('lively')
  pulse.hear('hung')
})

/** Looks as often as one should; one of the two goes on giving signs of life. */
async function pass(ms: number): Promise<string[]> {
  let hung: string[] = []
  for (let passed = 0; passed < ms; passed += ALIVE_EVERY_MS) {
    await clock.advance(ALIVE_EVERY_MS)
    pulse.hear('lively')
    hung = pulse.hung()
  }
  return hung
}

it('finds who gives no sign of life any more, and only then', async () => {
  expect(await pass(HUNG_MS - ALIVE_EVERY_MS)).toEqual([])
  expect(await pass(2 * ALIVE_EVERY_MS)).toEqual(['hung'])
})

it('takes nobody for hung because it stood still itself', async () => {
  await clock.advance(10 * HUNG_MS)
  expect(pulse.hung()).toEqual([])
  expect(await pass(HUNG_MS - ALIVE_EVERY_MS)).toEqual([])
  expect(await pass(2 * ALIVE_EVERY_MS)).toEqual(['hung'])
})

it('forgets who is gone', async () => {
  pulse.delete('hung')
  expect(await pass(2 * HUNG_MS)).toEqual([])
})
