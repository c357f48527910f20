import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { chatPath, dial, emptyServer, enter, freshRoom } from '../support/chat-client.ts'
import { type RunningServer, startServer } from '../support/server.ts'

let server: RunningServer

beforeAll(async () => {
  server = await startServer({ args: ['--rate-limit', 'off'] })
})
afterEach(() => emptyServer(server))
afterAll(() => server.kill())

const INVALID_ROOMS = [
  ...[
    '*',
    '>',
    '#',
    '$',
    '@me',
    'a/b',
    '/',
    'a b',
    ' ',
    ' a',
    'a\n',
    'a\u0000',
    'x'.repeat(65),
    'x'.repeat(1_000),
  ],
  ...[
    'a\u200bb',
    'a\u202eb',
    'room.*',
    'room>',
    '+',
    'a:b',
    '{a}',
    '👋',
    '中'.repeat(65),
    `a${'\u0301'.repeat(10)}`,
  ],
]
const VALID_ROOMS = [
  'a',
  '房間',
  'x'.repeat(64),
  '中'.repeat(64),
  'a-b_c.d',
  'Ünïcode',
  '１２',
  'नमस्ते',
  'Lobby',
]

describe('room names', () => {
  it.each(INVALID_ROOMS.map((room) => [room.slice(0, 20), room]))(
    'RO1: %j is invalid_room and 4500 with the upgrade',
    async (_, room) => {
      const witness = await enter(server, 'Witness', { room: freshRoom() })
      for (const name of ['Alice', null]) {
        const client = await dial(server, chatPath(name, { room, lang: 'en' }))
        expect(await client.next('error')).toMatchObject({ code: 'invalid_room' })
        expect((await client.closed()).code).toBe(4500)
      }
      await witness.quiet()
    },
  )

  it('RO1: an invalid name in a join is invalid_room and the connection lives', async () => {
    const alice = await enter(server, 'Alice', { room: freshRoom() })
    for (const room of ['', ...INVALID_ROOMS])
      expect([room, (await alice.refused({ type: 'join', room })).code]).toEqual([room, 'invalid_room'])
    alice.say('alive')
    await alice.hears('alive')
  })

  it('RO1: letters, digits, marks, -, _ and . of any script are a room', async () => {
    for (const room of VALID_ROOMS) {
      const client = await enter(server, null, { room })
      expect(client.welcome.room).toBe(room)
      client.say('here')
      expect((await client.hears('here')).room).toBe(room)
    }
  })

  it('RO1: a name is brought into NFC', async () => {
    const composed = await enter(server, 'Alice', { room: 'caf\u00e9' })
    const decomposed = await enter(server, 'Bob', { room: 'cafe\u0301' })
    expect(decomposed.welcome).toMatchObject({ room: 'caf\u00e9', connected_count: 2 })
    decomposed.say('one room')
    await composed.hears('one room')
    decomposed.say('by its other spelling', { room: 'cafe\u0301' })
    await composed.hears('by its other spelling')
  })
})

