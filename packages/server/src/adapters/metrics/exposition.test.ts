import { expect, it } from 'vitest'
import type { Family } from '../../ports/metrics.ts'
import { createScrape } from './exposition.ts'
import { type Collected, ProcessMetrics } from './process-metrics.ts'

const gauge = (merge: 'sum' | 'max' | 'min', value: number): Family => ({
  type: 'gauge',
  name: `roomful_${merge}`,
  help: `Goes by ${merge}.`,
  merge,
  samples: [{ labels: { kind: 'a' }, value }],
})

const times = (counts: readonly number[], sum: number): Family => ({
  type: 'histogram',
  name: 'roomful_time_seconds',
  help: 'A time.',
  bounds: [0.1, 1],
  counts,
  sum,
})

/** What one process tells, as it comes out of a message between processes. */
async function told(families: readonly Family[]): Promise<readonly Collected[]> {
  const metrics = new ProcessMetrics()
  metrics.add(() => families)
  const collected = JSON.parse(JSON.stringify(await metrics.collect())) as Collected[]
  return collected.filter(({ name }) => name.startsWith('roomful_'))
}

it('writes families as Prometheus reads them', async () => {
  const scrape = createScrape(async () => [await told([gauge('sum', 2), times([3, 0, 1], 12.5)])])
  expect(await scrape()).toMatchObject({
    contentType: 'text/plain; version=0.0.4; charset=utf-8',
    text: `# HELP roomful_sum Goes by sum.
# TYPE roomful_sum gauge
roomful_sum{kind="a"} 2

# HELP roomful_time_seconds A time.
# TYPE roomful_time_seconds histogram
roomful_time_seconds_bucket{le="0.1"} 3
roomful_time_seconds_bucket{le="1"} 3
roomful_time_seconds_bucket{le="+Inf"} 4
roomful_time_seconds_sum 12.5
roomful_time_seconds_count 4
`,
  })
})

it('gives the same numbers as they are', async () => {
  const scrape = createScrape(async () => [await told([gauge('sum', 2), times([3, 0, 1], 12.5)])])
  const part = (name: string, value: number, labels = {}) => ({
    name: `roomful_time_seconds_${name}`,
    labels,
    value,
  })
  expect((await scrape()).families).toEqual([
    {
      name: 'roomful_sum',
      help: 'Goes by sum.',
      type: 'gauge',
      samples: [{ name: 'roomful_sum', labels: { kind: 'a' }, value: 2 }],
    },
    {
      name: 'roomful_time_seconds',
      help: 'A time.',
      type: 'histogram',
      samples: [
        part('bucket', 3, { le: '0.1' }),
        part('bucket', 3, { le: '1' }),
        part('bucket', 4, { le: '+Inf' }),
        part('sum', 12.5),
        part('count', 4),
      ],
    },
  ])
})

it('makes one of the numbers of several processes, each in its way', async () => {
  const one = await told([gauge('sum', 2), gauge('max', 2), gauge('min', 2), times([1, 0, 0], 0.05)])
  const two = await told([gauge('sum', 3), gauge('max', 3), gauge('min', 3), times([0, 2, 1], 5)])
  const { text } = await createScrape(async () => [one, two, []])()
  const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  expect(samples).toEqual([
    'roomful_sum{kind="a"} 5',
    'roomful_max{kind="a"} 3',
    'roomful_min{kind="a"} 2',
    'roomful_time_seconds_bucket{le="0.1"} 1',
    'roomful_time_seconds_bucket{le="1"} 3',
    'roomful_time_seconds_bucket{le="+Inf"} 4',
    'roomful_time_seconds_sum 5.05',
    'roomful_time_seconds_count 4',
  ])
})

it('asks once for all who ask at the same time, and anew for those who come later', async () => {
  let asked = 0
  const scrape = createScrape(async () => {
    asked++
    return [await told([])]
  })
  await Promise.all([scrape(), scrape(), scrape()])
  expect(asked).toBe(1)
  await scrape()
  expect(asked).toBe(2)
})

it('tells what it could not learn to all who asked, and tries again for the next', async () => {
  let isAway = true
  const scrape = createScrape(async () => {
    if (isAway) throw new Error('away')
    return []
  })
  await expect(Promise.allSettled([scrape(), scrape()])).resolves.toMatchObject([
    { status: 'rejected' },
    { status: 'rejected' },
  ])
  isAway = false
  await expect(scrape()).resolves.toBeDefined()
})

it('tells of the process by the names that others use', async () => {
  const metrics = new ProcessMetrics()
  const collected = await metrics.collect()
  const names = collected.map(({ name }) => name)
  for (const name of [
    'process_cpu_seconds_total',
    'process_resident_memory_bytes',
    'nodejs_eventloop_lag_p99_seconds',
  ])
    expect(names).toContain(name)
  for (const { name, type } of collected)
    expect([name, name.endsWith('_total')]).toEqual([name, type === 'counter'])
})
