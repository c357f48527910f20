import { describe, expect, it } from 'vitest'
import { fakeAuth, fakeToken } from '../../../testing/fake-auth.ts'
import { ManualClock } from '../../../testing/manual-clock.ts'
import {
  connectGuest,
  connectRoot,
  answersTo,
  moderate,
  moderatedHub,
  ROOT,
  said,
} from '../../../testing/moderation.ts'
import { createTestCluster } from '../../../testing/test-cluster.ts'
import { createMemoryStore } from '../../adapters/memory-store.ts'
import { StoreUnavailable } from '../../ports/store.ts'
import { ownEntry } from '../own-entry.ts'
import { type Line, MODERATION_LOG } from './acts.ts'
import { MAX_SANCTIONS, MAX_SANCTIONS_OF_ROOM } from './moderation.ts'

const BANNED = { code: 4503, reason: 'Banned' }
const ANN = fakeToken({ sub: 'u-1', name: 'Ann' })

/** What some acts would have written, by somebody on another server. */
function entryOf(line: Line, at: number, id: string) {
  return ownEntry(
    { log: MODERATION_LOG, id, at, text: JSON.stringify(line) },
    { name: 'Root', person: '~root' },
  )
}

const muteOf = (i: number) =>
  ({
    action: 'mute',
    room: `r${i}`,
    name: null,
    marks: [`p:${i}`],
    withAddress: false,
    seconds: 60,
    reason: '',
    about: null,
    id: `x-${i}`,
    seq: 1,
    at: Date.UTC(2026, 0, 1),
    by: 'Root',
    byPerson: null,
  }) as const

describe('the audit trail', () => {
  it('MO12: tells who did what, newest first and page by page, to those who may moderate', async () => {
    const test = moderatedHub()
    const root = await connectRoot(test)
    await connectGuest(test, 'Bob')
    await moderate(test, root, { action: 'mute', target_user: 'Bob', seconds: 60, reason: 'Spam' })
    await moderate(test, root, { action: 'lock', room: 'den' })
    await moderate(test, root, { action: 'slow', seconds: 30 })
    await moderate(test, root, { action: 'ban', room: '*', target_address: '192.0.2.9' })
    const identity = await test.hub.identify(ROOT)
    const page = await test.hub.moderation('lobby', Number.MAX_SAFE_INTEGER, 1, identity)
    expect(page).toMatchObject({
      room: 'lobby',
      slow_seconds: 30,
      locked: false,
      read_only: false,
      next_before: 3,
    })
    expect(page.acts).toEqual([
      expect.objectContaining({ seq: 3, action: 'slow', by: 'Root', seconds: 30 }) as object,
    ])
    const mute = {
      seq: 1,
      action: 'mute',
      username: 'Bob',
      by: 'Root',
      timestamp: '2026-01-01T00:00:00.000Z',
      seconds: 60,
      until: '2026-01-01T00:01:00.000Z',
      reason: 'Spam',
    }
    expect(page.sanctions).toMatchObject([mute])
    const next = await test.hub.moderation('lobby', 3, 10, identity)
    expect(next).toMatchObject({ acts: [mute], next_before: null })
    expect(await test.hub.moderation('*', 100, 10, identity)).toMatchObject({
      acts: [{ seq: 4, action: 'ban', by_address: true }],
      sanctions: [{ seq: 4 }],
    })
    await test.clock.advance(60_000)
    expect((await test.hub.moderation('lobby', 100, 10, identity)).sanctions).toEqual([])
    for (const [room, who] of [
      ['lobby', null],
      ['*', await test.hub.identify(ANN)],
    ] as const)
      await expect(test.hub.moderation(room, 100, 10, who)).rejects.toMatchObject({ code: 'forbidden' })
  })

  it('MO12: what is asked for over HTTP is done, once', async () => {
    const test = moderatedHub()
    await test.clock.settle()
    const ann = await test.connect({ token: ANN, room: 'den' })
    const identity = await test.hub.identify(ROOT)
    const client_id = '6f9b1c5e-0000-4000-8000-000000000000'
    const ban = { action: 'ban', room: 'den', target_user: 'Ann', seconds: 60, client_id } as const
    const ask = async (): Promise<unknown> => {
      const answer = test.hub.moderate(ban, identity, null).catch((error: unknown) => error)
      await test.clock.settle()
      return await answer
    }
    expect(await ask()).toMatchObject({ seq: 1, room: 'den', action: 'ban', username: 'Ann', created: true })
    expect(ann.closed).toEqual(BANNED)
    expect(await ask()).toMatchObject({ seq: 1, created: false })
    for (const [room, who, code] of [
      ['den', null, 'forbidden'],
      ['*', null, 'forbidden'],
      ['no room', identity, 'invalid_room'],
    ] as const)
      await expect(test.hub.moderate({ ...ban, room }, who, null)).rejects.toMatchObject({ code })
  })

  it('ER2: what is asked for over HTTP is refused in the language of whoever asks', async () => {
    const test = moderatedHub()
    await test.clock.settle()
    const identity = await test.hub.identify(ROOT)
    const refusal = async (lang: 'en' | 'zh-Hant', ask: object): Promise<unknown> => {
      const service = test.hub.inLanguage(lang)
      const request = { action: 'ban', room: '*', ...ask } as const
      const answer = service.moderate(request, identity, null).catch(({ message }: Error) => message)
      await test.clock.settle()
      return await answer
    }
    for (const ask of [{}, { target_user: 'Nobody', action: 'kick' }, { room: 'no/room' }]) {
      expect(await refusal('en', ask)).toMatch(/^[ -~]+$/)
      expect(await refusal('zh-Hant', ask)).toMatch(/\p{Script=Han}/u)
    }
  })
})

