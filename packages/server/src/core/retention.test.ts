import { describe, expect, it, vi } from 'vitest'
import { createMemoryStore } from '../adapters/memory-store.ts'
import { ManualClock } from '../../testing/manual-clock.ts'
import type { MemorySocket, Received } from '../../testing/memory-socket.ts'
import { entries, entry } from '../../testing/store-support.ts'
import { createTestHub, type TestHub } from '../../testing/test-hub.ts'

/** Long enough for a sweep. */
const SWEEP_MS = 16_000

const seqs = (frames: readonly Received[]) =>
  frames.flatMap((frame) =>
    frame.type === 'message' || frame.type === 'private' ? [frame['seq'] as number] : [],
  )

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i)

async function say(test: TestHub, socket: MemorySocket, messages: number, more: object = {}) {
  for (let i = 0; i < messages; i++) socket.say({ message: `m${i}`, ...more })
  await test.clock.settle()
}

async function sweep(test: TestHub) {
  for (let second = 0; second < SWEEP_MS; second += 1_000) {
    for (const socket of test.sockets) if (socket.closed === null) socket.events?.onActivity()
    await test.clock.advance(1_000)
  }
}

/** Bob has said 20 things, of which 16 to 20 are kept, and hardly any are on the tail. */
async function kept() {
  const test = createTestHub({ rateLimit: null, tailBytes: 300, retentionEntries: 5 })
  const bob = await test.connect({ username: 'Bob', dialect: 'v1' })
  await say(test, bob, 20)
  await sweep(test)
  return { test, bob, epoch: test.store.epoch }
}

