import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import { ERRORS } from '@roomful/protocol'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type HttpFixture, httpFixture } from '../../../testing/http-fixture.ts'
import { Refusal } from '../../ports/service.ts'

const PROBLEM_TYPE = 'application/problem+json; charset=utf-8'

let http: HttpFixture
beforeAll(async () => {
  http = await httpFixture()
})
beforeEach(() => http.reset())
afterAll(() => http.app.close())

const get = (url: string, headers: Record<string, string> = {}) =>
  http.app.inject({ method: 'GET', url, headers })

describe('problems', () => {
  it.each(Object.entries(ERRORS))(
    'a refusal with the code %s has its status and says whether to retry',
    async (code, row) => {
      http.failure = new Refusal(code as keyof typeof ERRORS, 'No.', { field: 'room', retryAfterMs: 1_500 })
      const response = await get('/api/v1/rooms/lobby')
      expect(response.statusCode).toBe(row.status)
      expect(response.headers['content-type']).toBe(PROBLEM_TYPE)
      expect(response.headers['retry-after']).toBe('2')
      const { title, ...problem } = response.json<{ title: string }>()
      expect(title.length).toBeGreaterThan(3)
      expect(problem).toEqual({
        type: `/docs/errors#${code}`,
        status: row.status,
        detail: 'No.',
        instance: '/api/v1/rooms/lobby',
        code,
        retryable: row.retryable,
        field: 'room',
        retry_after_ms: 1_500,
      })
    },
  )

  it('ER2: has what a refusal says of limits and times, and the document of the API lists it', async () => {
    const members = { limit: 'requests', scope: 'user', until: '2026-01-01T12:00:00.000Z' }
    http.failure = new Refusal('rate_limited', 'No.', members)
    const problem = (await get('/api/v1/rooms/lobby')).json<Record<string, unknown>>()
    expect(problem).toMatchObject(members)
    http.failure = undefined
    http.checks = [{ name: 'store', ok: false, detail: 'away', age_ms: 1 }]
    const notReady = (await get('/readyz')).json<Record<string, unknown>>()
    expect(notReady).toMatchObject({ checks: http.checks })
    const document = (await get('/openapi.json')).json<{
      components: { schemas: { Problem: { properties: object } } }
    }>()
    const listed = Object.keys(document.components.schemas.Problem.properties)
    expect(listed).toEqual(expect.arrayContaining([...Object.keys(problem), ...Object.keys(notReady)]))
  })

  it('says when to come back although the store did not', async () => {
    http.failure = new Refusal('unavailable', 'No.')
    expect((await get('/api/v1/rooms')).json()).toMatchObject({ retry_after_ms: 1_000 })
  })

  it('tells nothing about our own mistakes, but logs them', async () => {
    http.failure = new Error('secret of the database')
    const response = await get('/api/v1/rooms?after=secret')
    expect(response.statusCode).toBe(500)
    expect(response.json()).toMatchObject({ code: 'internal', detail: 'The server made a mistake.' })
    expect(response.body).not.toContain('secret')
    expect(http.log).toContainEqual({
      level: 'error',
      event: 'http_failed',
      fields: { method: 'GET', route: '/api/v1/rooms' },
    })
  })

  it.each([
    ['GET', '/nothing', 404, undefined],
    ['GET', '/api/v1', 404, undefined],
    ['GET', '/api/v1/rooms/', 400, undefined],
    ['GET', '/chat/', 404, undefined],
    ['POST', '/nothing', 404, undefined],
    ['DELETE', '/health', 405, 'GET, HEAD'],
    ['POST', '/', 405, 'GET, HEAD'],
    ['POST', '/ws/chat/Alice', 405, 'GET, HEAD'],
    ['PUT', '/api/v1/rooms/lobby/messages', 405, 'GET, HEAD, POST'],
    ['OPTIONS', '/api/v1/rooms/lobby/messages', 405, 'GET, HEAD, POST'],
    ['PATCH', '/api/v1/rooms/lobby/members', 405, 'GET, HEAD'],
  ] as const)('%s %s is %i', async (method, url, status, allow) => {
    const response = await http.app.inject({ method, url })
    expect(response.headers['allow']).toBe(allow)
    expect(response.headers['content-type']).toBe(PROBLEM_TYPE)
    expect(response.json()).toMatchObject({ status, instance: url })
    expect(response.statusCode).toBe(status)
  })

  it.each(['/%zz', '/api/v1/rooms/%ff', `/api/v1/rooms/${'a'.repeat(2_000)}`])(
    'an address such as %.40s is 400',
    async (url) => {
      const response = await get(url)
      expect(response.statusCode).toBe(400)
      expect(response.json()).toMatchObject({ code: 'bad_message', status: 400 })
      expect(response.headers['x-content-type-options']).toBe('nosniff')
    },
  )

  it.each(['/ws', '/ws/chat', '/ws/chat/Alice', '/ws/chat/Alice/heartbeat'])(
    'GET %s says how to connect',
    async (url) => {
      const response = await get(`${url}?room=garden`, { host: 'chat.example:8000' })
      expect(response.statusCode).toBe(426)
      expect(response.headers['upgrade']).toBe('websocket')
      expect(response.json()).toMatchObject({ status: 426, instance: url })
      expect(response.json<{ detail: string }>().detail).toContain(
        `new WebSocket("ws://chat.example:8000${url}")`,
      )
    },
  )

  it('speaks the language of the server', async () => {
    const chinese = await httpFixture({ settings: { lang: 'zh-Hant' } })
    const response = await chinese.app.inject('/nothing')
    expect(response.json()).toMatchObject({ title: '找不到', detail: '這裡沒有內容；GET / 會列出所有位址。' })
    await chinese.app.close()
  })

  it.each([
    ['GET', '/nothing', 'not_found'],
    ['DELETE', '/health', 'not_found'],
    ['GET', '/api/v1/rooms/%ff', 'bad_message'],
    ['GET', '/api/v1/rooms', 'bad_message'],
    ['POST', '/api/v1/moderation', 'bad_message'],
    ['GET', '/ws/chat', 'bad_message'],
    ['GET', '/api/v1/stats', 'forbidden'],
  ] as const)('EP6, ER2: %s %s speaks the language of whoever asks (%s)', async (method, url, code) => {
    const ask = async (query: string, headers: Record<string, string> = {}): Promise<string[]> => {
      const response = await http.app.inject({ method, url: `${url}?limit=x${query}`, headers })
      expect(response.json()).toMatchObject({ code })
      expect(response.headers).toMatchObject({ 'cache-control': 'no-store', vary: 'accept-language' })
      const { title, detail } = response.json<{ title: string; detail: string }>()
      return [title, detail].map((sentence) => (/\p{Script=Han}/u.test(sentence) ? 'zh-Hant' : 'en'))
    }
    const chinese = { 'accept-language': 'fr, zh-TW;q=0.9, en;q=0.5' }
    expect(await ask('')).toEqual(['en', 'en'])
    expect(await ask('', chinese)).toEqual(['zh-Hant', 'zh-Hant'])
    expect(await ask('&lang=zh-Hant')).toEqual(['zh-Hant', 'zh-Hant'])
    expect(await ask('&lang=en', chinese)).toEqual(['en', 'en'])
  })
})

