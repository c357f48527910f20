import { describe, expect, it } from 'vitest'
import { enter, harness, online, settled, welcome } from '../testing/harness.ts'
import { ClientError } from './client-error.ts'
import { MAX_PENDING, REQUEST_TIMEOUT_MS } from './requests.ts'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

const ack = (client_id: unknown, seq = 1): object => ({
  type: 'ack',
  client_id,
  id: `id-${seq}`,
  room: 'lobby',
  seq,
  timestamp: 't',
})
const error = (code: string, more: object = {}): object => ({
  type: 'error',
  code,
  message: `is ${code}`,
  ...more,
})

/** The error with which a request fails; fails itself when it does not. */
async function failure(request: Promise<unknown>): Promise<ClientError> {
  try {
    await request
  } catch (cause) {
    if (cause instanceof ClientError) return cause
    throw cause
  }
  throw new Error('it succeeded')
}

describe('send and whisper', () => {
  it('resolve with the ack of their client_id, in any order', async () => {
    const { client, server } = online()
    const first = client.send('one')
    const second = client.send('two', { room: 'lobby' })
    const third = client.whisper('Bob', 'three', { clientId: 'c3' })
    const [one, two, three] = server.flushToServer()
    for (const id of [one?.['client_id'], two?.['client_id']]) expect(id).toMatch(UUID)
    expect(one).toMatchObject({ type: 'message', message: 'one' })
    expect(two).toMatchObject({ type: 'message', message: 'two', room: 'lobby' })
    expect(three).toEqual({ type: 'message', message: 'three', target_user: 'Bob', client_id: 'c3' })
    server
      .say({ ...ack('c3', 3), room: '@me' })
      .say(ack(two?.['client_id'], 2))
      .say(ack(one?.['client_id'], 1))
      .flushToClient()
    expect((await first).seq).toBe(1)
    expect((await second).seq).toBe(2)
    expect((await third).seq).toBe(3)
  })

  it('share the answer when the same clientId is sent twice', async () => {
    const { client, server } = online()
    const both = [client.send('x', { clientId: 'c' }), client.send('x', { clientId: 'c' })]
    expect(server.flushToServer()).toHaveLength(2)
    server.say(ack('c')).say(ack('c')).flushToClient()
    const [a, b] = await Promise.all(both)
    expect(a).toEqual(b)
  })

  it('reject with what the server says', async () => {
    const { client, server } = online()
    const told: string[] = []
    client.onError((frame) => told.push(frame.message))
    const refused = failure(client.send('x', { clientId: 'c' }))
    server
      .say(error('unavailable', { client_id: 'c', retryable: true, retry_after_ms: 1000 }))
      .flushToClient()
    expect(await refused).toMatchObject({
      name: 'ClientError',
      code: 'unavailable',
      message: 'is unavailable',
      retryable: true,
      retryAfterMs: 1000,
      field: undefined,
    })
    const long = failure(client.send('x', { clientId: 'd' }))
    server.say(error('too_large', { client_id: 'd', field: 'message' })).flushToClient()
    expect(await long).toMatchObject({ code: 'too_large', retryable: false, field: 'message' })
    expect(told).toEqual([])
  })

  it('reject at once when not online', async () => {
    const { client } = harness()
    expect(await failure(client.send('x'))).toMatchObject({ code: 'offline', retryable: true })
    client.connect()
    for (const request of [
      client.whisper('Bob', 'x'),
      client.join('r'),
      client.leave('r'),
      client.history({}),
      client.status(),
    ])
      expect(await failure(request)).toMatchObject({ code: 'offline' })
  })

  it('reject when the connection ends before the answer', async () => {
    for (const end of ['close', 'disconnect'] as const) {
      const { client, clock, server } = online()
      const requests = [
        client.send('x'),
        client.join('r'),
        client.leave('r'),
        client.history({}),
        client.status(),
      ]
      const failures = Promise.all(requests.map(failure))
      if (end === 'close') server.close(1006).flushToClient()
      else client.disconnect()
      for (const reason of await failures) expect(reason).toMatchObject({ code: 'closed', retryable: true })
      client.disconnect()
      expect(clock.timers).toBe(0)
    }
  })

  it('reject when the socket is closing already', async () => {
    const { client, server } = online()
    server.readyState = 2
    expect(await failure(client.send('x'))).toMatchObject({ code: 'closed' })
  })

  it('time out after 15 s, and do not mind a late answer', async () => {
    const { client, clock, server } = online()
    const late = failure(client.send('x', { clientId: 'c' }))
    clock.advance(REQUEST_TIMEOUT_MS - 1)
    const young = client.send('x', { clientId: 'c' })
    clock.advance(1)
    expect(await late).toMatchObject({ code: 'timeout', retryable: true })
    server.say(ack('c')).say(ack('c')).flushToClient()
    expect((await young).seq).toBe(1)
  })

  it('reject an answer that makes no sense', async () => {
    const { client, server } = online()
    const message = failure(client.send('x', { clientId: 'c' }))
    const page = failure(client.history({}))
    const asked = server.flushToServer()[1]
    server
      .say(ack('c', -1))
      .say({ type: 'history', request_id: asked?.['request_id'], entries: 'none' })
      .flushToClient()
    expect(await message).toMatchObject({ code: 'bad_frame', retryable: true })
    expect(await page).toMatchObject({ code: 'bad_frame' })
  })

  it('do not send a frame for which the server would close', async () => {
    const { client, network } = harness()
    client.connect()
    const server = enter(
      { network },
      {
        limits: { max_message_bytes: 50, max_frame_bytes: 200, messages_per_second: null, max_rooms: 1 },
      },
    )
    expect(await failure(client.send('字'.repeat(60)))).toMatchObject({ code: 'too_large', field: 'message' })
    expect(server.flushToServer()).toEqual([])
    const sent = failure(client.send('x'.repeat(100)))
    expect(server.flushToServer()).toHaveLength(1)
    client.disconnect()
    expect((await sent).code).toBe('closed')
  })

  it('are bounded in number', async () => {
    const { client, server } = online()
    const all = Array.from({ length: MAX_PENDING }, () => failure(client.send('x')))
    expect(await failure(client.send('x'))).toMatchObject({ code: 'rate_limited', retryable: true })
    expect(server.flushToServer()).toHaveLength(MAX_PENDING)
    client.disconnect()
    for (const { code } of await Promise.all(all)) expect(code).toBe('closed')
  })
})

