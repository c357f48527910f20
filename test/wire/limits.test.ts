import { once } from 'node:events'
import http from 'node:http'
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type ChatClient, dial, emptyServer, enter, freshRoom } from '../support/chat-client.ts'
import { OPCODE, RawClient } from '../support/raw-client.ts'
import { type RunningServer, startServer } from '../support/server.ts'

let server: RunningServer

beforeAll(async () => {
  server = await startServer()
})
afterEach(() => emptyServer(server))
afterAll(() => server.kill())

const errors = (client: ChatClient, code: string): number =>
  client.inbox.all.filter((frame) => frame.type === 'error' && frame.code === code).length

describe('rate', () => {
  it('ER10: a hundred at once pass, then rate_limited, then 4008', async () => {
    const room = freshRoom()
    const witness = await enter(server, 'Witness', { room })
    const flood = await enter(server, 'Flood', { room, lang: 'en' })
    const started = performance.now()
    for (let count = 0; count < 400; count++) flood.say(`f${count}`)
    const refusal = await flood.next('error')
    expect(refusal).toMatchObject({ code: 'rate_limited', retryable: true })
    expect(refusal.message).toMatch(/^[\x20-\x7e]+$/)
    expect(refusal.retry_after_ms).toBeGreaterThan(0)
    expect(refusal.retry_after_ms).toBeLessThanOrEqual(1_000)
    expect(await flood.closed()).toEqual({ code: 4008, reason: 'Rate limited' })
    const refused = errors(flood, 'rate_limited')
    expect(refused).toBeGreaterThanOrEqual(49)
    expect(refused).toBeLessThanOrEqual(60)
    const seconds = (performance.now() - started) / 1_000
    await witness.next('system', (frame) => frame.event === 'leave')
    witness.say('unharmed')
    await witness.hears('unharmed')
    const passed = witness.inbox.all.filter((frame) => frame.type === 'message').length
    expect(passed).toBeGreaterThan(100)
    // A second gives 20 more.
    expect(passed).toBeLessThanOrEqual(100 + 20 * (seconds + 1))
  })

  it('ER10: whoever waits retry_after_ms goes on', async () => {
    const room = freshRoom()
    const eager = await enter(server, 'Eager', { room })
    for (let count = 0; count < 145; count++) eager.say(`e${count}`)
    const refusal = await eager.next('error')
    await new Promise((resolve) => setTimeout(resolve, (refusal.retry_after_ms ?? 0) + 20))
    eager.say('patient')
    await eager.hears('patient')
    expect(eager.isOpen).toBe(true)
  })

  it('ER10: what is refused may be anything', async () => {
    const flood = await enter(server, 'Flood', { room: freshRoom() })
    for (let count = 0; count < 400; count++) flood.send(count % 2 === 0 ? 'not JSON' : { type: 'pong' })
    expect([4008, 4011]).toContain((await flood.closed()).code)
    expect(server.alive()).toBe(true)
  })

  it('ER10: control frames have the same limit', async () => {
    const room = freshRoom()
    const witness = await enter(server, 'Witness', { room })
    for (const opcode of [OPCODE.ping, OPCODE.pong]) {
      const flood = await RawClient.open(server.port, `/ws/chat/Flood?room=${room}`)
      for (let count = 0; count < 400; count++) flood.frame({ opcode, payload: 'x' })
      expect(await flood.closeFrame()).toEqual({ code: 4008, reason: 'Rate limited' })
      await flood.ended()
      await witness.next('system', (frame) => frame.event === 'leave')
    }
    witness.say('unharmed')
    await witness.hears('unharmed')
  })

  it('ER10: on the echo endpoint too', async () => {
    const flood = await RawClient.open(server.port, '/ws')
    for (let count = 0; count < 400; count++) flood.text('x')
    expect((await flood.closeFrame()).code).toBe(4008)
    await flood.ended()
  })
})

/** An address of this machine that is limited, unlike 127.0.0.1. */
const FROM = '127.0.0.2'

const UPGRADE = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
}

/** Asks from an address. */
function get(
  url: string,
  from: string,
  headers = {},
): Promise<{ status: number; retryAfter: string; body: string }> {
  return new Promise((resolve, reject) => {
    const request = http.get(url, { localAddress: from, agent: false, headers }, (response) => {
      const { statusCode: status = 0, headers: answered } = response
      text(response).then(
        (body) => resolve({ status, retryAfter: answered['retry-after'] ?? '', body }),
        reject,
      )
    })
    request.once('error', reject)
    request.once('upgrade', () => reject(new Error('it was let in')))
  })
}

