import { ClientError } from '@roomful/client'
import { beforeEach, describe, expect, it } from 'vitest'
import { changed, FakeClient, said } from '../../testing/fake-client.ts'
import { SessionBench } from '../../testing/session-bench.ts'
import type { MessageRow } from './rows.ts'

let page: SessionBench
beforeEach(() => {
  page = new SessionBench()
})

describe('what becomes of messages', () => {
  const row = (seq: number): MessageRow => {
    const found = page.session.rows.value.find((each) => each.kind === 'message' && each.seq === seq)
    if (found?.kind !== 'message') throw new Error(`no row ${seq}`)
    return found
  }

  it('is folded into them, from history and live, and is no row of its own', async () => {
    page.client.room = [
      said(1, 'Alice', 'frist'),
      said(2),
      changed(3, 1, { type: 'edit', message: 'first' }, 'Alice'),
      changed(4, 2, { type: 'reaction', emoji: '👍' }, 'Carol'),
    ]
    page.client.up()
    await page.settled()
    expect(page.keys()).toEqual(['edge', 'room:1', 'room:2'])
    expect(row(1)).toMatchObject({ text: 'first', edited: true, own: true })
    page.client.live(
      changed(5, 2, { type: 'reaction', emoji: '👍' }, 'Alice'),
      changed(6, 2, { type: 'reaction', emoji: '👍', removed: true }, 'Carol'),
    )
    expect(row(2).reactions).toEqual([{ emoji: '👍', names: ['Alice'], own: true }])
    page.client.live(changed(7, 2, { type: 'delete' }))
    expect(row(2)).toMatchObject({ text: '', deleted: true, reactions: [] })
    expect(page.session.check.standing.value).toMatchObject({ kind: 'complete', upTo: 7 })
    expect(page.arrivals).toEqual([])
  })

  it('MO8: is told from the author’s own deletion when a moderator deletes, from history and live', async () => {
    page.client.room = [
      said(1, 'Alice', 'mine'),
      said(2, 'Anonymous', 'theirs'),
      said(3, 'Carol', 'hers'),
      changed(4, 1, { type: 'delete' }, 'Root'),
      { ...said(5, 'Dave', ''), deleted: true },
      changed(6, 5, { type: 'edit', message: '', deleted: true }, 'Dave'),
    ]
    page.client.up()
    await page.settled()
    page.client.live(changed(7, 2, { type: 'delete' }, 'Root'), changed(8, 3, { type: 'delete' }, 'CAROL'))
    expect([1, 2, 3].map((seq) => row(seq).deletedBy)).toEqual(['Root', 'Root', 'Carol'])
    // What deleted it is not held.
    expect(row(5)).toMatchObject({ deleted: true, deletedBy: null })
    // It is gone already.
    page.client.live(changed(9, 3, { type: 'delete' }, 'Root'))
    expect(row(3).deletedBy).toBe('Carol')
  })

  it('does not count as unread, and does not hide what stands before it', async () => {
    page.fill(60)
    page.client.room.push(...Array.from({ length: 40 }, (_, i) => changed(61 + i, 1 + i, { type: 'delete' })))
    page.client.up()
    await page.settled()
    // Ten messages and forty changes came; the oldest message is held back.
    expect(page.keys()).toEqual(['edge', ...Array.from({ length: 9 }, (_, i) => `room:${52 + i}`)])
    await page.session.backfill.older()
    expect(page.keys()).toHaveLength(61)
    expect(row(40).deleted).toBe(true)
    expect(row(41).deleted).toBe(false)
  })

  it('holds at once, is sent under one id, and waits for the connection like a message', async () => {
    page.client.room = [said(1, 'Alice', 'frist')]
    page.client.up()
    await page.settled()
    page.client.down()
    page.session.change(row(1), { kind: 'edit', text: 'first' })
    page.session.change(row(1), { kind: 'reaction', emoji: '🎉', removed: false })
    expect(row(1)).toMatchObject({ text: 'first', edited: true, status: 'queued', pending: 'c1' })
    expect(row(1).reactions).toEqual([{ emoji: '🎉', names: ['Alice'], own: true }])
    expect(page.keys()).toHaveLength(2)
    page.client.up()
    await page.settled()
    expect(page.client.sends.map(({ entry }) => entry)).toMatchObject([
      { kind: 'edit', seq: 1, text: 'first', clientId: 'c1' },
    ])
    page.client.sends[0]?.settle(2)
    page.client.live(changed(2, 1, { type: 'edit', message: 'first' }, 'Alice'))
    await page.settled()
    expect(row(1)).toMatchObject({ text: 'first', status: 'sent', pending: null })
    page.client.sends[1]?.fail(new ClientError('too_many_reactions', ''))
    await page.settled()
    expect(row(1).reactions).toEqual([])
    expect(page.refusals).toEqual(['too_many_reactions'])
    expect(page.client.outbox.entries).toEqual([])
  })

  it('that was refused stays beside the message until it is sent again or given up', async () => {
    page.client.room = [said(1, 'Alice', 'mine')]
    page.client.up()
    await page.settled()
    page.session.change(row(1), { kind: 'delete' })
    expect(row(1).deleted).toBe(true)
    page.client.sends[0]?.fail(new ClientError('unavailable', ''))
    await page.settled()
    expect(row(1)).toMatchObject({ deleted: false, text: 'mine', status: 'failed', failure: 'unavailable' })
    page.session.outbox.discard(row(1).pending ?? '')
    expect(row(1)).toMatchObject({ status: 'sent', pending: null })
  })

  it('that waited while the log began anew touches nothing in the new one, and what was written is shown', async () => {
    const of = { epoch: 'e1', room: 'lobby', state: { phase: 'queued' } } as const
    page.client = new FakeClient([
      { ...of, kind: 'edit', seq: 1, text: 'better', clientId: 'k1', at: 1 },
      { ...of, kind: 'message', replyTo: 2, text: 'indeed', clientId: 'k2', at: 2 },
      { ...of, kind: 'delete', seq: 2, text: '', clientId: 'k3', at: 3 },
    ])
    page.begin()
    page.client.epoch = 'e2'
    page.client.room = [said(1, 'Alice', 'other'), said(2, 'Alice', 'another')]
    page.client.up()
    await page.settled()
    const untouched = { edited: false, deleted: false, pending: null, status: 'sent' }
    const nothing = (): void => {
      expect(row(1)).toMatchObject({ ...untouched, text: 'other' })
      expect(row(2)).toMatchObject({ ...untouched, text: 'another' })
    }
    nothing()
    for (let i = 0; i < 3; i++) {
      page.client.sends[i]?.fail(new ClientError('not_found', ''))
      await page.settled()
    }
    nothing()
    expect(page.keys()).toEqual(['edge', 'room:1', 'room:2', 'k1', 'k2'])
    const failed = { status: 'failed', failure: 'not_found', quote: null }
    expect(page.session.rows.value.slice(-2)).toMatchObject([
      { ...failed, text: 'better', pending: 'k1' },
      { ...failed, text: 'indeed', pending: 'k2' },
    ])
    expect(page.refusals).toEqual(['not_found', 'not_found', 'not_found'])
    expect(page.client.outbox.entries.map(({ clientId }) => clientId)).toEqual(['k1', 'k2'])
  })

  it('shows what a message answers, before and after it is sent, and also when that is taken back', async () => {
    page.fill(2)
    page.client.up()
    await page.settled()
    page.session.say('indeed', null, 2)
    expect(page.session.rows.value.at(-1)).toMatchObject({ quote: { author: 'Bob', text: 'm2', seq: 2 } })
    expect(page.client.sends[0]?.entry.replyTo).toBe(2)
    page.client.sends[0]?.settle(3)
    page.client.live({ ...said(3, 'Alice', 'indeed'), reply_to: { id: 'i2', seq: 2 } })
    await page.settled()
    page.client.live(changed(4, 2, { type: 'edit', message: 'better' }))
    expect(row(3).quote).toMatchObject({ text: 'better' })
    page.client.live(changed(5, 2, { type: 'delete' }))
    expect(row(3).quote).toMatchObject({ text: '', deleted: true })
    page.client.live({ ...said(6), reply_to: { id: 'unknown', seq: 900 } })
    expect(row(6).quote).toEqual({ seq: 900, author: null, text: '', deleted: false })
  })

  it('can be one’s own last message', async () => {
    page.client.room = [said(1, 'Alice', 'mine'), said(2)]
    page.client.up()
    await page.settled()
    expect(page.session.lastOwn()).toMatchObject({ seq: 1, text: 'mine' })
    page.client.live(changed(3, 1, { type: 'delete' }, 'Alice'))
    expect(page.session.lastOwn()).toBeNull()
  })
})

