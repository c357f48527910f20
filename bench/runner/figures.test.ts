import { describe, expect, it } from 'vitest'
import { Histogram } from '../generator/histogram.mjs'
import { median, ratio, type Run, summary } from './figures.mjs'

const runOf = (rate: number, latencies: readonly number[] = []): Run => {
  const histogram = new Histogram()
  for (const ms of latencies) histogram.record(ms * 1000)
  return { figures: { rate }, latencies: { latency: histogram.toJSON() } }
}

describe('figures', () => {
  it('takes the median', () => {
    expect(median([3, 1, 2])).toBe(2)
    expect(median([4, 1, 2, 3])).toBe(2.5)
  })

  it('compares round by round, so that a slow round does not count', () => {
    const own = [runOf(100), runOf(50), runOf(100)]
    const other = [runOf(10), runOf(5), runOf(10)]
    expect(ratio(own, other, 'rate')).toBe(10)
  })

  it('cannot compare with a peer that was not measured', () => {
    expect(ratio([runOf(1)], [], 'rate')).toBeNaN()
  })

  it('merges latencies instead of averaging percentiles', () => {
    const quick = Array.from({ length: 99 }, () => 1)
    const { latencyP99, latencyMax } = summary([runOf(1, quick), runOf(1, [50])])
    expect(latencyP99?.median).toBeCloseTo(1, 1)
    expect(latencyMax?.median).toBe(50)
  })
})
