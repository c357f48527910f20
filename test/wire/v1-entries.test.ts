import { randomUUID } from 'node:crypto'
import type { LogFrame, ServerMessageOf, ServerMessageType } from '@roomful/protocol'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type ChatClient, cutAll, emptyServer, enter, freshRoom } from '../support/chat-client.ts'
import { keepData, type RunningServer } from '../support/server.ts'

let server: RunningServer
const servers = keepData('--rate-limit', 'off')

beforeAll(async () => {
  server = await servers.start()
})
afterAll(async () => {
  await cutAll()
  await servers.remove()
})

/** Sends a request with an id and reads on to its ack and to its entry. */
async function change<T extends ServerMessageType & LogFrame['type']>(
  client: ChatClient,
  request: { type: T; [field: string]: unknown },
): Promise<ServerMessageOf<T>> {
  const client_id = randomUUID()
  client.send({ ...request, client_id })
  const ack = await client.next('ack')
  expect(ack.client_id).toBe(client_id)
  const entry = await client.next(request.type)
  expect(entry).toMatchObject({ id: ack.id, seq: ack.seq, room: ack.room })
  return entry
}

async function wholeLog(client: ChatClient, room: string): Promise<LogFrame[]> {
  client.send({ type: 'history', room, after: 0, limit: 100 })
  const page = await client.next('history')
  expect(page.complete).toBe(true)
  return page.entries
}

describe('entries about entries', () => {
  afterEach(() => emptyServer(server))

  it('V10, V11, V13: everybody with v1 gets them in one order, classic clients what they know', async () => {
    const room = freshRoom()
    const alice = await enter(server, 'Alice', { room, v1: true })
    const bob = await enter(server, 'Bob', { room, v1: true })
    const old = await enter(server, 'Old', { room })
    alice.say('helo')
    const said = await alice.hears('helo')
    const edit = await change(alice, { type: 'edit', seq: 1, message: '你好 👋' })
    expect(edit).toMatchObject({ username: 'Alice', message: '你好 👋', target: { id: said.id, seq: 1 } })
    const reaction = await change(bob, { type: 'reaction', seq: 1, emoji: '👍🏽' })
    const back = await change(bob, { type: 'reaction', seq: 1, emoji: '👍🏽', remove: true })
    expect([reaction.removed, back.removed]).toEqual([undefined, true])
    bob.say('hello to you', { reply_to: 1 })
    const reply = await alice.hears('hello to you')
    expect(reply.reply_to).toEqual({ id: said.id, seq: 1 })
    expect(await wholeLog(alice, room)).toEqual([said, edit, reaction, back, reply])
    const page = await fetch(`${server.url}/api/v1/rooms/${room}/messages`)
    expect(await page.json()).toMatchObject({ entries: [said, edit, reaction, back, reply], head_seq: 5 })
    expect((await old.hears('helo')).seq).toBe(1)
    expect((await old.hearsOnly('hello to you')).seq).toBe(5)
  })

  it('V11-V15: what is not allowed is refused to its sender and told to nobody', async () => {
    const room = freshRoom()
    const alice = await enter(server, 'Alice', { room, v1: true })
    const bob = await enter(server, 'Bob', { room, v1: true })
    alice.say('mine')
    alice.say('secret', { target_user: 'Bob' })
    await bob.next('private')
    await bob.rest()
    const client_id = randomUUID()
    for (const [request, refusal] of [
      [
        { type: 'edit', seq: 1, message: 'yours' },
        { code: 'forbidden', field: 'seq' },
      ],
      [
        { type: 'delete', seq: 1 },
        { code: 'forbidden', field: 'seq' },
      ],
      [
        { type: 'delete', room: '@me', seq: 1 },
        { code: 'forbidden', field: 'seq' },
      ],
      [
        { type: 'edit', seq: 2, message: 'x' },
        { code: 'not_found', field: 'seq' },
      ],
      [
        { type: 'edit', room: '@me', seq: 9, message: 'x' },
        { code: 'not_found', field: 'seq' },
      ],
      [
        { type: 'edit', seq: 0, message: 'x' },
        { code: 'bad_message', field: 'seq' },
      ],
      [
        { type: 'delete', seq: -1 },
        { code: 'bad_message', field: 'seq' },
      ],
      [
        { type: 'reaction', seq: 1, emoji: 'ok' },
        { code: 'bad_message', field: 'emoji' },
      ],
      [
        { type: 'reaction', seq: 1, emoji: '👍'.repeat(99) },
        { code: 'bad_message', field: 'emoji' },
      ],
      [
        { type: 'edit', room: 'elsewhere', seq: 1, message: 'x' },
        { code: 'not_in_room', field: 'room' },
      ],
      [
        { type: 'message', message: 'x', reply_to: 2 },
        { code: 'not_found', field: 'reply_to' },
      ],
    ])
      expect(await bob.refused({ ...request, client_id })).toMatchObject({ ...refusal, client_id })
    await alice.rest()
    expect((await wholeLog(bob, room)).map(({ type }) => type)).toEqual(['message'])
    expect((await wholeLog(bob, '@me')).map(({ type }) => type)).toEqual(['private'])
  })

  it('V12, V15: a deletion empties a private message for both, and nothing of it is served again', async () => {
    const alice = await enter(server, 'Alice', { room: freshRoom(), v1: true })
    const bob = await enter(server, 'Bob', { room: freshRoom(), v1: true })
    alice.say('a secret', { target_user: 'Bob', client_id: randomUUID() })
    const heard = await bob.next('private')
    const own = await alice.next('private')
    await change(alice, { type: 'edit', room: '@me', seq: own.seq, message: 'the secret' })
    expect((await bob.next('edit')).target).toEqual({ id: heard.id, seq: heard.seq })
    await change(alice, { type: 'delete', room: '@me', seq: own.seq })
    expect((await bob.next('delete')).target).toEqual({ id: heard.id, seq: heard.seq })
    for (const client of [alice, bob]) {
      const log = (await wholeLog(client, '@me')).slice(-3)
      expect(log.map(({ type }) => type)).toEqual(['private', 'edit', 'delete'])
      expect(log[0]).toMatchObject({ message: '', deleted: true })
      expect(JSON.stringify(log)).not.toContain('secret')
    }
  })
})