describe('an address', () => {
  it('LI3, LI4: that asks too often gets 429 with Retry-After, the next one over is served', async () => {
    const flags = ['--rate-per-address', '1', '--connect-rate-limit', '0.1', '--request-rate-limit', '0.1']
    const strict = await startServer({ args: ['--lang', 'en', ...flags] })
    try {
      const room = freshRoom()
      const first = await enter(strict, 'First', { room, from: FROM })
      const asked = performance.now()
      const late = await get(`${strict.url}/ws/chat`, FROM, UPGRADE)
      expect(late.status).toBe(429)
      expect(JSON.parse(late.body)).toMatchObject({
        code: 'rate_limited',
        limit: 'connects',
        scope: 'address',
      })
      // A flood of them has to wait for the answer; timers count whole milliseconds.
      expect(performance.now() - asked).toBeGreaterThan(990)
      const page = `${strict.url}/api/v1/rooms`
      expect(await get(page, FROM)).toMatchObject({ status: 200 })
      const refused = await get(page, FROM)
      expect(refused.status).toBe(429)
      expect(refused.retryAfter).toMatch(/^([1-9]|10)$/)
      expect(JSON.parse(refused.body)).toMatchObject({ code: 'rate_limited', retryable: true })
      for (let i = 0; i < 3; i++) expect((await get(`${strict.url}/readyz`, FROM)).status).toBe(200)
      const other = await enter(strict, 'Other', { room, from: '127.0.0.3' })
      expect((await get(page, '127.0.0.3')).status).toBe(200)
      for (let i = 0; i < 3; i++) expect((await get(page, '127.0.0.1')).status).toBe(200)
      other.say('unharmed')
      await first.hears('unharmed')
      const metrics = await (await fetch(`${strict.url}/metrics`)).text()
      expect(metrics).toMatch(/^roomful_limited_total\{limit="connects",scope="address"\} 2$/m)
      expect(metrics).toMatch(/^roomful_limited_total\{limit="requests",scope="address"\} 1$/m)
    } finally {
      await emptyServer(strict)
      await strict.kill()
    }
  })

  it('LI3: whoever connects too often waits, and is let in when there is room by then', async () => {
    const flags = ['--rate-per-address', '1', '--connect-rate-limit', '10']
    const strict = await startServer({ args: flags })
    try {
      // Five seconds' worth at once, and five more.
      const dialled = Array.from({ length: 55 }, () => dial(strict, '/ws/chat', { from: FROM }))
      expect((await Promise.all(dialled)).every(({ isOpen }) => isOpen)).toBe(true)
    } finally {
      await emptyServer(strict)
      await strict.kill()
    }
  })

  it('LI8: has so many sockets at most that ask for nothing; a connection is none of them', async () => {
    const strict = await startServer({
      args: ['--max-sockets-per-address', '2', '--trusted-proxies', '127.0.0.1', '--lang', 'en'],
    })
    const dialled: Socket[] = []
    const isCut = async () => {
      const socket = connect({ port: strict.port, host: '127.0.0.1', localAddress: FROM }).resume()
      dialled.push(socket)
      socket.on('error', () => {})
      // Whoever has a place is answered that this is no HTTP.
      socket.write('x\r\n\r\n')
      return (await text(socket).catch(() => '')) === ''
    }
    const mute = () => {
      const socket = connect({ port: strict.port, host: '127.0.0.1', localAddress: FROM })
      dialled.push(socket)
      return once(socket, 'connect')
    }
    try {
      const inside = await enter(strict, 'Inside', { from: FROM })
      await Promise.all([mute(), mute()])
      await expect.poll(isCut).toBe(true)
      inside.say('unharmed')
      await inside.hears('unharmed')
      dialled[0]?.destroy()
      await expect.poll(isCut).toBe(false)
    } finally {
      for (const socket of dialled) socket.destroy()
      await emptyServer(strict)
      await strict.kill()
    }
  })
})

describe('errors', () => {
  it('ER12: more than 100 refused frames in a short time close with 4011', async () => {
    const lenient = await startServer({ args: ['--rate-limit', 'off'] })
    try {
      const room = freshRoom()
      const witness = await enter(lenient, 'Witness', { room })
      const wrong = await enter(lenient, 'Wrong', { room })
      for (let count = 0; count < 100; count++)
        wrong.send(count % 2 === 0 ? 'not JSON' : { type: 'nonsense' })
      wrong.say('a hundred are forgiven')
      await wrong.hears('a hundred are forgiven')
      for (let count = 0; count < 100; count++) wrong.send({ message: '' })
      expect(await wrong.closed()).toEqual({ code: 4011, reason: 'Too many errors' })
      await witness.next('system', (frame) => frame.event === 'leave')
      witness.say('unharmed')
      await witness.hears('unharmed')
    } finally {
      await emptyServer(lenient)
      await lenient.kill()
    }
  })
})

describe('a full server', () => {
  it('ER11: server_full, then 1008 "Server is full", and a slot that became free is free', async () => {
    const small = await startServer({ args: ['--max-connections', '3'] })
    try {
      const mute = await Promise.all(Array.from({ length: 5 }, () => RawClient.connect(small.port)))
      const alice = await enter(small, 'Alice')
      const guest = await enter(small, null)
      const echo = await RawClient.open(small.port, '/ws')
      echo.text('in')
      await echo.nextText('Echo: in')
      for (const [path, script] of [
        ['/ws/chat', /\p{Script=Han}/u],
        ['/ws/chat/Bob?lang=en', /^[\x20-\x7e]+$/],
        ['/ws/chat/Bob/heartbeat', /\p{Script=Han}/u],
      ] as const) {
        const late = await dial(small, path)
        const error = await late.next('error')
        expect(error).toMatchObject({ code: 'server_full', retryable: true })
        expect(error.message).toMatch(script)
        expect(await late.closed()).toEqual({ code: 1008, reason: 'Server is full' })
      }
      const late = await RawClient.open(small.port, '/ws')
      expect(await late.closeFrame()).toEqual({ code: 1008, reason: 'Server is full' })
      await late.ended()
      alice.say('unharmed')
      await alice.hears('unharmed')
      await guest.leave()
      await alice.next('system', (frame) => frame.event === 'leave')
      const bob = await enter(small, 'Bob')
      expect(bob.welcome).toMatchObject({ connected_count: 2 })
      expect(mute.every((client) => !client.isOver)).toBe(true)
    } finally {
      await emptyServer(small)
      await small.kill()
    }
  })
})