describe('the server', () => {
  let port: number
  beforeAll(async () => {
    await new Promise<void>((resolve) => http.server.listen(0, '127.0.0.1', resolve))
    port = (http.server.address() as AddressInfo).port
  })
  afterAll(() => {
    http.server.closeAllConnections()
    http.server.close()
  })

  /** Sends bytes and gives back everything until the server closes. */
  const raw = (request: string) =>
    new Promise<string>((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => socket.write(request))
      let answer = ''
      socket.setEncoding('utf8').on('data', (text: string) => {
        answer += text
      })
      socket.on('error', reject).on('close', () => resolve(answer))
    })

  it('has bounded patience', () => {
    const { headersTimeout, requestTimeout, keepAliveTimeout } = http.server
    expect({ headersTimeout, requestTimeout, keepAliveTimeout }).toEqual({
      headersTimeout: 10_000,
      requestTimeout: 15_000,
      keepAliveTimeout: 5_000,
    })
  })

  it.each([
    ['no HTTP', 'hello\r\n\r\n', 400, 'bad_message'],
    [
      'two lengths',
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
      400,
      'bad_message',
    ],
    [
      'a length and chunks',
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
      400,
      'bad_message',
    ],
    ['headers over 8 KiB', `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(9_000)}\r\n\r\n`, 431, 'too_large'],
  ])('answers %s with a problem', async (_what, request, status, code) => {
    const answer = await raw(request)
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    expect(answer).toContain(`content-type: ${PROBLEM_TYPE}\r\n`)
    expect(answer).toContain('x-content-type-options: nosniff\r\n')
    const [, body = ''] = answer.split('\r\n\r\n')
    expect(JSON.parse(body)).toMatchObject({ status, code })
  })

  it('closes after the hint to upgrade', async () => {
    const answer = await raw('GET /ws HTTP/1.1\r\nHost: a\r\n\r\n')
    expect(answer).toMatch(/^HTTP\/1.1 426 /)
    expect(answer).toMatch(/\r\nupgrade: websocket\r\n/i)
    expect(answer).toMatch(/\r\nconnection: .*upgrade/i)
  })
})
