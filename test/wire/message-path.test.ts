import { randomBytes } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import { syncBuiltinESMExports } from 'node:module'
import { type AddressInfo, createConnection, Socket } from 'node:net'
import { promisify } from 'node:util'
import zlib from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { createHmacSigner } from '../../packages/server/src/adapters/hmac-signer.ts'
import { createLoneBus } from '../../packages/server/src/adapters/local-bus.ts'
import { createMemoryStore } from '../../packages/server/src/adapters/memory-store.ts'
import { createSystemClock, createSystemRandom } from '../../packages/server/src/adapters/system-clock.ts'
import { attachWebSockets } from '../../packages/server/src/adapters/ws/ws-server.ts'
import { createHub, type Hub } from '../../packages/server/src/core/hub.ts'

/** Longer than what is not worth deflating. */
const TEXT = 'what is said once is written once for each '.repeat(10)
const logger = { debug() {}, info() {}, warn() {}, error() {} }

// The server runs in this process, so that what it gives to its sockets can be seen.
let hub: Hub
let http: Server
beforeAll(async () => {
  hub = createHub({
    store: createMemoryStore(),
    bus: createLoneBus(),
    clock: createSystemClock(),
    random: createSystemRandom(),
    signer: createHmacSigner(randomBytes(32)),
    logger,
    options: { rateLimit: null },
  })
  http = createServer()
  const options = {
    maxFrameBytes: 65_536,
    maxFragments: 64,
    compression: 'on',
    origins: [],
    trustedProxies: [],
    jwtInQuery: 'off',
  } as const
  attachWebSockets(http, hub, options, logger, createSystemClock())
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
})
afterAll(async () => {
  await hub.stop('shutdown')
  http.close()
})

const UPGRADE = [
  'GET /ws/chat?room=way-in HTTP/1.1',
  'Host: 127.0.0.1',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  '\r\n',
].join('\r\n')

interface Client {
  readonly socket: WebSocket
  /** Resolves with the next message that is said in the room. */
  heard(): Promise<string>
}

async function connect(room: string, perMessageDeflate: boolean): Promise<Client> {
  const { port } = http.address() as AddressInfo
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws/chat?room=${room}`, { perMessageDeflate })
  const waiting: ((text: string) => void)[] = []
  await new Promise<void>((resolve, reject) => {
    socket.on('error', reject)
    socket.on('message', (data: Buffer) => {
      const frame = JSON.parse(data.toString()) as { type: string; event?: string; message: string }
      if (frame.event === 'welcome') resolve()
      if (frame.type === 'message') waiting.shift()?.(frame.message)
    })
  })
  return { socket, heard: () => new Promise((resolve) => waiting.push(resolve)) }
}

async function say(clients: readonly Client[]): Promise<void> {
  const heard = clients.map((client) => client.heard())
  clients[0]?.socket.send(JSON.stringify({ message: TEXT }))
  expect(await Promise.all(heard)).toEqual(clients.map(() => TEXT))
}

/** Closes them all, and waits until the server has no more to say to anybody. */
async function leave(clients: readonly Client[]): Promise<void> {
  for (const { socket } of clients) socket.terminate()
  await expect.poll(() => promisify(http.getConnections.bind(http))()).toBe(0)
}

/** What the server's sockets are given while one message goes to all in a room. */
async function costOf(room: string, readers: number, compressed: boolean) {
  const clients = await Promise.all(Array.from({ length: readers }, () => connect(room, compressed)))
  // Behind the notices of who came in, which may be on their way still.
  await say(clients)
  const ofServer = (stream: Socket) => stream.localPort === (http.address() as AddressInfo).port
  const writes: Uint8Array[] = []
  const write = Socket.prototype.write
  vi.spyOn(Socket.prototype, 'write').mockImplementation(function (this: Socket, ...args: unknown[]) {
    if (ofServer(this)) writes.push(args[0] as Uint8Array)
    return Reflect.apply(write, this, args) as boolean
  })
  const deflate = vi.spyOn(zlib, 'deflateRawSync')
  syncBuiltinESMExports()
  try {
    await say(clients)
    return { writes: writes.length, buffers: new Set(writes).size, deflated: deflate.mock.calls.length }
  } finally {
    vi.restoreAllMocks()
    syncBuiltinESMExports()
    await leave(clients)
  }
}

describe('the way in', () => {
  it('answers the upgrade and welcomes in one write whoever comes into a room that is open', async () => {
    const clients = [await connect('way-in', false)]
    const chunks: string[] = []
    const socket = createConnection((http.address() as AddressInfo).port, '127.0.0.1')
    socket.write(UPGRADE)
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      chunks.push(chunk.toString('latin1'))
      if (chunk.includes('"event":"welcome"')) break
    }
    expect(chunks).toHaveLength(1)
    expect(chunks[0]).toMatch(/^HTTP\/1\.1 101 /)
    await leave(clients)
  })
})

describe('the message path of real sockets', () => {
  it('gives each connection one write, and all of them the same bytes', async () => {
    expect(await costOf('plain', 12, false)).toEqual({ writes: 12, buffers: 1, deflated: 0 })
  })

  it('deflates a message once, however many read it compressed', async () => {
    expect(await costOf('zipped', 12, true)).toEqual({ writes: 12, buffers: 1, deflated: 1 })
  })
})
