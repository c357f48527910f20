import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { fakeToken } from '../../../testing/fake-auth.ts'
import type { Identity } from '../../ports/auth.ts'
import { MemorySocket } from '../../../testing/memory-socket.ts'
import {
  answersTo,
  connectGuest,
  connectRoot,
  moderate,
  moderatedHub,
  ROOT,
  said,
} from '../../../testing/moderation.ts'

const ANN = fakeToken({ sub: 'u-1', name: 'Ann' })
const ANN_RENAMED = fakeToken({ sub: 'u-1', name: 'Anna' })
const BANNED = { code: 4503, reason: 'Banned' }
const KICKED = { code: 4501, reason: 'Kicked or revoked' }

const lastOf = (socket: MemorySocket) => socket.all().at(-1)

describe('who may moderate', () => {
  it('MO1: an administrator may, nobody else, and nobody themself', async () => {
    const test = moderatedHub()
    const [root, ann, bob] = [
      await connectRoot(test),
      await test.connect({ token: ANN, dialect: 'v1' }),
      await connectGuest(test, 'Bob'),
    ]
    for (const socket of [ann, bob])
      expect(await moderate(test, socket, { action: 'mute', target_user: 'Root' })).toMatchObject({
        code: 'forbidden',
        field: 'room',
      })
    expect(await moderate(test, root, { action: 'ban', target_user: 'root' })).toMatchObject({
      code: 'forbidden',
      field: 'target_user',
    })
    expect(await moderate(test, root, { action: 'mute', target_user: 'Bob' })).toMatchObject({
      type: 'confirmation',
      event: 'moderated',
      message: 'Root muted Bob for 10 minutes',
      room: 'lobby',
    })
    expect(root.closed).toBeNull()
  })

  it('MO1: whom the rules of the settings let moderate one room may there, and not on the whole server', async () => {
    const rules = [
      { rooms: ['den'], who: { subject: 'u-1' }, may: ['join', 'read', 'write', 'moderate'] as const },
    ]
    const test = moderatedHub({ rules })
    const ann = await test.connect({ token: ANN, dialect: 'v1', room: 'den' })
    await connectGuest(test, 'Bob', { room: 'den' })
    const mute = { action: 'mute', target_user: 'Bob' }
    expect(await moderate(test, ann, { ...mute, room: 'den' })).toMatchObject({ event: 'moderated' })
    for (const room of ['lobby', '*'])
      expect(await moderate(test, ann, { ...mute, room })).toMatchObject({ code: 'forbidden' })
  })

  it('MO1: a classic client has commands, and no frame', async () => {
    const test = moderatedHub()
    const root = await test.connect({ token: ROOT })
    const frame = { type: 'moderate', action: 'lock' }
    expect(await answersTo(test, root, frame)).toMatchObject([{ code: 'unknown_type' }])
  })

  it('MO1: only of what can be a room', async () => {
    const test = moderatedHub()
    const root = await connectRoot(test)
    for (const room of ['@me', '@!moderation', 'a b', ''])
      expect([room, await moderate(test, root, { action: 'lock', room })]).toMatchObject([
        room,
        { code: 'invalid_room', field: 'room' },
      ])
  })

  it('MO1: settings are of rooms, so not of the whole server', async () => {
    const test = moderatedHub()
    const root = await connectRoot(test)
    for (const action of ['slow', 'lock', 'read_only', 'delete'])
      expect(await moderate(test, root, { action, room: '*', seq: 1 })).toMatchObject({
        code: 'bad_message',
        field: 'room',
      })
  })
})

