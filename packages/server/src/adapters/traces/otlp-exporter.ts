/** Sends spans to a collector by OTLP over HTTP, as JSON (OpenTelemetry protocol 1). */
import type { Clock } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'

/** Spans that wait; one more is lost. */
const MAX_WAITING = 4_096

/** Spans of one request. */
const MAX_BATCH = 512

const SEND_EVERY_MS = 1_000
const ANSWER_WITHIN_MS = 5_000

/** Of the end of the process. */
const CLOSE_WITHIN_MS = 1_000

/** Kinds of spans, as OTLP numbers them. */
export const KIND = { internal: 1, server: 2, client: 3, producer: 4 } as const

type Attribute = string | number | boolean

export interface Span {
  /** 32 and 16 hexadecimal digits. */
  readonly traceId: string
  readonly spanId: string
  /** `''` for the first one of a trace. */
  readonly parentSpanId: string
  readonly name: string
  readonly kind: (typeof KIND)[keyof typeof KIND]
  /** Wall clock, milliseconds since 1970, with fractions. */
  readonly startMs: number
  readonly endMs: number
  /** Words of fixed sets, and numbers. */
  readonly attributes: Readonly<Record<string, Attribute>>
  readonly failed: boolean
}

/** What became of spans since the start; `lost`: too many waited, or the collector did not take them. */
export interface SpanCounts {
  sent: number
  lost: number
}

export interface ExporterOptions {
  /** Of the collector, without `/v1/traces`. */
  readonly collector: string
  /** What tells this process from others. */
  readonly resource: Readonly<Record<string, Attribute>>
  readonly clock: Clock
  readonly logger: Logger
  readonly counts: SpanCounts
}

/** Nobody waits for it: what the collector does not take is lost, which the log says once each time. */
export class OtlpExporter {
  readonly #url: string
  readonly #options: ExporterOptions
  readonly #end: () => void
  #waiting: Span[] = []
  #sending: Promise<void> | null = null
  #isLosing = false

  constructor(options: ExporterOptions) {
    this.#options = options
    this.#url = `${options.collector.replace(/\/+$/, '')}/v1/traces`
    this.#end = options.clock.every(SEND_EVERY_MS, () => void this.#send())
  }

  add(span: Span): void {
    if (this.#waiting.length >= MAX_WAITING) this.#options.counts.lost++
    else this.#waiting.push(span)
  }

  /** Sends what waits, for a second at most. */
  async close(): Promise<void> {
    this.#end()
    let late: NodeJS.Timeout | undefined
    const tooLate = new Promise<void>((resolve) => (late = setTimeout(resolve, CLOSE_WITHIN_MS)))
    await Promise.race([this.#send(), tooLate])
    clearTimeout(late)
  }

  #send(): Promise<void> {
    this.#sending ??= this.#sendAll().finally(() => (this.#sending = null))
    return this.#sending
  }

  async #sendAll(): Promise<void> {
    const { counts, logger } = this.#options
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, MAX_BATCH)
      try {
        await this.#post(batch)
        counts.sent += batch.length
        this.#isLosing = false
      } catch (error) {
        counts.lost += batch.length
        if (!this.#isLosing) logger.warn('traces_lost', {}, error)
        this.#isLosing = true
        return
      }
    }
  }

  async #post(batch: readonly Span[]): Promise<void> {
    const response = await fetch(this.#url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(requestOf(batch, this.#options.resource)),
      redirect: 'error',
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    })
    // Its connection is used again only when all was read.
    await response.arrayBuffer()
    if (!response.ok) throw new Error(`The collector of traces answered with ${response.status}`)
  }
}

/** The message ExportTraceServiceRequest. */
function requestOf(spans: readonly Span[], resource: ExporterOptions['resource']): object {
  return {
    resourceSpans: [
      {
        resource: { attributes: attributesOf(resource) },
        scopeSpans: [{ scope: { name: 'roomful' }, spans: spans.map(encoded) }],
      },
    ],
  }
}

function encoded({ startMs, endMs, attributes, failed, ...span }: Span): object {
  return {
    ...span,
    startTimeUnixNano: nanoseconds(startMs),
    endTimeUnixNano: nanoseconds(endMs),
    attributes: attributesOf(attributes),
    status: failed ? { code: 2 } : {},
  }
}

/** More digits than a number has. */
function nanoseconds(ms: number): string {
  return String(BigInt(Math.round(ms * 1_000)) * 1_000n)
}

function attributesOf(attributes: Readonly<Record<string, Attribute>>): object[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: valueOf(value) }))
}

function valueOf(value: Attribute): object {
  if (typeof value === 'boolean') return { boolValue: value }
  if (typeof value === 'string') return { stringValue: value }
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value }
}
