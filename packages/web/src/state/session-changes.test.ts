import { ClientError } from '@roomful/client'
import { beforeEach, describe, expect, it } from 'vitest'
import { changed, FakeClient, said, START } from '../../testing/fake-client.ts'
import type { Entry } from './log.ts'
import type { MessageRow } from './rows.ts'
import { Session } from './session.ts'

let client: FakeClient
let session: Session
let arrivals: Entry[]
let refusals: string[]
let due: (() => void)[]

const settled = async (): Promise<void> => {
  for (let i = 0; i < 30; i++) await Promise.resolve()
}
const keys = (): string[] => session.rows.value.filter(({ kind }) => kind !== 'notices').map(({ key }) => key)
const fill = (count: number): void => {
  client.room = Array.from({ length: count }, (_, i) => said(i + 1))
}
const begin = (): void => {
  session = new Session({
    client,
    username: 'Alice',
    room: 'lobby',
    timers: { now: () => START + 10_000 * 60_000, after: (_, run) => (due.push(run), () => {}) },
    kept: { load: () => null, save: () => undefined },
    isHidden: () => false,
    soon: (run) => run(),
    onArrival: (entry) => arrivals.push(entry),
    onRefusal: (code) => refusals.push(code),
  })
  session.start()
}

beforeEach(() => {
  client = new FakeClient()
  arrivals = []
  refusals = []
  due = []
  begin()
})

describe('what becomes of messages', () => {
  const row = (seq: number): MessageRow => {
    const found = session.rows.value.find((each) => each.kind === 'message' && each.seq === seq)
    if (found?.kind !== 'message') throw new Error(`no row ${seq}`)
    return found
  }

  it('is folded into them, from history and live, and is no row of its own', async () => {
    client.room = [
      said(1, 'Alice', 'frist'),
      said(2),
      changed(3, 1, { type: 'edit', message: 'first' }, 'Alice'),
      changed(4, 2, { type: 'reaction', emoji: '👍' }, 'Carol'),
    ]
    client.up()
    await settled()
    expect(keys()).toEqual(['edge', 'room:1', 'room:2'])
    expect(row(1)).toMatchObject({ text: 'first', edited: true, own: true })
    client.live(
      changed(5, 2, { type: 'reaction', emoji: '👍' }, 'Alice'),
      changed(6, 2, { type: 'reaction', emoji: '👍', removed: true }, 'Carol'),
    )
    expect(row(2).reactions).toEqual([{ emoji: '👍', names: ['Alice'], own: true }])
    client.live(changed(7, 2, { type: 'delete' }))
    expect(row(2)).toMatchObject({ text: '', deleted: true, reactions: [] })
    expect(session.check.standing.value).toMatchObject({ kind: 'complete', upTo: 7 })
    expect(arrivals).toEqual([])
  })

  it('does not count as unread, and does not hide what stands before it', async () => {
    fill(60)
    client.room.push(...Array.from({ length: 40 }, (_, i) => changed(61 + i, 1 + i, { type: 'delete' })))
    client.up()
    await settled()
    // Ten messages and forty changes came; the oldest message is held back.
    expect(keys()).toEqual(['edge', ...Array.from({ length: 9 }, (_, i) => `room:${52 + i}`)])
    await session.backfill.older()
    expect(keys()).toHaveLength(61)
    expect(row(40).deleted).toBe(true)
    expect(row(41).deleted).toBe(false)
  })

  it('holds at once, is sent under one id, and waits for the connection like a message', async () => {
    client.room = [said(1, 'Alice', 'frist')]
    client.up()
    await settled()
    client.down()
    session.change(row(1), { kind: 'edit', text: 'first' })
    session.change(row(1), { kind: 'reaction', emoji: '🎉', removed: false })
    expect(row(1)).toMatchObject({ text: 'first', edited: true, status: 'queued', pending: 'c1' })
    expect(row(1).reactions).toEqual([{ emoji: '🎉', names: ['Alice'], own: true }])
    expect(keys()).toHaveLength(2)
    client.up()
    await settled()
    expect(client.sends.map(({ entry }) => entry)).toMatchObject([
      { kind: 'edit', seq: 1, text: 'first', clientId: 'c1' },
    ])
    client.sends[0]?.settle(2)
    client.live(changed(2, 1, { type: 'edit', message: 'first' }, 'Alice'))
    await settled()
    expect(row(1)).toMatchObject({ text: 'first', status: 'sent', pending: null })
    client.sends[1]?.fail(new ClientError('too_many_reactions', ''))
    await settled()
    expect(row(1).reactions).toEqual([])
    expect(refusals).toEqual(['too_many_reactions'])
    expect(client.outbox.entries).toEqual([])
  })

  it('that was refused stays beside the message until it is sent again or given up', async () => {
    client.room = [said(1, 'Alice', 'mine')]
    client.up()
    await settled()
    session.change(row(1), { kind: 'delete' })
    expect(row(1).deleted).toBe(true)
    client.sends[0]?.fail(new ClientError('unavailable', ''))
    await settled()
    expect(row(1)).toMatchObject({ deleted: false, text: 'mine', status: 'failed', failure: 'unavailable' })
    session.outbox.discard(row(1).pending ?? '')
    expect(row(1)).toMatchObject({ status: 'sent', pending: null })
  })

  it('that waited while the log began anew touches nothing in the new one, and what was written is shown', async () => {
    const of = { epoch: 'e1', room: 'lobby', state: { phase: 'queued' } } as const
    client = new FakeClient([
      { ...of, kind: 'edit', seq: 1, text: 'better', clientId: 'k1', at: 1 },
      { ...of, kind: 'message', replyTo: 2, text: 'indeed', clientId: 'k2', at: 2 },
      { ...of, kind: 'delete', seq: 2, text: '', clientId: 'k3', at: 3 },
    ])
    begin()
    client.epoch = 'e2'
    client.room = [said(1, 'Alice', 'other'), said(2, 'Alice', 'another')]
    client.up()
    await settled()
    const untouched = { edited: false, deleted: false, pending: null, status: 'sent' }
    const nothing = (): void => {
      expect(row(1)).toMatchObject({ ...untouched, text: 'other' })
      expect(row(2)).toMatchObject({ ...untouched, text: 'another' })
    }
    nothing()
    for (let i = 0; i < 3; i++) {
      client.sends[i]?.fail(new ClientError('not_found', ''))
      await settled()
    }
    nothing()
    expect(keys()).toEqual(['edge', 'room:1', 'room:2', 'k1', 'k2'])
    const failed = { status: 'failed', failure: 'not_found', quote: null }
    expect(session.rows.value.slice(-2)).toMatchObject([
      { ...failed, text: 'better', pending: 'k1' },
      { ...failed, text: 'indeed', pending: 'k2' },
    ])
    expect(refusals).toEqual(['not_found', 'not_found', 'not_found'])
    expect(client.outbox.entries.map(({ clientId }) => clientId)).toEqual(['k1', 'k2'])
  })

  it('shows what a message answers, before and after it is sent, and also when that is taken back', async () => {
    fill(2)
    client.up()
    await settled()
    session.say('indeed', null, 2)
    expect(session.rows.value.at(-1)).toMatchObject({ quote: { author: 'Bob', text: 'm2', seq: 2 } })
    expect(client.sends[0]?.entry.replyTo).toBe(2)
    client.sends[0]?.settle(3)
    client.live({ ...said(3, 'Alice', 'indeed'), reply_to: { id: 'i2', seq: 2 } })
    await settled()
    client.live(changed(4, 2, { type: 'edit', message: 'better' }))
    expect(row(3).quote).toMatchObject({ text: 'better' })
    client.live(changed(5, 2, { type: 'delete' }))
    expect(row(3).quote).toMatchObject({ text: '', deleted: true })
    client.live({ ...said(6), reply_to: { id: 'unknown', seq: 900 } })
    expect(row(6).quote).toEqual({ seq: 900, author: null, text: '', deleted: false })
  })

  it('can be one’s own last message', async () => {
    client.room = [said(1, 'Alice', 'mine'), said(2)]
    client.up()
    await settled()
    expect(session.lastOwn()).toMatchObject({ seq: 1, text: 'mine' })
    client.live(changed(3, 1, { type: 'delete' }, 'Alice'))
    expect(session.lastOwn()).toBeNull()
  })
})