describe('who is meant', () => {
  it('MO2: one way to say so, and one that leads to somebody', async () => {
    const test = moderatedHub()
    const root = await connectRoot(test)
    await connectGuest(test, 'Bob')
    const faults: ReadonlyArray<readonly [object, string, string]> = [
      [{ action: 'mute' }, 'bad_message', 'target_user'],
      [{ action: 'mute', target_user: 'Bob', seq: 1 }, 'bad_message', 'target_user'],
      [{ action: 'mute', target_address: '192.0.2.1' }, 'bad_message', 'target_address'],
      [{ action: 'ban', target_address: 'somewhere' }, 'bad_message', 'target_address'],
      [{ action: 'ban', target_address: '203.0.113.1' }, 'forbidden', 'target_address'],
      [{ action: 'kick', target_user: 'Carl' }, 'user_not_found', 'target_user'],
      [{ action: 'ban', target_user: '' }, 'user_not_found', 'target_user'],
      [{ action: 'kick', seq: 7 }, 'not_found', 'seq'],
      [{ action: 'kick', seq: 1, epoch: 'former' }, 'not_found', 'epoch'],
      [{ action: 'mute', target_user: 'Bob', seconds: 0 }, 'bad_message', 'seconds'],
      [{ action: 'mute', target_user: 'Bob', seconds: 315_360_001 }, 'bad_message', 'seconds'],
      [{ action: 'mute', target_user: 'Bob', reason: 'a\nb' }, 'bad_message', 'reason'],
      [{ action: 'mute', target_user: 'Bob', reason: 'x'.repeat(201) }, 'bad_message', 'reason'],
      [{ action: 'wave', target_user: 'Bob' }, 'bad_message', 'action'],
    ]
    for (const [fields, code, field] of faults)
      expect([fields, await moderate(test, root, fields)]).toMatchObject([fields, { code, field }])
  })

  it('MO2: a subject under any name, also when the message was said by who is meant', async () => {
    const test = moderatedHub()
    const root = await connectRoot(test)
    const ann = await test.connect({ token: ANN, dialect: 'v1' })
    await answersTo(test, ann, said('spam'))
    expect(await moderate(test, root, { action: 'ban', seq: 1 })).toMatchObject({
      message: 'Root banned Ann',
    })
    expect(ann.closed).toEqual(BANNED)
    for (const token of [ANN, ANN_RENAMED]) expect((await test.connect({ token })).closed).toEqual(BANNED)
    // Somebody else may be called so, with a token or as a guest.
    expect((await test.connect({ token: fakeToken({ sub: 'u-9', name: 'Ann' }) })).closed).toBeNull()
  })

  it('MO2: a guest by name too, whether here or gone', async () => {
    const test = moderatedHub()
    const root = await connectRoot(test)
    const bob = await connectGuest(test, 'Bob')
    await moderate(test, root, { action: 'ban', target_user: 'bob' })
    expect(bob.closed).toEqual(BANNED)
    expect((await connectGuest(test, 'ＢＯＢ')).closed).toEqual(BANNED)
    expect((await connectGuest(test, 'Bobby')).closed).toBeNull()
    const carl = await connectGuest(test, 'Carl')
    carl.hangUp()
    await test.clock.advance(10_000)
    await moderate(test, root, { action: 'ban', target_user: 'Carl' })
    expect((await connectGuest(test, 'Carl')).closed).toEqual(BANNED)
    for (const target_user of ['Bob', 'Carl']) await moderate(test, root, { action: 'unban', target_user })
    for (const name of ['Bob', 'Carl']) expect((await connectGuest(test, name)).closed).toBeNull()
  })

  it('MO2: never an administrator, who is free of what was said before too', async () => {
    const test = moderatedHub()
    const root = await connectRoot(test)
    const other = fakeToken({ sub: 'u-8', name: 'Eve', admin: true })
    const eve = await test.connect({ token: other })
    const ban = { action: 'ban', target_user: 'Eve' }
    expect(await moderate(test, root, ban)).toMatchObject({ code: 'forbidden', field: 'target_user' })
    eve.hangUp()
    await test.connect({ token: fakeToken({ sub: 'u-8', name: 'Eve' }) })
    expect(await moderate(test, root, ban)).toMatchObject({ event: 'moderated' })
    expect((await test.connect({ token: other })).closed).toBeNull()
  })
})

