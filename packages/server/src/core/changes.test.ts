import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { MemorySocket, Received } from '../../testing/memory-socket.ts'
import { createTestHub, type TestHub } from '../../testing/test-hub.ts'
import type { HubOptions } from './options.ts'

const BOB = { username: 'Bob', dialect: 'v1' } as const

/** Alice and Bob in the lobby, both with v1; what they were sent until now is read. */
async function talking(options: Partial<HubOptions> = {}) {
  const test = createTestHub({ rateLimit: null, lang: 'en', ...options })
  const alice = await test.connect({ username: 'Alice', dialect: 'v1' })
  const bob = await test.connect(BOB)
  const say = async (socket: MemorySocket, ...messages: object[]): Promise<Received[]> => {
    socket.news()
    for (const message of messages) socket.say(message)
    await test.clock.settle()
    return socket.news()
  }
  for (const socket of [alice, bob]) socket.news()
  return { test, alice, bob, say }
}

const entries = (frames: readonly Received[]) => frames.filter((frame) => typeof frame['seq'] === 'number')

async function resumed(test: TestHub, socket: MemorySocket, room = 'lobby'): Promise<Received[]> {
  socket.news()
  socket.say({ type: 'join', room, since: { epoch: test.store.epoch, seq: 0 } })
  await test.clock.settle()
  return entries(socket.news())
}

async function history(test: TestHub, socket: MemorySocket, room = 'lobby'): Promise<Received[]> {
  socket.news()
  socket.say({ type: 'history', room })
  await test.clock.settle()
  return socket.news().flatMap((frame) => frame['entries'] as Received[])
}

describe('a reply', () => {
  it('V10: names what it answers by id and number, in the room, by resume and in history', async () => {
    const { test, alice, bob, say } = await talking()
    const [first] = await say(alice, { message: 'who?' })
    bob.news()
    const [reply] = await say(bob, { message: 'me', reply_to: 1 })
    expect(reply).toMatchObject({ type: 'message', seq: 2, reply_to: { id: first?.['id'], seq: 1 } })
    expect((await resumed(test, alice)).at(-1)).toEqual(reply)
    expect((await history(test, alice)).at(-1)).toEqual(reply)
  })

  it('V10: to a number that nothing has is not said', async () => {
    const { bob, alice, say } = await talking()
    const client_id = randomUUID()
    for (const reply_to of [1, 99, Number.MAX_SAFE_INTEGER])
      expect(await say(bob, { message: 'me', reply_to, client_id })).toMatchObject([
        { type: 'error', code: 'not_found', field: 'reply_to', client_id },
      ])
    for (const reply_to of [0, -1, 1.5, '1', null, 2 ** 60])
      expect(await say(bob, { message: 'me', reply_to, client_id })).toMatchObject([
        { type: 'error', code: 'bad_message', field: 'reply_to', client_id },
      ])
    expect(alice.news()).toEqual([])
  })

  it('V10: between two people has the number of each one’s private log', async () => {
    const { test, alice, bob, say } = await talking()
    await say(bob, { message: 'first of Bob’s', target_user: 'Bob' })
    await say(alice, { message: 'psst', target_user: 'Bob' })
    bob.news()
    const [, own] = await say(bob, { message: 'yes?', target_user: 'Alice', reply_to: 2 })
    expect(own).toMatchObject({ type: 'private', seq: 3, reply_to: { seq: 2 } })
    expect(alice.news()).toMatchObject([{ type: 'private', seq: 2, reply_to: { seq: 1 } }])
    const carol = await test.connect({ username: 'Carol', dialect: 'v1' })
    carol.news()
    await say(bob, { message: 'he said', target_user: 'Carol', reply_to: 2 })
    const [told] = carol.news()
    const { id } = (own?.['reply_to'] ?? {}) as { id?: string }
    expect(id).toBeDefined()
    expect(told?.['reply_to']).toEqual({ id })
  })

  it('V10: of a classic client is a message as any other', async () => {
    const { test, alice, say } = await talking()
    const old = await test.connect({ username: 'Old' })
    old.news()
    const [said] = await say(old, { message: 'hello', reply_to: 99 })
    expect(said).toMatchObject({ type: 'message', message: 'hello' })
    await say(alice, { message: 'hi', reply_to: 1 })
    expect(old.news()).toMatchObject([{ type: 'message', message: 'hi' }])
  })
})

