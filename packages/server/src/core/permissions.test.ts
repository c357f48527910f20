import { describe, expect, it } from 'vitest'
import { fakeAuth, fakeToken } from '../../testing/fake-auth.ts'
import { ManualClock } from '../../testing/manual-clock.ts'
import { MemorySocket } from '../../testing/memory-socket.ts'
import { createTestHub, type TestHub } from '../../testing/test-hub.ts'
import type { Identity } from '../ports/auth.ts'
import { type Action, ACTIONS } from '../ports/grants.ts'
import type { Rule } from '../ports/permissions.ts'
import { Permissions } from './permissions.ts'
import { MAX_LOOKED_THROUGH } from './room-list.ts'

const clock = new ManualClock()
const auth = fakeAuth(clock)

type Claims = Partial<Parameters<typeof fakeToken>[0]>

async function bearer(claims: Claims = {}): Promise<Identity | null> {
  return auth.verify(fakeToken({ sub: 'u-1', name: 'Ann', ...claims }))
}

const rule = (rooms: string, who: Rule['who'], ...may: Action[]): Rule => ({ rooms: [rooms], who, may })

/** What is allowed, and why. */
function judged(rules: readonly Rule[], identity: Identity | null, room: string): string {
  const permissions = new Permissions(rules)
  const verdicts = ACTIONS.map((action) => permissions.judge({ identity }, room, action))
  const may = ACTIONS.filter((_action, i) => verdicts[i]?.allowed)
  const { source, rule: which } = verdicts[0]?.why ?? {}
  return `${may.join(' ')} (${source} ${which})`
}

function guarded(rules: readonly Rule[], letsGuestsIn = true): TestHub {
  const own = new ManualClock()
  return createTestHub({ rules }, { clock: own, auth: fakeAuth(own, letsGuestsIn) })
}

const ALL = ['join', 'read', 'write'] as const

describe('who decides', () => {
  it('PE1: administrators may everything; of others the claims decide before the settings, these before the default', async () => {
    const rules = [rule('staff-*', 'everyone'), rule('class-*', 'bearers', 'read')]
    const ann = await bearer({ rooms: { 'staff-1': ['join'] } })
    expect(judged(rules, await bearer({ admin: true }), 'staff-1')).toBe(
      'join read write moderate (administrator null)',
    )
    expect(judged(rules, ann, 'staff-1')).toBe('join (claims staff-1)')
    expect(judged(rules, ann, 'staff-2')).toBe(' (settings permissions[0])')
    expect(judged(rules, ann, 'class-1')).toBe('read (settings permissions[1])')
    expect(judged(rules, null, 'class-1')).toBe('join read write (default null)')
  })

  it('PE2: of the patterns in a token the room itself decides, then the longest beginning', async () => {
    const ann = await bearer({
      rooms: { '*': [], 'class-*': ['read'], 'class-1*': ['join', 'read'], 'class-12': [...ACTIONS] },
    })
    expect(judged([], ann, 'class-12')).toBe('join read write moderate (claims class-12)')
    expect(judged([], ann, 'class-123')).toBe('join read (claims class-1*)')
    expect(judged([], ann, 'class-2')).toBe('read (claims class-*)')
    expect(judged([], ann, 'lobby')).toBe(' (claims *)')
    expect(judged([], await bearer({ rooms: { a: [] } }), 'lobby')).toBe('join read write (default null)')
  })

  it('PE2: a ticket carries what its token says', async () => {
    const rules = [rule('staff', { claim: 'groups', is: 'x' }, 'join', 'read'), rule('staff', 'everyone')]
    const test = guarded(rules)
    const token = fakeToken({
      sub: 'u-1',
      name: 'Ann',
      rooms: { lobby: ['join', 'read'] },
      claims: { groups: ['x'] },
    })
    const issued = test.hub.identify(token).then((identity) => test.hub.issueTicket(identity))
    await test.clock.settle()
    const { ticket } = await issued
    const ann = await test.connect({ ticket, dialect: 'v1' })
    ann.news()
    ann.say({ message: 'hi' })
    ann.say({ type: 'join', room: 'staff' })
    await test.clock.settle()
    expect(ann.news()).toMatchObject([{ code: 'forbidden' }, { event: 'welcome', room: 'staff' }])
  })

  it('PE3: of the rules of the settings the first decides that is about the room and the person', async () => {
    const rules = [
      rule('a', { subject: 'u-1' }, 'moderate'),
      rule('a', { subject: 'u-2', issuer: 'another' }, 'moderate'),
      rule('*', { claim: 'groups', is: 'staff' }, ...ACTIONS),
      rule('a', 'guests', 'read'),
      rule('a', 'bearers', 'join', 'read'),
      rule('*', 'everyone'),
    ]
    expect(judged(rules, await bearer(), 'a')).toBe('moderate (settings permissions[0])')
    expect(judged(rules, await bearer({ sub: 'u-2' }), 'a')).toBe('join read (settings permissions[4])')
    expect(judged(rules, await bearer({ sub: 'u-2', claims: { groups: ['x', 'staff'] } }), 'a')).toBe(
      'join read write moderate (settings permissions[2])',
    )
    expect(judged(rules, null, 'a')).toBe('read (settings permissions[3])')
    expect(judged(rules, null, 'b')).toBe(' (settings permissions[5])')
  })
})

