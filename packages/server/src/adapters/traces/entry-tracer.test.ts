import { describe, expect, it } from 'vitest'
import { ManualClock } from '../../../testing/manual-clock.ts'
import type { MemorySocket } from '../../../testing/memory-socket.ts'
import { createTestHub } from '../../../testing/test-hub.ts'
import type { Bus } from '../../ports/bus.ts'
import type { Store } from '../../ports/store.ts'
import { createHmacSigner } from '../hmac-signer.ts'
import { createHintCodec } from '../bus/hint-codec.ts'
import { createHintBus, type HintChannel } from '../bus/hint-bus.ts'
import { createMemoryStore } from '../memory-store.ts'
import { noHints } from '../metrics/bus-counts.ts'
import { EntryTracer } from './entry-tracer.ts'
import type { Span } from './otlp-exporter.ts'

const silent = { debug() {}, info() {}, warn() {}, error() {} }

/** A broker in memory: every text reaches all, the one who sent it too. */
function busesOf(...nodes: readonly string[]): Bus[] {
  const listeners: ((text: string) => void)[] = []
  const signer = createHmacSigner(Buffer.alloc(32, 7))
  return nodes.map((node) => {
    const channel: HintChannel = {
      isLost: false,
      onHint: (listener) => void listeners.push(listener),
      send: async (text) => listeners.forEach((each) => each(text)),
      close: async () => {},
    }
    const counts = noHints()
    const codec = createHintCodec({ node, signer, logger: silent, counts })
    return createHintBus({ codec, channel, logger: silent, counts })
  })
}

interface Node {
  readonly spans: Span[]
  connect(username: string): Promise<MemorySocket>
}

let hex = 0
/** Never the same twice. */
const randomHex = (bytes: number): string => (++hex).toString(16).padStart(bytes * 2, '0')

function nodeOn(clock: ManualClock, store: Store, bus: Bus | undefined, ratio = 1, chance = () => 0.5): Node {
  const spans: Span[] = []
  const tracer = new EntryTracer({ ratio, clock, randomHex, chance, add: (span) => void spans.push(span) })
  const { connect } = createTestHub(
    { canaryMs: null },
    { clock, store, tracer, ...(bus !== undefined && { bus }) },
  )
  return { spans, connect: (username) => connect({ username, room: 'den', dialect: 'v1' }) }
}

const say = (socket: MemorySocket, message: string): void =>
  socket.events?.onText(JSON.stringify({ type: 'message', message, client_id: crypto.randomUUID() }))

const namesOf = ({ spans }: Node): string[] => spans.map(({ name }) => name)
const find = ({ spans }: Node, name: string): Span | undefined => spans.find((span) => span.name === name)

describe('the trace of a message', () => {
  it('goes from its receipt to the flush of each node', async () => {
    const clock = new ManualClock()
    const store = createMemoryStore()
    const [busA, busB] = busesOf('a', 'b')
    const [a, b] = [nodeOn(clock, store, busA), nodeOn(clock, store, busB)]
    const ann = await a.connect('Ann')
    await b.connect('Ben')
    say(ann, 'hello')
    await clock.settle()
    expect(namesOf(a).sort()).toEqual([
      'roomful.append',
      'roomful.flush',
      'roomful.message',
      'roomful.publish',
    ])
    expect(namesOf(b)).toEqual(['roomful.flush'])
    const root = find(a, 'roomful.message')
    expect(root).toMatchObject({ parentSpanId: '', failed: false })
    expect(new Set([...a.spans, ...b.spans].map(({ traceId }) => traceId))).toEqual(new Set([root?.traceId]))
    for (const name of ['roomful.append', 'roomful.publish', 'roomful.flush'])
      expect([name, find(a, name)?.parentSpanId]).toEqual([name, root?.spanId])
    expect(find(b, 'roomful.flush')).toMatchObject({
      parentSpanId: find(a, 'roomful.publish')?.spanId,
      attributes: { 'roomful.readers': 1, 'roomful.log': 'room' },
    })
    for (const { traceId, spanId } of [...a.spans, ...b.spans])
      expect([traceId, spanId]).toEqual([
        expect.stringMatching(/^[0-9a-f]{32}$/),
        expect.stringMatching(/^[0-9a-f]{16}$/),
      ])
  })

  it('says nothing of whom, where and what', async () => {
    const clock = new ManualClock()
    const node = nodeOn(clock, createMemoryStore(), undefined)
    const ann = await node.connect('Ann')
    await node.connect('Ben')
    say(ann, 'unspeakable')
    ann.events?.onText(JSON.stringify({ type: 'message', message: 'whispered', target_user: 'Ben' }))
    await clock.settle()
    expect(namesOf(node).filter((name) => name === 'roomful.message')).toHaveLength(2)
    const logs = node.spans.map(({ attributes }) => attributes['roomful.log'])
    expect(new Set(logs)).toEqual(new Set(['room', 'private', undefined]))
    expect(JSON.stringify(node.spans)).not.toMatch(/Ann|Ben|den|unspeakable|whispered|127\.0/)
  })

  it('is begun for the share that is asked for', async () => {
    const clock = new ManualClock()
    let next = 0
    const node = nodeOn(clock, createMemoryStore(), undefined, 0.25, () => (next++ % 4) / 4)
    const ann = await node.connect('Ann')
    for (let i = 0; i < 40; i++) say(ann, `${i}`)
    await clock.settle()
    expect(namesOf(node).filter((name) => name === 'roomful.message')).toHaveLength(10)
    expect(namesOf(node).filter((name) => name === 'roomful.flush')).toHaveLength(10)
  })

  it('ends as failed when the store cannot', async () => {
    const clock = new ManualClock()
    const store = createMemoryStore()
    store.append = () => Promise.reject(new Error('away'))
    const node = nodeOn(clock, store, undefined)
    say(await node.connect('Ann'), 'hello')
    await clock.settle()
    expect(node.spans).toMatchObject([
      { name: 'roomful.append', failed: true },
      { name: 'roomful.message', failed: true, attributes: { 'roomful.outcome': 'failed' } },
    ])
  })

  it('is forgotten after a while, and what no node says is not believed', async () => {
    const clock = new ManualClock()
    const spans: Span[] = []
    const tracer = new EntryTracer({
      ratio: 1,
      clock,
      randomHex,
      chance: () => 0,
      add: (span) => spans.push(span),
    })
    const of = (id: string) => ({ entry: id, parent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` })
    tracer.heard([of('one'), { entry: 'two', parent: 'x'.repeat(55) }])
    const entry = { log: 'den', id: 'one', seq: 1, kind: 'message', author: '', authorId: null } as const
    const rest = { target: null, text: '', timestamp: '', at: 0, clientId: null, about: null }
    const told = (id: string): number => {
      spans.length = 0
      tracer.queued({ ...entry, ...rest, id })
      tracer.flushed('den', 3)
      return spans.length
    }
    expect([told('one'), told('two'), told('three')]).toEqual([1, 0, 0])
    await clock.advance(60_000)
    expect(told('one')).toBe(0)
  })
})