describe('signals', () => {
  it('tell the server what was read, once a second at most, and this page what was read elsewhere', async () => {
    fill(3)
    client.up({ read_seq: 1 })
    await settled()
    expect(session.reading.divider.value?.after.room).toBe(1)
    client.live(said(4))
    for (const run of due.splice(0)) run()
    expect(client.signals).toEqual(['read lobby 4'])
    client.signal({ type: 'read', room: 'lobby', markers: [{ username: 'Bob', seq: 9 }] })
    client.signal({ type: 'read', room: 'other', markers: [{ username: 'Alice', seq: 9 }] })
    expect(session.reading.unread.value).toBe(0)
  })

  it('tell who writes and who is away in this room', () => {
    client.up({ away_users: ['Bob'] })
    expect(session.presence.isAway('Bob')).toBe(true)
    client.signal({ type: 'presence', room: 'lobby', event: 'back', username: 'Bob' })
    client.signal({ type: 'presence', room: 'other', event: 'away', username: 'Bob' })
    expect(session.presence.isAway('Bob')).toBe(false)
    client.signal({ type: 'typing', room: 'lobby', usernames: ['Bob'], count: 1 })
    client.signal({ type: 'typing', room: 'other', usernames: ['Eve'], count: 1 })
    expect(session.presence.typing.value.names).toEqual(['Bob'])
    client.live(said(1))
    expect(session.presence.typing.value.names).toEqual([])
  })
})