describe('on a connection', () => {
  const READERS = [rule('notices', 'guests', 'join', 'read'), rule('closed', 'guests', 'join')]

  it('PE4: whoever may not both join and read does not enter: forbidden, and 4500 with the upgrade', async () => {
    const test = guarded(READERS)
    const refused = await test.connect({ room: 'closed' })
    expect(refused.all()).toMatchObject([{ code: 'forbidden', field: 'room', room: 'closed' }])
    expect(refused.closed).toMatchObject({ code: 4500 })
    const guest = await test.connect({ username: 'Gus' })
    guest.say({ type: 'join', room: 'closed' })
    await test.clock.settle()
    expect(guest.all().at(-1)).toMatchObject({ code: 'forbidden', field: 'room', room: 'closed' })
    expect(guest.closed).toBeNull()
    expect(test.hub.members('closed', await bearer()).connected_count).toBe(0)
    const ann = await test.connect({ token: fakeToken({ sub: 'u-1', name: 'Ann' }), room: 'closed' })
    expect(ann.all()[0]).toMatchObject({ event: 'welcome', room: 'closed' })
  })

  it.each([
    ['a message', { message: 'hi', client_id: '00000000-0000-4000-8000-000000000001' }],
    ['an edit', { type: 'edit', seq: 1, message: 'x', client_id: '00000000-0000-4000-8000-000000000002' }],
    ['a deletion', { type: 'delete', seq: 1, client_id: '00000000-0000-4000-8000-000000000003' }],
    [
      'a reaction',
      { type: 'reaction', seq: 1, emoji: '👍', client_id: '00000000-0000-4000-8000-000000000004' },
    ],
    ['typing', { type: 'typing' }],
    ['a read marker', { type: 'read', room: 'notices', seq: 1 }],
  ])('PE6: %s of somebody who may only read is forbidden, and nobody hears of it', async (_what, frame) => {
    const test = guarded(READERS)
    const ann = await test.connect({
      token: fakeToken({ sub: 'u-1', name: 'Ann' }),
      room: 'notices',
      dialect: 'v1',
    })
    ann.say({ message: 'welcome', room: 'notices' })
    const guest = await test.connect({ username: 'Gus', room: 'notices', dialect: 'v1' })
    await test.clock.settle()
    ann.news()
    guest.news()
    guest.say({ room: 'notices', ...frame })
    await test.clock.settle()
    const client_id = 'client_id' in frame ? { client_id: frame.client_id } : {}
    expect(guest.news()).toMatchObject([{ type: 'error', code: 'forbidden', field: 'room', ...client_id }])
    expect(ann.news()).toEqual([])
  })

  it('PE6: what they may say elsewhere, and to one person, they say', async () => {
    const test = guarded(READERS)
    const guest = await test.connect({ username: 'Gus', room: 'notices' })
    guest.say({ type: 'join', room: 'lobby' })
    await test.clock.settle()
    guest.news()
    guest.say({ message: 'hi', room: 'lobby' })
    guest.say({ message: 'psst', target_user: 'Gus' })
    await test.clock.settle()
    expect(guest.news().map(({ type }) => type)).toEqual(['confirmation', 'message', 'private'])
  })
})

