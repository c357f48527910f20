import { randomBytes } from 'node:crypto'
import type { Clock } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import type { Family, Metrics } from '../../ports/metrics.ts'
import type { Tracer } from '../../ports/tracer.ts'
import type { SpanCounts } from './otlp-exporter.ts'

export interface TraceOptions {
  /** Of the collector, without `/v1/traces`; `null`: nobody asks for traces. */
  readonly collector: string | null
  /** Share of the entries that are followed, 0 to 1. */
  readonly ratio: number
  readonly version: string
  /** Of this process among those that share the history. */
  readonly node: string
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
}

export interface Traces {
  readonly tracer: Tracer
  /** Sends what waits, for a second at most. */
  close(): Promise<void>
}

/** Loaded only where somebody asks for traces. */
export async function openTraces(options: TraceOptions): Promise<Traces | null> {
  const counts: SpanCounts = { sent: 0, lost: 0 }
  options.metrics.add(() => [spanFamily(counts)])
  const { collector, ratio, version, node, clock, logger } = options
  if (collector === null) return null
  const { EntryTracer } = await import('./entry-tracer.ts')
  const { OtlpExporter } = await import('./otlp-exporter.ts')
  const resource = { 'service.name': 'roomful', 'service.version': version, 'service.instance.id': node }
  const exporter = new OtlpExporter({ collector, resource, clock, logger, counts })
  const tracer = new EntryTracer({
    ratio,
    clock,
    randomHex: (bytes) => randomBytes(bytes).toString('hex'),
    chance: Math.random,
    add: (span) => exporter.add(span),
  })
  return {
    tracer,
    close() {
      tracer.stop()
      return exporter.close()
    },
  }
}

function spanFamily(counts: SpanCounts): Family {
  return {
    type: 'counter',
    name: 'roomful_trace_spans_total',
    help: 'Spans of traces: sent ones the collector took, lost ones it did not, or too many waited.',
    merge: 'sum',
    samples: Object.entries(counts).map(([outcome, value]: [string, number]) => ({
      labels: { outcome },
      value,
    })),
  }
}
