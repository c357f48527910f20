import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  answersTo,
  connectGuest,
  connectRoot,
  moderate,
  moderatedHub,
  ROOT,
  said,
} from '../../../testing/moderation.ts'

describe('slow mode', () => {
  it('MO6: one message of each in so many seconds, and a moderator is free of it', async () => {
    const test = moderatedHub()
    const root = await connectRoot(test)
    const [bob, carl] = [await connectGuest(test, 'Bob'), await connectGuest(test, 'Carl')]
    await moderate(test, root, { action: 'slow', seconds: 20 })
    expect(await answersTo(test, bob, said('one'))).toMatchObject([{ message: 'one' }])
    await test.clock.advance(5_000)
    const client_id = randomUUID()
    expect(await answersTo(test, bob, { ...said('two'), client_id })).toMatchObject([
      { code: 'slow_mode', room: 'lobby', client_id, retry_after_ms: 15_000, retryable: true },
    ])
    expect(await answersTo(test, carl, said('mine'))).toMatchObject([{ message: 'mine' }])
    for (const text of ['a', 'b'])
      expect(await answersTo(test, root, said(text))).toMatchObject([{ message: text }])
    await test.clock.advance(15_000)
    expect(await answersTo(test, bob, said('two'))).toMatchObject([{ message: 'two' }])
    await moderate(test, root, { action: 'slow', seconds: 0 })
    expect(await answersTo(test, bob, said('three'))).toMatchObject([{ message: 'three' }])
  })

  it('MO6: is one room’s, ten seconds by itself, an hour at most', async () => {
    const test = moderatedHub()
    const root = await connectRoot(test)
    const bob = await connectGuest(test, 'Bob', { room: 'den' })
    await moderate(test, root, { action: 'slow' })
    for (const text of ['a', 'b'])
      expect(await answersTo(test, bob, said(text))).toMatchObject([{ message: text }])
    await answersTo(test, bob, { type: 'join', room: 'lobby' })
    for (const expected of [{ message: 'c' }, { code: 'slow_mode', retry_after_ms: 10_000 }])
      expect(await answersTo(test, bob, { ...said('c'), room: 'lobby' })).toMatchObject([expected])
    expect(await moderate(test, root, { action: 'slow', seconds: 3_601 })).toMatchObject({ field: 'seconds' })
  })

  it('MO6: what is not stored takes no turn, and over HTTP it counts too', async () => {
    const test = moderatedHub()
    const root = await connectRoot(test)
    const bob = await connectGuest(test, 'Bob')
    await moderate(test, root, { action: 'slow' })
    const { append } = test.store
    test.store.append = () => Promise.reject(new Error('away'))
    expect(await answersTo(test, bob, said('one'))).toMatchObject([{ code: 'unavailable' }])
    test.store.append = append
    expect(await answersTo(test, bob, said('one'))).toMatchObject([{ message: 'one' }])
    const publish = async (): Promise<unknown> => {
      const request = { identity: null, room: 'lobby', message: 'hi', username: 'Carl' }
      const answer = test.hub.publish(request).catch((error: unknown) => error)
      await test.clock.settle()
      return await answer
    }
    expect(await publish()).toMatchObject({ created: true })
    expect(await publish()).toMatchObject({ code: 'slow_mode', retryAfterMs: 10_000 })
  })
})

describe('lock and read-only', () => {
  it('MO7: lets nobody new in, and whoever is in go on', async () => {
    const test = moderatedHub()
    const root = await connectRoot(test)
    const bob = await connectGuest(test, 'Bob')
    const elsewhere = await connectGuest(test, 'Carl', { room: 'den' })
    await moderate(test, root, { action: 'lock' })
    const late = await connectGuest(test, 'Dan')
    expect(late.all()).toMatchObject([{ code: 'locked', room: 'lobby' }])
    expect(late.closed).toEqual({ code: 4504, reason: 'Room locked' })
    expect(await answersTo(test, elsewhere, { type: 'join', room: 'lobby' })).toMatchObject([
      { code: 'locked', room: 'lobby' },
    ])
    const resumeToken = String(bob.all()[0]?.['resume_token'])
    const second = await connectGuest(test, 'Bob', { resumeToken })
    expect(second.closed).toBeNull()
    expect(await answersTo(test, bob, said('still here'))).toMatchObject([{ message: 'still here' }])
    expect((await connectRoot(test)).closed).toBeNull()
    await moderate(test, root, { action: 'unlock' })
    expect((await connectGuest(test, 'Dan')).closed).toBeNull()
  })

  it('MO7: lets only moderators write in a room that is read-only', async () => {
    const test = moderatedHub()
    const root = await connectRoot(test)
    const bob = await connectGuest(test, 'Bob')
    await answersTo(test, bob, said('before'))
    await moderate(test, root, { action: 'read_only' })
    for (const frame of [
      said('no'),
      { type: 'edit', seq: 1, message: 'no' },
      { type: 'reaction', seq: 1, emoji: '👍' },
    ])
      expect(await answersTo(test, bob, frame)).toMatchObject([{ code: 'read_only', room: 'lobby' }])
    expect(await answersTo(test, root, said('yes'))).toMatchObject([{ message: 'yes' }])
    await moderate(test, root, { action: 'writable' })
    expect(await answersTo(test, bob, said('after'))).toMatchObject([{ message: 'after' }])
  })
})

