import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { MemorySocket, Received } from '../../testing/memory-socket.ts'
import { createTestHub, type TestHub } from '../../testing/test-hub.ts'

const seqs = (frames: readonly Received[]) =>
  frames.flatMap((frame) =>
    frame.type === 'message' || frame.type === 'private' ? [frame['seq'] as number] : [],
  )

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i)

/** A room in which Bob has said `m1` to `m…`. */
async function talked(messages: number, options: Parameters<typeof createTestHub>[0] = {}) {
  const test = createTestHub({ rateLimit: null, ...options })
  const bob = await test.connect({ username: 'Bob', dialect: 'v1' })
  await say(test, bob, messages)
  return { test, bob, epoch: test.store.epoch }
}

async function say(test: TestHub, socket: MemorySocket, messages: number) {
  for (let i = 0; i < messages; i++) socket.say({ message: `m${i}` })
  await test.clock.settle()
}

describe('a room is resumed', () => {
  it('V8: everything above `since` follows the welcome in order, then what is new, without a seam', async () => {
    const { test, bob, epoch } = await talked(5)
    const alice = await test.connect({ username: 'Alice', dialect: 'v1' })
    alice.news()
    bob.say({ message: 'in the same turn, before' })
    alice.say({ type: 'join', room: 'lobby', since: { epoch, seq: 2 } })
    bob.say({ message: 'in the same turn, behind' })
    await test.clock.settle()
    await say(test, bob, 1)
    const frames = alice.news()
    const at = frames.findIndex((frame) => frame['event'] === 'welcome')
    expect(frames[at]).toMatchObject({ room: 'lobby', epoch, resume: { outcome: 'full', after: 2 } })
    expect(seqs(frames.slice(at))).toEqual(range(3, 8))
  })

  it('sends the answer and what was missed in one write', async () => {
    const { test, epoch } = await talked(5)
    const alice = await test.connect({ username: 'Alice', dialect: 'v1' })
    const before = { writes: alice.writes.length, flows: alice.flows }
    alice.say({ type: 'join', room: 'lobby', since: { epoch, seq: 2 } })
    await test.clock.settle()
    expect(seqs(alice.news())).toEqual(range(3, 5))
    expect(alice.writes.length - before.writes).toBe(2)
    expect(alice.flows - before.flows).toBe(1)
  })

  it('V8: from the store when it is not on the tail any more, and as fast as the socket takes it', async () => {
    const { test, bob, epoch } = await talked(400, { tailBytes: 2_000 })
    const alice = await test.connect({ username: 'Alice', dialect: 'v1' })
    alice.news()
    alice.capacity = 3_000
    alice.say({ type: 'join', room: 'lobby', since: { epoch, seq: 7 } })
    const got: Received[] = []
    for (let turn = 0; got.length < 420 && turn < 1_000; turn++) {
      await test.clock.settle()
      got.push(...alice.news())
      if (turn < 20) bob.say({ message: `later ${turn}` })
      alice.read()
    }
    await test.clock.settle()
    got.push(...alice.news())
    expect(seqs(got)).toEqual(range(8, 420))
  })

  it('V8: the notices of the time away do not come again, nor one’s own', async () => {
    const { test, bob, epoch } = await talked(3)
    const away = await test.connect({ username: 'Alice', dialect: 'v1' })
    away.hangUp()
    const carol = await test.connect({ username: 'Carol' })
    await say(test, bob, 1)
    const alice = await test.connect({ username: 'Alice', dialect: 'v1' })
    alice.say({ type: 'join', room: 'lobby', since: { epoch, seq: 1 } })
    carol.hangUp()
    await test.clock.settle()
    const shown = alice
      .all()
      .map((frame) => frame['seq'] ?? `${String(frame['event'])} ${String(frame['username'])}`)
    expect(shown.filter((each) => each !== 'leave Carol')).toEqual([
      'welcome Alice',
      'welcome Alice',
      2,
      3,
      4,
    ])
    expect(shown.filter((each) => each === 'leave Carol')).toHaveLength(1)
  })

  it('V8: a new room is entered and resumed in one step', async () => {
    const { test, bob, epoch } = await talked(4)
    const alice = await test.connect({ username: 'Alice', dialect: 'v1', room: 'elsewhere' })
    alice.news()
    alice.say({ type: 'join', room: 'lobby', since: { epoch, seq: 3 } })
    alice.say({ message: 'hello', room: 'lobby' })
    await test.clock.settle()
    const frames = alice.news()
    expect(frames[0]).toMatchObject({ event: 'welcome', room: 'lobby', resume: { after: 3 } })
    expect(seqs(frames)).toEqual([4, 5])
    expect(frames.filter(({ event }) => event === 'join')).toEqual([])
    expect(bob.news().filter(({ event }) => event === 'join')).toHaveLength(1)
    bob.say({ message: 'and on' })
    await test.clock.settle()
    expect(seqs(bob.news())).toEqual([6])
    expect(seqs(alice.news())).toEqual([6])
  })

  it.each([1, 6, 8])(
    'V8: what waits to be written to all is not given to one that has it: since %i',
    async (seq) => {
      const { test, bob, epoch } = await talked(4, { tailBytes: 300 })
      const alice = await test.connect({ username: 'Alice', dialect: 'v1' })
      const send = bob.send.bind(bob)
      bob.send = (frames) => {
        test.clock.pass(30)
        return send(frames)
      }
      await say(test, bob, 1)
      alice.news()
      await say(test, bob, 3)
      expect(alice.news()).toEqual([])
      alice.say({ type: 'join', room: 'lobby', since: { epoch, seq } })
      await test.clock.settle()
      await test.clock.advance(100)
      expect(seqs(alice.news())).toEqual(range(seq + 1, 8))
    },
  )

  it('V8: with nothing missed it changes nothing', async () => {
    const { test, bob, epoch } = await talked(4)
    const alice = await test.connect({ username: 'Alice', dialect: 'v1' })
    alice.news()
    for (let i = 0; i < 3; i++) alice.say({ type: 'join', room: 'lobby', since: { epoch, seq: 4 } })
    await test.clock.settle()
    await say(test, bob, 2)
    expect(seqs(alice.news())).toEqual([5, 6])
  })

  it.each([
    ['another epoch', { epoch: 'other', seq: 2 }],
    ['a number above the newest', { seq: 5 }],
  ])('V8: %s is a gap: nothing of it follows, what is new does', async (_, since) => {
    const { test, bob, epoch } = await talked(4)
    const alice = await test.connect({ username: 'Alice', dialect: 'v1' })
    alice.news()
    alice.say({ type: 'join', room: 'lobby', since: { epoch, ...since } })
    await test.clock.settle()
    await say(test, bob, 1)
    const frames = alice.news()
    expect(frames[0]).toMatchObject({
      event: 'welcome',
      head_seq: 4,
      resume: { outcome: 'gap', first_available: 1 },
    })
    expect(seqs(frames)).toEqual([5])
  })

  it.each([
    [{ epoch: 'e', seq: -1 }],
    [{ epoch: 'e', seq: 1.5 }],
    [{ epoch: 'e' }],
    [{ seq: 1 }],
    [{ epoch: 'e'.repeat(65), seq: 1 }],
    [7],
    [null],
  ])('V8: %j is refused and names the field', async (since) => {
    const { test } = await talked(1)
    const alice = await test.connect({ username: 'Alice', dialect: 'v1' })
    alice.news()
    alice.say({ type: 'join', room: 'lobby', since })
    await test.clock.settle()
    expect(alice.news()).toMatchObject([{ type: 'error', code: 'bad_message', field: 'since' }])
  })

  it('V8: a classic client is answered as ever', async () => {
    const { test, epoch } = await talked(3)
    const alice = await test.connect({ username: 'Alice' })
    alice.news()
    alice.say({ type: 'join', room: 'lobby', since: { epoch, seq: 1 } })
    await test.clock.settle()
    const frames = alice.news()
    expect(frames).toHaveLength(1)
    expect(frames[0]).not.toHaveProperty('resume')
  })

  it('V8: whatever happens in between, each answer is followed by every entry above it, once, in order', async () => {
    const step = fc.oneof(
      fc.record({ say: fc.integer({ min: 1, max: 40 }) }),
      fc.record({ resume: fc.double({ min: 0, max: 1, noNaN: true }) }),
      fc.record({ settle: fc.constant(true) }),
      fc.record({ read: fc.constant(true) }),
      fc.record({ capacity: fc.constantFrom(400, 5_000, Infinity) }),
      fc.record({ newcomer: fc.constant(true) }),
      fc.record({ flushMs: fc.constantFrom(0, 30) }),
      fc.record({ pass: fc.constant(25) }),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 60 }),
        fc.constantFrom(1_500, 500_000),
        async (steps, tailBytes) => {
          const { test, bob, epoch } = await talked(20, { tailBytes })
          const alice = await test.connect({ username: 'Alice', dialect: 'v1' })
          let said = 20
          let flushMs = 0
          const send = bob.send.bind(bob)
          bob.send = (frames) => {
            test.clock.pass(flushMs)
            return send(frames)
          }
          for (const each of steps) {
            if ('say' in each) for (let i = 0; i < each.say; i++, said++) bob.say({ message: `m${said}` })
            if ('resume' in each) {
              const head = alice
                .all()
                .reduce((most, frame) => Math.max(most, (frame['seq'] as number | undefined) ?? 0), 20)
              alice.say({
                type: 'join',
                room: 'lobby',
                since: { epoch, seq: Math.floor(each.resume * head) },
              })
            }
            if ('settle' in each) await test.clock.settle()
            if ('read' in each) alice.read()
            if ('capacity' in each) alice.capacity = each.capacity
            if ('newcomer' in each) await test.connect()
            if ('flushMs' in each) flushMs = each.flushMs
            if ('pass' in each) await test.clock.advance(each.pass)
          }
          alice.capacity = Infinity
          for (let i = 0; i < 20; i++) {
            alice.buffered = 0
            alice.events?.onDrain()
            await test.clock.advance(25)
          }
          let next: number | null = null
          for (const frame of alice.all()) {
            const resume = frame['resume'] as { after: number } | undefined
            if (resume !== undefined) next = resume.after + 1
            else if (frame.type === 'message') {
              if (next !== null && frame['seq'] !== next)
                throw new Error(`${String(frame['seq'])} instead of ${next}`)
              next = (frame['seq'] as number) + 1
            }
          }
          expect(next ?? said + 1).toBe(said + 1)
          expect(test.complaints).toEqual([])
        },
      ),
      { numRuns: 150 },
    )
  })
})

