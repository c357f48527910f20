/** Real reverse proxies with the configurations of `deploy/` before two real nodes. */
import { createHash } from 'node:crypto'
import { get } from 'node:http'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { startCaddy } from '../../packages/server/testing/caddy.mjs'
import { pathOfProgram } from '../../packages/server/testing/daemon.mjs'
import { startNginx } from '../../packages/server/testing/nginx.mjs'
import { type PostgresServer, startPostgres } from '../../packages/server/testing/postgres.ts'
import { cutAll, dial, enter, freshRoom } from '../support/chat-client.ts'
import { cutReaders, EventReader } from '../support/event-reader.ts'
import { type RunningServer, startServer } from '../support/server.ts'

interface Proxy {
  readonly url: string
  readonly wsUrl: string
  readonly output: string
  accessLog(): string
  remove(): Promise<void>
}

/** Most connections of one address. */
const PER_ADDRESS = 2

const FROM = '127.0.0.2'
const FROM_ELSEWHERE = '127.0.0.3'

let postgres: PostgresServer
const nodes: RunningServer[] = []

beforeAll(async () => {
  postgres = await startPostgres()
  const args = ['--rate-limit', 'off', '--trusted-proxies', '127.0.0.1', '--lang', 'en']
  for (let node = 0; node < 2; node++) nodes.push(await startServer({ dataFolder: postgres.url, args }))
})
afterEach(async () => {
  cutReaders()
  await cutAll()
})
afterAll(async () => {
  for (const node of nodes) await node.kill()
  await postgres.remove()
})

const digest = (bytes: ArrayBuffer): string => createHash('sha256').update(Buffer.from(bytes)).digest('hex')

async function contentOf(url: string): Promise<{ status: number; type: string | null; digest: string }> {
  const response = await fetch(url)
  const { status, headers } = response
  return { status, type: headers.get('content-type'), digest: digest(await response.arrayBuffer()) }
}

