import type { Registry } from 'prom-client'
import type { Collected } from './process-metrics.ts'

/** The numbers of a whole server: in the text format of Prometheus, version 0.0.4, and as they are. */
export interface Exposition {
  readonly contentType: string
  readonly text: string
  readonly families: readonly JoinedFamily[]
}

/** Processes that are one. */
export interface JoinedFamily {
  readonly name: string
  readonly help: string
  readonly type: string
  readonly samples: readonly {
    /** That of the family, or of a part of a histogram. */
    readonly name: string
    readonly labels: Readonly<Record<string, string>>
    readonly value: number
  }[]
}

/** The numbers of all processes of one server. Rejects with `Refusal` (`unavailable`). */
export type Gather = () => Promise<readonly (readonly Collected[])[]>

/** What was gathered as one text. Whoever asks while it is made gets the same: many who ask cost no more than one who asks again and again. */
export function createScrape(gather: Gather): () => Promise<Exposition> {
  let underWay: Promise<Exposition> | null = null
  const scrape = async (): Promise<Exposition> => {
    const { AggregatorRegistry, Registry: Standards } = await import('prom-client')
    const joined = AggregatorRegistry.aggregate((await gather()).map((families) => [...families]))
    const families = (await joined.getMetricsAsJSON()).map(joinedFamily)
    return { contentType: Standards.PROMETHEUS_CONTENT_TYPE, text: await joined.metrics(), families }
  }
  return () => {
    underWay ??= scrape().finally(() => (underWay = null))
    return underWay
  }
}

type Standard = Awaited<ReturnType<Registry['getMetricsAsJSON']>>[number]

function joinedFamily({ name, help, type, values }: Standard): JoinedFamily {
  const samples = values.map(({ labels, value, ...part }) => ({
    name: 'metricName' in part && typeof part.metricName === 'string' ? part.metricName : name,
    labels: Object.fromEntries(Object.entries(labels).map(([label, word]) => [label, String(word)])),
    value,
  }))
  return { name, help, type: String(type), samples }
}