describe('the answer', () => {
  it('MO3: the same client_id once more is the same act, also when who was meant is gone by then', async () => {
    const test = moderatedHub()
    const root = await connectRoot(test)
    const bob = await connectGuest(test, 'Bob')
    const client_id = randomUUID()
    const kick = { action: 'kick', target_user: 'Bob', client_id }
    const first = await moderate(test, root, kick)
    expect(first).toMatchObject({ type: 'ack', client_id, room: 'lobby', seq: 1, command: true })
    expect(bob.closed).toEqual(KICKED)
    const again = await connectGuest(test, 'Bob')
    expect(await moderate(test, root, { ...kick, client_id: client_id.toUpperCase() })).toEqual({
      ...first,
      client_id: client_id.toUpperCase(),
    })
    expect(again.closed).toBeNull()
    expect(await moderate(test, root, { ...kick, action: 'ban' })).toMatchObject({
      code: 'conflict',
      client_id,
    })
  })

  it('MO3: is known after a restart', async () => {
    const test = moderatedHub()
    const client_id = randomUUID()
    const lock = { action: 'lock', client_id }
    const first = await moderate(test, await connectRoot(test), lock)
    const second = moderatedHub({}, { store: test.store, clock: test.clock })
    expect(await moderate(second, await connectRoot(second), lock)).toEqual(first)
  })
})