function publish(url: string, room: string, body: object): Promise<Response> {
  return fetch(`${url}/api/v1/rooms/${room}/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
}

/** Status of a GET with these headers, a `Host` among them. */
function statusOf(url: string, headers: Readonly<Record<string, string>>): Promise<number> {
  return new Promise((resolve, reject) => {
    get(url, { headers, agent: false }, (response) => {
      response.destroy()
      resolve(response.statusCode ?? 0)
    }).on('error', reject)
  })
}

const PROXIES = [
  { name: 'nginx', program: 'nginx', start: startNginx },
  { name: 'Caddy', program: 'caddy', start: startCaddy },
]

describe.each(PROXIES)('behind $name', ({ name, program, start }) => {
  const isThere = pathOfProgram(program) !== null || process.env['CI'] === 'true'
  let proxy: Proxy

  beforeAll(async () => {
    if (isThere) proxy = await start({ nodes: nodes.map(({ port }) => port) })
  })
  afterAll(() => (isThere ? proxy.remove() : undefined))

  it.runIf(isThere)('the page and everything that it loads is what a node gives', async () => {
    const page = await (await fetch(`${proxy.url}/chat`)).text()
    const files = [...page.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map((match) => match[1] ?? '')
    expect(files.length).toBeGreaterThan(1)
    for (const path of ['/chat', ...files])
      expect(await contentOf(proxy.url + path)).toEqual(await contentOf(`${nodes[0]?.url}${path}`))
    const { headers } = await fetch(`${proxy.url}/chat`)
    expect(headers.get('content-security-policy')).toContain(proxy.wsUrl)
  })

  it
    .runIf(isThere)
    .each([
      '/docs',
      '/docs/ws',
      '/openapi.json',
      '/asyncapi.json',
      '/health',
      '/livez',
      '/readyz',
      '/ws/status',
      '/api/v1/rooms',
      '/api/v1/rooms/%E8%8C%B6/messages?limit=1',
    ])('GET %s answers as a node does', async (path) => {
    const { status, type } = await contentOf(proxy.url + path)
    expect(status).toBe(200)
    expect(type).toBe((await contentOf(`${nodes[0]?.url}${path}`)).type)
  })

  it.runIf(isThere)('publishing answers, and too much is refused', async () => {
    const room = freshRoom()
    expect((await publish(proxy.url, room, { message: 'Hello' })).status).toBe(201)
    const refused = await publish(proxy.url, room, { message: 'x'.repeat(70_000) })
    expect(refused.status).toBe(413)
    expect(await refused.json()).toMatchObject({ code: 'too_large' })
    // Caddy 2.6 says that the node has failed when it has cut the request itself.
    expect([413, 502]).toContain((await publish(proxy.url, room, { message: 'x'.repeat(300_000) })).status)
  })

  it.runIf(isThere)('WebSockets of every endpoint and dialect work', async () => {
    const room = freshRoom()
    const echo = new WebSocket(`${proxy.wsUrl}/ws`)
    const heard: [data: string, isBinary: boolean][] = []
    echo.on('message', (data, isBinary) =>
      heard.push([Buffer.isBuffer(data) ? data.toString('latin1') : '', isBinary]),
    )
    echo.on('open', () => {
      echo.send('hi')
      echo.send(Buffer.from([1, 0, 255]))
    })
    await expect
      .poll(() => heard)
      .toEqual([
        ['Echo: hi', false],
        ['\u0001\0\u00ff', true],
      ])
    echo.terminate()
    const alice = await enter(proxy, 'Alice 愛', { room, heartbeat: true })
    const bob = await enter(proxy, `Bob ${name}`, { room, v1: true })
    bob.say('Hello', { client_id: crypto.randomUUID() })
    expect(await bob.next('ack')).toMatchObject({ room, seq: 1 })
    expect(await alice.hears('Hello')).toMatchObject({ username: `Bob ${name}` })
    const nobody = await enter(proxy, null, { room })
    nobody.say('Me too')
    await alice.hears('Me too')
    await expect(dial(proxy, '/elsewhere')).rejects.toThrow('404')
  })

  it.runIf(isThere)('events come as they happen, and again after Last-Event-ID', async () => {
    const room = freshRoom()
    const stream = `${proxy.url}/api/v1/rooms/${room}/events`
    const reader = await EventReader.open(stream)
    await reader.next('system')
    await publish(proxy.url, room, { message: 'now' })
    const { id } = await reader.next('message')
    await publish(proxy.url, room, { message: 'later' })
    reader.cut()
    const again = await EventReader.open(stream, { 'last-event-id': id ?? '' })
    expect((await again.next('message')).data).toMatchObject({ message: 'later', seq: 2 })
  })

  it.runIf(isThere)('a client is limited by its own address, whatever it says of itself', async () => {
    const limit = ['--max-connections-per-address', String(PER_ADDRESS)]
    const node = await startServer({
      dataFolder: ':memory:',
      args: ['--trusted-proxies', '127.0.0.1', ...limit],
    })
    const lone = await start({ nodes: [node.port] })
    const options = { from: FROM, headers: { 'X-Forwarded-For': '192.0.2.1' } }
    try {
      for (let i = 0; i < PER_ADDRESS; i++) await enter(lone, null, options)
      expect(await (await dial(lone, '/ws/chat', options)).closed()).toMatchObject({ code: 1008 })
      await enter(lone, null, { ...options, from: FROM_ELSEWHERE })
    } finally {
      await cutAll()
      await lone.remove()
      await node.kill()
    }
  })

  it.runIf(isThere)('an Origin must be the host and scheme that the browser sees', async () => {
    const stream = `${proxy.url}/api/v1/rooms/${freshRoom()}/events`
    const host = new URL(proxy.url).host
    const asked = (origin: string, headers = {}) =>
      statusOf(stream, { Host: host, Origin: origin, ...headers })
    expect(await asked('http://evil.example')).toBe(403)
    expect(await asked('http://evil.example', { 'X-Forwarded-Host': 'evil.example' })).toBe(403)
    expect(await asked('http://localhost')).toBe(200)
  })

  it.runIf(isThere)('no log holds what stands in a query or proves who somebody is', async () => {
    await fetch(`${proxy.url}/health?token=s3cret`)
    await enter(proxy, `Carol-${name}`, { v1: true, resumeToken: 's3cret' })
    await cutAll()
    await expect.poll(() => proxy.accessLog()).toContain(`/ws/chat/Carol-${name}`)
    expect(proxy.accessLog()).toContain('/health')
    expect(proxy.accessLog() + proxy.output).not.toContain('s3cret')
  })
})
