import { ClientError } from '@roomful/client'
import { effect } from '@preact/signals'
import { beforeEach, describe, expect, it } from 'vitest'
import { FakeClient, said, START, whispered } from '../../testing/fake-client.ts'
import type { Entry } from './log.ts'
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
const statuses = (): unknown[] =>
  session.rows.value.flatMap((row) =>
    row.kind === 'message' && row.own ? [`${row.text} ${row.status}`] : [],
  )
const onTheirWay = (): string[] => client.sends.map(({ entry }) => `${entry.clientId} ${entry.text}`)
const fill = (count: number): void => {
  client.room = Array.from({ length: count }, (_, i) => said(i + 1))
}
const begin = (soon = (run: () => void): void => run()): void => {
  session = new Session({
    client,
    username: 'Alice',
    room: 'lobby',
    timers: { now: () => START + 10_000 * 60_000, after: (_, run) => (due.push(run), () => {}) },
    kept: { load: () => null, save: () => undefined },
    isHidden: () => false,
    soon,
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

describe('history', () => {
  it('begins with the newest page and goes back by hundreds', async () => {
    fill(260)
    client.up()
    await settled()
    expect(client.asked).toEqual(['lobby <261 50'])
    expect(keys()).toEqual(['edge', ...client.room.slice(-49).map(({ seq }) => `room:${seq}`)])
    await session.backfill.older()
    await session.backfill.older()
    await session.backfill.older()
    expect(client.asked.slice(1)).toEqual(['lobby <211 100', 'lobby <111 100', 'lobby <11 100'])
    expect(keys()).toEqual(['edge', ...client.room.map(({ seq }) => `room:${seq}`)])
    expect(session.rows.value[0]?.kind).toBe('start')
  })

  it('brings private messages of the same time along, so that all of it appears at once', async () => {
    fill(120)
    client.whispers = Array.from({ length: 6 }, (_, i) => whispered(i + 1, 20 * (i + 1)))
    client.up()
    await settled()
    expect(client.asked).toEqual(['lobby <121 50', '@me <7 100'])
    const shown = keys()
    expect(shown.indexOf('private:4')).toBe(shown.indexOf('room:80') + 1)
    expect(shown).not.toContain('private:2')
    await session.backfill.older()
    expect(keys()).toContain('private:1')
  })

  it('closes what was missed while the connection was lost', async () => {
    fill(10)
    client.up()
    await settled()
    client.down()
    client.room.push(...Array.from({ length: 230 }, (_, i) => said(11 + i)))
    client.whispers.push(whispered(1, 15))
    client.up()
    await settled()
    expect(client.asked.slice(1)).toEqual(['lobby >10 100', 'lobby >110 100', 'lobby >210 30', '@me >0 1'])
    expect(keys().filter((key) => key.startsWith('room:'))).toEqual(
      client.room.map(({ seq }) => `room:${seq}`),
    )
    expect(keys()).toContain('private:1')
  })

  it('shows the end first and a gap before it when very much was missed', async () => {
    fill(10)
    client.up()
    await settled()
    client.down()
    client.room.push(...Array.from({ length: 3000 }, (_, i) => said(11 + i)))
    client.up()
    await settled()
    const gap = session.rows.value.find((row) => row.kind === 'gap')
    expect(gap).toMatchObject({ gap: { after: 10, before: 2911 } })
    expect(keys().at(-1)).toBe('room:3010')
    if (gap?.kind === 'gap') await session.backfill.heal(gap.gap, 'before')
    expect(session.rows.value.find((row) => row.kind === 'gap')).toMatchObject({
      gap: { after: 10, before: 2811 },
    })
  })

  it('shows the message that a link leads to, with what surrounds it', async () => {
    fill(500)
    client.up()
    await settled()
    expect(await session.jump.to(300)).toBe(true)
    expect(session.jump.shown.value?.key).toBe('room:300')
    expect(keys()).toContain('room:276')
    expect(keys()).toContain('room:324')
    expect(session.rows.value.find((row) => row.kind === 'gap')).toMatchObject({
      gap: { after: 324, before: 451 },
    })
    expect(await session.jump.to(451)).toBe(true)
    expect(await session.jump.to(1)).toBe(true)
    expect(session.rows.value[1]).toMatchObject({ seq: 1 })
    expect(await session.jump.to(501)).toBe(false)
  })

  it('says what is missing, and asks now and then whether anything is', async () => {
    fill(10)
    client.up()
    await settled()
    expect(session.check.standing.value).toMatchObject({ kind: 'complete', upTo: 10 })
    client.room.push(said(11), said(12))
    session.check.now()
    expect(session.check.standing.value).toEqual({ kind: 'checking' })
    await settled()
    // It may be on its way.
    expect(session.check.standing.value).toMatchObject({ kind: 'complete', upTo: 10 })
    due.at(-1)?.()
    expect(session.check.standing.value).toEqual({ kind: 'missing', count: 2 })
    await settled()
    expect(session.check.standing.value).toMatchObject({ kind: 'complete', upTo: 12 })
    expect(keys().slice(-2)).toEqual(['room:11', 'room:12'])
    client.whispers.push(whispered(1, 13))
    session.check.now()
    await settled()
    due.at(-1)?.()
    expect(session.check.standing.value).toEqual({ kind: 'missing', count: 1 })
    await settled()
    expect(keys()).toContain('private:1')
  })

  it('marks a gap that the server cannot fill, instead of asking for ever', async () => {
    fill(10)
    client.up()
    await settled()
    client.live({ ...said(15) })
    const gap = { log: 'room', after: 10, before: 15 } as const
    client.room = client.room.filter(({ seq }) => seq <= 10 || seq === 15)
    await session.backfill.heal(gap, 'after')
    expect(session.backfill.isLost(gap)).toBe(true)
    expect(keys()).toContain('gap:room:10')
  })

  it('tries a page again when the server asks to wait, and leaves it to the reader after a refusal', async () => {
    fill(10)
    client.faults = [new ClientError('rate_limited', '', { retryable: true, retryAfterMs: 5 })]
    client.up()
    await settled()
    expect(session.backfill.loadingOlder).toBe(true)
    due.pop()?.()
    await settled()
    expect(keys()).toContain('room:10')
    client.down()
    client.room.push(said(11))
    client.faults = [new ClientError('not_found', '')]
    client.up()
    await settled()
    expect(session.backfill.isStuck('room')).toBe(true)
    expect(keys()).toContain('gap:room:10')
  })

  it('begins anew when the numbers were given anew', async () => {
    fill(10)
    client.up()
    await settled()
    client.down()
    client.epoch = 'e2'
    client.room = [said(1, 'Eve', 'other history')]
    client.up()
    await settled()
    expect(keys()).toEqual(['edge', 'room:1'])
    expect(session.rows.value).toContainEqual(expect.objectContaining({ text: 'other history' }))
  })
})

describe('one’s own messages', () => {
  it('V2: are shown at once and settle with ack and broadcast', async () => {
    client.up()
    session.say('hi', null)
    expect(statuses()).toEqual(['hi sending'])
    client.sends[0]?.settle(1)
    client.live(said(1, 'Alice', 'hi'))
    await settled()
    expect(statuses()).toEqual(['hi sent'])
    expect(client.outbox.entries).toEqual([])
  })

  it('V3: that were cut off are sent again under the same id, in order, and shown once', async () => {
    client.up()
    session.say('one', null)
    session.say('two', 'Bob')
    expect(onTheirWay()).toEqual(['c1 one', 'c2 two'])
    client.down()
    await settled()
    expect(statuses()).toEqual(['one queued', 'two queued'])
    expect(refusals).toEqual([])
    client.room = [said(1, 'Alice', 'one')]
    client.up()
    await settled()
    expect(onTheirWay()).toEqual(['c1 one', 'c2 two'])
    // It is in the log, and which of the two it is only the ack can tell.
    expect(statuses()).toEqual(['one sending', 'two sending'])
    client.sends[0]?.settle(1)
    client.sends[1]?.settle(1)
    client.live({ ...whispered(1, 5, 'Alice', 'Bob'), message: 'two' })
    await settled()
    expect(keys()).toEqual(['edge', 'c1', 'c2'])
    expect(statuses()).toEqual(['one sent', 'two sent'])
  })

  it('V3: wait while there is no connection and go out one after the other, in order', async () => {
    client.up()
    client.down()
    for (const text of ['one', 'two', 'three']) session.say(text, null)
    expect(statuses()).toEqual(['one queued', 'two queued', 'three queued'])
    expect(client.sends).toEqual([])
    expect(client.outbox.entries).toHaveLength(3)
    client.up()
    session.say('four', null)
    expect(statuses()).toEqual(['one sending', 'two sending', 'three sending', 'four sending'])
    for (const seq of [1, 2, 3, 4]) {
      expect(onTheirWay()).toEqual(['c1 one', 'c2 two', 'c3 three', 'c4 four'].slice(0, seq))
      client.sends.at(-1)?.settle(seq)
    }
    await settled()
    client.live(...['one', 'two', 'three', 'four'].map((text, i) => said(i + 1, 'Alice', text)))
    expect(statuses()).toEqual(['one sent', 'two sent', 'three sent', 'four sent'])
    expect(refusals).toEqual([])
  })

  it('that came too fast are said to wait, and those behind them are on their way', async () => {
    client.up()
    session.say('one', null)
    client.sends[0]?.fail(new ClientError('rate_limited', '', { retryable: true, retryAfterMs: 700 }))
    await settled()
    session.say('two', null)
    expect(statuses()).toEqual(['one queued', 'two sending'])
    expect(onTheirWay()).toEqual(['c1 one'])
    client.outbox.retry('c1')
    expect(onTheirWay()).toEqual(['c1 one', 'c1 one'])
  })

  it('wait in no greater number than a page can hold', () => {
    let taken = 0
    while (session.say(String(taken), null)) taken++
    expect(statuses()).toHaveLength(taken)
  })

  it('that wait can be taken back', () => {
    client.up()
    client.down()
    session.say('one', null)
    expect(session.outbox.discard('c1')).toMatchObject({ text: 'one' })
    expect(statuses()).toEqual([])
    client.up()
    expect(client.sends).toEqual([])
  })

  it('that were on their way when the page went away are sent again by the next one, and shown once', async () => {
    client.up()
    session.say('one', null)
    client = new FakeClient(client.outbox.entries)
    client.room = [said(1, 'Alice', 'one')]
    begin()
    client.up()
    await settled()
    expect(onTheirWay()).toEqual(['c1 one'])
    expect(statuses()).toEqual(['one sending'])
    client.sends[0]?.settle(1)
    expect(keys()).toEqual(['edge', 'c1'])
    expect(statuses()).toEqual(['one sent'])
  })

  it('that were refused stay with their reason until they are sent again or taken back', async () => {
    client.up()
    session.say('one', 'Nobody')
    client.sends[0]?.fail(new ClientError('user_not_found', ''))
    await settled()
    expect(session.rows.value.at(-1)).toMatchObject({ status: 'failed', failure: 'user_not_found' })
    expect(refusals).toEqual(['user_not_found'])
    session.outbox.retry('c1')
    expect(onTheirWay()).toEqual(['c1 one', 'c1 one'])
    expect(session.outbox.discard('c1')).toBeUndefined()
    client.sends[1]?.fail(new ClientError('user_not_found', ''))
    expect(session.outbox.discard('c1')).toMatchObject({ text: 'one', to: 'Nobody' })
    expect(statuses()).toEqual([])
  })

  it('that were refused before a reload are not complained about again', () => {
    client.up()
    session.say('one', 'Nobody')
    client.sends[0]?.fail(new ClientError('user_not_found', ''))
    client = new FakeClient(client.outbox.entries)
    begin()
    client.up()
    expect(statuses()).toEqual(['one failed'])
    expect(refusals).toEqual(['user_not_found'])
  })
})

describe('what comes in', () => {
  it('is told of others and not of oneself, and not of other rooms', () => {
    client.up()
    client.live(said(1, 'Bob'), said(2, 'ALICE'), { ...said(3, 'Bob'), room: 'elsewhere' }, whispered(1, 3))
    expect(arrivals.map(({ text }) => text)).toEqual(['m1', 'w1'])
  })

  it('keeps messages and notices of one moment in the order in which they came', () => {
    client.up()
    client.notice({ event: 'join', username: 'Bob', connected_count: 2 })
    client.live(said(1, 'Bob'))
    client.notice({ event: 'leave', username: 'Bob', connected_count: 1 })
    expect(session.rows.value.map(({ kind }) => kind)).toEqual([
      'start',
      'notices',
      'notices',
      'message',
      'notices',
    ])
  })

  it('shows each notice by itself, so that nobody leaves and comes back unseen', () => {
    const later: (() => void)[] = []
    begin((run) => later.push(run))
    client.up()
    const seen: string[][] = []
    effect(() => void seen.push([...session.people.names]))
    client.notice({ event: 'join', username: 'Bob', connected_count: 2 })
    client.notice({ event: 'leave', username: 'Bob', connected_count: 1 })
    client.notice({ event: 'join', username: 'Bob', connected_count: 2 })
    for (const run of later) run()
    expect(seen.slice(1)).toEqual([['Alice', 'Bob'], ['Alice'], ['Alice', 'Bob']])
  })

  it('JL5: asks who is here when notices left names out', async () => {
    client.up()
    client.notice({ event: 'join', users: ['C'], count: 12, connected_count: 14 })
    expect(session.people).toMatchObject({ count: 14, stale: true })
    client.statusAnswer = { connected_count: 14, connected_users: ['Bob', 'Alice', 'C', 'D'] }
    due.at(-1)?.()
    await settled()
    expect(session.people).toEqual({
      count: 14,
      names: ['Bob', 'Alice', 'C', 'D'],
      stale: false,
      truncated: false,
    })
  })

  it('welcomes once, however often the connection comes back', async () => {
    client.up()
    client.down()
    client.up()
    await settled()
    expect(session.rows.value.filter(({ kind }) => kind === 'notices')).toHaveLength(1)
  })
})
