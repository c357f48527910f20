import { afterAll, expect, it } from 'vitest'
import { httpFixture } from '../../../testing/http-fixture.ts'

const http = await httpFixture()
afterAll(() => http.app.close())

it('PE10: GET /api/v1/permissions answers what the core says, kept by no cache', async () => {
  const response = await http.app.inject('/api/v1/permissions?room=class-1&user=Ann')
  expect(response.json()).toEqual({
    room: 'class-1',
    username: 'Ann',
    subject: null,
    issuer: null,
    may: ['read'],
    decided_by: { source: 'default', rule: null },
    considered: [{ source: 'default', rule: null, outcome: 'decided', message: 'This decides.' }],
  })
  expect(response.headers['cache-control']).toBe('no-store')
})

it.each(['', '?room=a&subject=', '?room=a&lang=fr', `?room=a&user=${'x'.repeat(300)}`])(
  'PE10: %j is bad_message',
  async (query) => {
    const response = await http.app.inject(`/api/v1/permissions${query}`)
    expect([response.statusCode, response.json()]).toMatchObject([400, { code: 'bad_message' }])
  },
)
