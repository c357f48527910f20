import { describe, expect, it } from 'vitest'
import { createMemoryStore } from '../adapters/memory-store.ts'
import type { MemorySocket } from '../../testing/memory-socket.ts'
import { createTestHub, type TestHub } from '../../testing/test-hub.ts'
import { type NewEntry, type Store, StoreUnavailable } from '../ports/store.ts'

const ID = '3f2b8c1e-7a4d-4c7e-9b1a-2d5e6f70819'
const PLAN = { reason: 'restart', delayMs: 0, withinMs: 20_000 } as const

/** A store whose commits wait until they are let through. */
function slowStore(): Store & { release(): void } {
  const store = createMemoryStore()
  let open = (): void => {}
  const gate = new Promise<void>((resolve) => {
    open = resolve
  })
  const append = store.append.bind(store)
  return Object.assign(store, {
    append: async (batch: readonly NewEntry[]) => {
      await gate
      return await append(batch)
    },
    release: () => open(),
  })
}

async function crowd(test: TestHub, count: number, dialect: 'classic' | 'v1'): Promise<MemorySocket[]> {
  const sockets: MemorySocket[] = []
  for (let i = 0; i < count; i++) sockets.push(await test.connect({ dialect, room: `${dialect}-${i}` }))
  for (const socket of sockets) socket.news()
  return sockets
}

const slotOf = (socket: MemorySocket): number => {
  const told = socket.all().filter(({ type }) => type === 'going_away')
  expect(told).toHaveLength(1)
  return Number(told[0]?.['retry_after_ms'])
}