describe('without a connection', () => {
  const PRIVATE = [rule('team-*', { subject: 'u-1' }, ...ALL), rule('team-*', 'everyone')]

  async function withPrivateRooms(): Promise<TestHub> {
    const test = guarded(PRIVATE)
    const identity = await bearer()
    for (const room of ['a', 'team-1', 'team-2', 'z'])
      void test.hub.publish({ identity, room, message: 'hi' })
    await test.clock.settle()
    return test
  }

  it('PE5: history, members, status and events are for those who may read, publishing for those who may write', async () => {
    const test = await withPrivateRooms()
    const { hub } = test
    const ann = await bearer()
    expect((await hub.history('team-1', { after: 0 }, 10, ann)).entries).toHaveLength(1)
    expect(hub.members('team-1', ann)).toMatchObject({ connected_count: 0 })
    expect(hub.status('team-1', ann)).toMatchObject({ connected_count: 0 })
    const refusal = { code: 'forbidden', field: 'room' }
    await expect(hub.history('team-1', { after: 0 }, 10)).rejects.toMatchObject(refusal)
    expect(() => hub.members('team-1')).toThrow(expect.objectContaining(refusal))
    expect(() => hub.status('team-1')).toThrow(expect.objectContaining(refusal))
    await expect(hub.publish({ identity: null, room: 'team-1', message: 'x' })).rejects.toMatchObject(refusal)
    for (const [identity, code] of [
      [ann, undefined],
      [null, 4500],
    ] as const) {
      const socket = new MemorySocket(test.encoder)
      hub.attach(socket, {
        endpoint: 'events',
        address: '127.0.0.1',
        room: 'team-1',
        lang: 'en',
        since: null,
        identity,
      })
      await test.clock.settle()
      expect(socket.closed?.code).toBe(code)
    }
  })

  it('PE7: a room that may not be read is missing in the list, and pages go on behind it', async () => {
    const { hub } = await withPrivateRooms()
    const names = async (after: string, limit: number, who: Identity | null) =>
      (await hub.rooms(after, limit, who)).rooms.map(({ room }) => room)
    expect(await names('', 10, await bearer())).toEqual(['a', 'team-1', 'team-2', 'z'])
    expect(await names('', 10, null)).toEqual(['a', 'z'])
    expect(await names('', 1, null)).toEqual(['a'])
    expect(await names('a', 1, null)).toEqual(['z'])
    expect(MAX_LOOKED_THROUGH).toBe(100_000)
  })

  it('PE7: what moderators have done in a room that may not be read is told to nobody', async () => {
    const test = await withPrivateRooms()
    const admin = await bearer({ sub: 'u-0', name: 'Root', admin: true })
    const guest = await test.connect({ username: 'Gus', room: 'a', dialect: 'v1' })
    for (const action of ['read_only', 'lock'] as const) {
      const done = test.hub.moderate({ room: 'team-1', action }, admin, null)
      await test.clock.settle()
      await done
    }
    guest.news()
    for (const room of ['team-1', 'team-9']) {
      await expect(test.hub.publish({ identity: null, room, message: 'x' })).rejects.toMatchObject({
        code: 'forbidden',
      })
      guest.say({ type: 'join', room })
      await test.clock.settle()
      expect(guest.news()).toMatchObject([{ code: 'forbidden', room }])
      expect((await test.connect({ room })).all()).toMatchObject([{ code: 'forbidden', room }])
    }
  })

  it('PE7: a room that may not be read is refused as one that does not exist, and nothing is looked up', async () => {
    const test = await withPrivateRooms()
    await test.connect({ token: fakeToken({ sub: 'u-1', name: 'Ann' }), room: 'team-1' })
    const reads: string[] = []
    const { store } = test
    for (const name of ['read', 'heads', 'firsts', 'rooms'] as const) {
      const real = store[name].bind(store) as (...args: unknown[]) => unknown
      Object.assign(store, { [name]: (...args: unknown[]) => (reads.push(name), real(...args)) })
    }
    const answers: unknown[] = []
    for (const room of ['team-1', 'team-9']) {
      const told: unknown[] = []
      const note = (error: unknown): void => {
        const { code, field, message, retryAfterMs } = error as Record<string, unknown>
        told.push({ code, field, message, retryAfterMs })
      }
      await test.hub.history(room, { after: 0 }, 10).catch(note)
      await test.hub.publish({ identity: null, room, message: 'x' }).catch(note)
      for (const ask of [test.hub.members, test.hub.status])
        try {
          ask(room)
        } catch (error) {
          note(error)
        }
      const socket = await test.connect({ room, dialect: 'v1' })
      told.push(socket.all(), socket.closed)
      answers.push(JSON.parse(JSON.stringify(told).replaceAll(room, 'ROOM')))
    }
    expect(answers[0]).toEqual(answers[1])
    expect(JSON.stringify(answers[0]).match(/forbidden/g)).toHaveLength(5)
    expect(reads).toEqual([])
  })
})
