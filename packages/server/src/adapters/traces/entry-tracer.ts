import type { Clock } from '../../ports/clock.ts'
import { type Entry, type NewEntry, type Appended } from '../../ports/store.ts'
import { type EntryTrace, MAX_HINT_TRACES, type Tracer } from '../../ports/tracer.ts'
import { KIND, type Span } from './otlp-exporter.ts'

/** Entries that are followed at a time; one more is not. */
const MAX_FOLLOWED = 10_000

/** Milliseconds for which an entry is followed: a second log of it, or one that is read late, comes within them. */
const FOLLOWED_MS = 30_000

const LOOK_EVERY_MS = 5_000

/** Version, trace, span, and the flag "sampled" (W3C Trace Context, level 1). */
const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-01$/

export interface EntryTracerOptions {
  /** Share of the entries that are followed, 0 to 1. */
  readonly ratio: number
  readonly clock: Clock
  /** So many random bytes as hexadecimal digits. */
  readonly randomHex: (bytes: number) => string
  /** In [0, 1). */
  readonly chance: () => number
  /** Takes what is over. */
  readonly add: (span: Span) => void
}

/** An entry on its way through this node. */
interface Followed {
  readonly traceId: string
  /** Of the span below which those of this node are. */
  parentSpanId: string
  /** Monotonic milliseconds. */
  readonly since: number
  /** The same of its batch; `null` where another node has given it to the store. */
  handedAt: number | null
}

interface Step extends Pick<Span, 'name' | 'kind' | 'attributes'> {
  readonly spanId?: string
  readonly parentSpanId?: string
  /** Monotonic milliseconds. */
  readonly from: number
  readonly failed?: boolean
}

/**
 * One trace per entry: `roomful.message` from its receipt to the answer of the store, below it `roomful.append`, `roomful.publish`, and on each node
 * whose people read its log one `roomful.flush` from its place in the tail to the write. Spans bear words of fixed sets and numbers: nothing that people wrote, are
 * called or come from.
 */
export class EntryTracer implements Tracer {
  readonly #options: EntryTracerOptions
  readonly #followed = new Map<string, Followed>()
  /** By log: what the next flush writes. */
  readonly #queued = new Map<string, { readonly followed: Followed; readonly from: number }[]>()
  readonly #end: () => void

  constructor(options: EntryTracerOptions) {
    this.#options = options
    this.#end = options.clock.every(LOOK_EVERY_MS, () => this.#forgetOld())
  }

  received({ id }: NewEntry): void {
    const { ratio, chance, randomHex } = this.#options
    if (chance() >= ratio || this.#followed.size >= MAX_FOLLOWED) return
    const since = this.#options.clock.monotonic()
    this.#followed.set(id, {
      traceId: randomHex(16),
      parentSpanId: randomHex(8),
      since,
      handedAt: null,
    })
  }

  handed(batch: readonly NewEntry[]): void {
    if (this.#followed.size === 0) return
    const now = this.#options.clock.monotonic()
    for (const { id } of batch) {
      const followed = this.#followed.get(id)
      if (followed !== undefined) followed.handedAt = now
    }
  }

  stored(batch: readonly NewEntry[], results: readonly Appended[] | null): void {
    if (this.#followed.size === 0) return
    batch.forEach(({ id, kind, log }, i) => {
      const followed = this.#followed.get(id)
      if (followed === undefined) return
      const { handedAt, since, parentSpanId } = followed
      const outcome = results?.[i]?.outcome ?? 'failed'
      const failed = results === null
      const sizes = { 'roomful.batch_entries': batch.length }
      this.#add(followed, {
        name: 'roomful.append',
        kind: KIND.client,
        from: handedAt ?? since,
        attributes: sizes,
        failed,
      })
      const attributes = { 'roomful.kind': kind, 'roomful.log': kindOfLog(log), 'roomful.outcome': outcome }
      const root = { spanId: parentSpanId, parentSpanId: '', from: since, attributes, failed }
      this.#add(followed, { name: 'roomful.message', kind: KIND.server, ...root })
      if (outcome !== 'appended') this.#followed.delete(id)
    })
  }

  published(entries: readonly Entry[]): readonly EntryTrace[] {
    if (this.#followed.size === 0) return []
    const traces = new Map<string, EntryTrace>()
    for (const { id } of entries) {
      const followed = this.#followed.get(id)
      if (followed === undefined || traces.has(id) || traces.size >= MAX_HINT_TRACES) continue
      const spanId = this.#options.randomHex(8)
      const from = this.#options.clock.monotonic()
      this.#add(followed, { name: 'roomful.publish', kind: KIND.producer, spanId, from, attributes: {} })
      traces.set(id, { entry: id, parent: `00-${followed.traceId}-${spanId}-01` })
    }
    return [...traces.values()]
  }

  heard(traces: readonly EntryTrace[]): void {
    for (const { entry, parent } of traces) {
      const [, traceId, parentSpanId] = TRACEPARENT.exec(parent) ?? []
      if (traceId === undefined || parentSpanId === undefined) continue
      if (this.#followed.has(entry) || this.#followed.size >= MAX_FOLLOWED) continue
      const since = this.#options.clock.monotonic()
      this.#followed.set(entry, { traceId, parentSpanId, since, handedAt: null })
    }
  }

  queued({ id, log }: Entry): void {
    const followed = this.#followed.get(id)
    if (followed === undefined) return
    const waiting = this.#queued.get(log) ?? []
    waiting.push({ followed, from: this.#options.clock.monotonic() })
    this.#queued.set(log, waiting)
  }

  flushed(log: string, readers: number): void {
    const waiting = this.#queued.get(log)
    if (waiting === undefined) return
    this.#queued.delete(log)
    const attributes = { 'roomful.readers': readers, 'roomful.log': kindOfLog(log) }
    for (const { followed, from } of waiting)
      this.#add(followed, { name: 'roomful.flush', kind: KIND.internal, from, attributes })
  }

  stop(): void {
    this.#end()
    this.#followed.clear()
    this.#queued.clear()
  }

  /** A step that is over now. */
  #add({ traceId, parentSpanId }: Followed, { from, failed = false, ...step }: Step): void {
    const { clock, randomHex, add } = this.#options
    const endMs = clock.now()
    const startMs = endMs - (clock.monotonic() - from)
    add({ traceId, parentSpanId, spanId: step.spanId ?? randomHex(8), failed, startMs, endMs, ...step })
  }

  /** The oldest come first. */
  #forgetOld(): void {
    const before = this.#options.clock.monotonic() - FOLLOWED_MS
    for (const [id, { since }] of this.#followed) {
      if (since > before) return
      this.#followed.delete(id)
    }
  }
}

/** A room, somebody's private messages, or a log of the server's own; its name is nobody's business. */
function kindOfLog(log: string): 'room' | 'private' | 'own' {
  if (!log.startsWith('@')) return 'room'
  return log.startsWith('@!') ? 'own' : 'private'
}