describe('after a restart', () => {
  afterAll(() => emptyServer(server))
  const room = 'kept'
  let alice: ChatClient
  let entries: LogFrame[]
  const ids = { edit: randomUUID(), delete: randomUUID(), reaction: randomUUID(), message: randomUUID() }
  let acks: ServerMessageOf<'ack'>[]

  beforeAll(async () => {
    alice = await enter(server, 'Alice', { room, v1: true })
    alice.say('stays')
    alice.say('goes', { client_id: ids.message })
    alice.send({ type: 'edit', seq: 1, message: 'stays here', client_id: ids.edit })
    alice.send({ type: 'reaction', seq: 1, emoji: '🎉', client_id: ids.reaction })
    alice.send({ type: 'delete', seq: 2, client_id: ids.delete })
    acks = []
    while (acks.length < 4) acks.push(await alice.next('ack'))
    entries = await wholeLog(alice, room)
    await server.kill()
    await alice.closed()
    server = await servers.start()
    const resumeToken = alice.welcome.resume_token ?? ''
    alice = await enter(server, 'Alice', { room, v1: true, resumeToken })
  })

  it('V10-V13: they are there, and what was deleted is not', async () => {
    expect(await wholeLog(alice, room)).toEqual(entries)
    const page: unknown = await (await fetch(`${server.url}/api/v1/rooms/${room}/messages`)).json()
    expect(page).toMatchObject({ entries })
    expect(entries.map(({ type }) => type)).toEqual(['message', 'message', 'edit', 'reaction', 'delete'])
    expect(entries[1]).toMatchObject({ message: '', deleted: true })
    alice.send({ type: 'join', room, since: { epoch: alice.welcome.epoch, seq: 0 } })
    await alice.next('system', (frame) => frame.resume !== undefined)
    for (const entry of entries) expect(await alice.next(entry.type)).toEqual(entry)
  })

  it('V14: a repeated client_id gives the old number', async () => {
    alice.say('goes', { client_id: ids.message })
    alice.send({ type: 'edit', seq: 1, message: 'stays here', client_id: ids.edit })
    alice.send({ type: 'reaction', seq: 1, emoji: '🎉', client_id: ids.reaction })
    alice.send({ type: 'delete', seq: 2, client_id: ids.delete })
    for (const ack of acks) expect(await alice.next('ack')).toEqual(ack)
    const other = { type: 'delete', seq: 1, client_id: ids.delete }
    expect(await alice.refused(other)).toMatchObject({ code: 'conflict', client_id: ids.delete })
    expect(await wholeLog(alice, room)).toEqual(entries)
  })

  it('V11: the author is still the author, and a stranger of the name is not', async () => {
    const edit = await change(alice, { type: 'edit', seq: 1, message: 'still mine' })
    expect(edit.seq).toBe(6)
    await alice.leave()
    const stranger = await enter(server, 'Alice', { room, v1: true })
    expect(await stranger.refused({ type: 'edit', seq: 1, message: 'x' })).toMatchObject({
      code: 'forbidden',
    })
  })
})

describe('signals', () => {
  afterEach(() => emptyServer(server))

  it('V16-V19: reach v1 connections as they happen, and no log', async () => {
    const room = freshRoom()
    const alice = await enter(server, 'Alice', { room, v1: true })
    const bob = await enter(server, 'Bob', { room, v1: true })
    const old = await enter(server, 'Old', { room })
    alice.say('one')
    await old.hears('one')
    bob.send({ type: 'typing' })
    expect(await alice.next('typing')).toEqual({ type: 'typing', room, usernames: ['Bob'], count: 1 })
    bob.send({ type: 'read', seq: 1 })
    expect((await alice.next('read')).markers).toEqual([{ username: 'Bob', seq: 1 }])
    bob.send({ type: 'away', away: true })
    expect(await alice.next('presence')).toMatchObject({ event: 'away', username: 'Bob', room })
    bob.send({ type: 'typing', target_user: 'Alice' })
    expect(await alice.next('typing')).toMatchObject({ room: '@me', usernames: ['Bob'] })
    const carol = await enter(server, 'Carol', { room, v1: true })
    expect(carol.welcome).toMatchObject({ away_users: ['Bob'], read_seq: 0, head_seq: 1 })
    bob.send({ type: 'join', room })
    expect((await bob.next('system', (frame) => frame.event === 'welcome')).read_seq).toBe(1)
    expect((await wholeLog(carol, room)).map(({ type }) => type)).toEqual(['message'])
    alice.say('two')
    await old.next('system', (frame) => frame.username === 'Carol')
    await old.hearsOnly('two')
  })
})
