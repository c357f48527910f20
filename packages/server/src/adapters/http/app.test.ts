import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type HttpFixture, httpFixture } from '../../../testing/http-fixture.ts'

const JSON_TYPE = 'application/json; charset=utf-8'

let http: HttpFixture
beforeAll(async () => {
  http = await httpFixture()
})
beforeEach(() => http.reset())
afterAll(() => http.app.close())

const get = (url: string, headers: Record<string, string> = {}) =>
  http.app.inject({ method: 'GET', url, headers })

describe('the index', () => {
  it('tells programs where everything is', async () => {
    const response = await get('/', { accept: '*/*' })
    expect(response.headers['content-type']).toBe(JSON_TYPE)
    expect(response.json()).toMatchObject({
      name: 'Roomful',
      version: '1.2.3',
      chat: '/chat',
      docs: '/docs',
      endpoints: { anonymous: '/ws/chat', health: '/health', rooms: '/api/v1/rooms' },
    })
  })

  it('names only addresses that exist', async () => {
    const { chat, docs, endpoints } = (await get('/')).json<{
      chat: string
      docs: string
      endpoints: Record<string, string>
    }>()
    for (const path of [chat, docs, ...Object.values(endpoints)]) {
      const { statusCode } = await get(path.replace('{username}', 'Alice'))
      expect([path, statusCode]).not.toEqual([path, 404])
    }
  })

  it.each([
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 302],
    ['TEXT/HTML', 302],
    ['text/html;q=0.9, application/json;q=0.5', 302],
    ['application/json', 200],
    ['application/json, text/html;q=0.5', 200],
    ['text/html;q=0', 200],
    ['text/html;q=x', 200],
    ['*/*', 200],
    ['', 200],
  ])('Accept %j is answered with %i', async (accept, status) => {
    const response = await get('/', { accept })
    expect(response.statusCode).toBe(status)
    expect(response.headers['location']).toBe(status === 302 ? '/chat' : undefined)
    expect(response.headers['vary']).toBe('accept')
  })

  it('keeps the query on the way to the page', async () => {
    expect((await get('/?room=garden', { accept: 'text/html' })).headers['location']).toBe(
      '/chat?room=garden',
    )
  })
})

describe('health and status', () => {
  it('/health is what monitors of classic deployments read', async () => {
    const response = await get('/health')
    expect(response.json()).toMatchObject({
      status: 'healthy',
      websocket_support: true,
      features: { rooms: true },
    })
    expect(response.headers['cache-control']).toBe('no-store')
  })

  it('/livez asks nobody', async () => {
    http.failure = new Error('down')
    expect((await get('/livez')).json()).toEqual({ status: 'alive' })
  })

  it('/readyz shows each check and its age', async () => {
    expect((await get('/readyz')).json()).toEqual({
      status: 'ready',
      checks: [{ name: 'store', ok: true, detail: 'writable', age_ms: 12 }],
    })
  })

  it('/readyz is 503 when one check fails', async () => {
    http.checks = [
      { name: 'store', ok: false, detail: 'disk full', age_ms: 3 },
      { name: 'bus', ok: true, detail: '', age_ms: 3 },
    ]
    const response = await get('/readyz')
    expect(response.statusCode).toBe(503)
    expect(response.headers['retry-after']).toBe('1')
    expect(response.json()).toMatchObject({
      code: 'unavailable',
      detail: 'Not ready: store.',
      checks: http.checks,
    })
  })

  it('/ws/status is of the whole server, or of one room', async () => {
    expect((await get('/ws/status')).json()).toMatchObject({ connected_count: 1, status: 'active' })
    await get('/ws/status?room=garden')
    expect(http.asked.status).toEqual([undefined, 'garden'])
  })
})

describe('headers', () => {
  const strict = {
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
  }
  const nothing = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'"
  const document =
    "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'; form-action 'none'"

  it.each([
    ['/', nothing],
    ['/health', nothing],
    ['/ws/status', nothing],
    ['/api/v1/rooms', nothing],
    ['/api/v1/rooms?limit=x', nothing],
    ['/openapi.json', nothing],
    ['/asyncapi.json', nothing],
    ['/docs/style.css', nothing],
    ['/nothing', nothing],
    ['/ws', nothing],
    ['/%zz', nothing],
    ['/docs', document],
    ['/docs/ws', document],
    ['/docs/errors', document],
    ['/chat', document],
  ])('%s carries exactly the strict ones', async (url, policy) => {
    const { headers } = await get(url)
    expect(headers).toMatchObject({ ...strict, 'content-security-policy': policy })
    expect(headers).not.toHaveProperty('x-powered-by')
    expect(headers).not.toHaveProperty('server')
    expect(headers).not.toHaveProperty('access-control-allow-origin')
  })
})

describe('the log', () => {
  it('has requests at debug level only, by route, without their query', async () => {
    await get('/api/v1/rooms/garden/members?token=secret')
    const lines = http.log.filter(({ event }) => event === 'http_request')
    expect(lines).toMatchObject([
      { level: 'debug', fields: { method: 'GET', route: '/api/v1/rooms/:room/members', status: 200 } },
    ])
    expect(JSON.stringify(http.log)).not.toMatch(/secret|garden/)
  })
})
