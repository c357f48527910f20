import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type HttpFixture, httpFixture } from '../../../testing/http-fixture.ts'

const PROBLEM_TYPE = 'application/problem+json; charset=utf-8'

let http: HttpFixture
beforeAll(async () => {
  http = await httpFixture({ roomNames: ['a', 'b', 'c'] })
})
beforeEach(() => http.reset())
afterAll(() => http.app.close())

const get = (url: string, headers: Record<string, string> = {}) =>
  http.app.inject({ method: 'GET', url, headers })

const publish = (payload: unknown, headers: Record<string, string> = {}) =>
  http.app.inject({
    method: 'POST',
    url: '/api/v1/rooms/lobby/messages',
    headers: { 'content-type': 'application/json', ...headers },
    payload: typeof payload === 'string' || Buffer.isBuffer(payload) ? payload : JSON.stringify(payload),
  })

describe('rooms', () => {
  it('lists rooms page by page', async () => {
    const first = (await get('/api/v1/rooms?limit=2')).json<{ rooms: unknown[]; next_after: string }>()
    expect(first).toMatchObject({ rooms: [{ room: 'a' }, { room: 'b' }], next_after: 'b' })
    const second = await get(`/api/v1/rooms?limit=2&after=${first.next_after}`)
    expect(second.json()).toEqual({
      rooms: [{ room: 'c', connected_count: 1, head_seq: 7 }],
      next_after: null,
    })
  })

  it('shows one room', async () => {
    expect((await get('/api/v1/rooms/lobby')).json()).toEqual({
      room: 'lobby',
      connected_count: 2,
      head_seq: 7,
    })
  })

  it('decodes the name of a room', async () => {
    const room = '客廳'.repeat(32)
    const response = await get(`/api/v1/rooms/${encodeURIComponent(room)}/members`)
    expect(response.json()).toEqual({
      room,
      connected_count: 2,
      connected_users: ['Bob', 'Alice'],
      truncated: false,
    })
  })

  it.each([
    ['', { before: Number.MAX_SAFE_INTEGER }, 50],
    ['?before=9', { before: 9 }, 50],
    ['?after=0&limit=100', { after: 0 }, 100],
    ['?after=9&limit=1&colour=blue', { after: 9 }, 1],
  ])('reads history %s', async (query, range, limit) => {
    const response = await get(`/api/v1/rooms/lobby/messages${query}`)
    expect(response.json()).toMatchObject({
      room: 'lobby',
      epoch: 'e',
      first_available: 3,
      head_seq: 7,
      complete: true,
    })
    expect(http.asked.history).toEqual([{ room: 'lobby', range, limit }])
    expect(response.headers['cache-control']).toBe('no-store')
  })

  it.each([
    ['before=0', 'before'],
    ['before=x', 'before'],
    ['before=1.5', 'before'],
    ['before=1e3', 'before'],
    ['before=-1', 'before'],
    ['before=', 'before'],
    ['after=-1', 'after'],
    ['after=99999999999999999999', 'after'],
    ['limit=0', 'limit'],
    ['limit=101', 'limit'],
    ['limit=5&limit=6', 'limit'],
    ['before=1&after=1', 'after'],
  ])('refuses history ?%s', async (query, field) => {
    const response = await get(`/api/v1/rooms/lobby/messages?${query}`)
    expect(response.statusCode).toBe(400)
    expect(response.json()).toMatchObject({
      code: 'bad_message',
      field,
      instance: '/api/v1/rooms/lobby/messages',
    })
    expect(http.asked.history).toEqual([])
  })
})