describe('delete', () => {
  it('MO8: takes the text of anybody out of the log, of anonymous ones too', async () => {
    const test = moderatedHub()
    const root = await connectRoot(test)
    const [bob, nobody] = [await connectGuest(test, 'Bob'), await test.connect()]
    await answersTo(test, bob, said('secret'))
    await answersTo(test, nobody, said('secret'))
    await answersTo(test, bob, { type: 'edit', seq: 1, message: 'secret' })
    bob.news()
    for (const seq of [1, 2]) {
      expect(await moderate(test, root, { action: 'delete', seq })).toMatchObject({
        message: `Root deleted message ${seq}`,
      })
      expect(bob.news()).toMatchObject([{ type: 'delete', username: 'Root', target: { seq } }])
    }
    const { entries } = await test.hub.history('lobby', { after: 0 }, 100)
    expect(JSON.stringify(entries)).not.toContain('secret')
    expect(entries.map(({ type }) => type)).toEqual(['message', 'message', 'edit', 'delete', 'delete'])
    const late = await connectGuest(test, 'Late')
    const since = { epoch: test.hub.epoch, seq: 0 }
    const resumed = await answersTo(test, late, { type: 'join', room: 'lobby', since })
    expect(JSON.stringify(resumed)).not.toContain('secret')
    expect(resumed).toHaveLength(6)
  })

  it('MO8: of what is not there is not found, and is in no audit trail', async () => {
    const test = moderatedHub()
    const root = await connectRoot(test)
    expect(await moderate(test, root, { action: 'delete', seq: 1 })).toMatchObject({
      code: 'not_found',
      field: 'seq',
    })
    expect(await moderate(test, root, { action: 'delete' })).toMatchObject({
      code: 'bad_message',
      field: 'seq',
    })
    expect((await test.hub.moderation('lobby', 100, 10, await test.hub.identify(ROOT))).acts).toEqual([])
  })

  it('MO8: a repeat deletes once', async () => {
    const test = moderatedHub()
    const root = await connectRoot(test)
    await answersTo(test, await connectGuest(test, 'Bob'), said('secret'))
    const deletion = { action: 'delete', seq: 1, client_id: randomUUID() }
    const first = await moderate(test, root, deletion)
    expect(await moderate(test, root, deletion)).toEqual(first)
    expect((await test.hub.history('lobby', { after: 0 }, 100)).head_seq).toBe(2)
  })
})

describe('what is told', () => {
  it('MO9: the room is told in the words of each dialect and language', async () => {
    const test = moderatedHub()
    const root = await connectRoot(test)
    const chinese = await test.connect({ username: 'Zoe', dialect: 'v1' })
    const [classic, english] = [await test.connect(), await test.connect({ lang: 'en' })]
    const outside = await connectGuest(test, 'Far', { room: 'den' })
    await connectGuest(test, 'Bob')
    for (const socket of [chinese, classic, english, outside]) socket.news()
    await moderate(test, root, { action: 'mute', target_user: 'Bob', seconds: 600, reason: ' Spam ' })
    const act = {
      type: 'moderation',
      room: 'lobby',
      action: 'mute',
      username: 'Bob',
      by: 'Root',
      seconds: 600,
      until: '2026-01-01T00:10:00.000Z',
      reason: 'Spam',
      timestamp: '2026-01-01T00:00:00.000Z',
    }
    expect(chinese.news()).toEqual([{ ...act, message: 'Root 將 Bob 禁言 10 分鐘：Spam' }])
    const system = { type: 'system', event: 'moderation', room: 'lobby' }
    expect(classic.news()).toEqual([{ ...system, message: 'Root 將 Bob 禁言 10 分鐘：Spam' }])
    expect(english.news()).toEqual([{ ...system, message: 'Root muted Bob for 10 minutes: Spam' }])
    expect(outside.news()).toEqual([])
  })

  it('MO9: of what holds on the whole server, the rooms in which whoever is meant is', async () => {
    const test = moderatedHub()
    const root = await connectRoot(test)
    const [bob, beside] = [
      await connectGuest(test, 'Bob', { room: 'den' }),
      await connectGuest(test, 'Eve', { room: 'den' }),
    ]
    for (const socket of [root, bob, beside]) socket.news()
    await moderate(test, root, { action: 'mute', room: '*', target_user: 'Bob' })
    const notice = { type: 'moderation', room: 'den', action: 'mute', everywhere: true }
    const message = 'Root muted Bob for 10 minutes (on the whole server)'
    expect(bob.news()).toMatchObject([{ ...notice, message }])
    expect(beside.news()).toMatchObject([{ ...notice, message }])
    expect(root.news().filter(({ type }) => type === 'moderation')).toEqual([])
  })

  it('MO10: the welcome says how the room may be used', async () => {
    const test = moderatedHub()
    const root = await connectRoot(test)
    expect(root.all()[0]).toMatchObject({ moderation: { may_moderate: true } })
    const bob = await connectGuest(test, 'Bob')
    expect(bob.all()[0]).not.toHaveProperty('moderation')
    await moderate(test, root, { action: 'slow', seconds: 30 })
    await moderate(test, root, { action: 'read_only' })
    await moderate(test, root, { action: 'mute', target_user: 'Bob', seconds: 60 })
    expect(await answersTo(test, bob, { type: 'join', room: 'lobby' })).toMatchObject([
      {
        moderation: {
          slow_seconds: 30,
          read_only: true,
          muted: true,
          muted_until: '2026-01-01T00:01:00.000Z',
        },
      },
    ])
    await moderate(test, root, { action: 'lock' })
    expect((await connectRoot(test)).all()[0]).toMatchObject({
      moderation: { may_moderate: true, slow_seconds: 30, read_only: true, locked: true },
    })
    expect((await test.connect({ token: ROOT })).all()[0]).not.toHaveProperty('moderation')
  })
})