describe('several rooms', () => {
  it('RO2: a join is answered with the welcome of that room', async () => {
    const [home, other] = [freshRoom(), freshRoom()]
    const bob = await enter(server, 'Bob', { room: other })
    const alice = await enter(server, 'Alice', { room: home })
    alice.send({ type: 'join', room: other })
    expect(await alice.next('system')).toMatchObject({
      event: 'welcome',
      room: other,
      message: '歡迎 Alice 加入聊天室！',
      username: 'Alice',
      connected_count: 2,
      connected_users: ['Bob', 'Alice'],
    })
    expect(await bob.next('system')).toMatchObject({ event: 'join', username: 'Alice', room: other })
    const guest = await enter(server, null, { room: home, lang: 'en' })
    guest.send({ type: 'join', room: other })
    expect(await guest.next('system')).toMatchObject({ message: 'Welcome to the chat room!', room: other })
  })

  it('RO2: twice is the same as once', async () => {
    const [home, other] = [freshRoom(), freshRoom()]
    const bob = await enter(server, 'Bob', { room: other })
    const alice = await enter(server, 'Alice', { room: home })
    for (let turn = 0; turn < 2; turn++) {
      alice.send({ type: 'join', room: other })
      expect(await alice.next('system')).toMatchObject({ event: 'welcome', room: other, connected_count: 2 })
    }
    await bob.next('system')
    await bob.quiet()
    bob.say('once')
    await alice.hears('once')
    await alice.quiet()
    alice.send({ type: 'leave', room: other })
    await bob.next('system', (frame) => frame.event === 'leave')
    expect(await alice.refused({ message: 'x', room: other })).toMatchObject({ code: 'not_in_room' })
  })

  it('RO3: a leave is confirmed, in both languages, and seen by the others', async () => {
    const [home, other] = [freshRoom(), freshRoom()]
    const bob = await enter(server, 'Bob', { room: other })
    const alice = await enter(server, 'Alice', { room: home })
    const eve = await enter(server, 'Eve', { room: home, lang: 'en' })
    for (const client of [alice, eve]) {
      client.send({ type: 'join', room: other })
      await client.next('system', (frame) => frame.event === 'welcome')
      client.send({ type: 'leave', room: other })
    }
    const told = await alice.next('confirmation')
    expect(told).toMatchObject({ event: 'left', message: `已離開聊天室 ${other}`, room: other })
    expect(Math.abs(Date.parse(told.timestamp) - Date.now())).toBeLessThan(60_000)
    expect(await eve.next('confirmation')).toMatchObject({ event: 'left', room: other })
    await bob.next('system', (frame) => frame.event === 'leave' && frame.username === 'Alice')
    bob.say('behind their backs')
    await bob.hears('behind their backs')
    expect((await alice.rest()).some((frame) => frame.type === 'message')).toBe(false)
  })

  it('RO3: a room one is not in cannot be left', async () => {
    const alice = await enter(server, 'Alice', { room: freshRoom() })
    expect(await alice.refused({ type: 'leave', room: 'elsewhere' })).toMatchObject({ code: 'not_in_room' })
  })

  it('RO4: without room a message goes to the room entered first', async () => {
    const [home, other] = [freshRoom(), freshRoom()]
    const alice = await enter(server, 'Alice', { room: home })
    alice.send({ type: 'join', room: other })
    await alice.next('system')
    alice.say('home')
    expect(await alice.hears('home')).toMatchObject({ room: home, seq: 1 })
    alice.say('other', { room: other })
    expect(await alice.hears('other')).toMatchObject({ room: other, seq: 1 })
    alice.say('home again', { room: home })
    expect(await alice.hears('home again')).toMatchObject({ room: home, seq: 2 })
    for (const room of ['elsewhere', '*', home.toUpperCase(), '@me', '@Bob', ''])
      expect([room, (await alice.refused({ message: 'x', room })).code]).toEqual([room, 'not_in_room'])
  })

  it('RO5: 20 rooms, one more is too_many_rooms', async () => {
    const alice = await enter(server, 'Alice', { room: freshRoom() })
    const joined = Array.from({ length: 19 }, () => freshRoom())
    for (const room of joined) {
      alice.send({ type: 'join', room })
      expect((await alice.next('system')).room).toBe(room)
    }
    expect(await alice.refused({ type: 'join', room: 'one-more' })).toMatchObject({ code: 'too_many_rooms' })
    alice.send({ type: 'join', room: joined[3] })
    await alice.next('system', (frame) => frame.event === 'welcome')
    alice.send({ type: 'leave', room: joined[3] })
    await alice.next('confirmation')
    alice.send({ type: 'join', room: 'one-more' })
    expect(await alice.next('system')).toMatchObject({ event: 'welcome', room: 'one-more' })
    for (const room of joined.slice(4)) alice.say('everywhere', { room })
    for (const room of joined.slice(4)) expect((await alice.hears('everywhere')).room).toBe(room)
  })

  it('RO6: what is said in one room is not seen in another', async () => {
    const [one, two] = [freshRoom(), freshRoom()]
    const alice = await enter(server, 'Alice', { room: one })
    const bob = await enter(server, 'Bob', { room: two })
    const both = await enter(server, 'Both', { room: one })
    both.send({ type: 'join', room: two })
    await both.next('system')
    await alice.next('system')
    await bob.next('system')
    both.say('one', { room: one })
    both.say('two', { room: two })
    expect(await alice.next('message')).toMatchObject({ message: 'one', room: one })
    expect(await bob.next('message')).toMatchObject({ message: 'two', room: two })
    expect((await both.hears('one')).room).toBe(one)
    expect((await both.hears('two')).room).toBe(two)
    await alice.quiet()
    await bob.quiet()
  })

  it('RO6: a room is a room by letter case too', async () => {
    const upper = await enter(server, 'Upper', { room: 'Tea' })
    const lower = await enter(server, 'Lower', { room: 'tea' })
    expect(lower.welcome.connected_count).toBe(1)
    lower.say('tea')
    await lower.hears('tea')
    await upper.quiet()
  })

  it('JL2: a connection that ends leaves all its rooms', async () => {
    const [one, two] = [freshRoom(), freshRoom()]
    const bob = await enter(server, 'Bob', { room: one })
    const carol = await enter(server, 'Carol', { room: two })
    const alice = await enter(server, 'Alice', { room: one })
    alice.send({ type: 'join', room: two })
    await alice.next('system')
    await alice.cut()
    expect(await bob.next('system', (frame) => frame.event === 'leave')).toMatchObject({
      username: 'Alice',
      room: one,
    })
    expect(await carol.next('system', (frame) => frame.event === 'leave')).toMatchObject({
      username: 'Alice',
      room: two,
    })
  })
})

