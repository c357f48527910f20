/** Whoever has no name of their own: known by the address alone, and not free of what holds for others. */
import { describe, expect, it } from 'vitest'
import { fakeAuth, fakeToken } from '../../../testing/fake-auth.ts'
import {
  answersTo,
  connectGuest,
  connectRoot,
  moderate,
  moderatedHub,
  said,
} from '../../../testing/moderation.ts'
import { createTestCluster } from '../../../testing/test-cluster.ts'
import type { TestHub } from '../../../testing/test-hub.ts'

const ADDRESS = '192.0.2.5'
const BANNED = { code: 4503, reason: 'Banned' }
const ANN = fakeToken({ sub: 'u-1', name: 'Ann' })

/** Says something over HTTP; the code of the refusal where it is refused. */
async function published(
  test: TestHub,
  {
    token = null,
    username,
    address = ADDRESS,
  }: { token?: string | null; username?: string | undefined; address?: string },
): Promise<unknown> {
  const answer = test.hub
    .identify(token, address)
    .then((identity) => test.hub.publish({ identity, address, room: 'lobby', message: 'hi', username }))
    .then(
      ({ seq }) => seq,
      (error: unknown) => (error as { code?: unknown }).code ?? error,
    )
  await test.clock.settle()
  return await answer
}

