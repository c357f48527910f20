import type { Collected } from './process-metrics.ts'

/** The text format of Prometheus, version 0.0.4. */
export interface Exposition {
  readonly contentType: string
  readonly text: string
}

/** The numbers of all processes of one server. Rejects with `Refusal` (`unavailable`). */
export type Gather = () => Promise<readonly (readonly Collected[])[]>

/** What was gathered as one text. Whoever asks while it is made gets the same: many who ask cost no more than one who asks again and again. */
export function createScrape(gather: Gather): () => Promise<Exposition> {
  let underWay: Promise<Exposition> | null = null
  const scrape = async (): Promise<Exposition> => {
    const { AggregatorRegistry, Registry } = await import('prom-client')
    const joined = AggregatorRegistry.aggregate((await gather()).map((families) => [...families]))
    return { contentType: Registry.PROMETHEUS_CONTENT_TYPE, text: await joined.metrics() }
  }
  return () => {
    underWay ??= scrape().finally(() => (underWay = null))
    return underWay
  }
}