describe('publishing', () => {
  const client_id = '3f2b8c1e-7a4d-4c7e-9b1a-2d5e6f708192'

  it('answers 201 after the commit, and 200 when the id was known', async () => {
    const body = {
      message: 'Hi',
      username: 'bot',
      timestamp: '2024-01-01T12:00:00Z',
      client_id,
      room: 'other',
      id: 'x',
    }
    const first = await publish(body)
    expect(first.statusCode).toBe(201)
    expect(first.json()).toMatchObject({ id: 'a-8', seq: 8, room: 'lobby', created: true })
    expect((await publish(body)).statusCode).toBe(200)
    const { room: _room, id: _id, ...known } = body
    expect(http.asked.published[0]).toEqual({ ...known, address: '', identity: null, room: 'lobby' })
  })

  it.each<readonly [what: string, body: unknown, field: string | undefined]>([
    ['no body', '', undefined],
    ['not JSON', '{"message":', undefined],
    ['two values', '{"message":"a"}{}', undefined],
    ['an array', '[]', undefined],
    ['a text', '"Hi"', undefined],
    ['null', 'null', undefined],
    ['bad UTF-8', Buffer.from('{"message":"\xff"}', 'latin1'), undefined],
    ['no message', {}, 'message'],
    ['an empty message', { message: '' }, 'message'],
    ['a number as message', { message: 5 }, 'message'],
    ['an object as message', { message: {} }, 'message'],
    ['a number as username', { message: 'Hi', username: 5 }, 'username'],
    ['a client_id that is no UUID', { message: 'Hi', client_id: 'x' }, 'client_id'],
    ['a message of the prototype', '{"__proto__":{"message":"Hi"}}', 'message'],
  ])('refuses %s', async (_what, body, field) => {
    const response = await publish(body)
    expect(response.statusCode).toBe(400)
    expect(response.headers['content-type']).toBe(PROBLEM_TYPE)
    expect(response.json<{ code: string; field?: string }>()).toMatchObject({ code: 'bad_message' })
    expect(response.json<{ field?: string }>().field).toBe(field)
    expect(http.asked.published).toEqual([])
  })

  it.each([
    ['gzip', gzipSync('{"message":"Hi"}')],
    ['br', Buffer.from('x')],
    ['deflate, gzip', Buffer.from('x')],
  ])('never decodes a body in %s', async (encoding, body) => {
    const response = await publish(body, { 'content-encoding': encoding })
    expect(response.statusCode).toBe(415)
    expect(response.headers['accept-encoding']).toBe('identity')
    expect(response.json()).toMatchObject({
      code: 'unsupported_data',
      detail: 'The body must not be compressed.',
    })
  })

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/jsonx',
    'nonsense',
  ])('refuses Content-Type %s', async (type) => {
    const response = await publish('{"message":"Hi"}', { 'content-type': type })
    expect(response.statusCode).toBe(415)
    expect(response.json()).toMatchObject({ code: 'unsupported_data', status: 415 })
  })

  it('takes application/json with parameters', async () => {
    expect(
      (await publish({ message: 'Hi' }, { 'content-type': 'application/json; charset=utf-8' })).statusCode,
    ).toBe(201)
  })

  it('refuses a body over 64 KiB', async () => {
    const fits = JSON.stringify({ message: 'x'.repeat(65_536 - 14) })
    expect(fits).toHaveLength(65_536)
    expect((await publish(fits)).statusCode).toBe(201)
    const response = await publish(`${fits} `)
    expect(response.statusCode).toBe(413)
    expect(response.json()).toMatchObject({
      code: 'too_large',
      detail: 'The body may hold 65536 bytes at most.',
    })
  })

  it.each([
    ['no origin', {}, 201],
    ['the own host', { origin: 'http://chat.example:8000', host: 'chat.example:8000' }, 201],
    ['loopback', { origin: 'http://localhost:5173' }, 201],
    ['another site', { origin: 'https://evil.example', host: 'chat.example:8000' }, 403],
    ['no page at all', { origin: 'null' }, 403],
  ])('EP8: an Origin of %s is judged as for WebSockets', async (_what, headers, status) => {
    const response = await publish({ message: 'Hi' }, headers)
    expect(response.statusCode).toBe(status)
    if (status === 403) expect(response.json()).toMatchObject({ code: 'origin_refused' })
    expect(http.asked.published).toHaveLength(status === 201 ? 1 : 0)
  })

  it('EP8: reading is open to links from everywhere', async () => {
    expect((await get('/api/v1/rooms', { origin: 'https://evil.example' })).statusCode).toBe(200)
  })
})
