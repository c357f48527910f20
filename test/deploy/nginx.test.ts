/** What proxies do when nobody speaks, and with nodes that do not take what they get. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { request } from 'node:https'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { freePort, pathOfProgram } from '../../packages/server/testing/daemon.mjs'
import { makeCertificate } from '../../packages/server/testing/certificate.mjs'
import { startCaddy } from '../../packages/server/testing/caddy.mjs'
import { startNginx } from '../../packages/server/testing/nginx.mjs'
import { cutAll, dial, enter, freshRoom } from '../support/chat-client.ts'
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
    args,
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
    for (let times = 0; times < 2; times++) {
      const lost = await enter(before, null)
      expect(await lost.closed()).toMatchObject({ code: 1006 })
    }
    expect(kept.isOpen).toBe(true)
    kept.say('still here', { client_id: crypto.randomUUID() })
    await kept.next('ack')
  })
})

describe.each([
  ['nginx', startNginx],
  ['Caddy', startCaddy],
] as const)('a node that hangs behind %s', (name, start) => {
  const isThere = pathOfProgram(name.toLowerCase()) !== null || process.env['CI'] === 'true'

  it.runIf(isThere)('keeps nobody who comes, and keeps those who are there', async () => {
    const hung = await node()
    const well = await node()
    const alone = await start({ nodes: [hung.port] })
    ending.push(() => alone.remove())
    const both = await start({ nodes: [hung.port, well.port] })
    ending.push(() => both.remove())
    const kept = await enter(alone, 'Alice', { v1: true })
    process.kill(hung.pid, 'SIGSTOP')
    // The system accepts connections for it, so one of two goes there.
    const newcomers = Array.from({ length: 6 }, () => enter(both, null, { room: '茶' }))
    const pages = [fetch(`${both.url}/livez`), fetch(`${both.url}/livez`)]
    for (const newcomer of await Promise.all(newcomers)) expect(newcomer.isOpen).toBe(true)
    for (const page of await Promise.all(pages)) expect(page.status).toBe(200)
    process.kill(hung.pid, 'SIGCONT')
    kept.say('still here', { client_id: crypto.randomUUID() })
    await kept.next('ack')
  })
})

/** Takes requests as a node that fails: a count of them, and what it does with each. */
async function failing(fail: (socket: { destroy(): void; end(text: string): void }, what: string) => void) {
  const seen: string[] = []
  const server: Server = createServer(({ method, url, socket }) => {
    seen.push(`${method} ${url}`)
    fail(socket, `${method} ${url}`)
  })
  server.on('upgrade', ({ url }, socket) => {
    seen.push(`upgrade ${url}`)
    fail(socket, `upgrade ${url}`)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  ending.push(() => new Promise((resolve) => server.close(resolve)))
  const address = server.address()
  return { seen, port: typeof address === 'object' && address !== null ? address.port : 0 }
}

/** Asks one node and then the other, so that each is the first sometimes. */
const IN_TURN = [['roomful-upstream.conf', 'least_conn;', '']] as const

describe.runIf(hasNginx)('a node that takes a request and fails', () => {
  let well: RunningServer
  let room = ''
  beforeAll(async () => {
    well = await startServer({ dataFolder: ':memory:' })
  })
  beforeEach(() => {
    room = freshRoom()
  })
  afterAll(() => well.kill())

  const publish = (url: string) =>
    fetch(`${url}/api/v1/rooms/${room}/messages`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"message":"once"}',
    })

  it('is replaced where nothing can happen twice, and not where it can', async () => {
    const broken = await failing((socket) => socket.destroy())
    const { url } = await nginxBefore([broken.port, well.port], IN_TURN)
    for (let times = 0; times < 4; times++) expect((await fetch(`${url}/livez`)).status).toBe(200)
    expect(broken.seen).toContain('GET /livez')
    const statuses = [await publish(url), await publish(url)].map(({ status }) => status)
    expect(statuses.toSorted((a, b) => a - b)).toEqual([201, 502])
    const { entries } = (await (await fetch(`${well.url}/api/v1/rooms/${room}/messages`)).json()) as {
      entries: unknown[]
    }
    expect(entries).toHaveLength(1)
  })

  it.each([
    ['before it is asked', 'nothing', 'GET /readyz'],
    ['as it is asked', 'GET /readyz', 'upgrade /ws/chat?room=%E8%8C%B6'],
  ])('because it drains %s, hands newcomers to the next', async (_, fine, refused) => {
    const draining = await failing((socket, what) => {
      const status = what === fine ? '200 OK' : '503 Service Unavailable'
      socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
    })
    const nginx = await nginxBefore([draining.port, well.port], IN_TURN)
    for (let times = 0; times < 4; times++) await enter(nginx, null, { room: '茶' })
    expect(draining.seen).toContain(refused)
    const statuses = [await publish(nginx.url), await publish(nginx.url)].map(({ status }) => status)
    expect(statuses.toSorted((a, b) => a - b)).toEqual([201, 503])
  })

  it('that is not there at all costs nobody anything', async () => {
    const gone = await node()
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

const FOLDER = fileURLToPath(new URL('../../', import.meta.url))
const CERTIFICATE_OF = '/etc/letsencrypt/live/chat.example'

/** What the book does to `roomful.conf` for TLS. */
function byTheBook(book: string): string {
  const command = /sed -i (.+) \/etc\/nginx\/conf\.d\/roomful\.conf/.exec(
    readFileSync(join(FOLDER, book), 'utf8'),
  )?.[1]
  const script = [...(command ?? '').matchAll(/-e '([^']+)'/g)].flatMap(([, part = '']) => ['-e', part])
  expect(script).not.toEqual([])
  return execFileSync('sed', [...script, join(FOLDER, 'deploy/nginx/roomful.conf')], { encoding: 'utf8' })
}

/** Status and headers of a GET, whoever signed the certificate. */
function overTls(port: number, path: string) {
  return new Promise<{ status: number | undefined; policy: unknown }>((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, rejectUnauthorized: false, agent: false }, (answer) => {
      answer.resume()
      resolve({ status: answer.statusCode, policy: answer.headers['strict-transport-security'] })
    })
      .on('error', reject)
      .end()
  })
}

describe.runIf(hasNginx)('nginx by the book', () => {
  it('refuses to serve beside the site of its package, which would answer in our place', async () => {
    const site = 'http {\n server { listen 80 default_server; server_name _; }'
    const changes = [
      ['roomful.conf', /listen .*:\d+ /, 'listen 80 '],
      ['nginx.conf', 'http {', site],
    ] as const
    await expect(startNginx({ nodes: [1], changes })).rejects.toThrow('duplicate default server')
  })

  it('with its steps for TLS, serves nothing without it', async () => {
    const files = makeCertificate()
    ending.push(async () => files.remove())
    const [port, tlsPort] = [await freePort(), await freePort()]
    const configuration = byTheBook('docs/deploy.md')
    expect(byTheBook('docs/deploy.zh-TW.md')).toBe(configuration)
    const here = configuration
      .replaceAll(CERTIFICATE_OF, files.folder)
      .replaceAll(/^ +listen \[::\]:.*\n/gm, '')
      .replace(/^ +listen 443/m, ` listen 127.0.0.1:${tlsPort}`)
      .replace(/^ +listen 80/m, ` listen 127.0.0.1:${port}`)
      .replace('/var/log/nginx/access.log', 'access.log')
      .replace('/var/log/nginx/error.log', 'stderr')
    const served = await failing((socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'))
    const changes = [['roomful.conf', /[^]*/, here.replaceAll('$', '$$$$')]] as const
    const nginx = await startNginx({ nodes: [served.port], port, changes })
    ending.push(() => nginx.remove())

    const plain = await fetch(`${nginx.url}/chat?token=s3cret`, { redirect: 'manual' })
    expect(plain.status).toBe(301)
    expect(plain.headers.get('location')).toBe('https://127.0.0.1/chat?token=s3cret')
    await expect(dial(nginx, '/ws')).rejects.toThrow('301')
    expect(served.seen).toEqual([])
    expect(await overTls(tlsPort, '/chat')).toEqual({ status: 200, policy: 'max-age=31536000' })
    expect(nginx.accessLog() + nginx.output).not.toContain('s3cret')
  })
})

afterAll(cutAll)
