import { ClientError } from '@roomful/client'
import { effect } from '@preact/signals'
import { beforeEach, describe, expect, it } from 'vitest'
import { FakeClient, said, whispered } from '../../testing/fake-client.ts'
import { SessionBench } from '../../testing/session-bench.ts'

let page: SessionBench
beforeEach(() => {
  page = new SessionBench()
})
const statuses = (): unknown[] =>
  page.session.rows.value.flatMap((row) =>
    row.kind === 'message' && row.own ? [`${row.text} ${row.status}`] : [],
  )
const onTheirWay = (): string[] => page.client.sends.map(({ entry }) => `${entry.clientId} ${entry.text}`)

describe('history', () => {
  it('begins with the newest page and goes back by hundreds', async () => {
    page.fill(260)
    page.client.up()
    await page.settled()
    expect(page.client.asked).toEqual(['lobby <261 50'])
    expect(page.keys()).toEqual(['edge', ...page.client.room.slice(-49).map(({ seq }) => `room:${seq}`)])
    await page.session.backfill.older()
    await page.session.backfill.older()
    await page.session.backfill.older()
    expect(page.client.asked.slice(1)).toEqual(['lobby <211 100', 'lobby <111 100', 'lobby <11 100'])
    expect(page.keys()).toEqual(['edge', ...page.client.room.map(({ seq }) => `room:${seq}`)])
    expect(page.session.rows.value[0]?.kind).toBe('start')
  })

  it('brings private messages of the same time along, so that all of it appears at once', async () => {
    page.fill(120)
    page.client.whispers = Array.from({ length: 6 }, (_, i) => whispered(i + 1, 20 * (i + 1)))
    page.client.up()
    await page.settled()
    expect(page.client.asked).toEqual(['lobby <121 50', '@me <7 100'])
    const shown = page.keys()
    expect(shown.indexOf('private:4')).toBe(shown.indexOf('room:80') + 1)
    expect(shown).not.toContain('private:2')
    await page.session.backfill.older()
    expect(page.keys()).toContain('private:1')
  })

  it('closes what was missed while the connection was lost', async () => {
    page.fill(10)
    page.client.up()
    await page.settled()
    page.client.down()
    page.client.room.push(...Array.from({ length: 230 }, (_, i) => said(11 + i)))
    page.client.whispers.push(whispered(1, 15))
    page.client.up()
    await page.settled()
    expect(page.client.asked.slice(1)).toEqual([
      'lobby >10 100',
      'lobby >110 100',
      'lobby >210 30',
      '@me >0 1',
    ])
    expect(page.keys().filter((key) => key.startsWith('room:'))).toEqual(
      page.client.room.map(({ seq }) => `room:${seq}`),
    )
    expect(page.keys()).toContain('private:1')
  })

  it('shows the end first and a gap before it when very much was missed', async () => {
    page.fill(10)
    page.client.up()
    await page.settled()
    page.client.down()
    page.client.room.push(...Array.from({ length: 3000 }, (_, i) => said(11 + i)))
    page.client.up()
    await page.settled()
    const gap = page.session.rows.value.find((row) => row.kind === 'gap')
    expect(gap).toMatchObject({ gap: { after: 10, before: 2911 } })
    expect(page.keys().at(-1)).toBe('room:3010')
    if (gap?.kind === 'gap') await page.session.backfill.heal(gap.gap, 'before')
    expect(page.session.rows.value.find((row) => row.kind === 'gap')).toMatchObject({
      gap: { after: 10, before: 2811 },
    })
  })

  it('shows the message that a link leads to, with what surrounds it', async () => {
    page.fill(500)
    page.client.up()
    await page.settled()
    expect(await page.session.jump.to(300)).toBe(true)
    expect(page.session.jump.shown.value?.key).toBe('room:300')
    expect(page.keys()).toContain('room:276')
    expect(page.keys()).toContain('room:324')
    expect(page.session.rows.value.find((row) => row.kind === 'gap')).toMatchObject({
      gap: { after: 324, before: 451 },
    })
    expect(await page.session.jump.to(451)).toBe(true)
    expect(await page.session.jump.to(1)).toBe(true)
    expect(page.session.rows.value[1]).toMatchObject({ seq: 1 })
    expect(await page.session.jump.to(501)).toBe(false)
  })

  it('says what is missing, and asks now and then whether anything is', async () => {
    page.fill(10)
    page.client.up()
    await page.settled()
    expect(page.session.check.standing.value).toMatchObject({ kind: 'complete', upTo: 10 })
    page.client.room.push(said(11), said(12))
    page.session.check.now()
    expect(page.session.check.standing.value).toEqual({ kind: 'checking' })
    await page.settled()
    // It may be on its way.
    expect(page.session.check.standing.value).toMatchObject({ kind: 'complete', upTo: 10 })
    page.due.at(-1)?.()
    expect(page.session.check.standing.value).toEqual({ kind: 'missing', count: 2 })
    await page.settled()
    expect(page.session.check.standing.value).toMatchObject({ kind: 'complete', upTo: 12 })
    expect(page.keys().slice(-2)).toEqual(['room:11', 'room:12'])
    page.client.whispers.push(whispered(1, 13))
    page.session.check.now()
    await page.settled()
    page.due.at(-1)?.()
    expect(page.session.check.standing.value).toEqual({ kind: 'missing', count: 1 })
    await page.settled()
    expect(page.keys()).toContain('private:1')
  })

  it('marks a gap that the server cannot fill, instead of asking for ever', async () => {
    page.fill(10)
    page.client.up()
    await page.settled()
    page.client.live({ ...said(15) })
    const gap = { log: 'room', after: 10, before: 15 } as const
    page.client.room = page.client.room.filter(({ seq }) => seq <= 10 || seq === 15)
    await page.session.backfill.heal(gap, 'after')
    expect(page.session.backfill.isLost(gap)).toBe(true)
    expect(page.keys()).toContain('gap:room:10')
  })

  it('tries a page again when the server asks to wait, and leaves it to the reader after a refusal', async () => {
    page.fill(10)
    page.client.faults = [new ClientError('rate_limited', '', { retryable: true, retryAfterMs: 5 })]
    page.client.up()
    await page.settled()
    expect(page.session.backfill.loadingOlder).toBe(true)
    page.due.pop()?.()
    await page.settled()
    expect(page.keys()).toContain('room:10')
    page.client.down()
    page.client.room.push(said(11))
    page.client.faults = [new ClientError('not_found', '')]
    page.client.up()
    await page.settled()
    expect(page.session.backfill.isStuck('room')).toBe(true)
    expect(page.keys()).toContain('gap:room:10')
  })

  it('begins anew when the numbers were given anew', async () => {
    page.fill(10)
    page.client.up()
    await page.settled()
    page.client.down()
    page.client.epoch = 'e2'
    page.client.room = [said(1, 'Eve', 'other history')]
    page.client.up()
    await page.settled()
    expect(page.keys()).toEqual(['edge', 'room:1'])
    expect(page.session.rows.value).toContainEqual(expect.objectContaining({ text: 'other history' }))
  })
})