describe('what is not kept any more', () => {
  it.each([0, 3, 14])('V8: since %i is one gap that says what there is, then what is new', async (seq) => {
    const { test, bob, epoch } = await kept()
    const alice = await test.connect({ username: 'Alice', dialect: 'v1' })
    alice.news()
    alice.say({ type: 'join', room: 'lobby', since: { epoch, seq } })
    await test.clock.settle()
    await say(test, bob, 1)
    const frames = alice.news()
    expect(frames[0]).toMatchObject({ resume: { outcome: 'gap', first_available: 16 }, head_seq: 20 })
    expect(seqs(frames)).toEqual([21])
  })

  it.each([15, 18, 20])('V8: since %i nothing is missing', async (seq) => {
    const { test, bob, epoch } = await kept()
    const alice = await test.connect({ username: 'Alice', dialect: 'v1' })
    alice.news()
    alice.say({ type: 'join', room: 'lobby', since: { epoch, seq } })
    await test.clock.settle()
    await say(test, bob, 1)
    const frames = alice.news()
    expect(frames[0]).toMatchObject({ resume: { outcome: 'full', after: seq } })
    expect(seqs(frames)).toEqual(range(seq + 1, 21))
  })

  it('V8: what the store has let go of is not given from memory either', async () => {
    const test = createTestHub({ rateLimit: null, retentionEntries: 5 })
    const bob = await test.connect({ username: 'Bob', dialect: 'v1' })
    await say(test, bob, 20)
    const epoch = test.store.epoch
    await sweep(test)
    bob.news()
    bob.say({ type: 'join', room: 'lobby', since: { epoch, seq: 3 } })
    await test.clock.settle()
    const frames = bob.news()
    expect(frames[0]).toMatchObject({ resume: { outcome: 'gap', first_available: 16 } })
    expect(seqs(frames)).toEqual([])
    bob.say({ type: 'join', room: 'lobby', since: { epoch, seq: 15 } })
    await test.clock.settle()
    expect(seqs(bob.news())).toEqual(range(16, 20))
  })

  it('V8: a room that nobody is in knows it too, and one that is empty goes on with its numbers', async () => {
    const { test, bob, epoch } = await kept()
    bob.hangUp()
    await test.clock.settle()
    await test.store.trim({ keep: 0, before: null, idsBefore: null }, 1_000)
    const alice = await test.connect({ username: 'Alice', dialect: 'v1', room: 'elsewhere' })
    alice.news()
    alice.say({ type: 'join', room: 'lobby', since: { epoch, seq: 18 } })
    await test.clock.settle()
    expect(alice.news()[0]).toMatchObject({ resume: { outcome: 'gap', first_available: 21 }, head_seq: 20 })
    await say(test, alice, 1, { room: 'lobby' })
    expect(seqs(alice.news())).toEqual([21])
  })

  it('V20: takes the text of its edits along, in memory and in the store', async () => {
    const test = createTestHub({ rateLimit: null, retentionEntries: 5 })
    const bob = await test.connect({ username: 'Bob', dialect: 'v1' })
    await say(test, bob, 2)
    bob.say({ type: 'edit', room: 'lobby', seq: 1, message: 'corrected' })
    bob.say({ type: 'edit', room: 'lobby', seq: 2, message: 'corrected' })
    await test.clock.settle()
    await say(test, bob, 2)
    await sweep(test)
    const resumed = async () => {
      bob.news()
      bob.say({ type: 'join', room: 'lobby', since: { epoch: test.store.epoch, seq: 2 } })
      await test.clock.settle()
      return bob.news().filter(({ type }) => type === 'edit')
    }
    const edits = await resumed()
    expect(edits).toMatchObject([
      { seq: 3, target: { seq: 1 }, message: '', deleted: true },
      { seq: 4, target: { seq: 2 }, message: 'corrected' },
    ])
    expect(edits[1]).not.toHaveProperty('deleted')
    const stored = await test.hub.history('lobby', { before: Infinity }, 50)
    expect(stored.entries.filter(({ type }) => type === 'edit')).toEqual(edits)
    await say(test, bob, 1)
    await sweep(test)
    bob.news()
    bob.say({ type: 'delete', room: 'lobby', seq: 2 })
    await test.clock.settle()
    expect(bob.news()).toMatchObject([{ type: 'error', code: 'not_found' }])
    expect((await test.store.read('lobby', { after: 2 }, 2)).map(({ text }) => text)).toEqual(['', ''])
  })

  it('V9: is a gap in the private log as well', async () => {
    const { test, bob, epoch } = await kept()
    const alice = await test.connect({ username: 'Alice', dialect: 'v1' })
    await say(test, bob, 9, { target_user: 'Alice' })
    await sweep(test)
    alice.news()
    alice.say({ type: 'join', room: '@me', since: { epoch, seq: 1 } })
    await test.clock.settle()
    expect(alice.news()[0]).toMatchObject({ room: '@me', resume: { outcome: 'gap', first_available: 5 } })
    alice.say({ type: 'join', room: '@me', since: { epoch, seq: 4 } })
    await test.clock.settle()
    expect(seqs(alice.news())).toEqual(range(5, 9))
  })

  it('V5: history ends with the oldest entry that is kept', async () => {
    const { test, bob } = await kept()
    bob.news()
    const ask = async (request: object) => {
      bob.say({ type: 'history', ...request })
      await test.clock.settle()
      return bob.news().find(({ type }) => type === 'history') as Received & { entries: Received[] }
    }
    const middle = await ask({ before: 20, limit: 2 })
    expect(middle).toMatchObject({ complete: false, first_available: 16, head_seq: 20 })
    const last = await ask({ before: 18, limit: 9 })
    expect([seqs(last.entries), last['complete']]).toEqual([[16, 17], true])
    expect(await ask({ before: 10 })).toMatchObject({ entries: [], complete: true })
    const forward = await ask({ after: 2, limit: 3 })
    expect([seqs(forward.entries), forward['complete']]).toEqual([[16, 17, 18], false])
    expect(await test.hub.history('lobby', { before: Infinity }, 50)).toMatchObject({
      first_available: 16,
      complete: true,
    })
  })

  it.each([
    ['some of it', 5],
    ['all of it', 0],
  ])(
    'closes a slow reader with 4010 when the store has let go of %s, and tells of the gap then',
    async (_, keep) => {
      const test = createTestHub({ rateLimit: null, tailBytes: 300 })
      const bob = await test.connect({ username: 'Bob', dialect: 'v1' })
      const slow = await test.connect({ username: 'Slow', dialect: 'v1' })
      slow.news()
      slow.capacity = 1
      await say(test, bob, 1)
      await say(test, bob, 30)
      await test.store.trim({ keep, before: null, idsBefore: null }, 1_000)
      const before = seqs(slow.news())
      slow.read()
      await test.clock.settle()
      expect(before).toEqual([1])
      expect(seqs(slow.news())).toEqual([])
      expect(slow.closed?.code).toBe(4010)
      const again = await test.connect({ username: 'Slow', dialect: 'v1' })
      again.news()
      again.say({ type: 'join', room: 'lobby', since: { epoch: test.store.epoch, seq: 1 } })
      await test.clock.settle()
      expect(again.news()[0]).toMatchObject({ resume: { outcome: 'gap', first_available: 32 - keep } })
    },
  )
})

