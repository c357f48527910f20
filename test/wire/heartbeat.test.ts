import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cutAll, enter, freshRoom } from '../support/chat-client.ts'
import { OPCODE, RawClient } from '../support/raw-client.ts'
import { type RunningServer, startServer } from '../support/server.ts'

const INTERVAL_MS = 1_000
const TIMEOUT_MS = 5_000
/** Later than any close that is on time: the timeout, one interval of granularity, and a slow machine. */
const LATE_MS = TIMEOUT_MS + 2 * INTERVAL_MS + 15_000

let server: RunningServer

beforeAll(async () => {
  server = await startServer({ args: ['--heartbeat-interval', '1', '--heartbeat-timeout', '5'] })
})
afterAll(async () => {
  await cutAll()
  await server.kill()
})

/** Resolves once this much time has passed since `from`: here time itself is the fact. */
function since(from: number, ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, from + ms - performance.now()))
}

// Concurrent: each of these spends its time waiting.
describe.concurrent('heartbeat endpoint', () => {
  it('HB1: a ping every interval, with a timestamp', async () => {
    const started = performance.now()
    const alice = await enter(server, 'Alice', { room: freshRoom(), heartbeat: true })
    expect(alice.welcome.heartbeat_interval).toBe(1)
    for (let count = 0; count < 4; count++) {
      const ping = await alice.next('ping')
      expect(Math.abs(Date.parse(ping.timestamp) - Date.now())).toBeLessThan(60_000)
      alice.send({ type: 'pong' })
    }
    const tookMs = performance.now() - started
    expect(tookMs).toBeGreaterThan(2.4 * INTERVAL_MS)
    expect(tookMs).toBeLessThan(LATE_MS)
  })

  it('HB1: only there', async () => {
    const room = freshRoom()
    const bert = await enter(server, 'Bert', { room })
    const guest = await enter(server, null, { room })
    const clock = await enter(server, 'Clock', { room: freshRoom(), heartbeat: true })
    await clock.next('ping')
    clock.send({ type: 'pong' })
    await clock.next('ping')
    await bert.next('system')
    await bert.quiet()
    await guest.quiet()
  })

  it('HB2: a pong is not answered, on any endpoint', async () => {
    const room = freshRoom()
    const carl = await enter(server, 'Carl', { room })
    const dora = await enter(server, 'Dora', { room, heartbeat: true })
    await carl.next('system')
    for (const client of [carl, dora]) {
      client.send({ type: 'pong' })
      client.send({ type: 'pong', timestamp: 'x', extra: 1 })
      await client.quiet()
    }
  })

  it('HB3: a heartbeat is answered', async () => {
    const emil = await enter(server, 'Emil', { room: freshRoom(), heartbeat: true })
    emil.send({ type: 'heartbeat' })
    const answer = await emil.next('heartbeat_ack')
    expect(Math.abs(Date.parse(answer.timestamp) - Date.now())).toBeLessThan(60_000)
    await emil.quiet()
  })

  it('HB4: any inbound frame is activity', async () => {
    const started = performance.now()
    const speaker = await enter(server, 'Speaker', { room: freshRoom(), heartbeat: true })
    const pinger = await RawClient.open(server.port, '/ws/chat/Pinger/heartbeat')
    const wrong = await enter(server, 'Wrong', { room: freshRoom(), heartbeat: true })
    const speak = setInterval(() => {
      speaker.say('still here')
      pinger.frame({ opcode: OPCODE.ping })
      wrong.send('not JSON')
    }, INTERVAL_MS)
    await since(started, 2 * TIMEOUT_MS)
    clearInterval(speak)
    expect([speaker.isOpen, !pinger.isOver, wrong.isOpen]).toEqual([true, true, true])
  })

  it('HB4 and HB5: silence closes with 4009 in time, whatever the server writes', async () => {
    const room = freshRoom()
    const started = performance.now()
    const silent = await enter(server, 'Silent', { room, heartbeat: true, lang: 'en' })
    const talker = await enter(server, 'Talker', { room })
    const talk = setInterval(() => talker.say('news'), INTERVAL_MS / 2)
    const close = await silent.closed(LATE_MS)
    clearInterval(talk)
    expect(close.code).toBe(4009)
    expect(performance.now() - started).toBeGreaterThan(TIMEOUT_MS)
    expect(silent.inbox.all.filter((frame) => frame.type === 'message').length).toBeGreaterThan(2)
    expect(await talker.next('system', (frame) => frame.event === 'leave')).toMatchObject({
      username: 'Silent',
    })
  })
})

describe.concurrent('other endpoints', () => {
  it('HB6: protocol pings at the interval', async () => {
    for (const path of ['/ws/chat', '/ws/chat/Pinged', '/ws']) {
      const started = performance.now()
      const peer = await RawClient.open(server.port, path)
      for (let count = 0; count < 3; count++) await peer.next(OPCODE.ping)
      expect(performance.now() - started).toBeGreaterThan(1.4 * INTERVAL_MS)
      expect(performance.now() - started).toBeLessThan(LATE_MS)
      await peer.destroy()
    }
  })

  it('HB6: a live peer may stay silent for ever', async () => {
    const started = performance.now()
    const room = freshRoom()
    const named = await enter(server, 'Quiet', { room })
    const guest = await enter(server, null, { room })
    const echo = await RawClient.open(server.port, '/ws')
    await since(started, 2.5 * TIMEOUT_MS)
    expect([named.isOpen, guest.isOpen, !echo.isOver]).toEqual([true, true, true])
    guest.say('after all')
    await named.hears('after all')
    echo.text('after all')
    await echo.nextText('Echo: after all')
  })

  it('HB6: a peer that does not answer is gone in time', async () => {
    const room = freshRoom()
    const witness = await enter(server, 'Witness', { room })
    const started = performance.now()
    const paths = [`/ws/chat/Deaf?room=${room}`, `/ws/chat?room=${room}`, '/ws']
    const peers = await Promise.all(paths.map((path) => RawClient.open(server.port, path)))
    for (const peer of peers) peer.answers = false
    const left = (): number =>
      witness.inbox.all.filter((frame) => frame.type === 'system' && frame.event === 'leave').length
    await witness.inbox.until(() => left() === 2, 'two who leave', LATE_MS)
    expect(performance.now() - started).toBeGreaterThan(TIMEOUT_MS)
    // A peer that does not answer the close either is cut off some seconds later.
    await Promise.all(peers.map((peer) => peer.ended(LATE_MS)))
  })

  it('HB6: a half-open peer that reads nothing is gone in time', async () => {
    const room = freshRoom()
    const witness = await enter(server, 'Observer', { room })
    const peer = await RawClient.open(server.port, `/ws/chat/Frozen?room=${room}`)
    await witness.next('system', (frame) => frame.event === 'join')
    peer.answers = false
    peer.pause()
    const gone = (): boolean =>
      witness.inbox.all.some((frame) => frame.type === 'system' && frame.event === 'leave')
    await witness.inbox.until(gone, 'the leave of Frozen', LATE_MS)
  })

  it('HB3: a heartbeat is answered there too', async () => {
    const fred = await enter(server, 'Fred', { room: freshRoom() })
    fred.send({ type: 'heartbeat' })
    await fred.next('heartbeat_ack')
  })
})
