import { describe, expect, it } from 'vitest'
import { ManualClock } from '../../testing/manual-clock.ts'
import { entry } from '../../testing/store-support.ts'
import { createTestHub } from '../../testing/test-hub.ts'
import { createMemoryStore } from '../adapters/memory-store.ts'
import type { Bus, Hint } from '../ports/bus.ts'

/** A bus between two nodes whose deliveries are chosen by the test. */
function unreliableBus() {
  const listeners: ((hint: Hint, from: string) => void)[] = []
  const sent: Hint[] = []
  const end = (): Bus => ({
    publish: (hint) => void sent.push(hint),
    subscribe(listener) {
      listeners.push(listener)
      return () => {}
    },
    isLost: false,
    close: () => Promise.resolve(),
  })
  return {
    end,
    sent,
    deliver(hint: Hint) {
      for (const listener of listeners) listener(hint, 'another node')
    },
  }
}

describe('two nodes on one store', () => {
  async function setUp(options: { headWatchMs?: number } = {}) {
    const clock = new ManualClock()
    const store = createMemoryStore()
    const bus = unreliableBus()
    const here = createTestHub({ rateLimit: null }, { clock, store, bus: bus.end() })
    const there = createTestHub(
      { rateLimit: null, tailBytes: 100, ...options },
      { clock, store, bus: bus.end() },
    )
    const alice = await here.connect({ username: 'Alice' })
    const bob = await there.connect({ username: 'Bob' })
    const say = async (message: string) => {
      alice.say({ message })
      await clock.settle()
    }
    const seqs = () => bob.all().flatMap((frame) => (frame.type === 'message' ? [frame['seq']] : []))
    return { clock, bus, say, seqs, alice, bob, there }
  }

  it('hears of the other node through the bus', async () => {
    const { clock, bus, say, seqs } = await setUp()
    await say('one')
    expect(seqs()).toEqual([])
    for (const grown of bus.sent) bus.deliver(grown)
    await clock.settle()
    expect(seqs()).toEqual([1])
  })

  it('fills from the store what the bus lost, and ignores what it repeats or reorders', async () => {
    const { clock, bus, say, seqs } = await setUp()
    const at = (i: number) => bus.sent[i] as Hint
    for (let i = 1; i <= 5; i++) await say(`m${i}`)
    for (const i of [4, 2, 4]) bus.deliver(at(i))
    await clock.settle()
    expect(seqs()).toEqual([1, 2, 3, 4, 5])
    for (let i = 6; i <= 9; i++) await say(`m${i}`)
    for (const i of [8, 7, 8, 0]) bus.deliver(at(i))
    await clock.settle()
    expect(seqs()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9])
  })

  it.each([
    ['some of it', 2],
    ['all of it', 0],
  ])(
    'V8: goes on when the store has let go of %s before this node read it: a gap for those who missed it',
    async (_, keep) => {
      const { clock, bus, say, bob, there } = await setUp()
      const { store } = there
      await say('one')
      bus.deliver(bus.sent[0] as Hint)
      const slow = await there.connect({ username: 'Slow' })
      slow.capacity = 1
      for (let i = 2; i <= 6; i++) await say(`m${i}`)
      await store.trim({ keep, before: null, idsBefore: null }, 100)
      bus.deliver(bus.sent[5] as Hint)
      await clock.settle()
      expect(bob.closed?.code).toBe(4010)
      const back = await there.connect({ username: 'Bob', dialect: 'v1' })
      back.news()
      back.say({ type: 'join', room: 'lobby', since: { epoch: store.epoch, seq: 1 } })
      await clock.settle()
      expect(back.news()[0]).toMatchObject({
        resume: { outcome: 'gap', first_available: 7 - keep },
        head_seq: 6,
      })
      await say('m7')
      bus.deliver(bus.sent[6] as Hint)
      slow.read()
      await clock.settle()
      expect(back.news().map((frame) => frame['seq'])).toEqual([7])
      expect(slow.all().flatMap((frame) => (frame.type === 'message' ? [frame['seq']] : []))).toEqual([])
      expect(slow.closed?.code).toBe(4010)
    },
  )

  it('finds within two looks what the bus has lost and nothing shows, once, in order, and keeps to hints that come late', async () => {
    const { clock, bus, say, seqs } = await setUp({ headWatchMs: 1_000 })
    for (let i = 1; i <= 3; i++) await say(`m${i}`)
    await clock.advance(1_000)
    expect(seqs()).toEqual([])
    await clock.advance(1_000)
    expect(seqs()).toEqual([1, 2, 3])
    await say('m4')
    await clock.advance(1_000)
    for (const grown of bus.sent) bus.deliver(grown)
    await clock.advance(3_000)
    expect(seqs()).toEqual([1, 2, 3, 4])
  })

  it('V8: what a resumed reader got from the store it does not get again when the bus tells of it', async () => {
    const { clock, bus, say, there } = await setUp()
    for (let i = 1; i <= 3; i++) await say(`m${i}`)
    for (const grown of bus.sent) bus.deliver(grown)
    const carol = await there.connect({ username: 'Carol', dialect: 'v1', room: 'elsewhere' })
    for (let i = 4; i <= 6; i++) await say(`m${i}`)
    const since = { epoch: there.store.epoch, seq: 0 }
    carol.say({ type: 'join', room: 'lobby', since })
    await clock.settle()
    for (const grown of bus.sent) bus.deliver(grown)
    await clock.settle()
    const seqs = carol.all().flatMap((frame) => (frame.type === 'message' ? [frame['seq']] : []))
    expect(seqs).toEqual([1, 2, 3, 4, 5, 6])
  })

  it('V8: what another node has told is no gap on one that has not heard of it, in a room it is in or enters', async () => {
    const { clock, say, bob, there } = await setUp()
    const carol = await there.connect({ username: 'Carol', dialect: 'v1' })
    await say('one')
    for (let i = 2; i <= 1200; i++) await there.store.append([entry({ text: `m${i}` })])
    carol.news()
    const { epoch } = there.store
    carol.say({ type: 'join', room: 'lobby', since: { epoch, seq: 1197 } })
    carol.say({ message: 'behind it' })
    await clock.settle()
    const heard = carol.news()
    const at = heard.findIndex((frame) => frame['event'] === 'welcome')
    expect(heard[at]).toMatchObject({ resume: { outcome: 'full', after: 1197 }, head_seq: 1200 })
    const after = heard.slice(at + 1).map((frame) => frame['seq'])
    expect(after).toEqual([1198, 1199, 1200, 1201])
    const seqs = bob.all().flatMap((frame) => (frame.type === 'message' ? [frame['seq']] : []))
    expect(seqs).toEqual(Array.from({ length: 1201 }, (_, i) => i + 1))
    carol.say({ type: 'join', room: 'lobby', since: { epoch, seq: 1202 } })
    carol.say({ type: 'join', room: '@me', since: { epoch, seq: 1 } })
    await clock.settle()
    expect(carol.news()).toMatchObject([
      { room: 'lobby', resume: { outcome: 'gap' } },
      { room: '@me', resume: { outcome: 'gap' } },
    ])
  })

  it('V8: a store that does not answer makes no gap of it', async () => {
    const { clock, there } = await setUp()
    const carol = await there.connect({ username: 'Carol', dialect: 'v1' })
    carol.news()
    await there.store.close()
    for (const room of ['lobby', '@me'])
      carol.say({ type: 'join', room, since: { epoch: there.store.epoch, seq: 5 } })
    carol.say({ type: 'status' })
    await clock.settle()
    expect(carol.news()).toMatchObject([
      { code: 'unavailable', room: 'lobby', retryable: true },
      { code: 'unavailable', room: '@me', retryable: true },
      { type: 'status' },
    ])
  })

  it('puts its own entries behind those of the other node that it had not heard of', async () => {
    const { clock, say, bob } = await setUp()
    await say('from here')
    bob.say({ message: 'from there' })
    await clock.settle()
    const heard = bob
      .all()
      .flatMap((frame) => (frame.type === 'message' ? [[frame['seq'], frame['message']]] : []))
    expect(heard).toEqual([
      [1, 'from here'],
      [2, 'from there'],
    ])
  })
})
