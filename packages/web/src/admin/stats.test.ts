import { expect, it } from 'vitest'
import { pointOf, quantile, roomLines, type Stats, total } from './stats.ts'

const LAG = 'roomful_delivery_lag_seconds'

/** `counts`: up to 10 ms, up to 100 ms, more. */
function stats(
  second: number,
  entries: number,
  counts: [number, number, number],
  rooms: Stats['rooms'] = [],
): Stats {
  const [few, more, most] = counts
  const bucket = (le: string, value: number) => ({ name: `${LAG}_bucket`, labels: { le }, value })
  return {
    time: new Date(second * 1000).toISOString(),
    nodes: [],
    rooms,
    metrics: [
      {
        name: 'roomful_entries_total',
        samples: [
          { name: 'roomful_entries_total', labels: { outcome: 'appended' }, value: entries },
          { name: 'roomful_entries_total', labels: { outcome: 'refused' }, value: 7 },
        ],
      },
      {
        name: LAG,
        samples: [
          bucket('0.01', few),
          bucket('0.1', few + more),
          bucket('+Inf', few + more + most),
          { name: `${LAG}_sum`, labels: {}, value: 1 },
        ],
      },
    ],
  }
}

it('sums what has the labels', () => {
  expect(total(stats(0, 5, [0, 0, 0]), 'roomful_entries_total')).toBe(12)
  expect(total(stats(0, 5, [0, 0, 0]), 'roomful_entries_total', { outcome: 'appended' })).toBe(5)
  expect(total(stats(0, 5, [0, 0, 0]), 'unknown')).toBe(0)
})

it('counts per second between two moments, and takes a counter that fell for a new one', () => {
  const at = stats(10, 100, [0, 0, 0])
  expect(pointOf(at, stats(12, 150, [0, 0, 0]))).toMatchObject({ at: 12_000, messages: 25, p50: null })
  expect(pointOf(at, stats(12, 3, [0, 0, 0])).messages).toBe(0)
  expect(pointOf(null, at).messages).toBeNull()
})

it('finds quantiles of what came between two moments', () => {
  const before = stats(0, 0, [1000, 0, 0])
  const after = stats(2, 0, [1090, 10, 0])
  expect(quantile(before, after, LAG, 0.5)).toBeCloseTo((50 / 90) * 10)
  expect(quantile(before, after, LAG, 0.95)).toBeCloseTo(10 + 90 / 2)
  expect(quantile(before, before, LAG, 0.5)).toBeNull()
  // Above all bounds nothing is known but that.
  expect(quantile(before, stats(2, 0, [1000, 0, 4]), LAG, 0.5)).toBe(100)
})

it('lists the busiest room first, then the fullest', () => {
  const line = (room: string, connected_count: number, head_seq: number) => ({
    room,
    connected_count,
    head_seq,
  })
  const before = stats(0, 0, [0, 0, 0], [line('a', 5, 10), line('b', 2, 10)])
  const after = stats(2, 0, [0, 0, 0], [line('a', 5, 10), line('b', 2, 20), line('c', 9, 3)])
  expect(roomLines(before, after).map(({ room, rate }) => [room, rate])).toEqual([
    ['b', 5],
    ['c', null],
    ['a', 0],
  ])
})
