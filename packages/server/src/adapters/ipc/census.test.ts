import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Tally, TELL_EVERY_MS, WorkerCensus } from './census.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

it('tells the first number at once, and then the newest, never more often than it may', () => {
  const told: number[] = []
  const census = new WorkerCensus((here) => told.push(here))
  for (const here of [1, 2, 3]) census.tell(here)
  expect(told).toEqual([1])
  vi.advanceTimersByTime(TELL_EVERY_MS)
  expect(told).toEqual([1, 3])
  vi.advanceTimersByTime(10 * TELL_EVERY_MS)
  expect(told).toEqual([1, 3])
  census.tell(4)
  expect(told).toEqual([1, 3, 4])
})

it('tells each worker the sum of the others, also when one is gone', () => {
  const told = new Map<string, number>()
  const tally = new Tally<string>((worker, elsewhere) => told.set(worker, elsewhere))
  tally.set('a', 3)
  tally.set('b', 4)
  tally.set('c', 5)
  vi.advanceTimersByTime(TELL_EVERY_MS)
  expect([...told]).toEqual([
    ['a', 9],
    ['b', 8],
    ['c', 7],
  ])
  tally.delete('c')
  tally.delete('c')
  vi.advanceTimersByTime(TELL_EVERY_MS)
  expect(told.get('a')).toBe(4)
  expect(told.get('b')).toBe(3)
})