describe('a refusal by the rate limit, which names no request', () => {
  it('is for the only one under way', async () => {
    const { client, server } = online()
    const told: string[] = []
    client.onError((frame) => told.push(frame.code))
    const sent = client.send('x', { clientId: 'c' })
    server.say(ack('c')).flushToClient()
    await sent
    const refused = failure(client.send('x'))
    server.say(error('rate_limited', { retryable: true, retry_after_ms: 50 })).flushToClient()
    expect(await refused).toMatchObject({ code: 'rate_limited', retryAfterMs: 50 })
    expect(told).toEqual([])
  })

  it('is told as an error when several or none are', async () => {
    const { client, clock, server } = online()
    const told: string[] = []
    client.onError((frame) => told.push(frame.code))
    const both = [failure(client.send('x')), failure(client.status())]
    server.say(error('rate_limited')).flushToClient()
    expect(told).toHaveLength(1)
    clock.advance(REQUEST_TIMEOUT_MS)
    for (const { code } of await Promise.all(both)) expect(code).toBe('timeout')
    server.say(error('rate_limited')).flushToClient()
    expect(told).toHaveLength(2)
  })
})

describe('history and status', () => {
  it('resolve by request_id', async () => {
    const { client, server } = online()
    const requests = [client.history({ room: '@me', before: 9, limit: 5 }), client.history({ after: 0 })]
    const [first, second] = server.flushToServer()
    expect(first?.['request_id']).not.toBe(second?.['request_id'])
    expect(first).toEqual({
      type: 'history',
      room: '@me',
      before: 9,
      limit: 5,
      request_id: first?.['request_id'],
    })
    const page = (request_id: unknown, head_seq: number): object => ({
      type: 'history',
      room: 'lobby',
      epoch: 'e',
      entries: [],
      head_seq,
      complete: true,
      request_id,
    })
    server.say(page(second?.['request_id'], 2)).say(page(first?.['request_id'], 1)).flushToClient()
    expect((await Promise.all(requests)).map(({ head_seq }) => head_seq)).toEqual([1, 2])
    const refused = failure(client.history({ room: 'other' }))
    const request_id = server.flushToServer()[0]?.['request_id']
    server.say(error('not_in_room', { room: 'other', request_id })).flushToClient()
    expect(await refused).toMatchObject({ code: 'not_in_room' })
  })

  it('ask for the room of the connection when none is named', async () => {
    const { client, server } = online({ room: 'home' })
    const status = (room: string): object => ({
      type: 'status',
      room,
      connected_count: 1,
      connected_users: ['Alice'],
      heartbeat_timeout: 30,
      connections: [],
      status: 'active',
    })
    const here = client.status()
    const there = client.status('other')
    const gone = failure(client.status('gone'))
    expect(server.flushToServer().map(({ room }) => room)).toEqual(['home', 'other', 'gone'])
    server
      .say(status('other'))
      .say(error('not_in_room', { room: 'gone' }))
      .say(status('home'))
      .flushToClient()
    expect((await here).room).toBe('home')
    expect((await there).room).toBe('other')
    expect(await gone).toMatchObject({ code: 'not_in_room' })
  })
})

