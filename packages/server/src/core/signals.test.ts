import { describe, expect, it } from 'vitest'
import type { MemorySocket, Received } from '../../testing/memory-socket.ts'
import { createTestHub, type TestHub } from '../../testing/test-hub.ts'
import type { HubOptions } from './options.ts'
import { ReadMarkers } from './read-markers.ts'

const v1 = (username: string, more: object = {}) => ({ username, dialect: 'v1' as const, ...more })

async function room(names: readonly string[], options: Partial<HubOptions> = {}) {
  const test = createTestHub({ rateLimit: null, lang: 'en', heartbeatTimeoutMs: 3_600_000, ...options })
  const sockets: MemorySocket[] = []
  for (const name of names) sockets.push(await test.connect(v1(name)))
  await test.clock.advance(5000)
  for (const socket of sockets) socket.news()
  return { test, sockets: sockets as [MemorySocket, MemorySocket, MemorySocket] }
}

/** What is told in so many milliseconds. */
async function told(test: TestHub, socket: MemorySocket, ms = 0): Promise<Received[]> {
  if (ms === 0) await test.clock.settle()
  else await test.clock.advance(ms)
  return socket.news()
}

describe('typing', () => {
  it('V16: is told at once, and then once a second, everybody in one frame', async () => {
    const { test, sockets } = await room(['Alice', 'Bob', 'Carol'])
    const [alice, bob, carol] = sockets
    alice.say({ type: 'typing' })
    expect(await told(test, carol)).toEqual([
      { type: 'typing', room: 'lobby', usernames: ['Alice'], count: 1 },
    ])
    for (let i = 0; i < 9; i++) {
      for (const socket of [alice, bob, bob]) socket.say({ type: 'typing', room: 'lobby' })
      expect(await told(test, carol, 100)).toEqual([])
    }
    expect(await told(test, carol, 350)).toEqual([
      { type: 'typing', room: 'lobby', usernames: ['Alice', 'Bob'], count: 2 },
    ])
    expect(await told(test, carol, 60_000)).toEqual([])
  })

  it('V16: names a few and counts all, those without a name too', async () => {
    const { test, sockets } = await room(['A', 'B', 'C', 'D', 'E', 'F', 'G'])
    const guest = await test.connect({ dialect: 'v1' })
    const [first] = sockets
    first.news()
    for (const socket of [...sockets, guest]) socket.say({ type: 'typing' })
    expect(await told(test, first)).toEqual([
      { type: 'typing', room: 'lobby', usernames: ['A', 'B', 'C', 'D', 'E'], count: 8 },
    ])
  })

  it('V16: is told to one person only when it is meant for one', async () => {
    const { test, sockets } = await room(['Alice', 'Bob', 'Carol'])
    const [alice, bob, carol] = sockets
    alice.say({ type: 'typing', target_user: 'bob' })
    expect(await told(test, bob)).toEqual([{ type: 'typing', room: '@me', usernames: ['Alice'], count: 1 }])
    expect([...alice.news(), ...carol.news()]).toEqual([])
    alice.say({ type: 'typing', target_user: 'Nobody' })
    expect(await told(test, alice)).toMatchObject([{ code: 'user_not_found', target_user: 'Nobody' }])
    const guest = await test.connect({ dialect: 'v1' })
    guest.news()
    guest.say({ type: 'typing', target_user: 'Bob' })
    expect(await told(test, guest)).toMatchObject([{ code: 'name_required' }])
  })

  it('V16: is told in a room one is in, and in no large one', async () => {
    const { test, sockets } = await room(['Alice', 'Bob', 'Carol'], { signalRoomPeople: 2 })
    const [alice, bob, carol] = sockets
    alice.say({ type: 'typing', room: 'elsewhere' })
    expect(await told(test, alice)).toMatchObject([{ code: 'not_in_room', room: 'elsewhere' }])
    alice.say({ type: 'typing' })
    expect(await told(test, bob)).toEqual([])
    carol.hangUp()
    await told(test, bob)
    alice.say({ type: 'typing' })
    expect(await told(test, bob)).toMatchObject([{ type: 'typing' }])
  })

  it('V19: reaches no classic client, no history and nobody who comes later', async () => {
    const { test, sockets } = await room(['Alice', 'Bob'])
    const [alice, bob] = sockets
    const old = await test.connect({ username: 'Old' })
    old.news()
    alice.say({ message: 'one' })
    for (let i = 0; i < 3; i++) {
      alice.say({ type: 'typing' })
      await told(test, bob, 2000)
    }
    alice.say({ message: 'two' })
    await told(test, bob)
    expect(old.news().map(({ type, seq }) => [type, seq])).toEqual([
      ['message', 1],
      ['message', 2],
    ])
    bob.say({ type: 'join', room: 'lobby', since: { epoch: test.store.epoch, seq: 0 } })
    expect((await told(test, bob)).map(({ type }) => type)).toEqual(['system', 'message', 'message'])
    expect(await test.store.heads(['lobby'])).toEqual([2])
  })

  it('V19: is not kept for one who is behind', async () => {
    const { test, sockets } = await room(['Alice', 'Bob'])
    const [alice, bob] = sockets
    bob.capacity = 1
    alice.say({ message: 'fills it' })
    await test.clock.settle()
    alice.say({ type: 'typing' })
    await test.clock.advance(2000)
    alice.say({ message: 'two' })
    await test.clock.settle()
    bob.capacity = Infinity
    bob.events?.onDrain()
    expect((await told(test, bob)).map(({ type }) => type)).toEqual(['message', 'message'])
    alice.say({ type: 'typing' })
    expect(await told(test, bob)).toMatchObject([{ type: 'typing' }])
  })

  it('V19: costs one frame for all, however many there are', async () => {
    const { test, sockets } = await room(Array.from({ length: 50 }, (_, i) => `u${i}`))
    const { encoded } = test.encoder
    const writes = sockets.map((socket) => socket.writes.length)
    for (const socket of sockets) for (let i = 0; i < 5; i++) socket.say({ type: 'typing' })
    await test.clock.settle()
    expect(test.encoder.encoded - encoded).toBe(1)
    expect(sockets.map((socket, i) => socket.writes.length - (writes[i] ?? 0))).toEqual(Array(50).fill(1))
  })
})

