/** What nginx does when nobody speaks, and with nodes that do not take what they get. */
import { createServer, type Server } from 'node:http'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { pathOfProgram } from '../../packages/server/testing/daemon.mjs'
import { startNginx } from '../../packages/server/testing/nginx.mjs'
import { cutAll, dial, enter } from '../support/chat-client.ts'
import { type RunningServer, startServer } from '../support/server.ts'

const hasNginx = pathOfProgram('nginx') !== null || process.env['CI'] === 'true'

const ending: (() => Promise<unknown>)[] = []
afterEach(async () => {
  await cutAll()
  for (const end of ending.splice(0)) await end()
})

async function node(...args: string[]): Promise<RunningServer> {
  const server = await startServer({
    dataFolder: ':memory:',
    args: ['--trusted-proxies', 'loopback', ...args],
  })
  ending.push(() => server.kill())
  return server
}

async function nginxBefore(
  nodes: readonly number[],
  changes: Parameters<typeof startNginx>[0]['changes'] = [],
) {
  const nginx = await startNginx({ nodes, changes })
  ending.push(() => nginx.remove())
  return nginx
}

describe.runIf(hasNginx)('a connection on which nobody speaks', () => {
  it('outlives the patience of nginx by the heartbeat of the node, and not without', async () => {
    // As 10 s of heartbeat are to 90 s of patience, and nginx's default is 60 s.
    const patience = [['roomful.conf', 'proxy_read_timeout 90s;', 'proxy_read_timeout 1800ms;']] as const
    const beating = await node('--heartbeat-interval', '0.2', '--heartbeat-timeout', '60')
    const mute = await node('--heartbeat-interval', '600', '--heartbeat-timeout', '3600')
    const kept = await enter(await nginxBefore([beating.port], patience), 'Alice', { v1: true })
    const before = await nginxBefore([mute.port], patience)
    for (let times = 0; times < 3; times++) {
      const lost = await enter(before, null)
      expect(await lost.closed()).toMatchObject({ code: 1006 })
    }
    expect(kept.isOpen).toBe(true)
    kept.say('still here', { client_id: crypto.randomUUID() })
    await kept.next('ack')
  })
})

/** Takes requests as a node that fails: a count of them, and what it does with each. */
async function failing(fail: (socket: { destroy(): void; end(text: string): void }) => void) {
  const seen: string[] = []
  const server: Server = createServer((request) => {
    seen.push(`${request.method} ${request.url}`)
    fail(request.socket)
  })
  server.on('upgrade', (request, socket) => {
    seen.push(`upgrade ${request.url}`)
    fail(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  ending.push(() => new Promise((resolve) => server.close(resolve)))
  const address = server.address()
  return { seen, port: typeof address === 'object' && address !== null ? address.port : 0 }
}

/** Asks one node and then the other, so that each is the first sometimes. */
const IN_TURN = [['roomful-upstream.conf', 'least_conn;', '']] as const

describe.runIf(hasNginx)('a node that takes a request and fails', () => {
  const publish = (url: string) =>
    fetch(`${url}/api/v1/rooms/lobby/messages`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"message":"once"}',
    })

  it('is replaced where nothing can happen twice, and not where it can', async () => {
    const broken = await failing((socket) => socket.destroy())
    const well = await node()
    const { url } = await nginxBefore([broken.port, well.port], IN_TURN)
    for (let times = 0; times < 4; times++) expect((await fetch(`${url}/livez`)).status).toBe(200)
    expect(broken.seen).toContain('GET /livez')
    const statuses = [await publish(url), await publish(url)].map(({ status }) => status)
    expect(statuses.toSorted((a, b) => a - b)).toEqual([201, 502])
    const { entries } = (await (await fetch(`${well.url}/api/v1/rooms/lobby/messages`)).json()) as {
      entries: unknown[]
    }
    expect(entries).toHaveLength(1)
  })

  it('because it drains, hands newcomers to the next', async () => {
    const draining = await failing((socket) =>
      socket.end('HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n'),
    )
    const well = await node()
    const nginx = await nginxBefore([draining.port, well.port], IN_TURN)
    for (let times = 0; times < 4; times++) await enter(nginx, null)
    expect(draining.seen).toContain('upgrade /ws/chat')
    expect((await publish(nginx.url)).status + (await publish(nginx.url)).status).toBe(201 + 503)
  })

  it('that is not there at all costs nobody anything', async () => {
    const gone = await node()
    const well = await node()
    const nginx = await nginxBefore([gone.port, well.port], IN_TURN)
    await gone.kill()
    for (let times = 0; times < 4; times++) {
      expect((await publish(nginx.url)).status).toBe(201)
      await (await dial(nginx, '/ws')).cut()
    }
  })

  it('is named in no log with a query', async () => {
    const gone = await node()
    const nginx = await nginxBefore([gone.port])
    await gone.kill()
    expect((await fetch(`${nginx.url}/livez?token=s3cret`)).status).toBe(502)
    expect(nginx.accessLog() + nginx.output).toContain('/livez')
    expect(nginx.accessLog() + nginx.output).not.toContain('s3cret')
  })
})

afterAll(cutAll)