describe('draining', () => {
  it('DR1: tells each v1 client a slot of its own and closes; classic clients get the close alone', async () => {
    const test = createTestHub()
    const v1 = await crowd(test, 5, 'v1')
    const classic = await crowd(test, 2, 'classic')
    const done = test.hub.drain(PLAN)
    await test.clock.advance(1_000)
    expect(await done).toBe(true)
    const slots = v1.map(slotOf)
    expect(new Set(slots).size).toBe(5)
    for (const slot of slots) expect(slot).toBeGreaterThanOrEqual(1_000)
    for (const socket of v1) {
      expect(socket.news()).toMatchObject([{ type: 'going_away', reason: 'restart' }])
      expect(socket.closed).toEqual({ code: 1012, reason: 'Restarting' })
    }
    for (const socket of classic) {
      expect(socket.news()).toEqual([])
      expect(socket.closed?.code).toBe(1012)
    }
  })

  it('DR2: closes with 1001 when nobody knows whether it comes back', async () => {
    const test = createTestHub()
    const [socket] = (await crowd(test, 1, 'v1')) as [MemorySocket]
    const done = test.hub.drain({ ...PLAN, reason: 'shutdown' })
    await test.clock.advance(1_000)
    await done
    expect(socket.news()).toMatchObject([{ type: 'going_away', reason: 'shutdown' }])
    expect(socket.closed).toEqual({ code: 1001, reason: 'Going away' })
  })

  it('DR1, DR2: closes at most 100 at a time, and nobody comes back before the last is closed', async () => {
    const test = createTestHub()
    const sockets = await crowd(test, 1_050, 'v1')
    const closed = () => sockets.filter((socket) => socket.closed !== null)
    const done = test.hub.drain(PLAN)
    await test.clock.settle()
    const returns: number[] = []
    for (let before = 0; ; await test.clock.advance(1)) {
      const now = closed().slice(before)
      expect(now.length).toBeLessThanOrEqual(100)
      for (const socket of now) returns.push(test.clock.monotonic() + slotOf(socket))
      before += now.length
      if (before === sockets.length) break
    }
    const end = test.clock.monotonic()
    expect(await done).toBe(true)
    expect(returns).toHaveLength(1_050)
    expect(Math.min(...returns)).toBeGreaterThanOrEqual(end + 1_000)
    // A thousand a second: no millisecond sees more than a few.
    const perMs = new Map<number, number>()
    for (const at of returns) perMs.set(at, (perMs.get(at) ?? 0) + 1)
    expect(Math.max(...perMs.values())).toBeLessThanOrEqual(3)
    expect(Math.max(...returns) - Math.min(...returns)).toBeLessThan(2_000)
  })

  it('DR2: closes more at a time when there is no time', async () => {
    const test = createTestHub()
    const sockets = await crowd(test, 500, 'classic')
    const done = test.hub.drain({ ...PLAN, withinMs: 50 })
    await test.clock.settle()
    await test.clock.advance(50)
    expect(await done).toBe(true)
    expect(sockets.every((socket) => socket.closed !== null)).toBe(true)
  })

  it('DR3: what came before is committed, delivered and acknowledged first; what comes after is refused', async () => {
    const store = slowStore()
    const test = createTestHub({}, { store })
    const ann = await test.connect({ username: 'Ann', dialect: 'v1' })
    const ben = await test.connect({ username: 'Ben' })
    ann.say({ message: 'in time', client_id: `${ID}1` })
    await test.clock.settle()
    for (const socket of [ann, ben]) socket.news()
    const done = test.hub.drain(PLAN)
    await test.clock.settle()
    ann.say({ message: 'late', client_id: `${ID}2` })
    ann.say({ type: 'history', request_id: 'h' })
    ann.say({ type: 'join', room: 'elsewhere' })
    ben.say({ message: 'late too' })
    ann.say({ type: 'heartbeat' })
    await test.clock.settle()
    const refusal = { type: 'error', code: 'going_away', retryable: true, retry_after_ms: 1_000 }
    expect(ann.news()).toMatchObject([
      { ...refusal, client_id: `${ID}2` },
      { ...refusal, request_id: 'h' },
      { ...refusal, room: 'elsewhere' },
      { type: 'heartbeat_ack' },
    ])
    expect(ben.news()).toMatchObject([refusal])
    expect(ann.closed).toBeNull()
    store.release()
    await test.clock.advance(1_000)
    expect(await done).toBe(true)
    expect(ann.news()).toMatchObject([
      { type: 'ack', client_id: `${ID}1`, seq: 1 },
      { type: 'message', message: 'in time' },
      { type: 'going_away' },
    ])
    expect(ben.news()).toMatchObject([{ type: 'message', message: 'in time' }])
    expect(await store.read('lobby', { after: 0 }, 10)).toHaveLength(1)
  })

  it('DR3: says so when the store does not answer, and closes all the same', async () => {
    const test = createTestHub({}, { store: slowStore() })
    const [socket] = (await crowd(test, 1, 'v1')) as [MemorySocket]
    socket.say({ message: 'never', client_id: `${ID}1` })
    await test.clock.settle()
    const done = test.hub.drain(PLAN)
    await test.clock.advance(20_000)
    expect(await done).toBe(false)
    expect(socket.all().some(({ type }) => type === 'ack')).toBe(false)
    expect(socket.closed?.code).toBe(1012)
  })

  it('DR3: a commit that fails is a refusal', async () => {
    const store = slowStore()
    const append = store.append.bind(store)
    store.append = async (batch) => {
      await append([])
      throw new StoreUnavailable(`cannot write ${batch.length}`)
    }
    const test = createTestHub({}, { store })
    const [socket] = (await crowd(test, 1, 'v1')) as [MemorySocket]
    socket.say({ message: 'unlucky', client_id: `${ID}1` })
    await test.clock.settle()
    const done = test.hub.drain(PLAN)
    store.release()
    await test.clock.advance(1_000)
    expect(await done).toBe(true)
    expect(socket.news()).toMatchObject([
      { type: 'error', code: 'unavailable', client_id: `${ID}1` },
      { type: 'going_away' },
    ])
  })

  it('DR4: serves those who are here during the delay, and nobody else', async () => {
    const test = createTestHub()
    const ann = await test.connect({ username: 'Ann', dialect: 'v1' })
    expect(test.hub.refusal('192.0.2.1')).toBeNull()
    ann.news()
    const done = test.hub.drain({ ...PLAN, delayMs: 5_000 })
    await test.clock.advance(4_000)
    expect(test.hub.refusal('192.0.2.1')).toMatchObject({ code: 'going_away', retryAfterMs: 2_000 })
    expect(await test.hub.readiness()).toContainEqual({
      name: 'drain',
      ok: false,
      detail: 'going away',
      age_ms: 0,
    })
    await expect(test.hub.publish({ identity: null, room: 'lobby', message: 'no' })).rejects.toMatchObject({
      code: 'going_away',
    })
    const late = await test.connect({ username: 'Late' })
    expect([late.all(), late.closed?.code]).toEqual([[], 1012])
    ann.say({ message: 'still here', client_id: `${ID}1` })
    await test.clock.settle()
    expect(ann.news()).toMatchObject([{ type: 'ack', seq: 1 }, { type: 'message' }])
    expect(ann.closed).toBeNull()
    await test.clock.advance(2_000)
    expect(await done).toBe(true)
    expect(ann.closed?.code).toBe(1012)
  })

  it('DR4: is ready before', async () => {
    const test = createTestHub()
    expect(await test.hub.readiness()).toContainEqual({
      name: 'drain',
      ok: true,
      detail: 'serving',
      age_ms: 0,
    })
  })

  it('DR1: nobody is told that others leave', async () => {
    const test = createTestHub()
    const sockets: MemorySocket[] = []
    for (let i = 0; i < 150; i++) sockets.push(await test.connect({ username: `u${i}`, dialect: 'v1' }))
    await test.clock.advance(3_000)
    for (const socket of sockets) socket.news()
    const done = test.hub.drain(PLAN)
    await test.clock.advance(3_000)
    await done
    for (const socket of sockets) expect(socket.news().map(({ type }) => type)).toEqual(['going_away'])
  })
})
