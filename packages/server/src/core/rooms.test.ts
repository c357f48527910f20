import { describe, expect, it } from 'vitest'
import { createMemoryStore } from '../adapters/memory-store.ts'
import { createTestHub } from '../../testing/test-hub.ts'

const CLIENT_ID = '0b7f2f55-5a52-4c39-9d4c-6b1f2ad5f0a1'

describe('the log of a room', () => {
  it('is forgotten when all leave in one turn, and read from the store when somebody comes again', async () => {
    const test = createTestHub()
    await test.clock.settle()
    const asked: string[] = []
    const heads = test.store.heads.bind(test.store)
    test.store.heads = (logs) => {
      asked.push(...logs)
      return heads(logs)
    }
    const ann = await test.connect({ room: 'lounge' })
    const ben = await test.connect({ room: 'lounge' })
    ann.hangUp()
    ben.hangUp()
    await test.clock.settle()
    await test.connect({ room: 'lounge' })
    expect(asked).toEqual(['lounge', 'lounge'])
  })
})

describe('rooms', () => {
  it('JL5: a storm of newcomers is folded into one notice a second whose counts add up', async () => {
    const test = createTestHub({ noticesPerSecond: 5 })
    const watcher = await test.connect()
    watcher.news()
    for (let i = 0; i < 300; i++) await test.connect({ username: `u${i}` })
    await test.clock.advance(3000)
    const notices = watcher.news()
    expect(notices.length).toBeLessThanOrEqual(7)
    const total = notices.reduce((sum, frame) => sum + ((frame['count'] as number | undefined) ?? 1), 0)
    expect(total).toBe(300)
    const folded = notices.find((frame) => frame['count'] !== undefined)
    expect(folded).toMatchObject({ type: 'system', event: 'join', connected_count: 301 })
    expect(folded?.['users']).toHaveLength(10)
    expect(folded?.['message']).toMatch(/^u\d+、u\d+ 等 \d+ 人加入了聊天室$/)
  })

  it('JL5: a fold of one is an ordinary notice and does not go to the one it is about (JL3)', async () => {
    const test = createTestHub({ noticesPerSecond: 1 })
    const watcher = await test.connect()
    await test.clock.advance(3000)
    watcher.news()
    await test.connect({ username: 'first' })
    const late = await test.connect({ username: 'late' })
    late.news()
    await test.clock.advance(1000)
    expect(watcher.news()).toMatchObject([
      { event: 'join', username: 'first' },
      { event: 'join', username: 'late', connected_count: 3 },
    ])
    expect(late.news()).toEqual([])
    late.say({ message: 'still here' })
    await test.clock.settle()
    expect(late.news()).toMatchObject([{ message: 'still here' }])
  })

  it('JL6: each reader gets notices in its own language', async () => {
    const test = createTestHub()
    const english = await test.connect({ lang: 'en' })
    const chinese = await test.connect()
    const bob = await test.connect({ username: 'Bob' })
    bob.hangUp()
    await test.clock.settle()
    expect(english.all().map((frame) => frame['message'])).toEqual([
      'Welcome to the chat room!',
      'Someone joined',
      'Bob joined',
      'Bob left',
    ])
    expect(chinese.all().map((frame) => frame['message'])).toEqual([
      '歡迎加入聊天室！',
      'Bob 加入了聊天室',
      'Bob 離開了聊天室',
    ])
  })

  it('WE6: the list of names is cut at 500, the count is exact', async () => {
    const test = createTestHub()
    for (let i = 0; i < 520; i++) await test.connect({ username: `u${i}` })
    const last = (await test.connect({ username: 'last' })).all()[0]
    expect(last).toMatchObject({ connected_count: 521, connected_users_truncated: true })
    expect(last?.['connected_users']).toHaveLength(500)
  })

  it('ST1, WE6: an answer to status says when its list was cut, over HTTP and of the whole server too', async () => {
    const test = createTestHub()
    for (let i = 0; i < 500; i++) await test.connect({ username: `u${i}` })
    await test.connect()
    for (const room of ['lobby', undefined])
      expect(test.hub.status(room)).not.toHaveProperty('connected_users_truncated')
    const last = await test.connect({ username: 'last', dialect: 'v1' })
    for (const room of ['lobby', undefined])
      expect(test.hub.status(room)).toMatchObject({ connected_count: 502, connected_users_truncated: true })
    last.news()
    last.say({ type: 'status' })
    await test.clock.settle()
    expect(last.news()).toMatchObject([{ type: 'status', connected_users_truncated: true }])
  })

  it('RO5: one room more than allowed is refused, joining twice is once (RO2)', async () => {
    const test = createTestHub({ maxRooms: 2 })
    const peer = await test.connect({ username: 'Alice' })
    for (const room of ['a', 'a', 'b']) peer.say({ type: 'join', room })
    await test.clock.settle()
    const frames = peer.all().slice(1)
    expect(frames).toMatchObject([
      { event: 'welcome', room: 'a' },
      { event: 'welcome', room: 'a' },
      { code: 'too_many_rooms', room: 'b' },
    ])
    expect(test.hub.members('a')).toMatchObject({ connected_count: 1 })
  })

  it('JL5: whoever went and came back within a fold is not mentioned', async () => {
    const test = createTestHub({ noticesPerSecond: 1 })
    const watcher = await test.connect()
    let ann = await test.connect({ username: 'Ann' })
    await test.clock.advance(3000)
    watcher.news()
    await test.connect({ username: 'first' })
    await test.connect({ username: 'second' })
    ann.hangUp()
    ann = await test.connect({ username: 'Ann' })
    ;(await test.connect({ username: 'passing' })).hangUp()
    await test.connect({ username: 'third' })
    await test.clock.advance(1000)
    expect(watcher.news()).toMatchObject([
      { event: 'join', username: 'first' },
      { event: 'join', users: ['second', 'third'], count: 2, connected_count: 5 },
    ])
  })

  it('RO2: what stands behind a join is handled after it, also when the room has to be looked up (RO3)', async () => {
    const test = createTestHub()
    const peer = await test.connect({ username: 'Alice' })
    peer.say({ type: 'join', room: 'cold' })
    peer.say({ message: 'first', room: 'cold' })
    peer.say({ type: 'leave', room: 'cold' })
    peer.say({ type: 'join', room: 'cold' })
    peer.say({ type: 'leave', room: 'cold' })
    peer.say({ message: 'too late', room: 'cold' })
    await test.clock.settle()
    const told = peer
      .all()
      .slice(1)
      .map((frame) => frame['event'] ?? frame['code'] ?? frame['message'])
    expect(told.filter((word) => word !== 'first')).toEqual([
      'welcome',
      'left',
      'welcome',
      'left',
      'not_in_room',
    ])
    expect((await test.hub.history('cold', { after: 0 }, 10)).entries).toHaveLength(1)
    expect(test.hub.members('cold').connected_count).toBe(0)
  })

  it('MS1: a room whose last member leaves while others wait to enter it is one room for all of them', async () => {
    const held: (() => void)[] = []
    const store = createMemoryStore()
    const heads = store.heads.bind(store)
    let slow = false
    Object.assign(store, {
      heads: async (logs: readonly string[]) => {
        if (slow && logs[0]?.startsWith('@')) await new Promise<void>((resolve) => held.push(resolve))
        return heads(logs)
      },
    })
    const test = createTestHub({}, { store })
    const token = async (username: string) => {
      const socket = await test.connect({ username, dialect: 'v1' })
      const resumeToken = socket.all()[0]?.['resume_token'] as string
      socket.hangUp()
      return { username, dialect: 'v1' as const, resumeToken }
    }
    const [ann, ben] = [await token('Ann'), await token('Ben')]
    const zed = await test.connect({ username: 'Zed' })
    slow = true
    const first = await test.connect(ann)
    zed.hangUp()
    const second = await test.connect(ben)
    for (const go of held) go()
    await test.clock.settle()
    first.say({ message: 'do you hear me?' })
    await test.clock.settle()
    for (const socket of [first, second])
      expect(socket.all().filter((frame) => frame.type === 'message')).toMatchObject([
        { message: 'do you hear me?' },
      ])
  })
})