describe('an edit', () => {
  it('V11: goes to everybody with v1 as an entry, and is kept', async () => {
    const { test, alice, bob, say } = await talking()
    const old = await test.connect({ username: 'Old' })
    const [said] = await say(alice, { message: 'helo' })
    for (const socket of [bob, old]) socket.news()
    const client_id = randomUUID()
    const [ack, edit] = await say(alice, { type: 'edit', seq: 1, message: 'hello', client_id })
    expect(edit).toEqual({
      type: 'edit',
      username: 'Alice',
      message: 'hello',
      target: { id: said?.['id'], seq: 1 },
      timestamp: '2026-01-01T00:00:00.000Z',
      id: expect.any(String) as string,
      seq: 2,
      room: 'lobby',
    })
    expect(ack).toMatchObject({ type: 'ack', client_id, seq: 2, id: edit?.['id'], room: 'lobby' })
    expect(bob.news()).toEqual([edit])
    expect(old.news()).toEqual([])
    expect((await resumed(test, bob)).at(-1)).toEqual(edit)
    expect(await history(test, bob)).toEqual([said, edit])
  })

  it('V11: is the author’s alone: by person, not by name', async () => {
    const { test, alice, bob, say } = await talking()
    const guest = await test.connect({ dialect: 'v1' })
    guest.say({ message: 'from nobody' })
    await say(alice, { message: 'mine' })
    const refused = [{ type: 'error', code: 'forbidden', field: 'seq' }]
    for (const socket of [bob, guest]) socket.news()
    expect(await say(bob, { type: 'edit', seq: 2, message: 'yours' })).toMatchObject(refused)
    expect(await say(guest, { type: 'edit', seq: 1, message: 'mine?' })).toMatchObject(refused)
    alice.hangUp()
    await test.clock.settle()
    const stranger = await test.connect({ username: 'Alice', dialect: 'v1' })
    stranger.news()
    expect(await say(stranger, { type: 'edit', seq: 2, message: 'yours' })).toMatchObject(refused)
    expect((await history(test, bob)).map(({ type }) => type)).toEqual(['message', 'message'])
  })

  it('V11: takes the texts that a message takes, and no others', async () => {
    const { alice, say } = await talking({ maxMessageBytes: 10 })
    await say(alice, { message: 'hello' })
    for (const [message, code] of [
      ['', 'bad_message'],
      [5, 'bad_message'],
      [undefined, 'bad_message'],
      ['\ud800', 'bad_message'],
      ['x'.repeat(11), 'too_large'],
    ])
      expect(await say(alice, { type: 'edit', seq: 1, message })).toMatchObject([{ code, field: 'message' }])
    expect(await say(alice, { type: 'edit', seq: 1, message: '好好好' })).toMatchObject([{ type: 'edit' }])
  })

  it('V11: keeps its place in the order of its sender', async () => {
    const { alice, say } = await talking()
    const frames = await say(
      alice,
      { message: 'one' },
      { type: 'edit', seq: 1, message: 'uno' },
      { message: 'two' },
      { type: 'reaction', seq: 3, emoji: '👍' },
      { type: 'delete', seq: 1 },
      { message: 'three' },
    )
    expect(frames.map(({ type, seq }) => [seq, type])).toEqual([
      [1, 'message'],
      [2, 'edit'],
      [3, 'message'],
      [4, 'reaction'],
      [5, 'delete'],
      [6, 'message'],
    ])
  })
})