describe('read markers', () => {
  it('V17: tell the room how far somebody has read, the highest number once a second', async () => {
    const { test, sockets } = await room(['Alice', 'Bob'])
    const [alice, bob] = sockets
    for (let i = 0; i < 5; i++) bob.say({ message: `m${i}` })
    await told(test, bob)
    for (const seq of [2, 4, 3]) alice.say({ type: 'read', seq })
    expect(await told(test, bob)).toEqual([
      { type: 'read', room: 'lobby', markers: [{ username: 'Alice', seq: 4 }] },
    ])
    alice.say({ type: 'read', seq: 1 })
    expect(await told(test, bob, 3000)).toEqual([])
    alice.say({ type: 'read', seq: 5 })
    bob.say({ type: 'read', seq: 5 })
    expect(await told(test, bob)).toEqual([
      {
        type: 'read',
        room: 'lobby',
        markers: [
          { username: 'Alice', seq: 5 },
          { username: 'Bob', seq: 5 },
        ],
      },
    ])
  })

  it('V17: stand in the welcome of the same person, also when all connections were gone', async () => {
    const { test, sockets } = await room(['Alice', 'Bob'])
    const [alice, bob] = sockets
    const token = alice.all()[0]?.['resume_token'] as string
    expect(alice.all()[0]).toMatchObject({ read_seq: 0 })
    bob.say({ message: 'one' })
    bob.say({ message: 'psst', target_user: 'Alice' })
    await told(test, bob)
    alice.say({ type: 'read', seq: 1 })
    alice.say({ type: 'read', room: '@me', seq: 1 })
    await told(test, bob)
    alice.hangUp()
    const again = await test.connect(v1('Alice', { resumeToken: token }))
    again.say({ type: 'join', room: '@me', since: { epoch: test.store.epoch, seq: 1 } })
    expect(await told(test, again)).toMatchObject([
      { room: 'lobby', read_seq: 1 },
      { room: '@me', read_seq: 1 },
    ])
    again.hangUp()
    const stranger = await test.connect(v1('Alice'))
    expect(stranger.news()).toMatchObject([{ room: 'lobby', read_seq: 0 }])
  })

  it('V17: of a large room and of private messages reach one’s own connections only, wherever they are', async () => {
    const { test, sockets } = await room(['Alice', 'Bob', 'Carol'], { markerRoomPeople: 2 })
    const [alice, bob] = sockets
    const token = alice.all()[0]?.['resume_token'] as string
    const second = await test.connect(v1('Alice', { resumeToken: token, room: 'elsewhere' }))
    bob.say({ message: 'one' })
    bob.say({ message: 'psst', target_user: 'Alice' })
    await told(test, bob)
    second.news()
    alice.say({ type: 'read', seq: 1 })
    const own = { type: 'read', room: 'lobby', markers: [{ username: 'Alice', seq: 1 }] }
    expect(await told(test, second)).toEqual([own])
    alice.say({ type: 'read', room: '@me', seq: 1 })
    expect(await told(test, second, 2000)).toEqual([{ ...own, room: '@me' }])
    expect(bob.news()).toEqual([])
  })

  it('V17: of a small room reach one’s own connections that are not in it', async () => {
    const { test, sockets } = await room(['Alice', 'Bob'])
    const [alice, bob] = sockets
    const token = alice.all()[0]?.['resume_token'] as string
    const second = await test.connect(v1('Alice', { resumeToken: token, room: 'elsewhere' }))
    bob.say({ message: 'one' })
    await told(test, bob)
    for (const socket of [alice, second]) socket.news()
    alice.say({ type: 'read', seq: 1 })
    const marker = { type: 'read', room: 'lobby', markers: [{ username: 'Alice', seq: 1 }] }
    expect(await told(test, second)).toEqual([marker])
    expect(bob.news()).toEqual([marker])
  })

  it('V17: beyond the newest entry, of no number, or without a name are refused', async () => {
    const { test, sockets } = await room(['Alice', 'Bob'])
    const [alice, bob] = sockets
    bob.say({ message: 'one' })
    await told(test, alice)
    for (const [request, refusal] of [
      [{ seq: 2 }, { code: 'not_found', field: 'seq' }],
      [
        { seq: 1, room: '@me' },
        { code: 'not_found', field: 'seq' },
      ],
      [{ seq: 0 }, { code: 'bad_message', field: 'seq' }],
      [{ seq: '1' }, { code: 'bad_message', field: 'seq' }],
      [
        { seq: 1, room: 'elsewhere' },
        { code: 'not_in_room', room: 'elsewhere' },
      ],
    ] as const) {
      alice.say({ type: 'read', ...request })
      expect(await told(test, alice)).toMatchObject([refusal])
    }
    const guest = await test.connect({ dialect: 'v1' })
    guest.news()
    guest.say({ type: 'read', seq: 1 })
    expect(await told(test, guest)).toMatchObject([{ code: 'name_required' }])
    expect(bob.news().filter(({ type }) => type === 'read')).toEqual([])
  })

  it('V19: are forgotten, the oldest first, beyond a limit', () => {
    const markers = new ReadMarkers(2)
    expect([markers.raise('a', 'x', 1), markers.raise('b', 'x', 1), markers.raise('a', 'x', 2)]).toEqual([
      true,
      true,
      true,
    ])
    markers.raise('c', 'x', 1)
    expect(['a', 'b', 'c'].map((person) => markers.of(person, 'x'))).toEqual([2, 0, 1])
  })
})