describe('addresses', () => {
  it('MO13: are banned by themselves, IPv6 by its first 64 bits, for those without a name too', async () => {
    const test = moderatedHub()
    const root = await connectRoot(test)
    const inside = await test.connect({ address: '2001:db8:1:2::7' })
    const addresses = ['192.0.2.9', '2001:db8:1:2:ffff::1']
    for (const target_address of addresses)
      await moderate(test, root, { action: 'ban', room: '*', target_address })
    expect(inside.closed).toEqual(BANNED)
    for (const address of ['192.0.2.9', '2001:db8:1:2::8'])
      expect((await test.connect({ address })).closed).toEqual(BANNED)
    for (const address of ['192.0.2.8', '2001:db8:1:3::8'])
      expect((await test.connect({ address })).closed).toBeNull()
    await expect(test.hub.identify(null, '192.0.2.9')).rejects.toMatchObject({ code: 'banned' })
    for (const target_address of addresses)
      await moderate(test, root, { action: 'unban', room: '*', target_address })
    expect((await test.connect({ address: '192.0.2.9' })).closed).toBeNull()
  })

  it('MO13: go with the person, and stand nowhere in the log', async () => {
    const test = moderatedHub()
    const root = await connectRoot(test)
    const bob = await connectGuest(test, 'Bob', { address: '192.0.2.77' })
    await moderate(test, root, { action: 'ban', target_user: 'Bob', with_address: true })
    expect(bob.closed).toEqual(BANNED)
    expect((await connectGuest(test, 'Bill', { address: '192.0.2.77' })).closed).toEqual(BANNED)
    const log = JSON.stringify(await test.store.read(MODERATION_LOG, { after: 0 }, 100))
    expect(log).toContain('a:')
    expect(log).not.toContain('192.0')
    await moderate(test, root, { action: 'unban', target_user: 'Bob' })
    expect((await connectGuest(test, 'Bill', { address: '192.0.2.77' })).closed).toBeNull()
  })
})

describe('on all nodes', () => {
  it('MO5, MO14: reaches those on every node, and what only their node knows of them is added', async () => {
    const cluster = createTestCluster({}, (clock) => fakeAuth(clock, true))
    const [n1, n2, n3] = cluster.nodes
    await cluster.clock.settle()
    const root = await connectRoot(n1)
    const [ann, bob] = [
      await n2.connect({ token: ANN, dialect: 'v1' }),
      await connectGuest(n3, 'Bob', { address: '192.0.2.5' }),
    ]
    await moderate(n1, root, { action: 'ban', room: '*', target_user: 'Ann' })
    await moderate(n1, root, { action: 'ban', target_user: 'Bob', with_address: true })
    await cluster.clock.settle()
    for (const socket of [ann, bob]) expect(socket.closed).toEqual(BANNED)
    // Under another name, and from the same address.
    expect((await n1.connect({ token: fakeToken({ sub: 'u-1', name: 'Anna' }) })).closed).toEqual(BANNED)
    expect((await connectGuest(n2, 'Bill', { address: '192.0.2.5' })).closed).toEqual(BANNED)
  })

  it('MO5, MO14: also when no hint tells of it, within 5 s', async () => {
    const cluster = createTestCluster({}, (clock) => fakeAuth(clock, true))
    const [n1, , n3] = cluster.nodes
    const bob = await connectGuest(n3, 'Bob')
    const at = cluster.clock.now()
    const doing = { ...muteOf(0), action: 'ban', room: 'lobby', marks: ['n:bob'], seconds: null } as const
    await n1.store.append([entryOf({ act: doing }, at, 'x-1')])
    expect(bob.closed).toBeNull()
    await cluster.clock.advance(5_000)
    expect(bob.closed).toEqual(BANNED)
  })

  it('MO6: what was said on another node takes the turn here', async () => {
    const cluster = createTestCluster({}, (clock) => fakeAuth(clock, true))
    const [n1, n2, n3] = cluster.nodes
    await cluster.clock.settle()
    const root = await connectRoot(n1)
    await moderate(n1, root, { action: 'slow', seconds: 30 })
    const first = await n2.connect({ token: ANN, dialect: 'v1' })
    const second = await n3.connect({ token: ANN, dialect: 'v1' })
    await answersTo(n2, first, said('one'))
    await cluster.clock.settle()
    expect(await answersTo(n3, second, said('two'))).toMatchObject([{ code: 'slow_mode' }])
  })
})

