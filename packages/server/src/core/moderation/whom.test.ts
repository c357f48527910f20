/** Whom an act is about: nobody themself, nobody else by mistake, and nobody who would not feel it. */
import { describe, expect, it } from 'vitest'
import { fakeToken } from '../../../testing/fake-auth.ts'
import {
  answersTo,
  connectGuest,
  connectRoot,
  moderate,
  moderatedHub,
  ROOT,
  said,
} from '../../../testing/moderation.ts'
import type { TestHub } from '../../../testing/test-hub.ts'
import { Refusal } from '../../ports/service.ts'

const MOD = fakeToken({ sub: 'u-5', name: 'Mod' })
const MOD_RENAMED = fakeToken({ sub: 'u-5', name: 'Moddy' })
const CAROL = fakeToken({ sub: 'u-6', name: 'Carol' })
const RULES = [
  { rooms: ['*'], who: { subject: 'u-5' }, may: ['join', 'read', 'write', 'moderate'] as const },
  { rooms: ['*'], who: 'everyone' as const, may: ['join', 'read', 'write'] as const },
]
const BANNED = { code: 4503, reason: 'Banned' }
const MODS_ADDRESS = '203.0.113.9'

/** Over HTTP, for whoever has this token; the code of the refusal where it is refused. */
async function asked(
  test: TestHub,
  action: 'mute' | 'unmute' | 'ban' | 'unban' | 'slow',
  fields: { target_user?: string; target_address?: string } = {},
  token = MOD,
): Promise<unknown> {
  const answer = test.hub
    .identify(token, MODS_ADDRESS)
    .then((identity) => test.hub.moderate({ action, room: 'lobby', ...fields }, identity, MODS_ADDRESS))
    .then(
      ({ created }) => created,
      (error: unknown) => (error instanceof Refusal ? error.code : error),
    )
  await test.clock.settle()
  return answer
}

describe('a moderator', () => {
  it('MO1: who is banned moderates that room no more, neither over HTTP nor from another room', async () => {
    const test = moderatedHub({ rules: RULES })
    const root = await connectRoot(test)
    await connectGuest(test, 'Bob')
    const mod = await test.connect({ token: MOD, dialect: 'v1', room: 'den' })
    expect(await moderate(test, mod, { action: 'slow', room: 'lobby' })).toMatchObject({ event: 'moderated' })
    await moderate(test, root, { action: 'ban', target_user: 'Mod' })
    expect(mod.closed).toBeNull()
    for (const fields of [{ action: 'slow' }, { action: 'mute', target_user: 'Bob' }])
      expect(await moderate(test, mod, { ...fields, room: 'lobby' })).toMatchObject({
        code: 'banned',
        field: 'room',
      })
    mod.hangUp()
    await test.clock.advance(10_000)
    for (const token of [MOD, MOD_RENAMED]) {
      expect(await asked(test, 'unban', { target_user: 'Mod' }, token)).toBe('banned')
      expect(await asked(test, 'slow', {}, token)).toBe('banned')
      const identity = await test.hub.identify(token)
      const trail = async () => test.hub.moderation('lobby', Infinity, 10, identity, null)
      await expect(trail).rejects.toMatchObject({ code: 'banned' })
    }
    const identity = await test.hub.identify(ROOT)
    const asks = { identity, room: 'lobby', subject: 'u-5', issuer: identity?.issuer }
    expect((await test.hub.explain(asks)).may).toEqual([])
  })

  it('MO1: who is muted does not end it, away from every connection and under another name too', async () => {
    const test = moderatedHub({ rules: RULES })
    const root = await connectRoot(test)
    const mod = await test.connect({ token: MOD, dialect: 'v1' })
    await moderate(test, root, { action: 'mute', target_user: 'Mod' })
    mod.hangUp()
    await test.clock.advance(10_000)
    for (const token of [MOD, MOD_RENAMED]) {
      expect(await asked(test, 'unmute', { target_user: 'ＭＯＤ' }, token)).toBe('forbidden')
      expect(await asked(test, 'unmute', { target_user: 'Bob' }, token)).toBe('not_found')
    }
    const again = await test.connect({ token: MOD, dialect: 'v1' })
    expect(await answersTo(test, again, said('free?'))).toMatchObject([{ code: 'muted' }])
    await moderate(test, root, { action: 'unmute', target_user: 'Mod' })
    expect(await answersTo(test, again, said('free'))).toMatchObject([{ message: 'free' }])
  })

  it('MO1: neither bans nor unbans the address where they are, which an administrator may', async () => {
    const test = moderatedHub({ rules: RULES })
    for (const action of ['ban', 'unban'] as const)
      for (const target_address of [MODS_ADDRESS, `::ffff:${MODS_ADDRESS}`])
        expect(await asked(test, action, { target_address })).toBe('forbidden')
    const root = await connectRoot(test)
    await moderate(test, root, { action: 'ban', target_address: MODS_ADDRESS })
    expect(await asked(test, 'unban', { target_address: MODS_ADDRESS }, ROOT)).toBe(true)
    expect(await asked(test, 'unban', { target_address: MODS_ADDRESS }, ROOT)).toBe('not_found')
    expect(await asked(test, 'ban', { target_address: MODS_ADDRESS }, ROOT)).toBe('forbidden')
  })
})