describe('one’s own messages', () => {
  it('V2: are shown at once and settle with ack and broadcast', async () => {
    page.client.up()
    page.session.say('hi', null)
    expect(statuses()).toEqual(['hi sending'])
    page.client.sends[0]?.settle(1)
    page.client.live(said(1, 'Alice', 'hi'))
    await page.settled()
    expect(statuses()).toEqual(['hi sent'])
    expect(page.client.outbox.entries).toEqual([])
  })

  it('V3: that were cut off are sent again under the same id, in order, and shown once', async () => {
    page.client.up()
    page.session.say('one', null)
    page.session.say('two', 'Bob')
    expect(onTheirWay()).toEqual(['c1 one', 'c2 two'])
    page.client.down()
    await page.settled()
    expect(statuses()).toEqual(['one queued', 'two queued'])
    expect(page.refusals).toEqual([])
    page.client.room = [said(1, 'Alice', 'one')]
    page.client.up()
    await page.settled()
    expect(onTheirWay()).toEqual(['c1 one', 'c2 two'])
    // It is in the log, and which of the two it is only the ack can tell.
    expect(statuses()).toEqual(['one sending', 'two sending'])
    page.client.sends[0]?.settle(1)
    page.client.sends[1]?.settle(1)
    page.client.live({ ...whispered(1, 5, 'Alice', 'Bob'), message: 'two' })
    await page.settled()
    expect(page.keys()).toEqual(['edge', 'c1', 'c2'])
    expect(statuses()).toEqual(['one sent', 'two sent'])
  })

  it('V3: wait while there is no connection and go out one after the other, in order', async () => {
    page.client.up()
    page.client.down()
    for (const text of ['one', 'two', 'three']) page.session.say(text, null)
    expect(statuses()).toEqual(['one queued', 'two queued', 'three queued'])
    expect(page.client.sends).toEqual([])
    expect(page.client.outbox.entries).toHaveLength(3)
    page.client.up()
    page.session.say('four', null)
    expect(statuses()).toEqual(['one sending', 'two sending', 'three sending', 'four sending'])
    for (const seq of [1, 2, 3, 4]) {
      expect(onTheirWay()).toEqual(['c1 one', 'c2 two', 'c3 three', 'c4 four'].slice(0, seq))
      page.client.sends.at(-1)?.settle(seq)
    }
    await page.settled()
    page.client.live(...['one', 'two', 'three', 'four'].map((text, i) => said(i + 1, 'Alice', text)))
    expect(statuses()).toEqual(['one sent', 'two sent', 'three sent', 'four sent'])
    expect(page.refusals).toEqual([])
  })

  it('that came too fast are said to wait, and those behind them are on their way', async () => {
    page.client.up()
    page.session.say('one', null)
    page.client.sends[0]?.fail(new ClientError('rate_limited', '', { retryable: true, retryAfterMs: 700 }))
    await page.settled()
    page.session.say('two', null)
    expect(statuses()).toEqual(['one queued', 'two sending'])
    expect(onTheirWay()).toEqual(['c1 one'])
    page.client.outbox.retry('c1')
    expect(onTheirWay()).toEqual(['c1 one', 'c1 one'])
  })

  it('wait in no greater number than a page can hold', () => {
    let taken = 0
    while (page.session.say(String(taken), null)) taken++
    expect(statuses()).toHaveLength(taken)
  })

  it('that wait can be taken back', () => {
    page.client.up()
    page.client.down()
    page.session.say('one', null)
    expect(page.session.outbox.discard('c1')).toMatchObject({ text: 'one' })
    expect(statuses()).toEqual([])
    page.client.up()
    expect(page.client.sends).toEqual([])
  })

  it('that were on their way when the page went away are sent again by the next one, and shown once', async () => {
    page.client.up()
    page.session.say('one', null)
    page.client = new FakeClient(page.client.outbox.entries)
    page.client.room = [said(1, 'Alice', 'one')]
    page.begin()
    page.client.up()
    await page.settled()
    expect(onTheirWay()).toEqual(['c1 one'])
    expect(statuses()).toEqual(['one sending'])
    page.client.sends[0]?.settle(1)
    expect(page.keys()).toEqual(['edge', 'c1'])
    expect(statuses()).toEqual(['one sent'])
  })

  it('that were refused stay with their reason until they are sent again or taken back', async () => {
    page.client.up()
    page.session.say('one', 'Nobody')
    page.client.sends[0]?.fail(new ClientError('user_not_found', ''))
    await page.settled()
    expect(page.session.rows.value.at(-1)).toMatchObject({ status: 'failed', failure: 'user_not_found' })
    expect(page.refusals).toEqual(['user_not_found'])
    page.session.outbox.retry('c1')
    expect(onTheirWay()).toEqual(['c1 one', 'c1 one'])
    expect(page.session.outbox.discard('c1')).toBeUndefined()
    page.client.sends[1]?.fail(new ClientError('user_not_found', ''))
    expect(page.session.outbox.discard('c1')).toMatchObject({ text: 'one', to: 'Nobody' })
    expect(statuses()).toEqual([])
  })

  it('that were refused before a reload are not complained about again', () => {
    page.client.up()
    page.session.say('one', 'Nobody')
    page.client.sends[0]?.fail(new ClientError('user_not_found', ''))
    page.client = new FakeClient(page.client.outbox.entries)
    page.begin()
    page.client.up()
    expect(statuses()).toEqual(['one failed'])
    expect(page.refusals).toEqual(['user_not_found'])
  })
})

