/** Two servers on one PostgreSQL database: one live name, private messages that find their addressee on either, and one list of people. */
import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { type PostgresServer, run, startPostgres } from '../../packages/server/testing/postgres.ts'
import { SECRET, tokenOf } from '../../packages/server/testing/tokens.ts'
import {
  type ChatClient,
  chatPath,
  type ChatOptions,
  cutAll,
  dial,
  enter,
  FIVE_SECONDS_MS,
} from '../support/chat-client.ts'
import { type RunningServer, startProgram, startServer } from '../support/server.ts'

let postgres: PostgresServer
let here: RunningServer
let there: RunningServer
beforeAll(async () => {
  postgres = await startPostgres()
  const env = { ROOMFUL_AUTH: 'jwt+guest', ROOMFUL_JWT_SECRET: SECRET }
  const start = (node: string) => startServer({ dataFolder: postgres.url, args: ['--node', node], env })
  ;[here, there] = await Promise.all([start('here'), start('there')])
})
afterEach(cutAll)
afterAll(async () => {
  await Promise.all([here.kill(), there.kill()])
  await postgres.remove()
})

/** Tries to enter: the code of the refusal, or `null`. */
async function refusal(server: RunningServer, name: string, options: ChatOptions = {}) {
  const client = await dial(server, chatPath(name), options)
  const first = await client.inbox.next(() => true, 'the first frame')
  return first.type === 'error' ? { code: first.code, close: (await client.closed()).code } : null
}

it('NA7: a name lives once, and its bearer may come to either', async () => {
  const alice = await enter(here, 'Alice', { v1: true })
  expect(await refusal(there, 'ＡLICE')).toEqual({ code: 'name_taken', close: 4509 })
  const resumeToken = String(alice.welcome.resume_token)
  const second = await enter(there, 'Alice', { v1: true, resumeToken })
  expect(second.welcome.person_id).toBe(alice.welcome.person_id)
})

it('PM1: private messages go both ways, and what was missed is resumed on the other server', async () => {
  const [ann, ben, eve] = await Promise.all([
    enter(here, 'Ann', { v1: true }),
    enter(there, 'Ben', { v1: true }),
    enter(there, 'Eve', { v1: true }),
  ])
  ann.say('to you', { target_user: 'ben', client_id: randomUUID() })
  await ann.next('ack')
  expect(await ben.next('private')).toMatchObject({ from: 'Ann', to: 'Ben', message: 'to you' })
  ben.say('and back', { target_user: 'Ann', client_id: randomUUID() })
  const seen = await ann.next('private', ({ from }) => from === 'Ben')
  expect(seen).toMatchObject({ message: 'and back' })

  const resumeToken = String(ben.welcome.resume_token)
  await ben.cut()
  const again = await enter(there, 'Ben', { v1: true, resumeToken })
  const since = { epoch: String(again.welcome.epoch), seq: 1 }
  await again.cut()
  const moved = await enter(here, 'Ben', { v1: true, resumeToken })
  moved.send({ type: 'join', room: '@me', since })
  expect(await moved.next('private')).toMatchObject({ from: 'Ben', message: 'and back', seq: 2 })
  ann.say('still you', { target_user: 'Ben' })
  expect(await moved.next('private')).toMatchObject({ message: 'still you', seq: 3 })
  expect((await eve.rest()).filter(({ type }) => type === 'private')).toEqual([])
})

it('PR1, PR5: the people of both are in one room, and who changes the server has not left it', async () => {
  const room = 'together'
  const una = await enter(here, 'Una', { room, v1: true })
  const vic = await enter(there, 'Vic', { room, v1: true })
  const joined = await una.next('system')
  expect(joined).toMatchObject({ event: 'join', username: 'Vic', connected_count: 2, room })
  const members = (server: RunningServer) => async (): Promise<unknown> => {
    const response = await fetch(`${server.url}/api/v1/rooms/${room}/members`)
    const told = (await response.json()) as { connected_users: string[] }
    // Each server tells them in the order in which it has heard of them.
    return { ...told, connected_users: told.connected_users.toSorted() }
  }
  const both = { room, connected_count: 2, connected_users: ['Una', 'Vic'], truncated: false }
  for (const server of [here, there]) await expect.poll(members(server)).toEqual(both)

  const moved = await enter(here, 'Vic', { room, v1: true, resumeToken: String(vic.welcome.resume_token) })
  expect(moved.welcome).toMatchObject({ person_id: vic.welcome.person_id, connected_count: 2 })
  await vic.leave()
  const wes = await enter(there, 'Wes', { room, v1: true })
  expect(await una.next('system')).toMatchObject({ event: 'join', username: 'Wes', connected_count: 3 })
  wes.send({ type: 'typing', room })
  expect(await una.next('typing')).toMatchObject({ usernames: ['Wes'], count: 1 })
  await moved.leave()
  for (const witness of [una, wes]) {
    const left = await witness.next('system')
    expect(left).toMatchObject({ event: 'leave', username: 'Vic', connected_count: 2 })
  }
})