describe('mute', () => {
  it('MO4: keeps somebody from writing for its time, and from nothing else', async () => {
    const test = moderatedHub()
    const root = await connectRoot(test)
    const bob = await connectGuest(test, 'Bob')
    await answersTo(test, bob, said('before'))
    await moderate(test, root, { action: 'mute', target_user: 'Bob', seconds: 20, reason: 'Spam' })
    const refusal = {
      code: 'muted',
      room: 'lobby',
      message: 'You are muted for 20 seconds',
      retryable: true,
      retry_after_ms: 20_000,
      until: '2026-01-01T00:00:20.000Z',
    }
    const client_id = randomUUID()
    for (const frame of [
      { ...said('no'), client_id },
      { type: 'edit', seq: 1, message: 'no', client_id },
      { type: 'reaction', seq: 1, emoji: '👍', client_id },
    ])
      expect(await answersTo(test, bob, frame)).toEqual([
        expect.objectContaining({ ...refusal, client_id }) as object,
      ])
    root.news()
    expect(await answersTo(test, bob, { type: 'typing' })).toEqual([])
    await test.clock.advance(2_000)
    expect(root.news().filter(({ type }) => type === 'typing')).toEqual([])
    expect(await answersTo(test, bob, { type: 'delete', seq: 1 })).toMatchObject([{ type: 'delete' }])
    expect(await answersTo(test, bob, { ...said('psst'), target_user: 'Root' })).toMatchObject([
      { type: 'confirmation' },
      { type: 'private' },
    ])
    await test.clock.advance(20_000)
    expect(await answersTo(test, bob, said('after'))).toMatchObject([{ message: 'after' }])
  })

  it('MO4: ends with unmute, and is one room’s unless it is of the server', async () => {
    const test = moderatedHub()
    const root = await connectRoot(test)
    const bob = await connectGuest(test, 'Bob')
    const carl = await connectGuest(test, 'Bob2', { room: 'den' })
    const whisper = { ...said('psst'), target_user: 'Root' }
    await moderate(test, root, { action: 'mute', room: 'den', target_user: 'Bob2' })
    expect(await answersTo(test, bob, said('here'))).toMatchObject([{ message: 'here' }])
    await moderate(test, root, { action: 'unmute', room: 'den', target_user: 'Bob2' })
    expect(await answersTo(test, carl, said('there'))).toMatchObject([{ message: 'there' }])
    await moderate(test, root, { action: 'mute', room: '*', target_user: 'Bob2' })
    for (const frame of [said('no'), whisper])
      expect(await answersTo(test, carl, frame)).toMatchObject([{ code: 'muted' }])
  })

  it('MO4: a further one takes the place of the former', async () => {
    const test = moderatedHub()
    const root = await connectRoot(test)
    const bob = await connectGuest(test, 'Bob')
    for (const seconds of [600, 5])
      await moderate(test, root, { action: 'mute', target_user: 'Bob', seconds })
    await test.clock.advance(6_000)
    expect(await answersTo(test, bob, said('again'))).toMatchObject([{ message: 'again' }])
  })

  it.each(['mute', 'ban'])(
    'MO4, MO5: after a %s nobody speaks under a guest’s name from the anonymous endpoint',
    async (action) => {
      for (const room of ['lobby', '*']) {
        const test = moderatedHub()
        const root = await connectRoot(test)
        const bob = await connectGuest(test, 'Bob')
        await moderate(test, root, { action, room, target_user: 'Bob' })
        bob.hangUp()
        for (const dialect of ['v1', 'classic'] as const) {
          const nobody = await test.connect({ dialect })
          const as = (username: string) => answersTo(test, nobody, { ...said('I am'), username })
          const code = action === 'mute' ? 'muted' : 'banned'
          expect(await as('ＢＯＢ')).toMatchObject([{ type: 'error', code }])
          expect(await as('Bobby')).toMatchObject([{ type: 'message', username: 'Bobby' }])
        }
      }
    },
  )

  it('MO4: holds over HTTP, for a subject and for a guest’s name', async () => {
    const test = moderatedHub()
    const root = await connectRoot(test)
    await moderate(test, root, { action: 'mute', target_user: 'Bob', beforehand: true })
    await test.connect({ token: ANN })
    await moderate(test, root, { action: 'mute', target_user: 'Ann' })
    const publish = async (identity: Identity | null, username?: string): Promise<unknown> => {
      const request = { identity, room: 'lobby', message: 'hi', username }
      const answer = test.hub.publish(request).catch((error: unknown) => error)
      await test.clock.settle()
      return await answer
    }
    expect(await publish(null, 'Bob')).toMatchObject({ code: 'muted', retryAfterMs: 600_000 })
    expect(await publish(await test.hub.identify(ANN))).toMatchObject({ code: 'muted' })
    expect(await publish(null, 'Carl')).toMatchObject({ created: true })
  })
})