describe('a client id whose message is not kept any more', () => {
  const client_id = '3f2504e0-4f89-41d3-9a0c-0305e82c3301'
  const HOUR_MS = 3_600_000

  it.each([
    ['count', { retentionEntries: 2 }],
    ['age', { retentionMs: 60_000 }],
  ])('V3: gets the first ack again when it went by %s, and is said to nobody', async (_, options) => {
    const test = createTestHub({ rateLimit: null, ...options })
    const bob = await test.connect({ username: 'Bob', dialect: 'v1' })
    const alice = await test.connect({ username: 'Alice', dialect: 'v1' })
    bob.say({ message: 'once', client_id })
    await say(test, bob, 4)
    const first = bob.news().find(({ type }) => type === 'ack')
    for (let i = 0; i < 6; i++) await sweep(test)
    expect((await test.store.firsts(['lobby']))[0]).toBeGreaterThan(1)
    alice.news()
    for (const message of ['once', 'its text is not kept']) {
      bob.news()
      bob.say({ message, client_id })
      await test.clock.settle()
      expect(bob.news()).toEqual([first])
    }
    expect(alice.news()).toEqual([])
    expect(await test.store.heads(['lobby'])).toEqual([5])
  })

  it.each([
    ['kept', {}],
    ['removed after a while', { retentionEntries: 1 }],
  ])('is known for three days and an hour where the rest is %s', async (_, options) => {
    const at = Date.UTC(2026, 0, 1)
    const store = createMemoryStore()
    await store.append([entry({ clientId: client_id, at }), ...entries(3)])
    await store.trim({ keep: 1, before: null, idsBefore: null }, 100)
    const outcomes: unknown[] = []
    for (const hours of [73, 74]) {
      const clock = new ManualClock(at + (hours - 1) * HOUR_MS - 60_000)
      const { hub } = createTestHub(options, { store, clock })
      await clock.advance(HOUR_MS)
      await hub.stop('shutdown')
      outcomes.push((await store.append([entry({ clientId: client_id, at: 0 })]))[0]?.outcome)
    }
    expect(outcomes).toEqual(['duplicate', 'appended'])
  })
})

describe('the sweeper', () => {
  it('lets go of what is older than is kept', async () => {
    const test = createTestHub({ rateLimit: null, retentionMs: 60_000 })
    const bob = await test.connect({ username: 'Bob' })
    await say(test, bob, 3)
    await sweep(test)
    await sweep(test)
    await say(test, bob, 2)
    await sweep(test)
    expect(await test.store.firsts(['lobby'])).toEqual([1])
    await sweep(test)
    await sweep(test)
    expect(await test.store.firsts(['lobby'])).toEqual([4])
    await sweep(test)
    await sweep(test)
    expect(await test.store.firsts(['lobby'])).toEqual([6])
    expect(await test.store.heads(['lobby'])).toEqual([5])
  })

  it('keeps what a clock that leaps ahead makes old, and goes on when that is set right', async () => {
    const test = createTestHub({ rateLimit: null, retentionMs: 60_000 })
    const bob = await test.connect({ username: 'Bob' })
    await say(test, bob, 3)
    test.clock.leap(365 * 86_400_000)
    await sweep(test)
    expect(await test.store.firsts(['lobby'])).toEqual([1])
    test.clock.leap(-365 * 86_400_000)
    for (let sweeps = 0; sweeps < 5; sweeps++) await sweep(test)
    expect(await test.store.firsts(['lobby'])).toEqual([4])
  })

  it('does nothing when everything is kept', async () => {
    const store = createMemoryStore()
    const trim = vi.spyOn(store, 'trim')
    const test = createTestHub({}, { store })
    await test.clock.advance(SWEEP_MS * 10)
    expect(trim).not.toHaveBeenCalled()
  })

  it('rests four times as long as a step took, and goes on with the rest of the work', async () => {
    const store = createMemoryStore()
    const clock = new ManualClock()
    await store.append(entries(510))
    const trim = store.trim.bind(store)
    const steps: number[] = []
    store.trim = (retention, limit) => {
      steps.push(clock.monotonic())
      clock.pass(10)
      return trim(retention, limit)
    }
    createTestHub({ retentionEntries: 5 }, { store, clock })
    await clock.advance(SWEEP_MS)
    expect(steps).toHaveLength(6)
    for (let i = 1; i < steps.length; i++) expect((steps[i] ?? 0) - (steps[i - 1] ?? 0)).toBe(50)
    expect(await store.firsts(['lobby'])).toEqual([506])
  })

  it('says that it failed and tries again at the next sweep', async () => {
    const store = createMemoryStore()
    await store.append(entries(20))
    const trim = vi.spyOn(store, 'trim').mockRejectedValueOnce(new Error('planted'))
    const test = createTestHub({ retentionEntries: 5 }, { store })
    await test.clock.advance(SWEEP_MS)
    expect(test.complaints).toEqual(['retention_failed Error: planted'])
    await test.clock.advance(SWEEP_MS)
    expect(await store.firsts(['lobby'])).toEqual([16])
    expect(trim).toHaveBeenCalledTimes(2)
  })

  it('ends with the hub', async () => {
    const store = createMemoryStore()
    const trim = vi.spyOn(store, 'trim')
    const test = createTestHub({ retentionEntries: 5 }, { store })
    await test.hub.stop('shutdown')
    await test.clock.advance(SWEEP_MS * 3)
    expect(trim).not.toHaveBeenCalled()
  })
})
