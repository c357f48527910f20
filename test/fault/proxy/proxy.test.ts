import { connect, createServer, type Server, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { HELP, obey, openControl } from './control.mjs'
import { FaultProxy } from './proxy.mjs'

let server: Server
let proxy: FaultProxy
const ends: Socket[] = []

function until(fact: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + 60_000
  return new Promise((resolve, reject) => {
    const look = (): void => {
      if (fact()) resolve()
      else if (performance.now() > deadline) reject(new Error(`not within a minute: ${what}`))
      else setTimeout(look, 2)
    }
    look()
  })
}

/** One end of a link and what it saw. */
class End {
  readonly socket: Socket
  text = ''
  ended = false
  fault = ''
  closed = false

  constructor(socket: Socket) {
    this.socket = socket
    ends.push(socket)
    socket.setNoDelay()
    socket.on('data', (bytes) => (this.text += bytes.toString()))
    socket.on('end', () => (this.ended = true))
    socket.on('error', (error) => (this.fault = 'code' in error ? String(error.code) : error.message))
    socket.on('close', () => (this.closed = true))
  }
}

const accepted: End[] = []

beforeEach(async () => {
  server = createServer({ allowHalfOpen: true }, (socket) => accepted.push(new End(socket)))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  proxy = await FaultProxy.open({ to: portOf(server), random: () => 0.5 })
})

afterEach(async () => {
  for (const socket of ends.splice(0)) socket.destroy()
  accepted.splice(0)
  await proxy.close()
  await new Promise((resolve) => server.close(resolve))
})

function portOf(of: Server): number {
  const address = of.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

async function link(): Promise<{ client: End; peer: End }> {
  const before = accepted.length
  const client = new End(connect({ port: proxy.port, host: '127.0.0.1', allowHalfOpen: true }))
  await until(() => accepted.length > before, 'a link')
  return { client, peer: accepted.at(-1) as End }
}

describe('the fault proxy in fair weather', () => {
  it('hands everything on both ways, whole and in order', async () => {
    const { client, peer } = await link()
    const long = Array.from({ length: 40_000 }, (_, i) => `${i},`).join('')
    client.socket.write(long)
    peer.socket.write('answer')
    await until(() => peer.text.length === long.length && client.text === 'answer', 'all of it')
    expect(peer.text).toBe(long)
    expect(proxy.status()).toMatchObject({ open: 1, accepted: 1, bytesUp: long.length, bytesDown: 6 })
  })

  it('hands on the end of one direction and then of the other', async () => {
    const { client, peer } = await link()
    client.socket.end('bye')
    await until(() => peer.ended, 'the end')
    expect(client.closed).toBe(false)
    peer.socket.end('bye too')
    await until(() => client.closed, 'the other end')
    expect([peer.text, client.text]).toEqual(['bye', 'bye too'])
    await until(() => proxy.status().open === 0, 'no link')
  })

  it('hands on a reset', async () => {
    const { client, peer } = await link()
    peer.socket.resetAndDestroy()
    await until(() => client.closed, 'the reset')
    expect(client.fault).toBe('ECONNRESET')
  })

  it('closes the client when nobody listens at the other end', async () => {
    proxy.to = 1
    const client = new End(connect({ port: proxy.port, host: '127.0.0.1' }))
    await until(() => client.closed, 'the end')
  })
})

describe('the fault proxy in bad weather', () => {
  it('delays each direction on its own, in order, also when the delay becomes shorter', async () => {
    const { client, peer } = await link()
    proxy.set({ latencyMs: 1_500, jitterMs: 40 }, 'up')
    const started = performance.now()
    client.socket.write('first ')
    await until(() => proxy.status().up.latencyMs === 1_500, 'the weather')
    await new Promise((resolve) => setTimeout(resolve, 10))
    proxy.set({ latencyMs: 0, jitterMs: 0 })
    client.socket.write('second')
    peer.socket.write('now')
    await until(() => client.text === 'now', 'the way down')
    expect(peer.text).toBe('')
    await until(() => peer.text.length === 12, 'the way up')
    expect(performance.now() - started).toBeGreaterThanOrEqual(1_499)
    expect(peer.text).toBe('first second')
  })

  it('lets through so many bytes a second', async () => {
    const { client, peer } = await link()
    proxy.set({ bytesPerSecond: 100_000 }, 'up')
    const started = performance.now()
    client.socket.write('x'.repeat(20_000))
    await until(() => peer.text.length === 20_000, 'all of it')
    expect(performance.now() - started).toBeGreaterThanOrEqual(190)
  })

  it('swallows one direction, its end too, until it is lifted', async () => {
    const { client, peer } = await link()
    proxy.set({ blackHole: true }, 'down')
    peer.socket.end('held')
    client.socket.write('through')
    await until(() => peer.text === 'through', 'the way up')
    expect([client.text, client.ended]).toEqual(['', false])
    proxy.set({ blackHole: false })
    await until(() => client.ended, 'what was held')
    expect(client.text).toBe('held')
  })

  it('does not tell of a reset through a black hole', async () => {
    const { client, peer } = await link()
    proxy.set({ blackHole: true })
    client.socket.resetAndDestroy()
    await until(() => client.closed, 'the reset')
    peer.socket.write('anybody there?')
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(peer.closed).toBe(false)
    proxy.clear()
    await until(() => peer.closed, 'the reset')
  })

  it('stops to read a source whose target does not', async () => {
    const { client, peer } = await link()
    peer.socket.pause()
    const megabyte = Buffer.alloc(1_048_576)
    for (let i = 0; i < 64; i++) client.socket.write(megabyte)
    await until(() => proxy.status().bytesUp > 0, 'some of it')
    let before = -1
    while (before !== proxy.status().bytesUp) {
      before = proxy.status().bytesUp
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    expect(client.socket.writableLength).toBeGreaterThan(16 * 1_048_576)
    peer.socket.resume()
    await until(() => peer.text.length === 64 * 1_048_576, 'the rest')
  })

  it('cuts every link with a reset for both ends, and what waits is lost', async () => {
    const { client, peer } = await link()
    proxy.set({ blackHole: true })
    peer.socket.write('lost')
    await new Promise((resolve) => setTimeout(resolve, 10))
    expect(proxy.cut()).toBe(1)
    await until(() => client.closed && peer.closed, 'both ends')
    expect([client.fault, peer.fault, client.text]).toEqual(['ECONNRESET', 'ECONNRESET', ''])
    expect(proxy.status()).toMatchObject({ open: 0, accepted: 1 })
  })

  it('half-closes: one direction ends, the other goes on', async () => {
    const { client, peer } = await link()
    proxy.halfClose('up')
    await until(() => peer.ended, 'the end')
    client.socket.write('into nothing')
    peer.socket.write('still here')
    await until(() => client.text === 'still here', 'the way down')
    expect(peer.text).toBe('')
  })

  it('refuses new links and keeps those that are there', async () => {
    const { client, peer } = await link()
    proxy.refuse(true)
    const late = new End(connect({ port: proxy.port, host: '127.0.0.1' }))
    await until(() => late.closed, 'the refusal')
    client.socket.write('here')
    await until(() => peer.text === 'here', 'the old link')
  })
})

describe('the words for the proxy', () => {
  it.each([
    ['latency 100', { up: { latencyMs: 100, jitterMs: 0 }, down: { latencyMs: 100 } }],
    ['latency 100 20 down', { up: { latencyMs: 0 }, down: { latencyMs: 100, jitterMs: 20 } }],
    ['latency 5 up', { up: { latencyMs: 5 }, down: { latencyMs: 0 } }],
    ['bandwidth 8000', { up: { bytesPerSecond: 8000 }, down: { bytesPerSecond: 8000 } }],
    ['blackhole up', { up: { blackHole: true }, down: { blackHole: false } }],
    ['refuse on', { refusing: true }],
  ])('%s', (line, expected) => {
    expect(JSON.parse(obey(proxy, line))).toEqual({ ok: true })
    expect(proxy.status()).toMatchObject(expected)
    obey(proxy, 'clear')
    expect(proxy.status()).toMatchObject({
      refusing: false,
      up: { latencyMs: 0, bytesPerSecond: null, blackHole: false },
    })
  })

  it.each([
    '',
    'fly',
    'latency',
    'latency x',
    'latency -1',
    'latency 1 2 sideways',
    'bandwidth 0',
    'blackhole',
    'refuse on now',
  ])('answers %j with a sentence and changes nothing', (line) => {
    const before = proxy.status()
    expect(JSON.parse(obey(proxy, line))).toMatchObject({ ok: false, error: expect.any(String) as string })
    expect(proxy.status()).toEqual(before)
  })

  it('lists itself', () => {
    expect(JSON.parse(obey(proxy, 'help'))).toEqual({ ok: true, commands: HELP })
  })

  it('is spoken over HTTP too', async () => {
    const control = await openControl(proxy, 0)
    const url = `http://127.0.0.1:${control.port}/`
    try {
      const both = await fetch(url, { method: 'POST', body: 'latency 7\nblackhole down\n' })
      expect([both.status, await both.text()]).toEqual([200, '{"ok":true}\n{"ok":true}\n'])
      expect(await (await fetch(url)).json()).toMatchObject({
        ok: true,
        down: { latencyMs: 7, blackHole: true },
      })
      const wrong = await fetch(url, { method: 'POST', body: 'fly' })
      expect(wrong.status).toBe(400)
      await wrong.body?.cancel()
    } finally {
      await control.close()
    }
  })
})
