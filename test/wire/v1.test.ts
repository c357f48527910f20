import { randomUUID } from 'node:crypto'
import type { ServerMessageOf } from '@roomful/protocol'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type ChatClient, emptyServer, enter, freshRoom } from '../support/chat-client.ts'
import { type RunningServer, startServer } from '../support/server.ts'

let server: RunningServer

beforeAll(async () => {
  server = await startServer({ args: ['--rate-limit', 'off'] })
})
afterEach(() => emptyServer(server))
afterAll(() => server.kill())

function token(client: ChatClient): string {
  return client.welcome.resume_token ?? ''
}

async function page(client: ChatClient, request: object): Promise<ServerMessageOf<'history'>> {
  client.send({ type: 'history', ...request })
  return await client.next('history')
}

const seqs = (answer: ServerMessageOf<'history'>): number[] => answer.entries.map((entry) => entry.seq)

describe('welcome', () => {
  it('V1: carries what a client needs to come back', async () => {
    const room = freshRoom()
    const alice = await enter(server, 'Alice', { room, v1: true })
    alice.say('one')
    await alice.hears('one')
    const bob = await enter(server, 'Bob', { room, v1: true, heartbeat: true })
    expect(bob.welcome).toMatchObject({
      epoch: alice.welcome.epoch,
      head_seq: 1,
      private_head_seq: 0,
      limits: {
        max_message_bytes: 16_384,
        max_frame_bytes: 65_536,
        messages_per_second: null,
        max_rooms: 20,
      },
      heartbeat: { interval_ms: 10_000, timeout_ms: 30_000 },
      heartbeat_interval: 10,
    })
    expect(Math.abs(Date.parse(bob.welcome.server_time ?? '') - Date.now())).toBeLessThan(60_000)
    expect(bob.welcome.connection_id).not.toBe(alice.welcome.connection_id)
    expect([bob.welcome.connection_id, bob.welcome.epoch, token(bob)]).not.toContain('')
    expect(bob.welcome.person_id).toMatch(/^.{16,}$/)
    expect(bob.welcome.person_id).not.toBe(alice.welcome.person_id)
  })

  it('V1: an anonymous connection gets no token and no private log', async () => {
    const guest = await enter(server, null, { room: freshRoom(), v1: true })
    expect(guest.welcome).toMatchObject({ head_seq: 0 })
    expect(guest.welcome).not.toHaveProperty('resume_token')
    expect(guest.welcome).not.toHaveProperty('person_id')
    expect(guest.welcome).not.toHaveProperty('private_head_seq')
  })
})