describe('kick and ban', () => {
  it('MO5: closes where it is the first room, and is left otherwise', async () => {
    const test = moderatedHub()
    const root = await connectRoot(test)
    const [here, beside] = [
      await connectGuest(test, 'Bob'),
      await connectGuest(test, 'Carl', { room: 'den' }),
    ]
    await answersTo(test, beside, { type: 'join', room: 'lobby' })
    for (const target_user of ['Bob', 'Carl']) await moderate(test, root, { action: 'kick', target_user })
    expect(lastOf(here)).toMatchObject({
      code: 'kicked',
      room: 'lobby',
      message: 'You were removed from the room',
    })
    expect(here.closed).toEqual(KICKED)
    expect(beside.all().slice(-2)).toMatchObject([
      { type: 'error', code: 'kicked', room: 'lobby' },
      { type: 'confirmation', event: 'left', room: 'lobby' },
    ])
    expect(beside.closed).toBeNull()
    expect(await answersTo(test, beside, { ...said('x'), room: 'lobby' })).toMatchObject([
      { code: 'not_in_room' },
    ])
    expect(await answersTo(test, beside, { type: 'join', room: 'lobby' })).toMatchObject([
      { event: 'welcome' },
    ])
    expect(root.all().filter(({ event }) => event === 'leave')).toHaveLength(2)
  })

  it('MO5: a ban keeps out of one room, and its listeners too, for its time', async () => {
    const test = moderatedHub()
    const root = await connectRoot(test)
    const ann = await test.connect({ token: ANN, dialect: 'v1', room: 'den', lang: 'en' })
    await moderate(test, root, { action: 'ban', room: 'den', target_user: 'Ann', seconds: 20 })
    const until = '2026-01-01T00:00:20.000Z'
    expect(lastOf(ann)).toMatchObject({
      code: 'banned',
      room: 'den',
      until,
      message: 'You are banned for 20 seconds',
    })
    expect(ann.closed).toEqual(BANNED)
    expect((await test.connect({ token: ANN, room: 'den' })).closed).toEqual(BANNED)
    const elsewhere = await test.connect({ token: ANN, dialect: 'v1' })
    expect(await answersTo(test, elsewhere, { type: 'join', room: 'den' })).toMatchObject([
      { code: 'banned', room: 'den', until },
    ])
    const identity = await test.hub.identify(ANN)
    await expect(async () => test.hub.members('den', identity)).rejects.toMatchObject({ code: 'banned' })
    await test.clock.advance(20_000)
    expect(await answersTo(test, elsewhere, { type: 'join', room: 'den' })).toMatchObject([
      { event: 'welcome' },
    ])
  })

  it('MO5: from the server it is answered alike on every endpoint and over HTTP', async () => {
    const test = moderatedHub()
    const root = await connectRoot(test)
    const ann = await test.connect({ token: ANN, room: 'den' })
    await moderate(test, root, { action: 'ban', room: '*', target_user: 'Ann' })
    expect(ann.closed).toEqual(BANNED)
    const echo = new MemorySocket(test.encoder)
    test.hub.attach(echo, {
      endpoint: 'echo',
      address: '192.0.2.7',
      echoPrefix: '',
      shown: { token: ANN, ticket: null, awaitsToken: false },
    })
    await test.clock.settle()
    expect(echo.closed).toEqual(BANNED)
    for (const dialect of ['classic', 'v1'] as const) {
      const again = await test.connect({ token: ANN, dialect })
      expect(again.all()).toMatchObject([{ type: 'error', code: 'banned' }])
      expect(again.closed).toEqual(BANNED)
    }
    await expect(test.hub.identify(ANN)).rejects.toMatchObject({ code: 'banned' })
    await moderate(test, root, { action: 'unban', room: '*', target_user: 'Ann' })
    expect(await test.hub.identify(ANN)).toMatchObject({ name: 'Ann' })
  })

  it('MO5: holds at once for whoever shows on a living connection that they are no administrator any more', async () => {
    const test = moderatedHub()
    const root = await connectRoot(test)
    await test.connect({ token: ANN, dialect: 'v1' })
    await moderate(test, root, { action: 'ban', room: 'den', target_user: 'Ann' })
    const admin = fakeToken({ sub: 'u-1', name: 'Ann', admin: true })
    const asAdmin = () => test.connect({ token: admin, dialect: 'v1', room: 'hall' })
    const auth = { type: 'auth', token: ANN }
    const ann = await asAdmin()
    await answersTo(test, ann, { type: 'join', room: 'den' })
    expect(await answersTo(test, ann, auth)).toMatchObject([
      { type: 'error', code: 'banned', room: 'den' },
      { type: 'confirmation', event: 'left', room: 'den' },
      { type: 'confirmation', event: 'authenticated' },
    ])
    expect(ann.closed).toBeNull()
    await moderate(test, root, { action: 'ban', room: '*', target_user: 'Ann' })
    expect(ann.closed).toEqual(BANNED)
    const again = await asAdmin()
    expect(again.closed).toBeNull()
    const answers = await answersTo(test, again, auth)
    expect(answers.map(({ code, room }) => [code, room])).toEqual([['banned', undefined]])
    expect(again.closed).toEqual(BANNED)
  })
})