describe('away', () => {
  it('V18: is told to the rooms of a person and stands in the welcome of others', async () => {
    const { test, sockets } = await room(['Alice', 'Bob'])
    const [alice, bob] = sockets
    alice.say({ type: 'away', away: true })
    alice.say({ type: 'away', away: true })
    expect(await told(test, bob)).toEqual([
      { type: 'presence', room: 'lobby', event: 'away', username: 'Alice' },
    ])
    const carol = await test.connect(v1('Carol'))
    expect(carol.news()[0]).toMatchObject({ away_users: ['Alice'] })
    const old = await test.connect({ username: 'Old' })
    expect(old.news()[0]).not.toHaveProperty('away_users')
    bob.news()
    alice.say({ type: 'away', away: false })
    expect(await told(test, bob, 2000)).toMatchObject([
      { type: 'presence', event: 'back', username: 'Alice' },
    ])
    const dora = await test.connect(v1('Dora'))
    expect(dora.news()[0]).toMatchObject({ away_users: [] })
    expect(old.news().filter(({ type }) => type === 'presence')).toEqual([])
  })

  it('V18: is a person all of whose connections are', async () => {
    const { test, sockets } = await room(['Alice', 'Bob'])
    const [alice, bob] = sockets
    const token = alice.all()[0]?.['resume_token'] as string
    const second = await test.connect(v1('Alice', { resumeToken: token, room: 'elsewhere' }))
    alice.say({ type: 'away', away: true })
    expect(await told(test, bob, 2000)).toEqual([])
    second.say({ type: 'away', away: true })
    expect(await told(test, bob, 2000)).toMatchObject([{ room: 'lobby', event: 'away' }])
    const third = await test.connect(v1('Alice', { resumeToken: token, room: 'elsewhere' }))
    expect(await told(test, bob, 2000)).toMatchObject([{ room: 'lobby', event: 'back' }])
    third.hangUp()
    expect(await told(test, bob, 2000)).toMatchObject([{ room: 'lobby', event: 'away' }])
    second.hangUp()
    alice.news()
    alice.say({ type: 'join', room: 'garden' })
    expect(await told(test, alice, 2000)).toMatchObject([{ room: 'garden', away_users: ['Alice'] }])
    expect(bob.news()).toEqual([])
  })

  it('V18: of many at once is told a few a second', async () => {
    const { test, sockets } = await room(Array.from({ length: 50 }, (_, i) => `u${i}`))
    for (const socket of sockets) socket.say({ type: 'away', away: true })
    const [first] = sockets
    const rounds = [await told(test, first)]
    for (let second = 0; second < 4; second++) rounds.push(await told(test, first, 1000))
    expect(rounds.map((round) => round.length)).toEqual([20, 20, 10, 0, 0])
    expect(new Set(rounds.flat().map(({ username }) => username)).size).toBe(50)
  })

  it('V18: needs a name, and is told in no large room', async () => {
    const { test, sockets } = await room(['Alice', 'Bob'], { signalRoomPeople: 1 })
    const [alice, bob] = sockets
    const guest = await test.connect({ dialect: 'v1' })
    for (const socket of [guest, alice, bob]) socket.news()
    guest.say({ type: 'away', away: true })
    expect(await told(test, guest)).toMatchObject([{ code: 'name_required' }])
    alice.say({ type: 'away' })
    expect(await told(test, alice)).toMatchObject([{ code: 'bad_message', field: 'away' }])
    alice.say({ type: 'away', away: true })
    expect(await told(test, bob, 2000)).toEqual([])
  })
})

it('V19: signals need v1', async () => {
  const test = createTestHub()
  const old = await test.connect({ username: 'Old' })
  old.news()
  for (const message of [{ type: 'typing' }, { type: 'read', seq: 1 }, { type: 'away', away: true }]) {
    old.say(message)
    expect(await told(test, old)).toMatchObject([{ code: 'unknown_type', field: 'type' }])
  }
})