describe('client_id', () => {
  it('V2: a message is acknowledged with its number', async () => {
    const room = freshRoom()
    const alice = await enter(server, 'Alice', { room, v1: true })
    const bob = await enter(server, 'Bob', { room })
    const client_id = randomUUID()
    alice.say('hello', { client_id })
    const ack = await alice.next('ack')
    const heard = await bob.next('message')
    expect(ack).toEqual({ type: 'ack', client_id, id: heard.id, room, seq: 1, timestamp: heard.timestamp })
    alice.say('without')
    await bob.hears('without')
    expect((await alice.rest()).some((frame) => frame.type === 'ack')).toBe(false)
  })

  it('V2: an error carries the client_id', async () => {
    const alice = await enter(server, 'Alice', { room: freshRoom(), v1: true })
    const client_id = randomUUID()
    const refused: [object, string][] = [
      [{ message: 'x'.repeat(20_000) }, 'too_large'],
      [{ message: '' }, 'bad_message'],
      [{ message: '\ud800' }, 'bad_message'],
      [{ message: 'x', room: 'elsewhere' }, 'not_in_room'],
      [{ message: 'x', target_user: 'Nobody' }, 'user_not_found'],
    ]
    for (const [request, code] of refused)
      expect(await alice.refused({ ...request, client_id })).toMatchObject({ code, client_id })
    alice.say('the id is still free', { client_id })
    expect(await alice.next('ack')).toMatchObject({ client_id, seq: 1 })
  })

  it.each(['7', '""', '"abc"', 'null', '"11111111-1111-4111-8111-11111111111g"', '{"a":1}'])(
    'V2: client_id %s is no UUID and refused',
    async (client_id) => {
      const alice = await enter(server, 'Alice', { room: freshRoom(), v1: true })
      const error = await alice.refused(`{"message":"x","client_id":${client_id}}`)
      expect(error).toMatchObject({ code: 'bad_message', field: 'client_id' })
    },
  )

  it('V2: a private message is acknowledged instead of confirmed', async () => {
    const room = freshRoom()
    const bob = await enter(server, 'Bob', { room })
    const alice = await enter(server, 'Alice', { room, v1: true })
    const client_id = randomUUID()
    alice.say('psst', { target_user: 'Bob', client_id })
    const ack = await alice.next('ack')
    expect(ack).toMatchObject({ client_id, room: '@me', seq: 1 })
    expect((await bob.next('private')).message).toBe('psst')
    expect((await alice.rest()).some((frame) => frame.type === 'confirmation')).toBe(false)
    alice.say('confirmed', { target_user: 'Bob' })
    await alice.next('confirmation')
  })

  it('V3: the same client_id gives the same id and seq and is delivered once', async () => {
    const room = freshRoom()
    const alice = await enter(server, 'Alice', { room, v1: true })
    const bob = await enter(server, 'Bob', { room })
    const client_id = randomUUID()
    for (let turn = 0; turn < 5; turn++) alice.say('once', { client_id })
    const acks: ServerMessageOf<'ack'>[] = []
    for (let turn = 0; turn < 5; turn++) acks.push(await alice.next('ack'))
    for (const ack of acks) expect(ack).toEqual(acks[0])
    await bob.hears('once')
    await bob.quiet()
    alice.say('next', { client_id: randomUUID() })
    expect((await alice.next('ack')).seq).toBe(2)
  })

  it('V3: with other content it is a conflict', async () => {
    const room = freshRoom()
    const alice = await enter(server, 'Alice', { room, v1: true })
    const bob = await enter(server, 'Bob', { room, v1: true })
    const client_id = randomUUID()
    alice.say('first', { client_id })
    await alice.next('ack')
    await bob.hears('first')
    expect(await alice.refused({ message: 'second', client_id })).toMatchObject({
      code: 'conflict',
      client_id,
    })
    expect(await bob.refused({ message: 'first', client_id })).toMatchObject({ code: 'conflict', client_id })
    await bob.quiet()
  })

  it('V3: in another log it is another message', async () => {
    const [one, two] = [freshRoom(), freshRoom()]
    const alice = await enter(server, 'Alice', { room: one, v1: true })
    alice.send({ type: 'join', room: two })
    await alice.next('system')
    const client_id = randomUUID()
    alice.say('to both', { client_id, room: one })
    alice.say('to both', { client_id, room: two })
    const acks = [await alice.next('ack'), await alice.next('ack')]
    expect(acks.map((ack) => [ack.room, ack.seq])).toEqual([
      [one, 1],
      [two, 1],
    ])
  })

  it('V3: private messages too', async () => {
    const room = freshRoom()
    const bob = await enter(server, 'Bob', { room })
    const alice = await enter(server, 'Alice', { room, v1: true })
    await bob.next('system')
    const client_id = randomUUID()
    for (let turn = 0; turn < 3; turn++) alice.say('psst', { target_user: 'Bob', client_id })
    const first = await alice.next('ack')
    expect(await alice.next('ack')).toEqual(first)
    expect(await alice.next('ack')).toEqual(first)
    await bob.next('private')
    await bob.quiet()
    expect((await alice.refused({ message: 'else', target_user: 'Bob', client_id })).code).toBe('conflict')
  })
})