describe('whoever is meant', () => {
  it('MO13: who took the name of somebody that left, and said nothing, keeps their address', async () => {
    for (const endpoint of ['named', 'nameless'] as const) {
      const test = moderatedHub()
      const root = await connectRoot(test)
      const spammer = { dialect: 'v1', address: '192.0.2.1' } as const
      const bad =
        endpoint === 'named' ? await connectGuest(test, 'Spam', spammer) : await test.connect(spammer)
      await answersTo(test, bad, { ...said('buy'), ...(endpoint === 'nameless' && { username: 'Spam' }) })
      bad.hangUp()
      await test.clock.advance(15_000)
      const innocent = await connectGuest(test, 'Spam', { address: '192.0.2.9' })
      innocent.hangUp()
      await test.clock.advance(15_000)
      expect(
        await moderate(test, root, { action: 'ban', target_user: 'Spam', with_address: true }),
      ).toMatchObject({ event: 'moderated' })
      expect((await connectGuest(test, 'Ann', { address: '192.0.2.1' })).closed).toEqual(BANNED)
      expect((await connectGuest(test, 'Ben', { address: '192.0.2.9' })).closed).toBeNull()
    }
  })

  it('MO2: an address that cannot be banned is told why, and one that is none too', async () => {
    const test = moderatedHub()
    const root = await connectRoot(test)
    for (const [target_address, why] of [
      ['127.0.0.1', 'an address of the machine'],
      ['::1', 'an address of the machine'],
      ['192.0.2.0/24', 'A single IP address'],
      ['example.org', 'A single IP address'],
    ] as const)
      expect(await moderate(test, root, { action: 'ban', target_address })).toMatchObject({
        code: 'bad_message',
        field: 'target_address',
        message: expect.stringContaining(why) as string,
      })
  })

  it('MO5: reads why they were put out or banned, as the room does', async () => {
    const test = moderatedHub()
    const root = await connectRoot(test)
    const [bob, cid] = [await connectGuest(test, 'Bob'), await connectGuest(test, 'Cid')]
    await moderate(test, root, { action: 'kick', target_user: 'Bob', reason: 'Spam' })
    expect(bob.all().at(-1)).toMatchObject({
      code: 'kicked',
      message: 'You were removed from the room: Spam',
      reason: 'Spam',
    })
    await moderate(test, root, { action: 'ban', target_user: 'Cid', reason: 'Spam' })
    expect(cid.all().at(-1)).toMatchObject({
      code: 'banned',
      message: 'You are banned: Spam',
      reason: 'Spam',
    })
    const again = await test.connect({ username: 'Cid', dialect: 'v1', lang: 'zh-Hant' })
    expect(again.all()).toMatchObject([{ code: 'banned', message: '你已被封鎖：Spam', reason: 'Spam' }])
  })

  it('MO2: a bearer who is away is not found by name, where nobody would be meant, and by what they said is', async () => {
    const test = moderatedHub()
    const root = await connectRoot(test)
    const carol = await test.connect({ token: CAROL, dialect: 'v1' })
    await answersTo(test, carol, said('spam'))
    carol.hangUp()
    await test.clock.advance(10_000)
    for (const action of ['mute', 'ban'])
      expect(await moderate(test, root, { action, target_user: 'carol' })).toMatchObject({
        code: 'user_not_found',
        field: 'target_user',
      })
    expect(await moderate(test, root, { action: 'ban', seq: 1 })).toMatchObject({ event: 'moderated' })
    expect((await test.connect({ token: CAROL })).closed).toEqual(BANNED)
    await moderate(test, root, { action: 'unban', target_user: 'Carol' })
    expect((await test.connect({ token: CAROL })).closed).toBeNull()
  })

  it('MO2: the author of what was said without a name is nobody, and under a claimed name is that guest', async () => {
    const test = moderatedHub()
    const root = await connectRoot(test)
    const nobody = await test.connect({ dialect: 'v1' })
    await answersTo(test, nobody, said('spam'))
    await answersTo(test, nobody, { ...said('spam'), username: 'Bob' })
    expect(await moderate(test, root, { action: 'ban', seq: 1, with_address: true })).toMatchObject({
      code: 'user_not_found',
      field: 'seq',
    })
    expect(await moderate(test, root, { action: 'mute', seq: 2 })).toMatchObject({
      message: 'Root muted Bob for 10 minutes',
    })
    expect(await answersTo(test, nobody, { ...said('spam'), username: 'Bob' })).toMatchObject([
      { code: 'muted' },
    ])
  })
})

