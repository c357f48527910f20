import type { AddressInfo } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { fakeAuth, fakeToken } from '../../../../testing/fake-auth.ts'
import { openStage, type Stage } from '../../../../testing/stage.ts'
import { createSystemClock } from '../../system-clock.ts'

const ANN = fakeToken({ sub: 'u-1', name: 'Ann', rooms: { office: [] } })
const ADMIN = fakeToken({ sub: 'u-0', name: 'Root', admin: true })

let stage: Stage | null = null
const readers: AbortController[] = []
afterEach(async () => {
  for (const reader of readers.splice(0)) reader.abort()
  await stage?.close()
  stage = null
})

async function open(letsGuestsIn = false) {
  const clock = createSystemClock()
  const auth = fakeAuth(clock, letsGuestsIn)
  stage = await openStage({ auth, clock, http: { auth: letsGuestsIn ? 'jwt+guest' : 'jwt' } })
  await stage.http.app.listen({ host: '127.0.0.1', port: 0 })
  const url = `http://127.0.0.1:${(stage.http.server.address() as AddressInfo).port}/api/v1`
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
  const get = async (path: string, token?: string) => {
    const reader = new AbortController()
    readers.push(reader)
    const headers = token === undefined ? {} : bearer(token)
    return fetch(url + path, { headers, signal: reader.signal })
  }
  return {
    stage,
    get,
    async ticket(): Promise<string> {
      const answer = await fetch(`${url}/tickets`, { method: 'POST', headers: bearer(ANN) })
      const { ticket } = (await answer.json()) as { ticket: string }
      return encodeURIComponent(ticket)
    },
    /** Status, and the first piece of the stream or the whole problem. */
    async follow(path: string, token?: string): Promise<[number, string]> {
      const response = await get(path, token)
      if (response.status !== 200) return [response.status, await response.text()]
      const { value } = (await response.body?.getReader().read()) ?? {}
      return [200, Buffer.from(value ?? []).toString()]
    },
  }
}

it('AU13: opens a stream of events once, as its bearer', async () => {
  const { get, follow, ticket } = await open()
  const shown = await ticket()
  expect(await follow(`/rooms/lobby/events?ticket=${shown}`)).toEqual([
    200,
    expect.stringContaining('retry:'),
  ])
  const again = await get(`/rooms/lobby/events?ticket=${shown}`)
  expect([again.status, again.headers.get('www-authenticate')]).toEqual([401, 'Bearer error="invalid_token"'])
  expect(await again.json()).toMatchObject({ code: 'unauthorized' })
  const [status, problem] = await follow(`/rooms/office/events?ticket=${await ticket()}`)
  expect([status, JSON.parse(problem)]).toMatchObject([403, { code: 'forbidden', field: 'room' }])
})

it('AU13: is no part of a path', async () => {
  const { get, ticket } = await open()
  const shown = await ticket()
  const answer = await get(`/rooms/lobby&ticket=${shown}/events`)
  expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, 'Bearer'])
  expect((await get(`/rooms/lobby/events?ticket=${shown}`)).status).toBe(200)
})

it('AU13, AU2: is taken by that route only, and after a token', async () => {
  const { get, follow, ticket } = await open()
  const shown = await ticket()
  for (const path of ['/rooms', '/rooms/lobby/messages', '/session', '/rooms/lobby/members'])
    expect([path, (await get(`${path}?ticket=${shown}`)).status]).toEqual([path, 401])
  expect((await follow(`/rooms/lobby/events?ticket=${shown}`, ANN))[0]).toBe(200)
  expect((await follow(`/rooms/lobby/events?ticket=${shown}`, 'bad'))[0]).toBe(401)
  expect((await follow(`/rooms/lobby/events?ticket=${shown}`))[0]).toBe(200)
})

it('AU13: that is none, or of a token that was revoked meanwhile, is 401, also where guests are let in', async () => {
  const { stage: made, follow, ticket } = await open(true)
  const shown = await ticket()
  for (const bad of ['', 'x', `${shown}x`, shown.slice(1), encodeURIComponent(ANN)])
    expect([bad, (await follow(`/rooms/lobby/events?ticket=${bad}`))[0]]).toEqual([bad, 401])
  expect((await follow('/rooms/lobby/events'))[0]).toBe(200)
  await made.hub.revoke({ identity: await made.hub.identify(ADMIN), subject: 'u-1' })
  expect((await follow(`/rooms/lobby/events?ticket=${shown}`))[0]).toBe(401)
  expect(made.complaints.join()).not.toContain(shown)
})
