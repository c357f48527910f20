import { describe, expect, it } from 'vitest'
import { fakeAuth, fakeToken } from '../../testing/fake-auth.ts'
import { ManualClock } from '../../testing/manual-clock.ts'
import { MemorySocket } from '../../testing/memory-socket.ts'
import { createTestHub } from '../../testing/test-hub.ts'
import type { Rule } from '../ports/permissions.ts'

const KICKED = { code: 4501, reason: 'Kicked or revoked' }
const annWith = (rooms: object): string => fakeToken({ sub: 'u-1', name: 'Ann', rooms })

function guarded(rules: readonly Rule[] = []) {
  const own = new ManualClock()
  return createTestHub({ rules }, { clock: own, auth: fakeAuth(own, true) })
}

describe('a permission that is taken away', () => {
  it('PE8: with a fresh token puts its bearer out of the room, with the reason and as one who has left', async () => {
    const test = guarded()
    const ann = await test.connect({ token: annWith({}), dialect: 'v1' })
    ann.say({ type: 'join', room: 'class-1' })
    await test.clock.settle()
    const bob = await test.connect({ username: 'Bob', room: 'class-1', dialect: 'v1' })
    ann.news()
    bob.news()
    ann.say({ type: 'auth', token: annWith({ 'class-*': ['join'] }) })
    await test.clock.settle()
    expect(ann.news()).toMatchObject([
      { type: 'error', code: 'forbidden', field: 'room', room: 'class-1' },
      { type: 'confirmation', event: 'left', room: 'class-1' },
      { type: 'confirmation', event: 'authenticated' },
    ])
    expect(bob.news()).toMatchObject([{ event: 'leave', username: 'Ann', connected_count: 1 }])
    bob.say({ message: 'secret', room: 'class-1' })
    await test.clock.settle()
    expect(ann.news()).toEqual([])
    ann.say({ message: 'hi', room: 'lobby' })
    await test.clock.settle()
    expect(ann.news()).toMatchObject([{ type: 'message', room: 'lobby' }])
  })

  it('PE8: out of the room that it came for it goes with 4501, and a stream of events too', async () => {
    const test = guarded()
    const guest = await test.connect({ username: 'Gus', room: 'a', dialect: 'v1' })
    const other = await test.connect({ username: 'Bob', room: 'b', dialect: 'v1' })
    const reader = new MemorySocket(test.encoder)
    reader.events = test.hub.attach(reader, {
      endpoint: 'events',
      address: '127.0.0.1',
      room: 'a',
      lang: 'en',
      since: null,
      identity: null,
    })
    await test.clock.settle()
    test.hub.replaceRules([{ rooms: ['a'], who: 'guests', may: ['join', 'write'] }])
    await test.clock.settle()
    for (const socket of [guest, reader]) {
      expect(socket.all().at(-1)).toMatchObject({ type: 'error', code: 'forbidden', room: 'a' })
      expect(socket.closed).toEqual(KICKED)
    }
    expect(other.closed).toBeNull()
    expect(test.hub.status().connected_count).toBe(1)
  })

  it('PE8: what may not be written any more is refused, and may be again', async () => {
    const test = guarded()
    const guest = await test.connect({ username: 'Gus', dialect: 'v1' })
    const says = async (message: string): Promise<unknown> => {
      guest.news()
      guest.say({ message })
      await test.clock.settle()
      return guest.news()
    }
    test.hub.replaceRules([{ rooms: ['*'], who: 'everyone', may: ['join', 'read'] }])
    expect(await says('one')).toMatchObject([{ type: 'error', code: 'forbidden' }])
    test.hub.replaceRules([])
    expect(await says('two')).toMatchObject([{ type: 'message', message: 'two' }])
  })

  it('PE8: whoever is on the way in when a rule changes does not get in', async () => {
    const test = guarded()
    const guest = await test.connect({ username: 'Gus', dialect: 'v1' })
    guest.news()
    guest.say({ type: 'join', room: 'a' })
    const newcomer = test.dial({ username: 'Bob', room: 'a' })
    test.hub.replaceRules([{ rooms: ['a'], who: 'guests', may: [] }])
    await test.clock.settle()
    expect(guest.news()).toMatchObject([{ type: 'error', code: 'forbidden', room: 'a' }])
    expect(newcomer.closed).toMatchObject({ code: 4500 })
    expect(test.hub.status().connected_count).toBe(1)
  })
})