describe('the private log is resumed', () => {
  it('V9: as a room is, copies of one’s own included', async () => {
    const { test, bob, epoch } = await talked(0)
    const alice = await test.connect({ username: 'Alice', dialect: 'v1' })
    bob.say({ message: 'one', target_user: 'Alice' })
    alice.say({ message: 'two', target_user: 'Bob' })
    bob.say({ message: 'three', target_user: 'Alice' })
    await test.clock.settle()
    alice.news()
    alice.say({ type: 'join', room: '@me', since: { epoch, seq: 1 } })
    await test.clock.settle()
    bob.say({ message: 'four', target_user: 'Alice' })
    await test.clock.settle()
    const frames = alice.news()
    expect(frames[0]).toMatchObject({
      event: 'welcome',
      room: '@me',
      epoch,
      head_seq: 3,
      resume: { outcome: 'full', after: 1 },
    })
    expect(frames.slice(1).map((frame) => frame['message'])).toEqual(['two', 'three', 'four'])
  })

  it('V9: a number that it has not reached is a gap, and what is new comes all the same', async () => {
    const { test, bob, epoch } = await talked(0)
    const alice = await test.connect({ username: 'Alice', dialect: 'v1' })
    alice.news()
    alice.say({ type: 'join', room: '@me', since: { epoch, seq: 1 } })
    await test.clock.settle()
    bob.say({ message: 'one', target_user: 'Alice' })
    await test.clock.settle()
    const frames = alice.news()
    expect(frames[0]).toMatchObject({ room: '@me', head_seq: 0, resume: { outcome: 'gap' } })
    expect(seqs(frames)).toEqual([1])
  })

  it('V9: nobody else’s is, and none by an anonymous connection', async () => {
    const { test, bob, epoch } = await talked(0)
    await test.connect({ username: 'Alice', dialect: 'v1' })
    bob.say({ message: 'secret', target_user: 'Alice' })
    const carol = await test.connect({ username: 'Carol', dialect: 'v1' })
    const guest = await test.connect({ dialect: 'v1' })
    for (const socket of [carol, guest]) {
      socket.news()
      socket.say({ type: 'join', room: '@me', since: { epoch, seq: 0 } })
    }
    await test.clock.settle()
    expect(carol.news()).toMatchObject([{ room: '@me', head_seq: 0 }])
    expect(guest.news()).toMatchObject([{ code: 'invalid_room' }])
  })
})
