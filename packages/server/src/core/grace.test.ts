import { describe, expect, it } from 'vitest'
import type { MemorySocket } from '../../testing/memory-socket.ts'
import { noticesOf, sameAs } from '../../testing/notices.ts'
import { createTestHub } from '../../testing/test-hub.ts'
import type { HubOptions } from './options.ts'

const LOST = 1006

const v1 = (username: string, more: object = {}) => ({ username, dialect: 'v1' as const, ...more })

async function room(options: Partial<HubOptions> = {}) {
  const test = createTestHub({ rateLimit: null, lang: 'en', noticesPerSecond: 100, ...options })
  const zoe = await test.connect(v1('Zoe'))
  const alice = await test.connect(v1('Alice'))
  await test.clock.settle()
  zoe.news()
  const back = (more: object = {}): Promise<MemorySocket> =>
    test.connect(v1('Alice', { ...sameAs(alice), ...more }))
  return { test, clock: test.clock, zoe, alice, back }
}

describe('a connection that broke off', () => {
  it('PR6: leaves its rooms after the grace, and not before', async () => {
    const { test, clock, zoe, alice } = await room()
    alice.hangUp(LOST)
    alice.news()
    zoe.say({ message: 'anybody?' })
    await clock.advance(4_900)
    expect(alice.news()).toEqual([])
    expect(noticesOf(zoe)).toEqual([])
    expect(test.hub.members('lobby')).toMatchObject({ connected_count: 2, connected_users: ['Zoe', 'Alice'] })
    expect(test.hub.status().connections).toHaveLength(1)
    await clock.advance(200)
    expect(noticesOf(zoe)).toEqual([['leave', 'Alice']])
    expect(test.hub.status()).toMatchObject({ connected_count: 1 })
  })

  it('PR6: within the grace it is back without a word, and leaves at once when it says so then', async () => {
    const { clock, zoe, alice, back } = await room()
    alice.hangUp(LOST)
    await clock.advance(4_000)
    const again = await back()
    expect(again.all()[0]).toMatchObject({ username: 'Alice', connected_count: 2 })
    await clock.advance(500)
    expect(noticesOf(zoe)).toEqual([])
    again.hangUp(1000)
    await clock.settle()
    expect(noticesOf(zoe)).toEqual([['leave', 'Alice']])
  })

  it('PR6: keeps the name, so nobody else gets it meanwhile', async () => {
    const { test, clock, alice } = await room()
    alice.hangUp(LOST)
    const other = await test.connect(v1('Alice'))
    expect(other.closed?.code).toBe(4509)
    await clock.advance(6_000)
    expect((await test.connect(v1('Alice'))).closed).toBeNull()
  })

  it('PR6: keeps each room until the person is back in that one', async () => {
    const { test, clock, alice, back } = await room()
    alice.say({ type: 'join', room: 'garden' })
    await clock.settle()
    const greta = await test.connect(v1('Greta', { room: 'garden' }))
    greta.news()
    alice.hangUp(LOST)
    await clock.advance(1_000)
    await back()
    await clock.advance(3_000)
    expect(noticesOf(greta)).toEqual([])
    await clock.advance(2_000)
    expect(noticesOf(greta)).toEqual([['leave', 'Alice']])
    expect(test.hub.members('lobby')).toMatchObject({ connected_count: 2 })
  })

  it('PR6: has the grace too when the server gave it up for its silence', async () => {
    const { clock, zoe, alice } = await room({ heartbeatIntervalMs: 1_000, heartbeatTimeoutMs: 3_000 })
    for (let i = 0; alice.closed === null && i < 100; i++) {
      zoe.events?.onActivity()
      await clock.advance(100)
    }
    expect(alice.closed?.code).toBe(4009)
    await clock.advance(1_000)
    zoe.events?.onActivity()
    expect(noticesOf(zoe)).toEqual([])
    for (let i = 0; i < 50; i++) {
      zoe.events?.onActivity()
      await clock.advance(100)
    }
    expect(noticesOf(zoe)).toEqual([['leave', 'Alice']])
  })

  it.each([
    ['said goodbye', 1000, {}, {}],
    ['sent a close frame without a code', 1005, {}, {}],
    ['speaks classic', LOST, { dialect: 'classic' }, {}],
    ['has no name', LOST, { username: null }, {}],
    ['is of a server without grace', LOST, {}, { presenceGraceMs: 0 }],
  ] as const)('PR6: leaves at once when it %s', async (_, code, more, options) => {
    const { test, clock, zoe } = await room(options)
    const bob = await test.connect({ ...v1('Bob'), ...more })
    await clock.settle()
    zoe.news()
    bob.hangUp(code)
    await clock.settle()
    expect(noticesOf(zoe)).toMatchObject([['leave', 'username' in more ? null : 'Bob']])
  })

  it('PR6: is no connection: it takes no place, holds no log, and does not count against the most of a person', async () => {
    const { test, clock, alice, back } = await room({ maxConnections: 2, maxConnectionsPerUser: 1 })
    for (let i = 0; i < 5; i++) {
      alice.events?.onClosed(LOST)
      const again = await back({ room: `r${i}` })
      expect(again.closed).toBeNull()
      again.hangUp(LOST)
    }
    await clock.advance(6_000)
    expect(await test.hub.rooms('', 10)).toEqual({
      rooms: [{ room: 'lobby', connected_count: 1, head_seq: 0 }],
    })
  })

  it('PR6: more than the server has places for end the grace of the first', async () => {
    const { test, clock, zoe, alice } = await room({ maxConnections: 3 })
    alice.hangUp(LOST)
    for (let i = 0; i < 3; i++) {
      const socket = await test.connect(v1(`u${i}`))
      socket.hangUp(LOST)
    }
    await clock.settle()
    expect(noticesOf(zoe).filter(([event]) => event === 'leave')).toEqual([['leave', 'Alice']])
  })

  it('PR6, V18: is as it was until then: who was not away is not, and who was away is', async () => {
    const { test, clock, zoe, alice, back } = await room()
    const second = await back()
    second.say({ type: 'away', away: true })
    await clock.advance(2_000)
    zoe.news()
    alice.hangUp(LOST)
    await clock.advance(4_000)
    expect(noticesOf(zoe)).toEqual([])
    await clock.advance(2_000)
    expect(noticesOf(zoe)).toEqual([['away', 'Alice']])
    second.hangUp(LOST)
    const third = await back()
    await clock.advance(1_000)
    expect(noticesOf(zoe)).toEqual([['back', 'Alice']])
    expect(third.all()[0]).toMatchObject({ away_users: [] })
    await clock.advance(6_000)
    expect(noticesOf(zoe)).toEqual([])
    expect(test.hub.members('lobby')).toMatchObject({ connected_count: 2 })
  })

  it('PM3, PR6: what is said to the person meanwhile waits in the private log', async () => {
    const { test, clock, zoe, alice, back } = await room()
    alice.hangUp(LOST)
    zoe.say({ target_user: 'Alice', message: 'still there?' })
    await clock.settle()
    expect(zoe.news()[0]).toMatchObject({ type: 'confirmation' })
    const again = await back()
    again.say({ type: 'join', room: '@me', since: { epoch: test.store.epoch, seq: 0 } })
    await clock.settle()
    expect(again.all().filter(({ type }) => type === 'private')).toMatchObject([{ message: 'still there?' }])
  })

  it('PR6, DR2: a server that ends waits for none of it, and leaves no timer', async () => {
    const { test, clock, alice } = await room()
    alice.hangUp(LOST)
    const ended = test.hub.drain({ reason: 'restart', delayMs: 0, withinMs: 10_000 })
    await clock.advance(500)
    expect(await ended).toBe(true)
    expect(clock.timers).toBe(0)
  })
})