describe('the author of what was said without a name', () => {
  it('MO2: is muted by the address, and everybody else from there goes on', async () => {
    const test = moderatedHub()
    const root = await connectRoot(test)
    const nobody = await test.connect({ dialect: 'v1', address: ADDRESS })
    const named = await connectGuest(test, 'Bob', { address: ADDRESS })
    await answersTo(test, nobody, said('spam'))
    expect(await moderate(test, root, { action: 'mute', seq: 1 })).toMatchObject({
      message: 'Root muted an address for 10 minutes',
    })
    const again = await test.connect({ dialect: 'v1', address: ADDRESS })
    expect(again.all()[0]).toMatchObject({ moderation: { muted: true } })
    for (const socket of [nobody, again])
      for (const username of [undefined, 'Zed'])
        expect(await answersTo(test, socket, { ...said('spam'), username })).toMatchObject([
          { code: 'muted' },
        ])
    expect(await published(test, { username: 'Zed' })).toBe('muted')
    expect(await published(test, { username: 'Zed', address: '192.0.2.6' })).toBe(2)
    expect(await answersTo(test, named, said('fine'))).toMatchObject([{ message: 'fine' }])
    const log = JSON.stringify(await test.store.read('@!moderation', { after: 0 }, 100))
    expect(log).not.toContain('192.0')
    expect(await moderate(test, root, { action: 'unmute', seq: 1 })).toMatchObject({ event: 'moderated' })
    expect(await answersTo(test, nobody, said('fine'))).toMatchObject([{ message: 'fine' }])
    expect(await moderate(test, root, { action: 'unmute', seq: 1 })).toMatchObject({ code: 'not_found' })
  })

  it('MO2: is banned, put out and found again on whichever node, also when they are gone', async () => {
    const cluster = createTestCluster({}, (clock) => fakeAuth(clock, true))
    const [n1, n2, n3] = cluster.nodes
    const root = await connectRoot(n1)
    const nobody = await n3.connect({ dialect: 'v1', address: ADDRESS })
    await answersTo(n3, nobody, said('spam'))
    expect(await moderate(n1, root, { action: 'kick', seq: 1 })).toMatchObject({ event: 'moderated' })
    await cluster.clock.settle()
    expect(nobody.closed).toEqual({ code: 4501, reason: 'Kicked or revoked' })
    await cluster.clock.advance(10_000)
    expect(await moderate(n1, root, { action: 'ban', seq: 1 })).toMatchObject({
      message: 'Root banned an address',
    })
    for (const node of [n2, n3]) expect((await node.connect({ address: ADDRESS })).closed).toEqual(BANNED)
    expect(await published(n2, {})).toBe('banned')
    expect((await n2.connect({ address: '192.0.2.6' })).closed).toBeNull()
  })

  it('MO2: who published over HTTP is known too, and with a claimed name by both', async () => {
    const test = moderatedHub()
    const root = await connectRoot(test)
    expect(await published(test, {})).toBe(1)
    expect(await published(test, { username: 'Zed', address: '192.0.2.6' })).toBe(2)
    expect(await moderate(test, root, { action: 'ban', seq: 1 })).toMatchObject({ event: 'moderated' })
    const both = { action: 'ban', seq: 2, with_address: true }
    expect(await moderate(test, root, both)).toMatchObject({ message: 'Root banned Zed' })
    for (const address of [ADDRESS, '192.0.2.6'])
      expect((await test.connect({ address })).closed).toEqual(BANNED)
    expect((await connectGuest(test, 'Zed')).closed).toEqual(BANNED)
  })

  it('MO2: under a claimed name is known by the address as well, and goes on under none', async () => {
    const test = moderatedHub()
    const root = await connectRoot(test)
    const nobody = await test.connect({ dialect: 'v1', address: ADDRESS, lang: 'en' })
    const elsewhere = await test.connect({ dialect: 'v1', address: '192.0.2.6' })
    const claiming = (username: string) => ({ ...said('spam'), username })
    await answersTo(test, nobody, claiming('Zed'))
    expect(await moderate(test, root, { action: 'mute', seq: 1 })).toMatchObject({
      message: 'Root muted Zed for 10 minutes',
    })
    for (const name of ['Zed', 'Zee', 'Anonymous'])
      expect(await answersTo(test, nobody, claiming(name))).toMatchObject([{ code: 'muted' }])
    expect(await answersTo(test, elsewhere, claiming('Zee'))).toMatchObject([{ username: 'Zee' }])
    expect(await moderate(test, root, { action: 'unmute', target_user: 'Zed' })).toMatchObject({
      event: 'moderated',
    })
    expect(await answersTo(test, nobody, claiming('Zee'))).toMatchObject([{ username: 'Zee' }])
    const zed = await connectGuest(test, 'Zed', { address: '192.0.2.6' })
    await moderate(test, root, { action: 'kick', seq: 1, reason: 'Spam' })
    expect(nobody.closed?.code).toBe(4501)
    expect(nobody.all().at(-1)).toMatchObject({ message: 'You were removed from the room: Spam' })
    expect([zed.closed, elsewhere.closed]).toEqual([null, null])
    await moderate(test, root, { action: 'ban', seq: 1 })
    expect((await test.connect({ address: ADDRESS })).closed).toEqual(BANNED)
  })

  it('MO2: under a claimed name is that name alone at the address of the moderator or the machine', async () => {
    const test = moderatedHub()
    const root = await connectRoot(test)
    for (const [i, address] of ['203.0.113.1', '127.0.0.1'].entries()) {
      const nobody = await test.connect({ dialect: 'v1', address })
      await answersTo(test, nobody, { ...said('spam'), username: 'Zed' })
      const seq = 2 * i + 1
      expect(await moderate(test, root, { action: 'kick', seq })).toMatchObject({ field: 'seq' })
      await moderate(test, root, { action: 'mute', seq })
      expect(await answersTo(test, nobody, { ...said('spam'), username: 'Zed' })).toMatchObject([
        { code: 'muted' },
      ])
      expect(await answersTo(test, nobody, said('fine'))).toMatchObject([{ message: 'fine' }])
      await moderate(test, root, { action: 'unmute', seq })
    }
  })

  it('MO2: is nobody when the address is not known any more, or the machine’s own, or the moderator’s', async () => {
    const test = moderatedHub()
    const root = await connectRoot(test)
    await answersTo(test, await test.connect({ dialect: 'v1', address: '127.0.0.1' }), said('spam'))
    await answersTo(test, await test.connect({ dialect: 'v1', address: '203.0.113.1' }), said('spam'))
    await answersTo(test, await test.connect({ dialect: 'v1', address: ADDRESS }), said('spam'))
    const later = moderatedHub({}, { store: test.store, clock: test.clock })
    const again = await connectRoot(later)
    for (const action of ['mute', 'ban', 'kick']) {
      expect(await moderate(test, root, { action, seq: 1 })).toMatchObject({
        code: 'user_not_found',
        field: 'seq',
      })
      expect(await moderate(test, root, { action, seq: 2 })).toMatchObject({
        code: 'forbidden',
        field: 'seq',
      })
      expect(await moderate(later, again, { action, seq: 3 })).toMatchObject({ code: 'user_not_found' })
    }
  })
})

