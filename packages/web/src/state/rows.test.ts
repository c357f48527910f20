import { nameKey } from '@roomful/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { emptyLog, type Entry, entryOf, insert, type Log, raiseHead } from './log.ts'
import type { Notice } from './notices.ts'
import type { Divider } from './reading.ts'
import { deriveRows, type Row } from './rows.ts'

const NOON = new Date(2024, 4, 5, 12).getTime()
const MINUTE = 60_000
const LATER = NOON + 30 * 86_400_000

const said = (seq: number, author = 'Bob', at = NOON + seq * 1000): Entry =>
  entryOf(
    {
      type: 'message',
      username: author,
      message: `m${seq}`,
      timestamp: new Date(at).toISOString(),
      id: `i${seq}`,
      seq,
      room: 'r',
    },
    { arrivedAt: LATER, skew: 0, live: false },
  )
const whispered = (seq: number, from: string, to: string, at: number): Entry =>
  entryOf(
    {
      type: 'private',
      from,
      to,
      message: `w${seq}`,
      timestamp: new Date(at).toISOString(),
      id: `p${seq}`,
      seq,
      room: '@me',
    },
    { arrivedAt: LATER, skew: 0, live: false },
  )
const log = (entries: Entry[], head = 0): Log => raiseHead(insert(emptyLog('e', head), entries), head)
const derive = (room: Log, whispers = log([]), notices: Notice[] = [], divider: Divider | null = null) =>
  deriveRows({
    room,
    private: whispers,
    outgoing: [],
    online: true,
    notices,
    divider,
    ownKey: nameKey('Alice'),
    ownName: 'Alice',
  })
const notice = (key: string, event: Notice['event'], at: number): Notice => ({
  key,
  event,
  at,
  names: [key],
  count: 1,
})
const keys = (rows: readonly Row[]) => rows.map(({ key }) => key)
const firsts = (rows: readonly Row[]) => rows.flatMap((row) => (row.kind === 'message' ? [row.first] : []))
const days = (rows: readonly Row[]) =>
  rows.flatMap((row) => ('day' in row && row.day !== null ? [row.key] : []))

describe('groups', () => {
  it('joins messages of one author within five minutes', () => {
    const rows = derive(log([said(1), said(2), said(3, 'Carol'), said(4, 'Bob')]))
    expect(firsts(rows)).toEqual([true, false, true, true])
  })

  it('breaks after five minutes, at midnight, and around private messages and notices', () => {
    expect(firsts(derive(log([said(1, 'Bob', NOON), said(2, 'Bob', NOON + 5 * MINUTE + 1)])))).toEqual([
      true,
      true,
    ])
    const midnight = new Date(2024, 4, 6).getTime()
    const across = derive(log([said(1, 'Bob', midnight - 1), said(2, 'Bob', midnight)]))
    expect(firsts(across)).toEqual([true, true])
    expect(days(across)).toEqual(['room:1', 'room:2'])
    const whisper = log([whispered(1, 'Bob', 'Alice', NOON + 1500)])
    expect(firsts(derive(log([said(1), said(2)]), whisper))).toEqual([true, true, true])
    expect(firsts(derive(log([said(1), said(2)]), log([]), [notice('n', 'join', NOON + 1500)]))).toEqual([
      true,
      true,
    ])
  })

  it('does not join whispers to different people', () => {
    const whispers = log([whispered(1, 'Alice', 'Bob', NOON), whispered(2, 'Alice', 'Carol', NOON + 1000)])
    expect(firsts(derive(log([]), whispers))).toEqual([true, true])
  })
})

describe('gaps', () => {
  it('are rows between the entries they separate, and at the end', () => {
    expect(keys(derive(log([said(1), said(2), said(6)], 9)))).toEqual([
      'edge',
      'room:1',
      'room:2',
      'gap:room:2',
      'room:6',
      'gap:room:6',
    ])
  })

  it('leave no number between two neighbouring rows unaccounted for', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 1, max: 40 }), { minLength: 2 }),
        fc.integer({ min: 0, max: 50 }),
        (held, head) => {
          const room = log(
            held.map((seq) => said(seq)),
            head,
          )
          const covered: number[] = []
          for (const row of derive(room)) {
            if (row.kind === 'message') covered.push(Number(row.key.slice(5)))
            if (row.kind === 'gap') for (let n = row.gap.after + 1; n < row.gap.before; n++) covered.push(n)
          }
          const first = covered[0] ?? 1
          expect(covered).toEqual(Array.from({ length: room.head - first + 1 }, (_, i) => first + i))
        },
      ),
    )
  })
})

