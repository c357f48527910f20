import type { Family } from '../../ports/metrics.ts'

interface WorkerCounts {
  readonly wanted: number
  readonly serving: number
  /** Since the start of the program. */
  readonly lost: number
}

/** The processes that serve; where there are no workers, one. */
export function workerFamilies({ wanted, serving, lost }: WorkerCounts): readonly Family[] {
  const one = (value: number) => ({ merge: 'sum', samples: [{ labels: {}, value }] }) as const
  return [
    {
      type: 'gauge',
      name: 'roomful_workers',
      help: 'Processes that are to serve (workers).',
      ...one(wanted),
    },
    { type: 'gauge', name: 'roomful_workers_serving', help: 'Processes that serve.', ...one(serving) },
    {
      type: 'counter',
      name: 'roomful_workers_lost_total',
      help: 'Workers that died and were replaced. What they had counted since the last scrape is in no other counter.',
      ...one(lost),
    },
  ]
}