describe('commands', () => {
  it('MO11: are done and not said, in both dialects', async () => {
    const test = moderatedHub()
    const classic = await test.connect({ token: ROOT, lang: 'en' })
    const bob = await connectGuest(test, 'Bob')
    await connectGuest(test, 'Bob Smith')
    bob.news()
    const texts = [
      ['/mute Bob 90s too loud', 'Root muted Bob for 90 seconds: too loud'],
      ['/MUTE @Bob', 'Root muted Bob for 10 minutes'],
      ['/unmute Bob', 'Root lifted the mute of Bob'],
      ['/slow 1m', 'Root turned slow mode on: one message every 1 minute'],
      ['/slow off', 'Root turned slow mode off'],
      ['/lock', 'Root locked the room: nobody new is let in'],
      ['/unlock', 'Root unlocked the room'],
      ['/readonly', 'Root made the room read-only'],
      ['/writable', 'Root opened the room for messages again'],
      ['/mute “Bob Smith” 90s', 'Root muted Bob Smith for 90 seconds'],
      ['/unmute 「Bob Smith」 "sorry"', 'Root lifted the mute of Bob Smith: "sorry"'],
      ['/kick "Bob Smith" enough', 'Root removed Bob Smith from the room: enough'],
      ['/ban --everywhere --address Bob 7d', 'Root banned Bob for 7 days (on the whole server)'],
      ['/unban --everywhere Bob', 'Root lifted the ban of Bob (on the whole server)'],
    ] as const
    for (const [text, message] of texts)
      expect([text, await answersTo(test, classic, said(text))]).toMatchObject([
        text,
        expect.arrayContaining([expect.objectContaining({ event: 'moderated', message }) as object]),
      ])
    expect(bob.closed?.code).toBe(4503)
    expect(bob.all().some(({ type }) => type === 'message')).toBe(false)
    expect((await test.hub.history('lobby', { after: 0 }, 10)).head_seq).toBe(0)
  })

  it('MO11: with a client_id are acknowledged as done', async () => {
    const test = moderatedHub()
    const root = await connectRoot(test)
    await answersTo(test, root, said('x'))
    const client_id = randomUUID()
    const answers = await answersTo(test, root, { ...said('/delete 1'), client_id })
    expect(answers).toContainEqual(expect.objectContaining({ type: 'ack', client_id, seq: 1, command: true }))
    const refused = await answersTo(test, root, { ...said('/kick Nobody'), client_id: randomUUID() })
    expect(refused).toMatchObject([{ code: 'user_not_found', target_user: 'Nobody' }])
  })

  it('MO11: that are not written as they must be are refused with their usage', async () => {
    const test = moderatedHub()
    const root = await connectRoot(test)
    for (const text of [
      '/mute',
      '/kick ',
      '/slow often',
      '/slow 9999999999s',
      '/lock now',
      '/delete x',
      '/ban --address',
      '/ban Bob 10min rude',
      '/ban Bob 0s',
      '/mute Bob 10M',
      '/mute Bob 1.5h',
      '/mute Bob １０m',
      '/kick Bob 10m',
      '/mute "Bob 10m',
      '/mute “Bob 10m',
      '/mute Bob "Smith 10m',
    ])
      expect([text, await answersTo(test, root, said(text))]).toMatchObject([
        text,
        [{ code: 'bad_message', field: 'message', message: expect.stringContaining('Usage: /') as string }],
      ])
  })

  it('MO11: are text for everybody else, and behind any other word', async () => {
    const test = moderatedHub()
    const root = await connectRoot(test)
    const bob = await connectGuest(test, 'Bob')
    expect(await answersTo(test, bob, said('/mute Root'))).toMatchObject([{ message: '/mute Root' }])
    for (const text of ['/shrug', '//mute Bob', ' /mute Bob', '/mutes Bob', '/constructor Bob'])
      expect(await answersTo(test, root, said(text))).toMatchObject([{ message: text }])
    const whisper = { ...said('/mute Bob'), target_user: 'Bob' }
    expect(await answersTo(test, root, whisper)).toMatchObject([
      { event: 'private_sent' },
      { type: 'private' },
    ])
  })
})
