import { describe, expect, it } from 'vitest'
import { MemorySocket } from '../../testing/memory-socket.ts'
import { createTestHub, type TestHub } from '../../testing/test-hub.ts'
import type { Attach } from '../ports/service.ts'

type EventsAttach = Extract<Attach, { endpoint: 'events' }>

async function listener(test: TestHub, request: Partial<EventsAttach> = {}): Promise<MemorySocket> {
  const socket = new MemorySocket(test.encoder)
  socket.events = test.hub.attach(socket, {
    endpoint: 'events',
    address: '127.0.0.1',
    room: 'lobby',
    lang: 'en',
    since: null,
    identity: null,
    ...request,
  })
  await test.clock.settle()
  return socket
}

async function said(test: TestHub, count: number, room = 'lobby'): Promise<void> {
  for (let i = 1; i <= count; i++)
    await test.hub.publish({ identity: null, room, message: `m${i}` }).catch(() => {})
  await test.clock.settle()
}

const seqs = (socket: MemorySocket) =>
  socket.news().flatMap((frame) => (frame.type === 'message' ? [frame['seq']] : []))

/** Says so many things, with the turns of the clock in between. */
async function say(test: TestHub, count: number): Promise<void> {
  const all = said(test, count)
  for (let i = 0; i < count; i++) await test.clock.settle()
  await all
}

describe('somebody who only listens', () => {
  it('SS2: is welcomed, and then gets what is new', async () => {
    const test = createTestHub()
    await say(test, 3)
    const reader = await listener(test)
    expect(reader.news()).toMatchObject([
      {
        type: 'system',
        event: 'welcome',
        message: 'Welcome to the chat room!',
        room: 'lobby',
        connected_count: 0,
        epoch: test.store.epoch,
        head_seq: 3,
      },
    ])
    await say(test, 2)
    expect(seqs(reader)).toEqual([4, 5])
  })

  it('SS5: is nobody in the room: not counted, not announced, not listed', async () => {
    const test = createTestHub()
    const alice = await test.connect({ username: 'Alice' })
    alice.news()
    const reader = await listener(test)
    const bob = await test.connect({ username: 'Bob' })
    expect(bob.news()).toMatchObject([{ event: 'welcome', connected_count: 2 }])
    expect(alice.news()).toMatchObject([{ event: 'join', username: 'Bob' }])
    expect(test.hub.status().connected_count).toBe(2)
    reader.hangUp()
    await test.clock.advance(3_000)
    expect(alice.news()).toEqual([])
  })

  it('SS1: hears who comes and goes, the first and the last too', async () => {
    const test = createTestHub()
    const reader = await listener(test)
    reader.news()
    const alice = await test.connect({ username: 'Alice' })
    expect(reader.news()).toMatchObject([{ event: 'join', username: 'Alice', connected_count: 1 }])
    alice.hangUp()
    await test.clock.settle()
    expect(reader.news()).toMatchObject([{ event: 'leave', username: 'Alice', connected_count: 0 }])
  })

  it('SS3: resumes behind the entry that it has, from the tail or from the store', async () => {
    for (const tailBytes of [100_000, 1_000]) {
      const test = createTestHub({ tailBytes })
      const witness = await test.connect({ username: 'Witness' })
      await say(test, 60)
      const reader = await listener(test, { since: { epoch: test.store.epoch, seq: 7 } })
      await say(test, 2)
      expect(reader.all()[0]).toMatchObject({ event: 'welcome', resume: { outcome: 'full', after: 7 } })
      expect(seqs(reader)).toEqual(Array.from({ length: 55 }, (_, i) => i + 8))
      expect(seqs(witness)).toHaveLength(62)
    }
  })

  it('SS4: is told where a gap is, and goes on live', async () => {
    const test = createTestHub()
    await say(test, 5)
    for (const since of [
      { epoch: 'another', seq: 2 },
      { epoch: test.store.epoch, seq: 6 },
    ]) {
      const reader = await listener(test, { since })
      expect(reader.news().slice(1)).toEqual([
        { type: 'gap', room: 'lobby', epoch: test.store.epoch, first_available: 1, head_seq: 5 },
      ])
    }
    const reader = await listener(test, { since: { epoch: 'another', seq: 2 } })
    await say(test, 1)
    expect(seqs(reader)).toEqual([6])
  })

  it('SS5: takes a place like everybody, and gives it back', async () => {
    const test = createTestHub({ maxConnections: 1 })
    const first = await listener(test)
    const second = await listener(test)
    expect(second.all()).toMatchObject([{ type: 'error', code: 'server_full' }])
    expect(second.closed).not.toBeNull()
    first.hangUp()
    expect((await listener(test)).closed).toBeNull()
  })

  it('SS5: is refused a room that cannot be', async () => {
    const test = createTestHub()
    const reader = await listener(test, { room: 'no room' })
    expect(reader.all()).toMatchObject([{ type: 'error', code: 'invalid_room', field: 'room' }])
    expect(reader.closed).not.toBeNull()
  })

  it('SS6: a slow reader lags, is given nothing twice, and is closed when it makes no progress', async () => {
    const test = createTestHub({ tailBytes: 1_000, slowTimeoutMs: 15_000 })
    const reader = await listener(test)
    reader.capacity = 1
    await say(test, 1)
    const writes = reader.writes.length
    await say(test, 50)
    expect(reader.writes.length).toBe(writes)
    reader.capacity = Infinity
    reader.events?.onDrain()
    await test.clock.settle()
    expect(seqs(reader)).toEqual(Array.from({ length: 51 }, (_, i) => i + 1))
    reader.capacity = 1
    await say(test, 1)
    await test.clock.advance(40_000)
    expect(reader.closed?.code).toBe(4010)
    expect(test.complaints).toEqual([])
  })

  it('SS6: is pinged, and stays as long as that is taken', async () => {
    const test = createTestHub({ rateLimit: 0.1, rateBurst: 1 })
    const reader = await listener(test)
    for (let i = 0; i < 12; i++) {
      reader.events?.onActivity()
      await test.clock.advance(10_000)
      reader.events?.onActivity()
    }
    expect(reader.pings).toBeGreaterThan(8)
    expect(reader.all().map(({ type }) => type)).toEqual(['system'])
    expect(reader.closed).toBeNull()
    await test.clock.advance(60_000)
    expect(reader.closed?.code).toBe(4009)
  })

  it('SS7: is sent away with a slot of its own', async () => {
    const test = createTestHub()
    const reader = await listener(test)
    reader.news()
    const done = test.hub.drain({ reason: 'restart', delayMs: 0, withinMs: 10_000 })
    await test.clock.advance(100)
    await done
    expect(reader.news()).toMatchObject([{ type: 'going_away', retry_after_ms: 1_000 }])
    expect(reader.closed?.code).toBe(1012)
    const late = await listener(test)
    expect(late.all()).toMatchObject([{ type: 'going_away', retry_after_ms: 1_001 }])
  })

  it('a reader that leaves while its log is opened leaves nothing behind', async () => {
    const test = createTestHub({ maxConnections: 1 })
    const socket = new MemorySocket(test.encoder)
    socket.events = test.hub.attach(socket, {
      endpoint: 'events',
      address: '',
      room: 'lobby',
      lang: null,
      since: null,
      identity: null,
    })
    socket.hangUp()
    await test.clock.settle()
    expect(socket.all()).toEqual([])
    expect((await listener(test)).closed).toBeNull()
  })
})
