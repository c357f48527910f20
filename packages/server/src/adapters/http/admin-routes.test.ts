import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type HttpFixture, httpFixture } from '../../../testing/http-fixture.ts'
import type { Identity } from '../../ports/auth.ts'
import { Refusal } from '../../ports/service.ts'
import { fakeAuth, fakeToken } from '../../../testing/fake-auth.ts'

const NOW = Date.parse('2024-01-01T12:00:00Z')
const auth = fakeAuth({ now: () => NOW })
const bearer = (claims: { name: string; admin?: boolean }): Promise<Identity | null> =>
  auth.verify(fakeToken({ sub: 'u-1', ...claims }))

let http: HttpFixture
beforeAll(async () => {
  http = await httpFixture()
})
beforeEach(() => http.reset())
afterAll(() => http.app.close())

describe('/api/v1/session', () => {
  it('AU12: takes whoever shows no token for a guest', async () => {
    const response = await http.app.inject('/api/v1/session')
    expect(response.json()).toEqual({
      username: null,
      administrator: false,
      expires_at: null,
      takes_tokens: false,
    })
    expect(response.headers['cache-control']).toBe('no-store')
  })

  it('AU12: says who a bearer is, and until when', async () => {
    http.identity = await bearer({ name: 'Ann' })
    const { json } = await http.app.inject('/api/v1/session')
    expect(json()).toEqual({
      username: 'Ann',
      administrator: false,
      expires_at: '2024-01-01T13:00:00.000Z',
      takes_tokens: false,
    })
    http.identity = await bearer({ name: 'Ann', admin: true })
    expect((await http.app.inject('/api/v1/session')).json()).toMatchObject({ administrator: true })
  })

  it('AU12: gives no name that nobody may bear', async () => {
    http.identity = await bearer({ name: 'a/b' })
    expect((await http.app.inject('/api/v1/session')).json()).toMatchObject({ username: null })
  })
})

describe('/api/v1/stats', () => {
  it.each([[null], [{ name: 'Ann' }]])('OP6: are not for %j', async (who) => {
    http.identity = who === null ? null : await bearer(who)
    const response = await http.app.inject('/api/v1/stats')
    expect([response.statusCode, response.json()]).toMatchObject([403, { code: 'forbidden' }])
  })

  it('OP6: give an administrator the numbers, the nodes and the fullest rooms', async () => {
    http.identity = await bearer({ name: 'Root', admin: true })
    const { json, headers } = await http.app.inject('/api/v1/stats')
    expect(headers['cache-control']).toBe('no-store')
    expect(json()).toMatchObject({
      nodes: [{ node: null, people: 2, answers: true }],
      rooms: [{ room: 'lobby', connected_count: 2, head_seq: 7 }],
      metrics: [{ name: 'roomful_people', samples: [{ name: 'roomful_people', labels: {}, value: 2 }] }],
    })
  })

  it('OP6: say when the store does not answer', async () => {
    http.identity = await bearer({ name: 'Root', admin: true })
    http.failure = new Refusal('unavailable', 'no')
    expect((await http.app.inject('/api/v1/stats')).statusCode).toBe(503)
  })

  it('have no numbers where metrics are off', async () => {
    const off = await httpFixture({ settings: { metrics: 'off' } })
    off.identity = await bearer({ name: 'Root', admin: true })
    expect((await off.app.inject('/api/v1/stats')).json()).toMatchObject({ metrics: [], rooms: [{}] })
    await off.app.close()
  })
})