describe('an address', () => {
  it('MO5: that is banned from a room reads nothing of it over HTTP', async () => {
    const test = moderatedHub()
    const root = await connectRoot(test)
    await moderate(test, root, { action: 'ban', room: 'den', target_address: '203.0.113.50' })
    const { hub } = test
    const reads = (address: string) => [
      async () => hub.status('den', null, address),
      async () => hub.members('den', null, address),
      async () => hub.history('den', { after: 0 }, 10, null, address),
    ]
    for (const read of reads('203.0.113.50')) await expect(read).rejects.toMatchObject({ code: 'banned' })
    for (const read of reads('203.0.113.51')) await read()
    expect(hub.members('lobby', null, '203.0.113.50')).toMatchObject({ room: 'lobby' })
  })

  it('MO13: is one in every spelling, and what is none is refused', async () => {
    for (const [target_address, address] of [
      ['::ffff:203.0.113.50', '203.0.113.50'],
      ['::FFFF:cb00:7132', '203.0.113.50'],
      ['203.0.113.50', '::ffff:cb00:7132'],
      ['2001:DB8:0::1', '2001:db8::ffff:2'],
    ] as const) {
      const test = moderatedHub()
      const root = await connectRoot(test)
      expect(await moderate(test, root, { action: 'ban', target_address })).toMatchObject({
        event: 'moderated',
      })
      expect((await connectGuest(test, 'Bob', { address })).closed).toEqual(BANNED)
      for (const other of ['203.0.113.51', '::1', '2001:db8:0:1::1'])
        expect((await test.connect({ address: other })).closed, other).toBeNull()
    }
    const test = moderatedHub()
    const root = await connectRoot(test)
    for (const target_address of [
      '999.1.1.1',
      '203.0.113.050',
      '1:2:3',
      'Bob',
      '127.0.0.1',
      '::1',
      '::ffff:127.0.0.1',
    ])
      expect(await moderate(test, root, { action: 'ban', target_address })).toMatchObject({
        code: 'bad_message',
        field: 'target_address',
      })
  })

  it('MO13: that the moderator has too, or the machine itself, is not banned with a person', async () => {
    for (const address of ['203.0.113.1', '127.0.0.1', '::1', '198.51.100.4']) {
      const test = moderatedHub({ rules: RULES })
      const mod = await test.connect({ token: MOD, dialect: 'v1', address: '203.0.113.1' })
      const eve = await connectGuest(test, 'Eve', { address })
      await moderate(test, mod, { action: 'ban', target_user: 'Eve', with_address: true })
      await test.clock.settle()
      expect(eve.closed).toEqual(BANNED)
      expect(mod.closed).toBeNull()
      const isBanned = (await connectGuest(test, 'Fay', { address })).closed !== null
      expect(isBanned, address).toBe(address === '198.51.100.4')
    }
  })
})
