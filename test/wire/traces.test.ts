/** Traces of messages, as a collector is sent them by two real processes. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import { cutAll, enter } from '../support/chat-client.ts'
import { type RunningServer, startServer } from '../support/server.ts'

const TIME_LIMIT = 60_000
const patience = { timeout: 60_000, interval: 50 }

interface Attribute {
  readonly key: string
  readonly value: Readonly<Record<string, unknown>>
}
interface Span {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string
  readonly name: string
}
interface Request {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] }
    readonly scopeSpans: readonly { readonly spans: readonly Span[] }[]
  }[]
}

const bodies: string[] = []
const collector = createServer((request, response) => {
  let body = ''
  request.setEncoding('utf8').on('data', (text: string) => (body += text))
  request.on('end', () => {
    bodies.push(body)
    response.end('{}')
  })
})
let server: RunningServer

beforeAll(async () => {
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve))
  const { port } = collector.address() as AddressInfo
  const traces = ['--traces', `http://127.0.0.1:${port}`, '--traces-ratio', '1']
  server = await startServer({ args: ['--workers', '2', ...traces] })
  // The first one serves before all do.
  await vi.waitFor(async () => {
    const metrics = await fetch(`${server.url}/metrics`)
    expect(await metrics.text()).toContain('roomful_workers_serving 2')
  }, patience)
}, TIME_LIMIT)
afterEach(cutAll)
afterAll(async () => {
  await server.stop()
  collector.close()
})

/** Spans, and the process that each came from. */
function received(): (Span & { readonly node: unknown })[] {
  return bodies.flatMap((body) =>
    (JSON.parse(body) as Request).resourceSpans.flatMap(({ resource, scopeSpans }) => {
      const node = resource.attributes.find(({ key }) => key === 'service.instance.id')?.value['stringValue']
      return scopeSpans.flatMap(({ spans }) => spans.map((span) => ({ ...span, node })))
    }),
  )
}

it(
  'OP7: the trace of a message goes through two processes, and bears nothing of whom and what',
  async () => {
    const room = 'hidden-den'
    // Connections are dealt out in turn.
    const people = await Promise.all(
      ['Alice Secret', 'Ben', 'Cleo', 'Dan'].map((name) => enter(server, name, { room, v1: true })),
    )
    people[0]?.say('unspeakable')
    for (const each of people) await each.hears('unspeakable')
    await vi.waitFor(() => {
      const spans = received()
      const root = spans.find(({ name }) => name === 'roomful.message')
      const publish = spans.find(({ name }) => name === 'roomful.publish')
      const flushes = spans.filter(({ name }) => name === 'roomful.flush')
      expect(root).toBeDefined()
      expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set([root?.traceId]))
      const parents = flushes.map(({ parentSpanId }) => parentSpanId)
      expect(parents).toHaveLength(2)
      expect(new Set(parents)).toEqual(new Set([root?.spanId, publish?.spanId]))
      expect(new Set(flushes.map(({ node }) => node)).size).toBe(2)
    }, patience)
    expect(bodies.join('\n')).not.toMatch(/Alice|Secret|hidden-den|unspeakable|127\.0\.0\.1/)
  },
  TIME_LIMIT,
)