describe('private log', () => {
  it("V4: a sender's own private messages reach all of its v1 connections", async () => {
    const room = freshRoom()
    const bob = await enter(server, 'Bob', { room })
    const alice = await enter(server, 'Alice', { room, v1: true })
    const second = await enter(server, 'Alice', { room, v1: true, resumeToken: token(alice) })
    alice.say('psst', { target_user: 'Bob', client_id: randomUUID() })
    const own = await second.next('private')
    expect(own).toMatchObject({ from: 'Alice', to: 'Bob', message: 'psst', room: '@me', seq: 1 })
    expect((await alice.next('ack')).id).toBe(own.id)
    expect(alice.inbox.all.filter((frame) => frame.type === 'private')).toEqual([own])
    expect((await bob.next('private')).id).toBe(own.id)
  })

  it('V4: a classic sender sees no copy, its private log holds one', async () => {
    const room = freshRoom()
    await enter(server, 'Bob', { room })
    const alice = await enter(server, 'Alice', { room })
    alice.say('psst', { target_user: 'Bob' })
    await alice.next('confirmation')
    await alice.quiet()
  })
})

describe('history', () => {
  it('V5: pages forward and backward without holes', async () => {
    const room = freshRoom()
    const alice = await enter(server, 'Alice', { room, v1: true })
    for (let seq = 1; seq <= 120; seq++) alice.say(`m${seq}`)
    const live = []
    for (let seq = 1; seq <= 120; seq++) live.push(await alice.next('message'))
    const range = (from: number, to: number): number[] =>
      Array.from({ length: to - from + 1 }, (_, i) => from + i)

    const first = await page(alice, { room, after: 0, limit: 100, request_id: 'r1' })
    expect(first).toMatchObject({
      room,
      epoch: alice.welcome.epoch,
      head_seq: 120,
      complete: false,
      request_id: 'r1',
    })
    expect(first.entries).toEqual(live.slice(0, 100))
    const rest = await page(alice, { room, after: 100, limit: 100 })
    expect([rest.complete, seqs(rest)]).toEqual([true, range(101, 120)])
    const last = await page(alice, { before: 121 })
    expect([last.complete, seqs(last), last.room]).toEqual([false, range(71, 120), room])
    const early = await page(alice, { before: 51, limit: 50 })
    expect([early.complete, seqs(early)]).toEqual([true, range(1, 50)])
    const middle = await page(alice, { after: 59, limit: 1 })
    expect([middle.complete, seqs(middle)]).toEqual([false, [60]])
    const none = await page(alice, { after: 120 })
    expect([none.complete, none.entries, none.head_seq]).toEqual([true, [], 120])
    const beyond = await page(alice, { after: 5_000 })
    expect([beyond.complete, beyond.entries]).toEqual([true, []])
    const nothing = await page(alice, { before: 1 })
    expect([nothing.complete, nothing.entries]).toEqual([true, []])
  })

  it('V5: an empty room is complete', async () => {
    const alice = await enter(server, 'Alice', { room: freshRoom(), v1: true })
    expect(await page(alice, { after: 0 })).toMatchObject({ entries: [], head_seq: 0, complete: true })
    expect(await page(alice, { before: 100 })).toMatchObject({ entries: [], head_seq: 0, complete: true })
  })

  it('V5: figures out of range are bad_message', async () => {
    const alice = await enter(server, 'Alice', { room: freshRoom(), v1: true })
    const wrong = [
      { limit: 0 },
      { limit: 101 },
      { limit: 1.5 },
      { limit: '5' },
      { after: -1 },
      { after: '0' },
      { before: 0 },
      { before: 1.5 },
      { before: null },
    ]
    for (const request of wrong)
      expect([request, (await alice.refused({ type: 'history', ...request })).code]).toEqual([
        request,
        'bad_message',
      ])
  })

  it('V5: @me is the own private log, with both directions of the talk', async () => {
    const room = freshRoom()
    const alice = await enter(server, 'Alice', { room, v1: true })
    const bob = await enter(server, 'Bob', { room, v1: true })
    alice.say('one', { target_user: 'Bob' })
    await bob.next('private')
    bob.say('two', { target_user: 'Alice' })
    await alice.next('private', (frame) => frame.message === 'two')
    for (const client of [alice, bob]) {
      const mine = await page(client, { room: '@me', after: 0 })
      expect(mine).toMatchObject({ room: '@me', head_seq: 2, complete: true })
      expect(mine.entries).toMatchObject([
        { type: 'private', from: 'Alice', to: 'Bob', message: 'one', seq: 1, room: '@me' },
        { type: 'private', from: 'Bob', to: 'Alice', message: 'two', seq: 2, room: '@me' },
      ])
    }
    const guest = await enter(server, null, { room, v1: true })
    expect((await guest.refused({ type: 'history', room: '@me', after: 0 })).type).toBe('error')
  })

  it("V5: nobody reads a private log by another's name", async () => {
    const alice = await enter(server, 'Alice', { room: freshRoom(), v1: true })
    for (const room of ['@Bob', '@bob', '@', '@@me', '*', ''])
      expect((await alice.refused({ type: 'history', room, after: 0 })).type).toBe('error')
  })
})