describe('what lasts', () => {
  it('MO14: holds after a restart, and nobody is let in before it is known', async () => {
    const store = createMemoryStore()
    const first = moderatedHub({}, { store })
    const root = await connectRoot(first)
    await moderate(first, root, { action: 'ban', target_user: 'Bob', beforehand: true })
    await moderate(first, root, { action: 'read_only' })
    const { read } = store
    store.read = () => Promise.reject(new StoreUnavailable('away'))
    const second = moderatedHub({}, { store, clock: first.clock })
    const early = await connectGuest(second, 'Carl')
    await second.clock.advance(3_500)
    expect(early.all()[0]).toMatchObject({ code: 'unavailable' })
    expect(early.closed?.code).toBe(1013)
    store.read = read
    await second.clock.advance(1_500)
    expect((await connectGuest(second, 'Bob')).closed).toEqual(BANNED)
    const carl = await connectGuest(second, 'Carl')
    expect(await answersTo(second, carl, said('no'))).toMatchObject([{ code: 'read_only' }])
  })

  it('MO14: outlives the retention of messages, and what was lifted stays lifted', async () => {
    const store = createMemoryStore()
    const options = { retentionMs: 60_000, retentionEntries: 100, heartbeatTimeoutMs: 1_000_000 }
    const first = moderatedHub(options, { store })
    const root = await connectRoot(first)
    for (const target_user of ['Bob', 'Carl'])
      await moderate(first, root, { action: 'ban', target_user, beforehand: true })
    await first.clock.advance(120_000)
    await moderate(first, root, { action: 'unban', target_user: 'Carl' })
    await first.clock.advance(120_000)
    expect((await store.firsts([MODERATION_LOG]))[0]).toBeGreaterThan(3)
    expect((await store.heads([MODERATION_LOG]))[0]).toBeLessThan(20)
    const second = moderatedHub(options, { store, clock: first.clock })
    await second.clock.settle()
    expect((await connectGuest(second, 'Bob')).closed).toEqual(BANNED)
    expect((await connectGuest(second, 'Carl')).closed).toBeNull()
  })

  it('MO14: what is written once more does not bring back what was lifted meanwhile', async () => {
    const store = createMemoryStore()
    const clock = new ManualClock()
    const at = clock.now()
    const ban = {
      ...muteOf(0),
      action: 'ban',
      room: 'lobby',
      name: 'Bob',
      marks: ['n:bob'],
      seconds: null,
    } as const
    await store.append([
      entryOf({ act: ban }, at, 'x-0'),
      entryOf({ act: { ...ban, action: 'unban' } }, at, 'x-1'),
      // By a node that had not heard of that yet.
      entryOf({ lasting: [ban] }, at, 'x-2'),
    ])
    const test = moderatedHub({}, { store, clock })
    await clock.settle()
    expect((await connectGuest(test, 'Bob')).closed).toBeNull()
  })

  it('MO14: who moderates a room has a share of what is kept, and administrators have more', async () => {
    const store = createMemoryStore()
    const clock = new ManualClock()
    const acts = Array.from({ length: MAX_SANCTIONS_OF_ROOM }, (_, i) => ({ ...muteOf(i), room: 'lobby' }))
    await store.append([entryOf({ lasting: acts }, clock.now(), 'x-1')])
    const test = moderatedHub({}, { store, clock })
    const token = fakeToken({
      sub: 'u-5',
      name: 'Mod',
      rooms: { '*': ['join', 'read', 'write', 'moderate'] },
    })
    const mod = await test.connect({ token, dialect: 'v1', lang: 'en' })
    const mute = { action: 'mute', target_user: 'Bob', room: 'lobby', beforehand: true }
    expect(await moderate(test, mod, mute)).toMatchObject({ code: 'too_many_sanctions' })
    expect(await moderate(test, mod, { ...mute, room: 'elsewhere' })).toMatchObject({ event: 'moderated' })
    expect(await moderate(test, await connectRoot(test), mute)).toMatchObject({ event: 'moderated' })
  })

  it('MO14: beyond so many one more is refused until some are over', async () => {
    const store = createMemoryStore()
    const clock = new ManualClock()
    const acts = Array.from({ length: MAX_SANCTIONS }, (_, i) => muteOf(i))
    await store.append([entryOf({ lasting: acts }, clock.now(), 'x-1')])
    const test = moderatedHub({ heartbeatTimeoutMs: 100_000 }, { store, clock })
    const root = await connectRoot(test)
    const mute = { action: 'mute', target_user: 'Bob', beforehand: true }
    expect(await moderate(test, root, mute)).toMatchObject({ code: 'too_many_sanctions' })
    expect(await moderate(test, root, { action: 'unlock' })).toMatchObject({ event: 'moderated' })
    await clock.advance(60_000)
    expect(await moderate(test, root, mute)).toMatchObject({ event: 'moderated' })
  })
})
