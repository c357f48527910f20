/** Who is known here, so that nothing is announced as done that was done to nobody. */
import { describe, expect, it } from 'vitest'
import { fakeAuth, fakeToken } from '../../../testing/fake-auth.ts'
import type { MemorySocket } from '../../../testing/memory-socket.ts'
import {
  answersTo,
  connectGuest,
  connectRoot,
  moderate,
  moderatedHub,
  ROOT,
  said,
} from '../../../testing/moderation.ts'
import { createTestCluster } from '../../../testing/test-cluster.ts'
import type { TestHub } from '../../../testing/test-hub.ts'

const BANNED = { code: 4503, reason: 'Banned' }
const CAROL = fakeToken({ sub: 'u-6', name: 'Carol' })

/** Ends the connection, and waits until nobody counts as being here still. */
async function leaves({ clock }: Pick<TestHub, 'clock'>, socket: MemorySocket): Promise<void> {
  socket.hangUp()
  await clock.advance(10_000)
}

async function trailOf(test: TestHub, room = 'lobby') {
  return (await test.hub.moderation(room, 100, 10, await test.hub.identify(ROOT))).acts
}

describe('a name', () => {
  it('MO2: that nobody has had is refused, told to nobody and not in the audit trail', async () => {
    const test = moderatedHub()
    const root = await connectRoot(test)
    const bob = await connectGuest(test, 'Bob')
    bob.news()
    for (const room of ['lobby', '*'])
      for (const action of ['mute', 'ban', 'kick', 'unmute', 'unban'])
        expect(await moderate(test, root, { action, room, target_user: 'Bobb' })).toMatchObject({
          code: action.startsWith('un') ? 'not_found' : 'user_not_found',
          field: 'target_user',
        })
    expect(await moderate(test, root, { action: 'mute', target_user: 'Bobb' })).toMatchObject({
      message: 'Nobody called Bobb has been here',
    })
    const asked = { action: 'ban', room: 'lobby', target_user: 'Bobb' } as const
    const identity = await test.hub.identify(ROOT)
    await expect(test.hub.moderate(asked, identity, null)).rejects.toMatchObject({ code: 'user_not_found' })
    expect(bob.news()).toEqual([])
    expect(await trailOf(test)).toEqual([])
  })

  it('MO2: is taken beforehand when that is asked for, but for that of a bearer who is away', async () => {
    const test = moderatedHub()
    const root = await connectRoot(test)
    const ban = { action: 'ban', target_user: 'Bobb', beforehand: true }
    expect(await moderate(test, root, ban)).toMatchObject({ message: 'Root banned Bobb' })
    expect((await connectGuest(test, 'Bobb')).closed).toEqual(BANNED)
    await leaves(test, await test.connect({ token: CAROL }))
    expect(await moderate(test, root, { ...ban, target_user: 'Carol' })).toMatchObject({
      code: 'user_not_found',
    })
  })

  it('MO2: of a guest who was here and has left counts, whatever they did', async () => {
    const test = moderatedHub()
    const root = await connectRoot(test)
    await leaves(test, await connectGuest(test, 'Silent'))
    const loud = await connectGuest(test, 'Loud')
    await answersTo(test, loud, said('hello'))
    const nobody = await test.connect({ dialect: 'v1' })
    await answersTo(test, nobody, { ...said('hello'), username: 'Claimed' })
    const later = moderatedHub({}, { store: test.store, clock: test.clock })
    const again = await connectRoot(later)
    for (const [at, socket, name, isKnown] of [
      [test, root, 'Silent', true],
      [later, again, 'Silent', false],
      [later, again, 'Loud', true],
      [later, again, 'claimed', true],
    ] as const)
      expect([name, await moderate(at, socket, { action: 'ban', target_user: name })]).toMatchObject([
        name,
        isKnown ? { event: 'moderated' } : { code: 'user_not_found' },
      ])
    expect((await connectGuest(later, 'Loud')).closed).toEqual(BANNED)
    const everywhere = { action: 'ban', room: '*', target_user: 'Loud' }
    expect(await moderate(later, again, everywhere)).toMatchObject({ event: 'moderated' })
  })

  it('MO2: of a guest who has left another node counts, and what a node has just lifted is known', async () => {
    const cluster = createTestCluster({}, (clock) => fakeAuth(clock, true))
    const [n1, n2, n3] = cluster.nodes
    const root = await connectRoot(n1)
    const other = await connectRoot(n2)
    const bob = await connectGuest(n3, 'Bob', { address: '192.0.2.5' })
    await leaves(cluster, bob)
    expect(await moderate(n1, root, { action: 'ban', room: 'den', target_user: 'Bobb' })).toMatchObject({
      code: 'user_not_found',
    })
    const ban = { action: 'ban', room: 'den', target_user: 'bob', with_address: true }
    expect(await moderate(n1, root, ban)).toMatchObject({ event: 'moderated' })
    expect((await connectGuest(n2, 'Bill', { room: 'den', address: '192.0.2.5' })).closed).toEqual(BANNED)
    const unban = { action: 'unban', room: 'den', target_user: 'Bob' }
    expect(await moderate(n2, other, unban)).toMatchObject({ event: 'moderated' })
    expect(await moderate(n1, root, unban)).toMatchObject({ code: 'not_found' })
  })

  it('MO2: is refused in time when a node does not answer', async () => {
    const cluster = createTestCluster({}, (clock) => fakeAuth(clock, true))
    const [n1, , n3] = cluster.nodes
    const root = await connectRoot(n1)
    await cluster.clock.advance(2_000)
    await n3.hub.stop('shutdown')
    root.news()
    root.say({ type: 'moderate', action: 'ban', target_user: 'Bobb' })
    await cluster.clock.advance(4_000)
    expect(root.news()).toMatchObject([{ code: 'user_not_found' }])
  })
})