describe('resume token', () => {
  it('V6: forged, altered, foreign or of another name it is ignored', async () => {
    const alice = await enter(server, 'Alice', { room: freshRoom(), v1: true })
    const bob = await enter(server, 'Bob', { room: freshRoom(), v1: true })
    bob.say('secret', { target_user: 'Alice' })
    await alice.next('private')
    const other = await startServer()
    const foreign = token(await enter(other, 'Alice', { v1: true }))
    await other.kill()
    const good = token(alice)
    const flip = (at: number): string =>
      `${good.slice(0, at)}${good[at] === 'A' ? 'B' : 'A'}${good.slice(at + 1)}`
    const bad = [
      token(bob),
      foreign,
      flip(0),
      flip(good.length >> 1),
      flip(good.length - 3),
      good.slice(0, -4),
      'x',
    ]
    for (const resumeToken of bad) {
      const attempt = await enter(server, 'Alice', { v1: true, resumeToken }).catch(
        (error: Error) => error.message,
      )
      expect([resumeToken, attempt]).toEqual([resumeToken, expect.stringContaining('name_taken')])
    }
    const stranger = await enter(server, 'Carol', { v1: true, resumeToken: good })
    expect(stranger.welcome).toMatchObject({ username: 'Carol', private_head_seq: 0 })
  })

  it('V6: the subprotocol that carries it is never selected', async () => {
    const alice = await enter(server, 'Alice', { room: freshRoom(), v1: true })
    const again = await enter(server, 'Alice', { v1: true, resumeToken: token(alice) })
    expect(again.socket.protocol).toBe('roomful.v1')
    expect(server.output()).not.toContain(token(alice))
  })

  it('V7: the same person after all connections were gone', async () => {
    const room = freshRoom()
    const witness = await enter(server, 'Witness', { room })
    const alice = await enter(server, 'Alice', { room, v1: true })
    witness.say('remember', { target_user: 'Alice' })
    const told = await alice.next('private')
    await alice.leave()
    await witness.next('system', (frame) => frame.event === 'leave')
    const again = await enter(server, 'ALICE', { room, v1: true, resumeToken: token(alice) })
    expect(again.welcome.private_head_seq).toBe(1)
    expect(again.welcome.person_id).toBe(alice.welcome.person_id)
    expect((await page(again, { room: '@me', after: 0 })).entries).toEqual([told])
  })

  it('V7: not when a stranger bears the name by now', async () => {
    const room = freshRoom()
    const witness = await enter(server, 'Witness', { room })
    const alice = await enter(server, 'Alice', { room, v1: true })
    witness.say('secret', { target_user: 'Alice' })
    await alice.next('private')
    await alice.leave()
    await witness.next('system', (frame) => frame.event === 'leave')
    const stranger = await enter(server, 'Alice', { room, v1: true })
    const refused = await enter(server, 'Alice', { v1: true, resumeToken: token(alice) }).catch(
      (error: Error) => error.message,
    )
    expect(refused).toContain('name_taken')
    expect((await page(stranger, { room: '@me', after: 0 })).entries).toEqual([])
  })
})
