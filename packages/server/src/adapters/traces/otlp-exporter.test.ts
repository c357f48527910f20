import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, it, vi } from 'vitest'
import { ManualClock } from '../../../testing/manual-clock.ts'
import { KIND, OtlpExporter, type Span } from './otlp-exporter.ts'

const SPAN: Span = {
  traceId: 'a'.repeat(32),
  spanId: 'b'.repeat(16),
  parentSpanId: '',
  name: 'roomful.message',
  kind: KIND.server,
  startMs: 1_700_000_000_000.25,
  endMs: 1_700_000_000_001,
  attributes: { 'roomful.kind': 'message', 'roomful.readers': 3, ratio: 0.5, yes: true },
  failed: true,
}

let collector: Server | null = null
afterEach(() => collector?.closeAllConnections())
afterEach(() => collector?.close())

async function exporterTo(status: () => number) {
  const bodies: { path: string; type: string; json: unknown }[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (text: string) => (body += text))
    request.on('end', () => {
      const { url = '', headers } = request
      bodies.push({ path: url, type: String(headers['content-type']), json: JSON.parse(body) })
      response.writeHead(status()).end('{}')
    })
  })
  collector = server
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const clock = new ManualClock()
  const complaints: string[] = []
  const counts = { sent: 0, lost: 0 }
  const warn = (event: string) => void complaints.push(event)
  const exporter = new OtlpExporter({
    collector: `http://127.0.0.1:${port}/otel/`,
    resource: { 'service.name': 'roomful' },
    clock,
    logger: { debug() {}, info() {}, warn, error: warn },
    counts,
  })
  return { exporter, clock, bodies, complaints, counts }
}

it('sends spans as OTLP has them in JSON', async () => {
  const { exporter, clock, bodies, counts } = await exporterTo(() => 200)
  exporter.add(SPAN)
  expect(bodies).toEqual([])
  await clock.advance(1_000)
  await vi.waitFor(() => expect(counts).toEqual({ sent: 1, lost: 0 }), 60_000)
  expect(bodies).toEqual([
    {
      path: '/otel/v1/traces',
      type: 'application/json',
      json: {
        resourceSpans: [
          {
            resource: { attributes: [{ key: 'service.name', value: { stringValue: 'roomful' } }] },
            scopeSpans: [
              {
                scope: { name: 'roomful' },
                spans: [
                  {
                    traceId: SPAN.traceId,
                    spanId: SPAN.spanId,
                    parentSpanId: '',
                    name: 'roomful.message',
                    kind: 2,
                    startTimeUnixNano: '1700000000000250000',
                    endTimeUnixNano: '1700000000001000000',
                    attributes: [
                      { key: 'roomful.kind', value: { stringValue: 'message' } },
                      { key: 'roomful.readers', value: { intValue: '3' } },
                      { key: 'ratio', value: { doubleValue: 0.5 } },
                      { key: 'yes', value: { boolValue: true } },
                    ],
                    status: { code: 2 },
                  },
                ],
              },
            ],
          },
        ],
      },
    },
  ])
})

it('loses what the collector does not take, says so once, and goes on', async () => {
  let status = 503
  const { exporter, clock, complaints, counts } = await exporterTo(() => status)
  for (const lost of [1, 2]) {
    exporter.add(SPAN)
    await clock.advance(1_000)
    await vi.waitFor(() => expect(counts.lost).toBe(lost), 60_000)
  }
  expect(complaints).toEqual(['traces_lost'])
  status = 200
  exporter.add(SPAN)
  await exporter.close()
  await vi.waitFor(() => expect(counts).toEqual({ sent: 1, lost: 2 }), 60_000)
})

it('keeps a bounded number of spans', async () => {
  const { exporter, clock, bodies, counts } = await exporterTo(() => 200)
  for (let i = 0; i < 5_000; i++) exporter.add(SPAN)
  expect(counts.lost).toBe(5_000 - 4_096)
  await clock.advance(1_000)
  await vi.waitFor(() => expect(counts.sent).toBe(4_096), 60_000)
  expect(bodies.length).toBe(8)
})