describe('an address of somebody who is away', () => {
  it('MO13: is banned when it is known, and otherwise the refusal says so', async () => {
    const test = moderatedHub()
    const root = await connectRoot(test)
    const bob = await connectGuest(test, 'Bob', { address: '192.0.2.5' })
    await answersTo(test, bob, said('hello'))
    await leaves(test, bob)
    const later = moderatedHub({}, { store: test.store, clock: test.clock })
    const again = await connectRoot(later)
    const ban = { action: 'ban', target_user: 'Bob', with_address: true }
    expect(await moderate(later, again, ban)).toMatchObject({ code: 'not_found', field: 'with_address' })
    expect(await answersTo(later, again, said('/ban --address Bob'))).toMatchObject([{ code: 'not_found' }])
    expect(await trailOf(later)).toEqual([])
    expect(await moderate(test, root, ban)).toMatchObject({ event: 'moderated' })
    expect((await connectGuest(test, 'Bill', { address: '192.0.2.5' })).closed).toEqual(BANNED)
    expect((await connectGuest(test, 'Bill')).closed).toBeNull()
  })
})

describe('commands', () => {
  it('MO11: a name of several words is understood without quotes when somebody is called so', async () => {
    const test = moderatedHub()
    const root = await connectRoot(test)
    await connectGuest(test, '小 明')
    await leaves(test, await connectGuest(test, 'Mary Ann Lee'))
    const texts = [
      ['/mute 小 明', 'Root muted 小 明 for 10 minutes'],
      ['/mute @小 明 90s too loud', 'Root muted 小 明 for 90 seconds: too loud'],
      ['/unmute 小 明', 'Root lifted the mute of 小 明'],
      ['/ban Mary Ann Lee 7d', 'Root banned Mary Ann Lee for 7 days'],
      ['/unban mary ann lee sorry', 'Root lifted the ban of mary ann lee: sorry'],
    ] as const
    for (const [text, message] of texts)
      expect([text, await answersTo(test, root, said(text))]).toMatchObject([
        text,
        expect.arrayContaining([expect.objectContaining({ event: 'moderated', message }) as object]),
      ])
  })

  it('MO11: what names nobody, or may name two, is refused with the way to write it', async () => {
    const test = moderatedHub()
    const root = await connectRoot(test)
    for (const name of ['Bob', 'Bob Smith']) await connectGuest(test, name)
    const hint = 'Nobody called 小 has been here; put a name of several words in quotation marks'
    expect(await answersTo(test, root, said('/mute 小 明'))).toMatchObject([
      { code: 'user_not_found', target_user: '小', message: hint },
    ])
    expect(await answersTo(test, root, said('/mute Bob Smith'))).toMatchObject([
      { code: 'bad_message', message: 'This may mean "Bob" or "Bob Smith": put the name in quotation marks' },
    ])
    for (const [text, name] of [
      ['/mute "Bob" Smith', 'Bob'],
      ['/mute "Bob Smith"', 'Bob Smith'],
      ['/mute Bob spam', 'Bob'],
    ] as const)
      expect(await answersTo(test, root, said(text))).toContainEqual(
        expect.objectContaining({ type: 'moderation', username: name }),
      )
    // What looks like a time is none unless somebody is called so.
    expect(await answersTo(test, root, said('/mute Bob 10min'))).toMatchObject([{ code: 'bad_message' }])
    await connectGuest(test, 'Bob 10min')
    expect(await answersTo(test, root, said('/mute Bob 10min'))).toContainEqual(
      expect.objectContaining({ type: 'moderation', username: 'Bob 10min' }),
    )
  })
})
