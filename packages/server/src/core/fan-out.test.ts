import { describe, expect, it } from 'vitest'
import type { MemorySocket } from '../../testing/memory-socket.ts'
import { createTestHub, type TestHub } from '../../testing/test-hub.ts'
import { TURN_MS } from './turn-queue.ts'

const texts = (socket: MemorySocket) =>
  socket.news().flatMap((frame) => (frame.type === 'message' ? [frame['message']] : []))

async function people(test: TestHub, count: number): Promise<MemorySocket[]> {
  const sockets: MemorySocket[] = []
  for (let i = 0; i < count; i++) sockets.push(await test.connect({ username: `u${i}` }))
  await test.clock.advance(5000)
  for (const socket of sockets) socket.news()
  return sockets
}

describe('fan-out', () => {
  it('writes once per connection and turn, however much was said in it', async () => {
    const test = createTestHub({ rateLimit: null })
    const sockets = await people(test, 10)
    const before = sockets.map((socket) => socket.writes.length)
    for (const socket of sockets) for (let i = 0; i < 5; i++) socket.say({ message: `m${i}` })
    await test.clock.settle()
    expect(sockets.map((socket, i) => socket.writes.length - (before[i] as number))).toEqual(
      Array(10).fill(1),
    )
    expect(texts(sockets[3] as MemorySocket)).toHaveLength(50)
  })

  it('has no per-client cost on the message path: encodes once per message, joins once per turn, shares the bytes', async () => {
    const test = createTestHub({ rateLimit: null })
    const sockets = await people(test, 50)
    const { encoded, joined } = test.encoder
    for (let i = 0; i < 20; i++) sockets[0]?.say({ message: `m${i}` })
    await test.clock.settle()
    expect(test.encoder.encoded - encoded).toBe(20)
    expect(test.encoder.joined - joined).toBe(1)
    expect(new Set(sockets.map((socket) => socket.writes.at(-1))).size).toBe(1)
  })

  it('LI11: writes to one that was refused for a rate at its turn, at once all that it missed; to others meanwhile as ever', async () => {
    const test = createTestHub({ rateLimit: 1, rateBurst: 4 })
    const [ann, ben, carl] = (await people(test, 3)) as [MemorySocket, MemorySocket, MemorySocket]
    for (let i = 0; i < 5; i++) carl.say({ message: `flood ${i}` })
    for (const message of ['one', 'two']) {
      ann.say({ message })
      await test.clock.settle()
    }
    expect(texts(ben)).toEqual(['flood 0', 'flood 1', 'flood 2', 'flood 3', 'one', 'two'])
    expect(carl.news()).toMatchObject([{ code: 'rate_limited' }])
    const before = carl.writes.length
    await test.clock.advance(TURN_MS)
    expect(texts(carl)).toEqual(['flood 0', 'flood 1', 'flood 2', 'flood 3', 'one', 'two'])
    expect(carl.writes.length - before).toBe(1)
    ann.say({ message: 'three' })
    await test.clock.settle()
    expect([texts(ben), texts(carl)]).toEqual([['three'], ['three']])
  })

  it('LI11: one that is closed while it waits has what was said before', async () => {
    const test = createTestHub({ rateLimit: 1, rateBurst: 1 })
    const [ann, ben] = (await people(test, 2)) as [MemorySocket, MemorySocket]
    for (const message of ['one', 'two']) ben.say({ message })
    ann.say({ message: 'hello' })
    await test.clock.settle()
    await test.hub.drain({ reason: 'restart', delayMs: 0, withinMs: 0 })
    expect(ben.news()).toMatchObject([{ code: 'rate_limited' }, { message: 'one' }, { message: 'hello' }])
    expect(ben.closed?.code).toBe(1012)
  })

  it('LI11: writes nothing to one that goes while it waits', async () => {
    const test = createTestHub({ rateLimit: 1, rateBurst: 1 })
    const [ann, ben] = (await people(test, 2)) as [MemorySocket, MemorySocket]
    for (const message of ['one', 'two']) ben.say({ message })
    ann.say({ message: 'hello' })
    await test.clock.settle()
    ben.news()
    ben.events?.onClosed(1000)
    await test.clock.advance(TURN_MS)
    expect(ben.news()).toEqual([])
  })

  it('rests after a flush that took long, gathers meanwhile, and answers without delay', async () => {
    const test = createTestHub({ rateLimit: null })
    const [ann, ben] = (await people(test, 2)) as [MemorySocket, MemorySocket]
    const send = ben.send.bind(ben)
    ben.send = (frames) => {
      test.clock.pass(30)
      return send(frames)
    }
    ann.say({ message: 'takes 30 ms' })
    await test.clock.settle()
    expect(texts(ann)).toEqual(['takes 30 ms'])
    ann.say({ message: 'one' })
    ann.say({ message: 'two' })
    ann.say({ type: 'status' })
    await test.clock.settle()
    expect(ann.news().map(({ type }) => type)).toEqual(['status'])
    const before = ben.writes.length
    await test.clock.advance(14)
    expect(texts(ann)).toEqual([])
    await test.clock.advance(1)
    expect(texts(ann)).toEqual(['one', 'two'])
    expect(ben.writes.length).toBe(before + 1)
  })

  it('rests longer, twice as long as the flush took, when others wait for the processor', async () => {
    const test = createTestHub({ rateLimit: null })
    const [ann] = (await people(test, 1)) as [MemorySocket]
    const send = ann.send.bind(ann)
    ann.send = (frames) => {
      test.clock.pass(60)
      return send(frames)
    }
    const told = async (rests: boolean) => {
      test.clock.rests = rests
      ann.say({ message: 'takes 60 ms' })
      await test.clock.settle()
      ann.news()
      ann.say({ message: 'next' })
      let ms = 0
      for (; texts(ann).length === 0; ms += 10) await test.clock.advance(10)
      await test.clock.advance(1_000)
      return ms
    }
    expect(await told(true)).toBe(20)
    expect(await told(false)).toBe(120)
    expect(await told(true)).toBe(20)
  })

  it('does not wait with what is left when the server stops', async () => {
    const test = createTestHub({ rateLimit: null })
    const [ann] = (await people(test, 1)) as [MemorySocket]
    const send = ann.send.bind(ann)
    ann.send = (frames) => {
      test.clock.pass(30)
      return send(frames)
    }
    for (const message of ['one', 'two']) {
      ann.say({ message })
      await test.clock.settle()
    }
    expect(texts(ann)).toEqual(['one'])
    await test.hub.stop('shutdown')
    expect(texts(ann)).toEqual(['two'])
  })

  it('corks a connection that reads several logs which grew in one turn, and only that one', async () => {
    const test = createTestHub({ rateLimit: null })
    const both = await test.connect({ username: 'both' })
    const one = await test.connect({ username: 'one' })
    both.say({ type: 'join', room: 'other' })
    await test.clock.settle()
    const before = { both: both.corks, one: one.corks }
    one.say({ message: 'a' })
    both.say({ message: 'b', room: 'other' })
    await test.clock.settle()
    expect(both.corks).toBe(before.both + 1)
    expect(one.corks).toBe(before.one)
  })

  it('ER13: gives a full socket nothing, and catches it up in order from the tail when it drains', async () => {
    const test = createTestHub({ rateLimit: null })
    const [fast, slow] = (await people(test, 2)) as [MemorySocket, MemorySocket]
    slow.capacity = 1
    slow.buffered = 0
    fast.say({ message: 'fills it' })
    await test.clock.settle()
    const writes = slow.writes.length
    for (let i = 0; i < 100; i++) {
      fast.say({ message: `m${i}` })
      await test.clock.settle()
    }
    expect(slow.writes.length).toBe(writes)
    expect(texts(fast)).toHaveLength(101)
    slow.capacity = Infinity
    slow.events?.onDrain()
    await test.clock.settle()
    expect(texts(slow)).toEqual(['fills it', ...Array.from({ length: 100 }, (_, i) => `m${i}`)])
    fast.say({ message: 'live again' })
    await test.clock.settle()
    expect(texts(slow)).toEqual(['live again'])
  })

  it('ER13: reads from the store what fell off the tail, then the tail, without hole or repetition', async () => {
    const test = createTestHub({ rateLimit: null, tailBytes: 2000 })
    const [fast, slow] = (await people(test, 2)) as [MemorySocket, MemorySocket]
    slow.capacity = 1
    fast.say({ message: 'fills it' })
    await test.clock.settle()
    for (let i = 0; i < 500; i++) {
      fast.say({ message: `m${i}` })
      await test.clock.settle()
    }
    slow.capacity = Infinity
    slow.events?.onDrain()
    await test.clock.settle()
    expect(texts(slow)).toEqual(['fills it', ...Array.from({ length: 500 }, (_, i) => `m${i}`)])
    fast.say({ message: 'live again' })
    await test.clock.settle()
    expect(texts(slow)).toEqual(['live again'])
    expect(test.complaints).toEqual([])
  })

  it('ER13: a connection that takes a little at a time is served a little at a time', async () => {
    const test = createTestHub({ rateLimit: null, tailBytes: 100_000 })
    const [fast, slow] = (await people(test, 2)) as [MemorySocket, MemorySocket]
    slow.capacity = 1
    fast.say({ message: 'fills it' })
    await test.clock.settle()
    for (let i = 0; i < 100; i++) fast.say({ message: `${i}`.padEnd(10_000, '.') })
    await test.clock.settle()
    const writes = slow.writes.length
    for (let reads = 0; reads < 100 && texts(slow).length < 101; reads++) {
      slow.read()
      await test.clock.settle()
    }
    const sizes = slow.writes.slice(writes).map((bytes) => bytes.length)
    expect(Math.max(...sizes)).toBeLessThan(66_000)
    const seqs = slow.all().flatMap((frame) => (frame.type === 'message' ? [frame['seq']] : []))
    expect(seqs).toEqual(Array.from({ length: 101 }, (_, i) => i + 1))
  })

  it('ER13: closes with 4010 when a full socket makes no progress for the slow time-out', async () => {
    const test = createTestHub({ rateLimit: null, slowTimeoutMs: 15_000 })
    const [fast, slow] = (await people(test, 2)) as [MemorySocket, MemorySocket]
    slow.capacity = 1
    fast.say({ message: 'fills it' })
    for (let second = 0; second < 40 && slow.closed === null; second++) {
      slow.events?.onActivity()
      fast.events?.onActivity()
      await test.clock.advance(1000)
    }
    expect(slow.closed?.code).toBe(4010)
    expect(fast.closed).toBeNull()
  })

  it('stops reading a peer that asks on and on without taking the answers, and goes on when it drains', async () => {
    const test = createTestHub({ rateLimit: null, maxReplyBytes: 2000 })
    const peer = await test.connect({ username: 'asker' })
    peer.capacity = 1
    for (let i = 0; i < 30; i++) peer.say({ type: 'status' })
    await test.clock.settle()
    expect(peer.paused).toBe(true)
    peer.capacity = Infinity
    peer.events?.onDrain()
    await test.clock.settle()
    expect(peer.paused).toBe(false)
    expect(peer.all().filter((frame) => frame.type === 'status')).toHaveLength(30)
  })
})