/** Room `a` is entered again. */
const RETURN = { type: 'join', room: 'a', since: { epoch: 'e1', seq: 0 } }

describe('join and leave', () => {
  const left = (room: string): object => ({
    type: 'confirmation',
    event: 'left',
    message: 'x',
    room,
    timestamp: 't',
  })

  it('resolve with the welcome and the confirmation of their room', async () => {
    const { client, server } = online()
    const events: unknown[] = []
    client.onSystem((frame) => events.push(frame.room))
    const joined = client.join('Café')
    expect(server.flushToServer()).toEqual([{ type: 'join', room: 'Café' }])
    server
      .say({ type: 'system', event: 'join', message: 'x', room: 'Café' })
      .say(welcome({ room: 'Café' }))
      .flushToClient()
    expect((await joined).event).toBe('welcome')
    expect(events).toEqual(['Café', 'Café'])
    const gone = client.leave('Café')
    expect(server.flushToServer()).toEqual([{ type: 'leave', room: 'Café' }])
    server.say(left('other')).say(left('Café')).flushToClient()
    await gone
  })

  it('reject with the refusal that names their room', async () => {
    const { client, server } = online()
    const requests = [failure(client.join('a')), failure(client.join('*')), failure(client.leave('c'))]
    server
      .say(error('not_in_room', { room: 'c' }))
      .say(error('too_many_rooms', { room: 'a' }))
      .say(error('invalid_room', { field: 'room' }))
      .flushToClient()
    expect((await Promise.all(requests)).map(({ code }) => code)).toEqual([
      'too_many_rooms',
      'invalid_room',
      'not_in_room',
    ])
  })

  it('are repeated after a reconnect, before anybody can send to the room', async () => {
    const made = online()
    const joined = [made.client.join('a'), made.client.join('b'), made.client.join('lobby')]
    for (const room of ['a', 'b', 'lobby']) made.server.say(welcome({ room }))
    made.server.flushToClient()
    await Promise.all(joined)
    const gone = made.client.leave('b')
    made.server.say(left('b')).flushToClient()
    await gone
    made.server.close(1006).flushToClient()
    made.client.onState((state) => {
      if (state.phase === 'online') void made.client.send('x', { room: 'a', clientId: 'c' })
    })
    made.client.retryNow()
    const server = enter(made)
    expect(server.flushToServer()).toEqual([RETURN])
    server.say(welcome({ room: 'a' })).flushToClient()
    await settled()
    expect(server.flushToServer()).toEqual([{ type: 'message', message: 'x', room: 'a', client_id: 'c' }])
  })

  it('are not repeated after a disconnect', async () => {
    const made = online()
    const joined = made.client.join('a')
    made.server.say(welcome({ room: 'a' })).flushToClient()
    await joined
    made.client.disconnect()
    made.client.connect()
    expect(enter(made).flushToServer()).toEqual([])
  })

  it('are tried again when entering anew fails for a while, and given up and told when it fails for good', async () => {
    const made = online()
    const told: string[] = []
    made.client.onError((frame) => told.push(frame.code))
    const joined = made.client.join('a')
    made.server.say(welcome({ room: 'a' })).flushToClient()
    await joined
    made.server.close(1006).flushToClient()
    made.client.retryNow()
    const server = enter(made)
    expect(server.flushToServer()).toHaveLength(1)
    server.say(error('unavailable', { room: 'a', retryable: true, retry_after_ms: 3_000 })).flushToClient()
    await settled()
    made.clock.advance(3_000)
    expect(server.flushToServer()).toEqual([RETURN])
    server.say(error('too_many_rooms', { room: 'a' })).flushToClient()
    await settled()
    server.flushToServer()
    expect(told).toEqual(['unavailable', 'too_many_rooms'])
    made.clock.advance(20_000)
    server.close(1006).flushToClient()
    made.client.retryNow()
    expect(enter(made).flushToServer()).toEqual([])
  })

  it('leave no timer behind when the client disconnects meanwhile', async () => {
    const made = online()
    const joined = made.client.join('a')
    made.server.say(welcome({ room: 'a' })).flushToClient()
    await joined
    made.server.close(1006).flushToClient()
    made.client.retryNow()
    enter(made)
      .say(error('unavailable', { room: 'a', retryable: true, retry_after_ms: 3_000 }))
      .flushToClient()
    await settled()
    expect(made.clock.timers).toBe(2)
    made.client.disconnect()
    await settled()
    expect(made.clock.timers).toBe(0)
  })
})