describe('a deletion', () => {
  it('V12: takes the text away for everybody who asks afterwards, that of edits too', async () => {
    const { test, alice, bob, say } = await talking()
    await say(
      alice,
      { message: 'a secret' },
      { type: 'edit', seq: 1, message: 'the secret' },
      { message: 'x' },
    )
    bob.news()
    const [deletion] = await say(alice, { type: 'delete', seq: 1 })
    expect(deletion).toMatchObject({ type: 'delete', username: 'Alice', seq: 4, target: { seq: 1 } })
    expect(bob.news()).toEqual([deletion])
    for (const frames of [await resumed(test, bob), await history(test, bob)]) {
      expect(frames).toMatchObject([
        { type: 'message', seq: 1, message: '', deleted: true, username: 'Alice' },
        { type: 'edit', seq: 2, message: '', deleted: true },
        { type: 'message', seq: 3, message: 'x' },
        { type: 'delete', seq: 4 },
      ])
      expect(JSON.stringify(frames)).not.toContain('secret')
      expect(frames[2]).not.toHaveProperty('deleted')
    }
  })

  it('V12: holds for one that was behind, and for a message of the same turn', async () => {
    const { test, alice, bob, say } = await talking()
    bob.capacity = 1
    await say(alice, { message: 'fills it' })
    const before = bob.writes.length
    await say(alice, { message: 'secret 1' })
    await say(alice, { type: 'delete', seq: 2 }, { message: 'secret 2' }, { type: 'delete', seq: 4 })
    bob.capacity = Infinity
    bob.events?.onDrain()
    await test.clock.settle()
    const late = Buffer.concat(bob.writes.slice(before)).toString()
    expect(entries(bob.news()).map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5])
    expect(late).toContain('"deleted":true')
    expect(late).not.toContain('secret')
  })

  it('V12: leaves nothing to edit or to react to', async () => {
    const { alice, bob, say } = await talking()
    await say(alice, { message: 'gone' }, { type: 'delete', seq: 1 })
    bob.news()
    expect(await say(alice, { type: 'edit', seq: 1, message: 'back' })).toMatchObject([{ code: 'not_found' }])
    bob.news()
    expect(await say(bob, { type: 'reaction', seq: 1, emoji: '👍' })).toMatchObject([{ code: 'not_found' }])
    expect(await say(bob, { message: 'what was it?', reply_to: 1 })).toMatchObject([{ type: 'message' }])
  })

  it('V12: is the author’s alone', async () => {
    const { test, alice, bob, say } = await talking()
    await say(alice, { message: 'mine' })
    bob.news()
    expect(await say(bob, { type: 'delete', seq: 1 })).toMatchObject([{ code: 'forbidden' }])
    expect(await history(test, bob)).toMatchObject([{ message: 'mine' }])
  })

  it('V12: makes no conflict of the lost ack of what was deleted', async () => {
    const { alice, say } = await talking()
    const client_id = randomUUID()
    const [ack] = await say(alice, { message: 'once', client_id })
    await say(alice, { type: 'delete', seq: 1 })
    expect(await say(alice, { message: 'once', client_id })).toEqual([ack])
  })
})

describe('a reaction', () => {
  it('V13: is put on and taken back by anybody in the room', async () => {
    const { alice, bob, say } = await talking()
    await say(alice, { message: 'good news' })
    bob.news()
    const [on, off] = await say(
      bob,
      { type: 'reaction', seq: 1, emoji: '🎉' },
      { type: 'reaction', seq: 1, emoji: '🎉', remove: true },
    )
    expect(on).toMatchObject({ type: 'reaction', username: 'Bob', emoji: '🎉', target: { seq: 1 }, seq: 2 })
    expect(on).not.toHaveProperty('removed')
    expect(off).toMatchObject({ type: 'reaction', emoji: '🎉', removed: true, seq: 3 })
    expect(alice.news()).toEqual([on, off])
  })

  it('V13: is one emoji', async () => {
    const { alice, say } = await talking()
    await say(alice, { message: 'good news' })
    for (const emoji of ['', 'ok', '👍👍', '👍'.repeat(50), '<b>', 7, undefined])
      expect(await say(alice, { type: 'reaction', seq: 1, emoji })).toMatchObject([
        { code: 'bad_message', field: 'emoji' },
      ])
    const [refusal] = await say(alice, { type: 'reaction', seq: 1, emoji: 'x' })
    expect(refusal?.['message']).toContain('32')
  })

  it('V13: of one kind too many is refused', async () => {
    const { alice, bob, say } = await talking()
    await say(alice, { message: 'good news' })
    for (let i = 0; i < 20; i++)
      await say(bob, { type: 'reaction', seq: 1, emoji: String.fromCodePoint(0x1f600 + i) })
    alice.news()
    expect(await say(alice, { type: 'reaction', seq: 1, emoji: '👍' })).toMatchObject([
      { code: 'too_many_reactions', field: 'emoji', message: expect.stringContaining('20') as string },
    ])
    expect(await say(alice, { type: 'reaction', seq: 1, emoji: '😀' })).toMatchObject([{ type: 'reaction' }])
  })
})

