import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type HttpFixture, httpFixture } from '../../../testing/http-fixture.ts'

const opened: HttpFixture[] = []
const open = async (settings: Parameters<typeof httpFixture>[0]): Promise<HttpFixture> => {
  const http = await httpFixture(settings)
  opened.push(http)
  return http
}
afterAll(() => Promise.all(opened.map(({ app }) => app.close())))

const ask = ({ app }: HttpFixture, remoteAddress = '127.0.0.1', headers: Record<string, string> = {}) =>
  app.inject({ url: '/metrics', remoteAddress, headers })

describe('by default', () => {
  let http: HttpFixture
  beforeAll(async () => {
    http = await open({})
  })

  it.each(['127.0.0.1', '127.8.9.1', '::1', '::ffff:127.0.0.1'])(
    'OP1: %s reads the metrics',
    async (address) => {
      const response = await ask(http, address)
      expect([response.statusCode, response.body]).toEqual([200, 'numbers\n'])
      expect(response.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8')
      expect(response.headers['cache-control']).toBe('no-store')
    },
  )

  it.each(['192.0.2.1', '10.0.0.1', '2001:db8::1', '::ffff:192.0.2.1'])(
    'OP1: %s does not',
    async (address) => {
      const response = await ask(http, address)
      expect(response.statusCode).toBe(403)
      expect(response.body).toMatch(/"detail":"[^"]*setting metrics[^"]*".*"code":"forbidden"/)
    },
  )

  it.each(['x-forwarded-for', 'X-Forwarded-Host', 'x-real-ip', 'forwarded', 'via'])(
    'OP1: nobody reads them through a proxy of this machine, which adds %s',
    async (header) => {
      expect((await ask(http, '127.0.0.1', { [header]: '127.0.0.1' })).statusCode).toBe(403)
    },
  )
})

it('OP1: nor does a page whose name was made to lead to this machine', async () => {
  const http = await open({})
  for (const host of [
    'evil.example',
    'evil.example:8000',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
  ])
    expect([host, (await ask(http, '127.0.0.1', { host })).statusCode]).toEqual([host, 403])
  for (const host of ['localhost:8000', '127.0.0.1:8000', '[::1]:8000', '192.0.2.1', 'box', 'box.local'])
    expect([host, (await ask(http, '127.0.0.1', { host })).statusCode]).toEqual([host, 200])
})

it('OP1: nor through a proxy that is trusted', async () => {
  const http = await open({ settings: { trustedProxies: ['loopback'] } })
  expect((await ask(http, '127.0.0.1', { 'x-forwarded-for': '127.0.0.1' })).statusCode).toBe(403)
  expect((await ask(http)).statusCode).toBe(200)
})

it('OP1: everybody reads them where the operator says so', async () => {
  const http = await open({ settings: { metrics: 'all' } })
  expect((await ask(http, '192.0.2.1', { 'x-forwarded-for': '192.0.2.2' })).statusCode).toBe(200)
})

it('OP1: there is nothing where they are off', async () => {
  const http = await open({ settings: { metrics: 'off' } })
  expect((await ask(http)).statusCode).toBe(404)
})