describe('what comes in', () => {
  it('is told of others and not of oneself, and not of other rooms', () => {
    page.client.up()
    page.client.live(
      said(1, 'Bob'),
      said(2, 'ALICE'),
      { ...said(3, 'Bob'), room: 'elsewhere' },
      whispered(1, 3),
    )
    expect(page.arrivals.map(({ text }) => text)).toEqual(['m1', 'w1'])
  })

  it('keeps messages and notices of one moment in the order in which they came', () => {
    page.client.up()
    page.client.notice({ event: 'join', username: 'Bob', connected_count: 2 })
    page.client.live(said(1, 'Bob'))
    page.client.notice({ event: 'leave', username: 'Bob', connected_count: 1 })
    expect(page.session.rows.value.map(({ kind }) => kind)).toEqual([
      'start',
      'notices',
      'notices',
      'message',
      'notices',
    ])
  })

  it('shows each notice by itself, so that nobody leaves and comes back unseen', () => {
    const later: (() => void)[] = []
    page.begin((run) => later.push(run))
    page.client.up()
    const seen: string[][] = []
    effect(() => void seen.push([...page.session.people.names]))
    page.client.notice({ event: 'join', username: 'Bob', connected_count: 2 })
    page.client.notice({ event: 'leave', username: 'Bob', connected_count: 1 })
    page.client.notice({ event: 'join', username: 'Bob', connected_count: 2 })
    for (const run of later) run()
    expect(seen.slice(1)).toEqual([['Alice', 'Bob'], ['Alice'], ['Alice', 'Bob']])
  })

  it('JL5: asks who is here when notices left names out', async () => {
    page.client.up()
    page.client.notice({ event: 'join', users: ['C'], count: 12, connected_count: 14 })
    expect(page.session.people).toMatchObject({ count: 14, stale: true })
    page.client.statusAnswer = { connected_count: 14, connected_users: ['Bob', 'Alice', 'C', 'D'] }
    page.due.at(-1)?.()
    await page.settled()
    expect(page.session.people).toEqual({
      count: 14,
      names: ['Bob', 'Alice', 'C', 'D'],
      stale: false,
      truncated: false,
    })
  })

  it('welcomes once, however often the connection comes back', async () => {
    page.client.up()
    page.client.down()
    page.client.up()
    await page.settled()
    expect(page.session.rows.value.filter(({ kind }) => kind === 'notices')).toHaveLength(1)
  })
})