describe('signals', () => {
  it('tell the server what was read, once a second at most, and this page what was read elsewhere', async () => {
    page.fill(3)
    page.client.up({ read_seq: 1 })
    await page.settled()
    expect(page.session.reading.divider.value?.after.room).toBe(1)
    page.client.live(said(4))
    for (const run of page.due.splice(0)) run()
    expect(page.client.signals).toEqual(['read lobby 4'])
    page.client.signal({ type: 'read', room: 'lobby', markers: [{ username: 'Bob', seq: 9 }] })
    page.client.signal({ type: 'read', room: 'other', markers: [{ username: 'Alice', seq: 9 }] })
    expect(page.session.reading.unread.value).toBe(0)
  })

  it('tell who writes and who is away in this room', () => {
    page.client.up({ away_users: ['Bob'] })
    expect(page.session.presence.isAway('Bob')).toBe(true)
    page.client.signal({ type: 'presence', room: 'lobby', event: 'back', username: 'Bob' })
    page.client.signal({ type: 'presence', room: 'other', event: 'away', username: 'Bob' })
    expect(page.session.presence.isAway('Bob')).toBe(false)
    page.client.signal({ type: 'typing', room: 'lobby', usernames: ['Bob'], count: 1 })
    page.client.signal({ type: 'typing', room: 'other', usernames: ['Eve'], count: 1 })
    expect(page.session.presence.typing.value.names).toEqual(['Bob'])
    page.client.live(said(1))
    expect(page.session.presence.typing.value.names).toEqual([])
  })
})