describe('as many logs as there may be', () => {
  it('ER16: what would begin one more is refused, over HTTP too, and the others go on', async () => {
    const test = createTestHub({ lang: 'en' }, { store: createMemoryStore({ maxLogs: 2 }) })
    const alice = await test.connect({ username: 'Alice', dialect: 'v1', room: 'a' })
    const bob = await test.connect({ username: 'Bob', dialect: 'v1', room: 'b' })
    const said = async (message: object) => {
      for (const socket of [alice, bob]) socket.news()
      alice.say({ message: 'hello', ...message })
      await test.clock.settle()
      return [alice.news(), bob.news()]
    }
    await said({})
    alice.say({ type: 'join', room: 'b' })
    await test.clock.settle()
    expect(await said({ target_user: 'Bob', client_id: CLIENT_ID })).toMatchObject([
      [{ type: 'error', code: 'too_many_logs', client_id: CLIENT_ID }],
      [],
    ])
    expect(await said({ room: 'b' })).toMatchObject([
      [{ type: 'message', seq: 1 }],
      [{ type: 'message', seq: 1 }],
    ])
    alice.say({ type: 'join', room: 'c' })
    await test.clock.settle()
    expect(await said({ room: 'c' })).toMatchObject([[{ type: 'error', code: 'too_many_logs' }], []])
    const published = test.hub
      .publish({ identity: null, room: 'c', message: 'hello' })
      .catch((error: unknown) => error)
    await test.clock.settle()
    expect(await published).toMatchObject({ code: 'too_many_logs' })
    expect(await said({ room: 'a' })).toMatchObject([[{ type: 'message', seq: 2 }], []])
    expect(alice.closed).toBeNull()
  })
})