describe('status', () => {
  it('ST1: the fields of GET /ws/status for that room', async () => {
    const [home, other] = [freshRoom(), freshRoom()]
    const alice = await enter(server, 'Alice', { room: home })
    await enter(server, null, { room: home })
    await enter(server, 'Bob', { room: other })
    alice.send({ type: 'status' })
    const here = await alice.next('status')
    expect(here).toMatchObject({
      type: 'status',
      room: home,
      connected_count: 2,
      connected_users: ['Alice'],
      heartbeat_timeout: 30,
      status: 'active',
    })
    expect(here.connections.map((entry) => entry.username)).toEqual(['Alice', 'Anonymous'])
    for (const entry of here.connections) {
      expect(entry.idle_seconds).toBeLessThan(30)
      expect(Math.abs(Date.parse(entry.last_activity) - Date.now())).toBeLessThan(30_000)
    }
    const response = await fetch(`${server.url}/ws/status`)
    const overHttp: unknown = await response.json()
    expect(overHttp).toMatchObject({ connected_count: 3, heartbeat_timeout: 30, status: 'active' })
    const fields = Object.keys(here).filter((field) => field !== 'type' && field !== 'room')
    expect(Object.keys(overHttp ?? {})).toEqual(expect.arrayContaining(fields))
  })

  it('ST1: room chooses another room one is in', async () => {
    const [home, other] = [freshRoom(), freshRoom()]
    await enter(server, 'Bob', { room: other })
    const alice = await enter(server, 'Alice', { room: home })
    expect(await alice.refused({ type: 'status', room: other })).toMatchObject({ code: 'not_in_room' })
    alice.send({ type: 'join', room: other })
    await alice.next('system')
    alice.send({ type: 'status', room: other })
    expect(await alice.next('status')).toMatchObject({ room: other, connected_users: ['Bob', 'Alice'] })
  })

  it('ST1: on the anonymous endpoint too', async () => {
    const guest = await enter(server, null, { room: freshRoom() })
    guest.send({ type: 'status' })
    expect(await guest.next('status')).toMatchObject({ connected_count: 1, connected_users: [] })
  })
})