describe('slow mode', () => {
  it('MO6: counts whoever has no name by the address, whichever name they claim, over HTTP too', async () => {
    const test = moderatedHub()
    const root = await connectRoot(test)
    await moderate(test, root, { action: 'slow', seconds: 20 })
    const [first, second] = [
      await test.connect({ dialect: 'v1', address: ADDRESS }),
      await test.connect({ dialect: 'v1', address: ADDRESS }),
    ]
    expect(await answersTo(test, first, said('one'))).toMatchObject([{ message: 'one' }])
    for (const socket of [first, second])
      for (const username of [undefined, 'Zed'])
        expect(await answersTo(test, socket, { ...said('two'), username })).toMatchObject([
          { code: 'slow_mode', retry_after_ms: 20_000 },
        ])
    for (const username of [undefined, 'Zed', 'Yak'])
      expect(await published(test, { username })).toBe('slow_mode')
    expect(await published(test, { username: 'Zed', address: '192.0.2.6' })).toBe(2)
    expect(await published(test, { token: ANN })).toBe(3)
    await test.clock.advance(20_000)
    expect(await answersTo(test, second, said('two'))).toMatchObject([{ message: 'two' }])
  })

  it('MO6: counts each connection where addresses tell nothing', async () => {
    const test = moderatedHub()
    const root = await connectRoot(test)
    await moderate(test, root, { action: 'slow', seconds: 20 })
    for (let i = 0; i < 2; i++) {
      const socket = await test.connect({ dialect: 'v1', address: '127.0.0.1' })
      expect(await answersTo(test, socket, said('one'))).toMatchObject([{ message: 'one' }])
      expect(await answersTo(test, socket, said('two'))).toMatchObject([{ code: 'slow_mode' }])
    }
  })

  it('MO6: counts a guest by the name, whoever comes under it, on whichever endpoint and node', async () => {
    const cluster = createTestCluster({}, (clock) => fakeAuth(clock, true))
    const [n1, n2] = cluster.nodes
    const root = await connectRoot(n1)
    await moderate(n1, root, { action: 'slow', seconds: 60 })
    const eve = await connectGuest(n1, 'Eve', { address: '192.0.2.7' })
    expect(await answersTo(n1, eve, said('one'))).toMatchObject([{ message: 'one' }])
    eve.hangUp()
    await cluster.clock.advance(15_000)
    for (const [node, address] of [
      [n1, '127.0.0.1'],
      [n1, ADDRESS],
      [n2, ADDRESS],
    ] as const) {
      const again = await connectGuest(node, 'Ｅve', { address })
      expect(await answersTo(node, again, said('two'))).toMatchObject([{ code: 'slow_mode' }])
      const edit = { type: 'edit', seq: 1, message: 'uno' }
      expect(await answersTo(node, again, edit)).toMatchObject([{ code: 'slow_mode' }])
      again.hangUp()
      await cluster.clock.advance(11_000)
      const nobody = await node.connect({ dialect: 'v1', address })
      const claimed = { ...said('two'), username: 'Eve' }
      expect(await answersTo(node, nobody, claimed)).toMatchObject([{ code: 'slow_mode' }])
      expect(await published(node, { username: 'eve', address })).toBe('slow_mode')
      nobody.hangUp()
    }
  })

  it('MO6: counts guests by the address too until they have been here for as long', async () => {
    const test = moderatedHub()
    const root = await connectRoot(test)
    const known = await Promise.all(
      ['Ann', 'Ben'].map((name) => connectGuest(test, name, { address: ADDRESS })),
    )
    await test.clock.advance(20_000)
    await moderate(test, root, { action: 'slow', seconds: 20 })
    const fresh = await connectGuest(test, 'Cid', { address: ADDRESS })
    const other = await connectGuest(test, 'Dan', { address: ADDRESS })
    expect(await answersTo(test, fresh, said('hi'))).toMatchObject([{ message: 'hi' }])
    expect(await answersTo(test, other, said('hi'))).toMatchObject([{ code: 'slow_mode' }])
    const nobody = await test.connect({ dialect: 'v1', address: ADDRESS })
    expect(await answersTo(test, nobody, said('hi'))).toMatchObject([{ code: 'slow_mode' }])
    for (const socket of known)
      expect(await answersTo(test, socket, said('hi'))).toMatchObject([{ message: 'hi' }])
    await test.clock.advance(20_000)
    for (const socket of [fresh, other, nobody, ...known])
      expect(await answersTo(test, socket, said('ho'))).toMatchObject([{ message: 'ho' }])
  })

  it('MO6: an edit takes a turn, unless nothing comes of it', async () => {
    const cluster = createTestCluster({}, (clock) => fakeAuth(clock, true))
    const [n1, n2] = cluster.nodes
    const root = await connectRoot(n1)
    const ann = await n1.connect({ token: ANN, dialect: 'v1' })
    const elsewhere = await n2.connect({ token: ANN, dialect: 'v1' })
    await answersTo(n1, ann, said('one'))
    await answersTo(n1, root, said('mine'))
    await moderate(n1, root, { action: 'slow', seconds: 20 })
    await cluster.clock.settle()
    const edit = (seq: number) => ({ type: 'edit', seq, message: 'uno' })
    expect(await answersTo(n1, ann, edit(2))).toMatchObject([{ code: 'forbidden' }])
    expect(await answersTo(n1, ann, edit(1))).toMatchObject([{ type: 'edit' }])
    await cluster.clock.settle()
    for (const frame of [said('two'), edit(1)]) {
      expect(await answersTo(n1, ann, frame)).toMatchObject([{ code: 'slow_mode' }])
      expect(await answersTo(n2, elsewhere, frame)).toMatchObject([{ code: 'slow_mode' }])
    }
    expect(await answersTo(n1, ann, { type: 'reaction', seq: 1, emoji: '👍' })).toMatchObject([
      { type: 'reaction' },
    ])
    expect(await answersTo(n1, root, edit(2))).toMatchObject([{ type: 'edit' }])
  })
})