it('refuses a second server of the same name in one sentence, while the first one lives', async () => {
  const second = startProgram('bundle/main.js', ['--data', postgres.url, '--node', 'here', '--port', '0'])
  await expect(second.until(() => false)).rejects.toThrow(
    /ended with 1:\n(\{.*\}\n)*roomful: A node named here lives already: give each one a name of its own\.\n$/,
  )
})

it('AU3, AU10, AU13: who signs out or is revoked is gone from both within 5 s, and a ticket is good on one of them', async () => {
  const post = (server: RunningServer, path: string, token: string, body?: object) =>
    fetch(`${server.url}/api/v1/${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    })
  const iat = Math.floor(Date.now() / 1_000) - 60
  const of = (name: string, claims: object = {}) =>
    tokenOf({ sub: `u-${name}`, name, iat, jti: name, ...claims })
  const both = (name: string, token: string) =>
    Promise.all(
      [here, there].flatMap((door) => [
        enter(door, name, { v1: true, token }),
        enter(door, name, { v1: true, token }),
      ]),
    )
  const [uma, vera] = await Promise.all([both('Uma', of('Uma')), both('Vera', of('Vera'))])

  const ticketOf = async (token: string): Promise<string> =>
    ((await (await post(here, 'tickets', token)).json()) as { ticket: string }).ticket
  const ticket = encodeURIComponent(await ticketOf(of('Wim')))
  const shown = await Promise.all(
    [here, there, here, there].map(async (door) => {
      const client = await dial(door, `/ws/chat?ticket=${ticket}`)
      return (await client.inbox.next(() => true, 'the first frame')).type
    }),
  )
  expect(shown.filter((type) => type === 'system')).toHaveLength(1)

  const guest = await enter(there, 'Xia')
  await enter(here, 'Xia', { v1: true, token: of('Xia') })
  expect((await guest.closed(FIVE_SECONDS_MS)).code).toBe(4509)
  const revoked = async (door: RunningServer, by: string, what: object, sockets: readonly ChatClient[]) => {
    const since = performance.now()
    expect((await post(door, 'revocations', by, what)).status).toBe(201)
    for (const socket of sockets) expect((await socket.closed(FIVE_SECONDS_MS)).code).toBe(4501)
    expect(performance.now() - since).toBeLessThan(FIVE_SECONDS_MS)
  }
  await revoked(here, of('Uma'), { token_id: 'Uma' }, uma)
  await revoked(there, of('Root', { roomful_admin: true }), { subject: 'u-Vera' }, vera)
})

it('NA7: a server that stood still while another one took its name sends its people away, and ends with a sentence', async () => {
  const start = () => startServer({ dataFolder: postgres.url, args: ['--node', 'twin'] })
  const stood = await start()
  const ivy = await enter(stood, 'Ivy', { v1: true })
  process.kill(stood.pid, 'SIGSTOP')
  // As if it had stood still for longer than its lease.
  await run(postgres.url, `UPDATE living SET seen = seen - interval '1 minute' WHERE node = 'twin'`)
  const next = await start()
  process.kill(stood.pid, 'SIGCONT')
  expect(await ivy.next('going_away')).toMatchObject({ reason: 'restart' })
  expect((await ivy.closed()).code).toBe(1012)
  await expect.poll(() => stood.alive(), { timeout: 60_000 }).toBe(false)
  expect(stood.output()).toMatch(
    /"node_replaced"[^]*\nroomful: Another process is the node twin now[^\n]*\.\n$/,
  )
  expect(await stood.stop()).toBe(1)
  expect((await fetch(`${next.url}/readyz`)).status).toBe(200)
  expect(await refusal(next, 'Ivy')).toBeNull()
  await next.stop()
})

it('NA7: a server that was killed frees its names after the lease, and their bearers are let in at once', async () => {
  const [zoe, max] = await Promise.all([enter(there, 'Zoe', { v1: true }), enter(there, 'Max', { v1: true })])
  await there.kill()
  const back = await enter(here, 'Zoe', { v1: true, resumeToken: String(zoe.welcome.resume_token) })
  expect(back.welcome.person_id).toBe(zoe.welcome.person_id)
  expect(await refusal(here, 'Max')).toEqual({ code: 'name_taken', close: 4509 })
  let refused = await refusal(here, 'Max')
  while (refused !== null) {
    await new Promise((resolve) => setTimeout(resolve, 250))
    refused = await refusal(here, 'Max')
  }
  expect(max.isOpen).toBe(false)
  expect(await refusal(here, 'Zoe')).toEqual({ code: 'name_taken', close: 4509 })
})