describe('older messages put in front', () => {
  it('change no row that was there', () => {
    const authors = fc.array(
      fc.tuple(fc.constantFrom('Bob', 'Carol'), fc.integer({ min: 1, max: 60 * 60_000 })),
      {
        minLength: 6,
        maxLength: 40,
      },
    )
    fc.assert(
      fc.property(authors, fc.integer({ min: 2, max: 5 }), (people, page) => {
        let at = NOON
        const entries = people.map(([author, pause], i) => said(i + 1, author, (at += pause)))
        let room = emptyLog('e', entries.length)
        let before: readonly Row[] = []
        for (let end = entries.length; end > 0; end -= page) {
          room = insert(room, entries.slice(Math.max(0, end - page), end))
          const rows = derive(room).slice(1)
          if (before.length > 0) expect(rows.slice(-before.length)).toEqual(before)
          before = rows
        }
        expect(before).toHaveLength(entries.length)
      }),
    )
  })

  it('hold back whispers from before what is held of the room', () => {
    const whispers = log([
      whispered(1, 'Bob', 'Alice', NOON + 2500),
      whispered(2, 'Bob', 'Alice', NOON + 9500),
    ])
    const partly = derive(log([said(8), said(9), said(10)], 10), whispers)
    expect(keys(partly)).toEqual(['edge', 'room:9', 'private:2', 'room:10'])
    const wholly = derive(log(Array.from({ length: 10 }, (_, i) => said(i + 1))), whispers)
    expect(keys(wholly).indexOf('private:1')).toBe(3)
  })
})

describe('notices', () => {
  it('fold when they follow each other, and never swallow the welcome', () => {
    const notices = [
      notice('w', 'welcome', NOON),
      notice('a', 'join', NOON + 1),
      notice('b', 'leave', NOON + 2),
      notice('c', 'join', NOON + 5000),
    ]
    const rows = derive(log([said(1, 'Bob', NOON + 4000)]), log([]), notices)
    expect(keys(rows)).toEqual(['edge', 'w', 'a', 'room:1', 'c'])
    expect(rows[2]).toMatchObject({ notices: [{ key: 'a' }, { key: 'b' }] })
  })

  it('MO9: of what moderators did stand each by itself', () => {
    const notices = [
      notice('a', 'join', NOON),
      notice('b', 'moderation', NOON + 1),
      notice('c', 'moderation', NOON + 2),
      notice('d', 'leave', NOON + 3),
      notice('e', 'leave', NOON + 4),
    ]
    expect(keys(derive(log([said(1)]), log([]), notices))).toEqual(['edge', 'a', 'b', 'c', 'd', 'room:1'])
  })
})

it('does not let a forged time turn the calendar', () => {
  const forged = entryOf(
    {
      type: 'message',
      username: 'Eve',
      message: 'x',
      timestamp: '2099-01-01T00:00:00Z',
      id: 'x',
      seq: 2,
      room: 'r',
    },
    { arrivedAt: NOON + 2000, skew: 0, live: true },
  )
  expect(days(derive(log([said(1), forged, said(3)])))).toEqual(['room:1'])
})

it('tells own messages by the key of the name', () => {
  const rows = derive(log([said(1, 'ALICE'), said(2, 'Bob')]))
  expect(rows.flatMap((row) => (row.kind === 'message' ? [row.own] : []))).toEqual([true, false])
})

it('tells the beginning of the conversation from more to load', () => {
  expect(derive(log([said(1)]))[0]?.kind).toBe('start')
  expect(derive(log([said(2), said(3)], 3))[0]?.kind).toBe('older')
})

describe('what is new', () => {
  const divided = (divider: Divider, ...whispers: Entry[]) =>
    derive(log([said(1), said(2), said(3, 'Alice'), said(4), said(5)]), log(whispers), [], divider).flatMap(
      (row) => (row.kind === 'message' && row.divided ? [`${row.key} ${row.first}`] : []),
    )
  const none = { room: 0, private: 0 }

  it('begins with the first message of somebody else that was not read, and with it a group', () => {
    expect(divided({ after: { room: 1, private: 0 }, upTo: { room: 5, private: 0 } })).toEqual([
      'room:2 true',
    ])
    expect(divided({ after: { room: 2, private: 0 }, upTo: { room: 5, private: 0 } })).toEqual([
      'room:4 true',
    ])
    expect(divided({ after: { room: 4, private: 0 }, upTo: { room: 4, private: 0 } })).toEqual([])
  })

  it('may begin with a private message', () => {
    const early = whispered(1, 'Bob', 'Alice', NOON + 3500)
    expect(divided({ after: { room: 3, private: 0 }, upTo: { room: 5, private: 1 } }, early)).toEqual([
      'private:1 true',
    ])
    expect(divided({ after: none, upTo: { room: 0, private: 1 } }, early)).toEqual(['private:1 true'])
  })
})
