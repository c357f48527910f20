/** The examples of the migration guides, run as they stand there: before and after tell people the same. */
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../../packages/server/testing/daemon.mjs'
import { type RunningServer, startServer } from '../support/server.ts'

const FOLDER = fileURLToPath(new URL('../../docs/examples/migration/', import.meta.url))
const PYTHON = '/usr/bin/python3'
const SECRET = 'what the shop and the chat share, and nobody else'

const IN_A_ROOM = [
  'Alice hears: Bob joined',
  'Alice reads: Alice: Hello',
  'Bob reads: Alice: Hello',
  'Alice alone reads: Bob: psst',
  'Bob reads: shop: We close at six',
  'Alice hears: Bob left',
]
const IN_THE_LOBBY = [
  'Alice is one of 1',
  'Bob is one of 2',
  ...IN_A_ROOM.slice(0, 4),
  'Bob is told that it was sent to Alice',
  ...IN_A_ROOM.slice(4),
]

/** Whether Debian's Python has all of these modules. Only python3-websockets is among what the tests install. */
const has = (...modules: string[]) => spawnSync(PYTHON, ['-c', `import ${modules.join(', ')}`]).status === 0
const websockets = has('websockets') || process.env['CI'] === 'true'

/** One for tokens and one for guests, who never bear the name of somebody with a token. */
let roomful: RunningServer
let guests: RunningServer
beforeAll(async () => {
  ;[roomful, guests] = await Promise.all([
    startServer({ args: ['--auth', 'jwt'], env: { ROOMFUL_JWT_SECRET: SECRET } }),
    startServer(),
  ])
})

/** The next ones bear the same names. */
async function empty({ url }: RunningServer, room: string): Promise<void> {
  const headers = { authorization: `Bearer ${tokenFor('shop')}` }
  await expect
    .poll(async (): Promise<unknown> => (await fetch(`${url}/ws/status?room=${room}`, { headers })).json())
    .toMatchObject({ connected_count: 0 })
}

const children: ChildProcess[] = []
const servers: Server[] = []
afterAll(async () => {
  await Promise.all([roomful.kill(), guests.kill()])
  for (const child of children) child.kill('SIGKILL')
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
})

/** What a client prints, line by line. */
async function linesOf(program: string, ...args: string[]): Promise<string[]> {
  const { stdout } = await promisify(execFile)(program, args, { cwd: FOLDER, timeout: 110_000 })
  return stdout.trim().split('\n')
}

/** Starts a Python server and resolves with its address once it answers anything. */
async function python(
  args: (port: string) => readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const port = String(await freePort())
  const child = spawn(PYTHON, args(port), {
    cwd: FOLDER,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  children.push(child)
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    said += chunk
  })
  const url = `http://127.0.0.1:${port}`
  await expect
    .poll(
      () => {
        if (child.exitCode !== null) throw new Error(said)
        return fetch(url).then(
          () => true,
          () => false,
        )
      },
      { timeout: 200_000 },
    )
    .toBe(true)
  return url
}

const uvicorn = (folder: string) => (port: string) => [
  '-m',
  'uvicorn',
  'main:app',
  '--app-dir',
  `fastapi-websocket/${folder}`,
  '--port',
  port,
]

const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

function tokenFor(username: string): string {
  const exp = Math.floor(Date.now() / 1000) + 600
  const content = `${encoded({ alg: 'HS256' })}.${encoded({ sub: username, name: username, exp })}`
  return `${content}.${createHmac('sha256', SECRET).update(content).digest('base64url')}`
}

/** What after/server.py is, for machines without Flask: gives tokens, and announces. */
async function shopFor(chat: string): Promise<string> {
  const announce = async (request: IncomingMessage) => {
    const { room = 'lobby', message } = JSON.parse(await text(request)) as Record<string, string>
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${tokenFor('shop')}` }
    const body = JSON.stringify({ message, username: 'shop' })
    const said = await fetch(`${chat}/api/v1/rooms/${room}/messages`, { method: 'POST', headers, body })
    return { announced: said.ok }
  }
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://shop')
    const answer =
      pathname === '/token'
        ? Promise.resolve({ token: tokenFor(searchParams.get('username') ?? '') })
        : announce(request)
    void answer.then((body) => response.end(JSON.stringify(body)))
  })
  servers.push(server)
  const port = await freePort()
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return `http://127.0.0.1:${port}`
}

describe('from Flask-SocketIO', () => {
  afterEach(() => empty(roomful, 'garden'))

  it('with the SDK people are told the same', async () => {
    const shop = await shopFor(roomful.url)
    expect(await linesOf(process.execPath, 'flask-socketio/after/client.mjs', shop, roomful.url)).toEqual(
      IN_A_ROOM,
    )
  })

  // Without python3-websockets skipped, unless CI is true.
  it.skipIf(!websockets)('with plain WebSockets people are told the same', async () => {
    const shop = await shopFor(roomful.url)
    expect(await linesOf(PYTHON, 'flask-socketio/after/client.py', shop, roomful.wsUrl)).toEqual(IN_A_ROOM)
  })

  it.skipIf(!has('flask_socketio', 'requests'))(
    'before (skipped without python3-flask-socketio)',
    async () => {
      const shop = await python((port) => ['flask-socketio/before/server.py', port])
      expect(await linesOf(PYTHON, 'flask-socketio/before/client.py', shop)).toEqual(IN_A_ROOM)
    },
  )

  it.skipIf(!has('flask', 'jwt', 'websockets'))('after (skipped without python3-flask, -jwt)', async () => {
    const env = { ROOMFUL_JWT_SECRET: SECRET }
    const shop = await python((port) => ['flask-socketio/after/server.py', port, roomful.url], env)
    expect(await linesOf(PYTHON, 'flask-socketio/after/client.py', shop, roomful.wsUrl)).toEqual(IN_A_ROOM)
  })
})

describe('from FastAPI', () => {
  afterEach(() => empty(guests, 'lobby'))

  // Without python3-websockets skipped, unless CI is true.
  it.skipIf(!websockets)('the same client is told the same', async () => {
    const shop = await shopFor(guests.url)
    expect(await linesOf(PYTHON, 'fastapi-websocket/client.py', shop, guests.wsUrl)).toEqual(IN_THE_LOBBY)
  })

  const fastapi = has('fastapi', 'uvicorn', 'websockets')

  it.skipIf(!fastapi)('before (skipped without python3-fastapi, -uvicorn)', async () => {
    const shop = await python(uvicorn('before'))
    const chat = shop.replace('http', 'ws')
    expect(await linesOf(PYTHON, 'fastapi-websocket/client.py', shop, chat)).toEqual(IN_THE_LOBBY)
  })

  it.skipIf(!fastapi)('after (skipped without python3-fastapi, -uvicorn)', async () => {
    const shop = await python(uvicorn('after'), { ROOMFUL: guests.url })
    expect(await linesOf(PYTHON, 'fastapi-websocket/client.py', shop, guests.wsUrl)).toEqual(IN_THE_LOBBY)
  })
})
