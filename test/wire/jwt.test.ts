import { createClient, fetchTicket } from '@roomful/client'
import { WebSocket } from 'ws'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { SECRET, signed, tokenOf } from '../../packages/server/testing/tokens.ts'
import { cutAll, dial, FIVE_SECONDS_MS, freshRoom } from '../support/chat-client.ts'
import { cutReaders, EventReader } from '../support/event-reader.ts'
import { type RunningServer, startServer } from '../support/server.ts'

let server: RunningServer

beforeAll(async () => {
  const env = { ROOMFUL_AUTH: 'jwt', ROOMFUL_JWT_SECRET: SECRET, ROOMFUL_LOG_LEVEL: 'debug' }
  server = await startServer({ env, args: ['--workers', '2'] })
})
afterEach(async () => {
  cutReaders()
  await cutAll()
})
afterAll(() => server.kill())

const ann = (): string => tokenOf({ sub: 'u-1', name: 'Ann' })

async function arrival(path: string, options: Parameters<typeof dial>[2] = {}) {
  const client = await dial(server, path, options)
  return { client, first: await client.inbox.next(() => true, 'the first frame') }
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

describe('a token shown to the built server', () => {
  it('AU2, AU5: lets its bearer in, by header, subprotocol and first frame', async () => {
    const room = freshRoom()
    const byHeader = await arrival(`/ws/chat/Ann?room=${room}`, { headers: bearer(ann()) })
    expect(byHeader.first).toMatchObject({ event: 'welcome', username: 'Ann' })
    const bySubprotocol = await arrival(`/ws/chat?room=${room}`, { v1: true, token: ann() })
    expect(bySubprotocol.first).toMatchObject({ event: 'welcome', username: 'Ann', connected_count: 1 })
    expect(bySubprotocol.client.socket.protocol).toBe('roomful.v1')
    const byFrame = await dial(server, `/ws/chat?room=${room}`)
    byFrame.send({ type: 'auth', token: ann() })
    byFrame.send({ message: 'hello', username: 'Bob', from: 'Bob' })
    expect(await byFrame.next('message')).toMatchObject({ username: 'Ann', message: 'hello' })
  })

  it('AU3: a forged one, and none, end with an error frame and 1008', async () => {
    const forged = signed({ alg: 'HS256' }, { sub: 'u-1', name: 'Ann', exp: 9e9 }, 'x'.repeat(36))
    const { client, first } = await arrival('/ws/chat/Ann', { headers: bearer(forged), v1: true })
    expect(first).toMatchObject({ type: 'error', code: 'unauthorized', field: 'token' })
    expect(await client.closed()).toEqual({ code: 1008, reason: 'Unauthorized' })
    const silent = await dial(server, '/ws/chat/Ann')
    silent.send({ message: 'let me in' })
    expect(await silent.closed()).toEqual({ code: 1008, reason: 'Unauthorized' })
  })

  it('AU7, AU8: is followed by a fresh one, or ends its connection', async () => {
    const exp = Math.floor(Date.now() / 1_000) - 3
    const ending = tokenOf({ sub: 'u-3', name: 'Cy', exp })
    const { client: renewed } = await arrival('/ws/chat', { headers: bearer(ending) })
    const { client: left } = await arrival('/ws/chat', { headers: bearer(ending) })
    renewed.send({ type: 'auth', token: tokenOf({ sub: 'u-3', name: 'Cy' }) })
    expect(await renewed.next('confirmation')).toMatchObject({ event: 'authenticated' })
    expect(await left.closed()).toEqual({ code: 1008, reason: 'Unauthorized' })
    renewed.send({ message: 'still here' })
    expect(await renewed.next('message')).toMatchObject({ username: 'Cy' })
  })

  it('AU4: every route of rooms wants it alike', async () => {
    const routes = [
      ['GET', '/api/v1/rooms'],
      ['GET', '/api/v1/rooms/lobby'],
      ['GET', '/api/v1/rooms/lobby/members'],
      ['GET', '/api/v1/rooms/lobby/messages'],
      ['POST', '/api/v1/rooms/lobby/messages'],
      ['POST', '/api/v1/revocations'],
      ['GET', '/api/v1/session'],
      ['GET', '/api/v1/stats'],
      ['POST', '/api/v1/tickets'],
      ['GET', '/api/v1/rooms/lobby/events'],
      ['GET', '/ws/status'],
    ] as const
    for (const [method, path] of routes)
      for (const headers of [{}, bearer('x.y.z'), bearer(`${ann()}x`), { authorization: 'Basic QW5uOg==' }]) {
        const response = await fetch(server.url + path, { method, headers })
        expect([path, response.status]).toEqual([path, 401])
        expect(response.headers.get('content-type')).toContain('application/problem+json')
        expect(response.headers.get('www-authenticate')).toMatch(/^Bearer/)
        expect(await response.json()).toMatchObject({ code: 'unauthorized', status: 401 })
      }
    for (const path of ['/health', '/livez', '/readyz', '/chat'])
      expect((await fetch(server.url + path)).status).toBe(200)
  })

  it('AU5: what is published with it is by its bearer', async () => {
    const room = freshRoom()
    const url = `${server.url}/api/v1/rooms/${room}/messages`
    const say = (body: object) =>
      fetch(url, {
        method: 'POST',
        headers: { ...bearer(ann()), 'content-type': 'application/json' },
        body: JSON.stringify({ message: 'hi', ...body }),
      })
    expect((await say({})).status).toBe(201)
    expect((await say({ username: 'Bob' })).status).toBe(403)
    const page: unknown = await (await fetch(url, { headers: bearer(ann()) })).json()
    expect(page).toMatchObject({ entries: [{ username: 'Ann', message: 'hi' }] })
  })

  it('AU7, AU8: keeps the SDK online over its end, by the next one', async () => {
    const exp = () => Math.floor(Date.now() / 1_000) - 1
    let asked = 0
    const token = (): string => tokenOf({ sub: 'u-5', name: 'Eve', ...(++asked === 1 && { exp: exp() }) })
    const client = createClient({ url: server.url, username: 'Eve', token, storage: null, WebSocket })
    const phases: string[] = []
    const isRenewed = new Promise<void>((resolve) => {
      client.onFrame(({ text }) => text.includes('"authenticated"') && resolve())
    })
    client.onState(({ phase }) => phases.push(phase))
    client.connect()
    await isRenewed
    expect(await client.send('hello')).toMatchObject({ room: 'lobby' })
    expect(phases).toEqual(['connecting', 'online'])
    client.disconnect()
  })

  it('AU10: is revoked for good, on all workers', async () => {
    const claims = { sub: 'u-7', name: 'Gus', iat: Math.floor(Date.now() / 1_000) - 60 }
    const gus = tokenOf(claims)
    const sockets = await Promise.all(
      Array.from({ length: 6 }, async () => (await arrival('/ws/chat', { headers: bearer(gus) })).client),
    )
    const { client: other } = await arrival('/ws/chat', { headers: bearer(ann()) })
    const revoke = (by: string) =>
      fetch(`${server.url}/api/v1/revocations`, {
        method: 'POST',
        headers: { ...bearer(by), 'content-type': 'application/json' },
        body: JSON.stringify({ subject: 'u-7' }),
      })
    expect((await revoke(ann())).status).toBe(403)
    const since = performance.now()
    expect((await revoke(tokenOf({ sub: 'root', name: 'Root', roomful_admin: true }))).status).toBe(201)
    for (const socket of sockets)
      expect(await socket.closed()).toEqual({ code: 4501, reason: 'Kicked or revoked' })
    expect(performance.now() - since).toBeLessThan(FIVE_SECONDS_MS)
    expect((await fetch(`${server.url}/ws/status`, { headers: bearer(gus) })).status).toBe(401)
    other.send({ message: 'still here' })
    expect(await other.next('message')).toMatchObject({ username: 'Ann' })
  })

  it('MO5, MO14: of whoever is banned through one worker lets nobody stay on any, or come back', async () => {
    const hal = tokenOf({ sub: 'u-8', name: 'Hal' })
    // Dealt out in turn, so some are on each worker.
    const sockets = await Promise.all(
      Array.from({ length: 6 }, async () => (await arrival('/ws/chat', { headers: bearer(hal) })).client),
    )
    const root = tokenOf({ sub: 'root', name: 'Root', roomful_admin: true })
    const banned = await fetch(`${server.url}/api/v1/moderation`, {
      method: 'POST',
      headers: { ...bearer(root), 'content-type': 'application/json' },
      body: JSON.stringify({ action: 'ban', target_user: 'Hal' }),
    })
    expect(banned.status).toBe(201)
    for (const socket of sockets) expect(await socket.closed()).toEqual({ code: 4503, reason: 'Banned' })
    for (let i = 0; i < 4; i++) {
      const { client, first } = await arrival('/ws/chat', { headers: bearer(hal) })
      expect(first).toMatchObject({ type: 'error', code: 'banned' })
      expect(await client.closed()).toEqual({ code: 4503, reason: 'Banned' })
    }
  })

  it('AU13, AU2: is changed for a ticket that lets one in of all, on whichever worker, and is not taken from an address', async () => {
    const response = await fetch(`${server.url}/api/v1/tickets`, { method: 'POST', headers: bearer(ann()) })
    expect([response.status, response.headers.get('cache-control')]).toEqual([201, 'no-store'])
    const { ticket } = (await response.json()) as { ticket: string }
    const path = `/ws/chat/Ann?ticket=${encodeURIComponent(ticket)}`
    const firsts = await Promise.all(Array.from({ length: 6 }, () => arrival(path)))
    expect(firsts.filter(({ first }) => first.type === 'system')).toHaveLength(1)
    const refused = firsts.filter(({ first }) => first.type === 'error' && first.code === 'unauthorized')
    expect(refused).toHaveLength(5)
    const { client } = await arrival(`/ws/chat/Ann?token=${ann()}`)
    expect(await client.closed()).toEqual({ code: 1008, reason: 'Unauthorized' })
    const second = await fetch(`${server.url}/api/v1/tickets`, { method: 'POST', headers: bearer(ann()) })
    const { ticket: listening } = (await second.json()) as { ticket: string }
    const events = `${server.url}/api/v1/rooms/lobby/events?ticket=${encodeURIComponent(listening)}`
    await (await EventReader.open(events)).next('system')
    expect((await fetch(events)).status).toBe(401)
    for (const part of `${ticket}.${listening}`.split('.')) expect(server.output()).not.toContain(part)
    const source = () => fetchTicket(server.wsUrl, ann())
    const sdk = createClient({ url: server.url, username: 'Ann', token: source, storage: null, WebSocket })
    sdk.connect()
    await expect.poll(() => sdk.state.phase).toBe('online')
    sdk.disconnect()
    await expect(fetchTicket(server.url, 'x.y.z')).rejects.toMatchObject({ code: 'unauthorized' })
  })

  it('is in no line of the log', async () => {
    const secret = ann()
    await arrival('/ws/chat', { headers: bearer(secret) })
    await fetch(`${server.url}/ws/status`, { headers: bearer(`${secret}x`) })
    const parts = secret.split('.').slice(1)
    for (const each of [...parts, SECRET]) expect(server.output()).not.toContain(each)
    expect(server.output()).toContain('http_request')
  })
})
