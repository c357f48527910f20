import { describe, expect, it } from 'vitest'
import { createTestHub } from '../../testing/test-hub.ts'

describe('heartbeat', () => {
  it('HB1: pings every interval on the heartbeat endpoint, in the application protocol', async () => {
    const test = createTestHub()
    const peer = await test.connect({ username: 'Alice', heartbeat: true })
    for (let i = 0; i < 5; i++) {
      await test.clock.advance(10_000)
      peer.say({ type: 'pong' })
    }
    expect(peer.all().filter((frame) => frame.type === 'ping')).toHaveLength(5)
    expect(peer.pings).toBe(0)
    expect(peer.closed).toBeNull()
  })

  it('HB5: closes a silent heartbeat connection with 4009 after the time-out, within a second', async () => {
    const test = createTestHub()
    const peer = await test.connect({ username: 'Alice', heartbeat: true })
    await test.clock.advance(29_000)
    expect(peer.closed).toBeNull()
    await test.clock.advance(2000)
    expect(peer.closed?.code).toBe(4009)
  })

  it('HB5: never sooner than the time-out, also when the last frame came just before a look', async () => {
    const test = createTestHub()
    await test.clock.advance(900)
    const peer = await test.connect({ username: 'Alice', heartbeat: true })
    await test.clock.advance(29_900)
    expect(peer.closed).toBeNull()
    await test.clock.advance(1200)
    expect(peer.closed?.code).toBe(4009)
  })

  it('HB4: what the server writes is no activity, any inbound frame is', async () => {
    const test = createTestHub()
    const quiet = await test.connect({ username: 'quiet', heartbeat: true })
    const chatty = await test.connect({ username: 'chatty', heartbeat: true })
    for (let i = 0; i < 8; i++) {
      await test.clock.advance(5000)
      chatty.say(i % 2 === 0 ? { message: 'hello' } : 'not even JSON')
    }
    await test.clock.settle()
    expect(quiet.closed?.code).toBe(4009)
    expect(chatty.closed).toBeNull()
    expect(chatty.all().some((frame) => frame['event'] === 'leave' && frame['username'] === 'quiet')).toBe(
      true,
    )
  })

  it('HB6: the other endpoints get protocol pings, and one that answers may stay silent for ever', async () => {
    const test = createTestHub()
    const alive = await test.connect({ username: 'alive' })
    const dead = await test.connect()
    for (let i = 0; i < 12; i++) {
      await test.clock.advance(10_000)
      alive.events?.onActivity()
    }
    expect(alive.pings).toBe(12)
    expect(alive.closed).toBeNull()
    expect(dead.closed?.code).toBe(4009)
  })
})