describe('a locked room', () => {
  it('MO7: is published in over HTTP by those who are in it, and by moderators', async () => {
    const test = moderatedHub()
    const root = await connectRoot(test)
    await moderate(test, root, { action: 'lock' })
    for (const request of [{ token: ANN }, { username: 'Zed' }, {}])
      expect(await published(test, request)).toBe('locked')
    await moderate(test, root, { action: 'unlock' })
    await test.connect({ token: ANN, dialect: 'v1' })
    await moderate(test, root, { action: 'lock' })
    expect(await published(test, { token: ANN })).toBe(1)
    expect(await published(test, { token: fakeToken({ sub: 'u-0', name: 'Root', admin: true }) })).toBe(2)
    await moderate(test, root, { action: 'read_only' })
    expect(await published(test, { token: ANN })).toBe('read_only')
  })
})

describe('a bearer who is away', () => {
  it('MO2: is banned from the whole server by what they said in a room', async () => {
    const test = moderatedHub()
    const root = await connectRoot(test)
    const ann = await test.connect({ token: ANN, dialect: 'v1', room: 'den', address: ADDRESS })
    await answersTo(test, ann, said('spam'))
    ann.hangUp()
    await test.clock.advance(10_000)
    const ban = { action: 'ban', room: '*', seq: 1, with_address: true }
    expect(await moderate(test, root, ban)).toMatchObject({ code: 'not_found', field: 'seq' })
    for (const said_in of ['no room', '*'])
      expect(await moderate(test, root, { ...ban, said_in })).toMatchObject({ field: 'said_in' })
    expect(await moderate(test, root, { ...ban, room: 'den', said_in: 'den' })).toMatchObject({
      field: 'said_in',
    })
    expect(await moderate(test, root, { ...ban, said_in: 'den' })).toMatchObject({
      message: 'Root banned Ann (on the whole server)',
    })
    const audit = await test.hub.moderation(
      '*',
      100,
      1,
      await test.hub.identify(fakeToken({ sub: 'u-0', name: 'Root', admin: true })),
    )
    expect(audit.sanctions).toMatchObject([{ message_seq: 1, said_in: 'den' }])
    const renamed = fakeToken({ sub: 'u-1', name: 'Anna' })
    for (const token of [ANN, renamed]) expect((await test.connect({ token })).closed).toEqual(BANNED)
    expect((await connectGuest(test, 'Bill', { address: ADDRESS })).closed).toEqual(BANNED)
    const unban = { action: 'unban', room: '*', seq: 1, said_in: 'den' }
    expect(await moderate(test, root, unban)).toMatchObject({ event: 'moderated' })
    expect((await test.connect({ token: ANN })).closed).toBeNull()
  })
})

describe('the list of rooms', () => {
  it('MO5: leaves out a room for whoever is banned there, by token or address', async () => {
    const test = moderatedHub()
    const root = await connectRoot(test, 'den')
    await answersTo(test, root, said('hello'))
    await connectGuest(test, 'Bob', { room: 'empty' })
    const ann = await test.connect({ token: ANN })
    for (const room of ['den', 'empty']) {
      await moderate(test, root, { action: 'ban', room, target_user: 'Ann' })
      await moderate(test, root, { action: 'ban', room, target_address: ADDRESS })
    }
    const identity = await test.hub.identify(ANN)
    const listed = async (who: typeof identity, address: string | null) =>
      (await test.hub.rooms('', 10, who, address)).rooms.map(({ room }) => room)
    expect(ann.closed).toBeNull()
    expect(await listed(identity, null)).toEqual(['lobby'])
    expect(await listed(null, ADDRESS)).toEqual(['lobby'])
    expect(await listed(null, '192.0.2.6')).toEqual(['den', 'empty', 'lobby'])
    await moderate(test, root, { action: 'unban', room: 'den', target_user: 'Ann' })
    expect(await listed(identity, null)).toEqual(['den', 'lobby'])
  })
})