describe('all of them', () => {
  const changes = (seq: unknown) => [
    { type: 'edit', seq, message: 'x' },
    { type: 'reaction', seq, emoji: '👍' },
    { type: 'delete', seq },
  ]

  it('V14: know a client_id again, and in what', async () => {
    const { test, alice, bob, say } = await talking()
    await say(alice, { message: 'one' }, { message: 'two' })
    for (const change of changes(1)) {
      const request = { ...change, client_id: randomUUID() }
      const [ack] = await say(alice, request)
      expect(ack).toMatchObject({ type: 'ack', client_id: request.client_id })
      bob.news()
      expect(await say(alice, request)).toEqual([ack])
      for (const other of [{ seq: 2 }, { type: 'message', message: 'one' }])
        expect(await say(alice, { ...request, ...other })).toMatchObject([
          { code: 'conflict', client_id: request.client_id },
        ])
      expect(bob.news()).toEqual([])
    }
    expect((await history(test, bob)).map(({ type }) => type)).toEqual([
      'message',
      'message',
      'edit',
      'reaction',
      'delete',
    ])
  })

  it('V14: refuse numbers that are none, and those of nothing or of another log', async () => {
    const { alice, bob, say } = await talking()
    await say(alice, { type: 'join', room: 'other' })
    await say(alice, { message: 'elsewhere', room: 'other' }, { message: 'elsewhere', room: 'other' })
    await say(alice, { message: 'here' })
    await say(alice, { type: 'reaction', seq: 1, emoji: '👍' })
    bob.news()
    const client_id = randomUUID()
    for (const seq of [0, -1, 1.5, '1', null, undefined, 2 ** 60])
      for (const change of changes(seq))
        expect(await say(alice, { ...change, client_id })).toMatchObject([
          { code: 'bad_message', field: 'seq', client_id },
        ])
    for (const seq of [2, 3, Number.MAX_SAFE_INTEGER])
      for (const change of changes(seq))
        expect(await say(alice, { ...change, client_id })).toMatchObject([
          { code: 'not_found', field: 'seq', client_id },
        ])
    expect(bob.news()).toEqual([])
  })

  it('V14: need a log that one reads, and v1', async () => {
    const { test, alice, say } = await talking()
    await say(alice, { message: 'here' })
    const guest = await test.connect({ dialect: 'v1', room: 'elsewhere' })
    const old = await test.connect({ username: 'Old' })
    for (const socket of [guest, old]) socket.news()
    for (const change of changes(1)) {
      expect(await say(guest, { ...change, room: 'lobby' })).toMatchObject([{ code: 'not_in_room' }])
      expect(await say(guest, { ...change, room: '@me' })).toMatchObject([{ code: 'name_required' }])
      expect(await say(old, change)).toMatchObject([{ code: 'unknown_type', field: 'type' }])
    }
  })

  it('V14: are refused as a message is when the store does not commit', async () => {
    const { test, alice, say } = await talking()
    await say(alice, { message: 'here' })
    await test.store.close()
    const client_id = randomUUID()
    for (const change of changes(1))
      expect(await say(alice, { ...change, client_id })).toMatchObject([
        { code: 'unavailable', retryable: true, client_id },
      ])
  })

  it('V15: reach both private logs, each with its own numbers', async () => {
    const { test, alice, bob, say } = await talking()
    const carol = await test.connect({ username: 'Carol', dialect: 'v1' })
    await say(bob, { message: 'note', target_user: 'Bob' })
    await say(alice, { message: 'secret', target_user: 'Bob' })
    for (const socket of [bob, carol]) socket.news()
    const client_id = randomUUID()
    const [ack, edit] = await say(alice, { type: 'edit', room: '@me', seq: 1, message: 'x', client_id })
    expect(ack).toMatchObject({ type: 'ack', room: '@me', seq: 2, client_id })
    expect(edit).toMatchObject({ type: 'edit', room: '@me', seq: 2, target: { seq: 1 } })
    expect(bob.news()).toMatchObject([
      { type: 'edit', room: '@me', seq: 3, target: { seq: 2 }, id: edit?.['id'] },
    ])
    await say(bob, { type: 'reaction', room: '@me', seq: 2, emoji: '👍' })
    expect(alice.news()).toMatchObject([
      { type: 'reaction', username: 'Bob', room: '@me', seq: 3, target: { seq: 1 } },
    ])
    expect(await say(bob, { type: 'delete', room: '@me', seq: 2 })).toMatchObject([{ code: 'forbidden' }])
    await say(alice, { type: 'delete', room: '@me', seq: 1 })
    for (const socket of [alice, bob])
      for (const frames of [await resumed(test, socket, '@me'), await history(test, socket, '@me')]) {
        expect(frames.filter(({ deleted }) => deleted).map(({ type }) => type)).toEqual(['private', 'edit'])
        expect(JSON.stringify(frames)).not.toContain('secret')
      }
    expect(carol.news()).toEqual([])
  })

  it('V15: are not for classic clients, whose private messages stay as they are', async () => {
    const { test, alice, say } = await talking()
    const old = await test.connect({ username: 'Old' })
    old.news()
    await say(
      alice,
      { message: 'psst', target_user: 'Old' },
      { type: 'edit', room: '@me', seq: 1, message: 'hm' },
    )
    expect(old.news()).toMatchObject([{ type: 'private', message: 'psst' }])
  })
})
