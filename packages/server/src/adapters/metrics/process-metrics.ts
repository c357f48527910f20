import { collectDefaultMetrics, Registry } from 'prom-client'
import type { Family, Metrics } from '../../ports/metrics.ts'

/** One number on its way to the text, also from one process to another. */
export interface Value {
  readonly metricName: string
  readonly labels: Readonly<Record<string, string | number>>
  readonly value: number
}

/** A family as `prom-client` joins and writes it. */
export interface Collected {
  readonly name: string
  readonly help: string
  readonly type: string
  readonly aggregator: string
  readonly values: readonly Value[]
}

/** Milliseconds between two looks at how late the event loop is. */
const LOOK_EVERY_MS = 20

/** The library averages them over processes; one that is late does not become less so by the others. */
const LATENESS = /^nodejs_eventloop_lag_/

/** The numbers of this process: what parts of the program add, and what Node.js and the system say of it. */
export class ProcessMetrics implements Metrics {
  readonly #reads: (() => readonly Family[])[] = []
  readonly #process = new Registry()

  constructor() {
    collectDefaultMetrics({ register: this.#process, eventLoopMonitoringPrecision: LOOK_EVERY_MS })
  }

  add(read: () => readonly Family[]): void {
    this.#reads.push(read)
  }

  async collect(): Promise<readonly Collected[]> {
    const own = this.#reads.flatMap((read) => read().map(collected))
    const standard = await this.#process.getMetricsAsJSON()
    return [...own, ...standard.flatMap(ofProcess)]
  }
}

type Standard = Awaited<ReturnType<Registry['getMetricsAsJSON']>>[number]

function ofProcess({ name, help, type, aggregator, values }: Standard): Collected[] {
  // By convention only counters are called so; what these gauges say is in others too.
  if (String(type) !== 'counter' && name.endsWith('_total')) return []
  const known = values.flatMap((each): Value[] => {
    const { labels, value } = each
    // Its published types do not know of the parts of a histogram.
    const metricName = 'metricName' in each && typeof each.metricName === 'string' ? each.metricName : name
    return Number.isFinite(value) ? [{ metricName, labels: defined(labels), value }] : []
  })
  const merge = LATENESS.test(name) ? 'max' : aggregator
  return [{ name, help, type: String(type), aggregator: merge, values: known }]
}

function defined(labels: Partial<Record<string, string | number>>): Record<string, string | number> {
  return Object.fromEntries(
    Object.entries(labels).flatMap(([label, word]): [string, string | number][] =>
      word === undefined ? [] : [[label, word]],
    ),
  )
}

function collected(family: Family): Collected {
  const { name, help, type } = family
  if (family.type === 'histogram') {
    const { bounds, counts, sum } = family
    let below = 0
    const buckets = counts.map((count, i): Value => {
      below += count
      return { metricName: `${name}_bucket`, labels: { le: bounds[i] ?? '+Inf' }, value: below }
    })
    const totals = [
      { metricName: `${name}_sum`, labels: {}, value: sum },
      { metricName: `${name}_count`, labels: {}, value: below },
    ]
    return { name, help, type, aggregator: 'sum', values: [...buckets, ...totals] }
  }
  const values = family.samples.map(({ labels, value }) => ({ metricName: name, labels, value }))
  return { name, help, type, aggregator: family.merge, values }
}
