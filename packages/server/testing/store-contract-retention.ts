/** The part of the `Store` contract that is about letting go. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  CANARY_KEPT,
  CANARY_LOG,
  type NewEntry,
  NOBODY,
  type Retention,
  type Store,
  TICKET_LOG,
  TICKETS_KEPT,
} from '../src/ports/store.ts'
import {
  all,
  type Context,
  entries,
  entry,
  numbersTo,
  type OpenedStore,
  type OpenStore,
  seqOf,
  seqsOf,
  textsOf,
} from './store-support.ts'

/** More than any test here holds. */
const ALL = 100_000

const keep = (count: number): Retention => ({ keep: count, before: null, idsBefore: null })
const before = (at: number): Retention => ({ keep: null, before: at, idsBefore: null })

/** One entry for each time, in one log. */
const at = (log: string, times: readonly number[]) =>
  times.map((time) => entry({ log, at: time, text: String(time) }))

async function trimmed(store: Store, bounds: Retention): Promise<void> {
  expect(await store.trim(bounds, ALL)).toBe(true)
}

export function retention(context: Context): void {
  it('keeps the newest of each log, and their numbers', async () => {
    const { store } = context
    await store.append([...entries(10), ...entries(3, { log: 'b' }), ...entries(5, { log: '@c' })])
    await trimmed(store, keep(4))
    expect(textsOf(await all(store))).toEqual(['7', '8', '9', '10'])
    expect(seqsOf(await all(store))).toEqual([7, 8, 9, 10])
    expect(seqsOf(await all(store, 'b'))).toEqual([1, 2, 3])
    expect(await store.firsts(['lobby', 'b', '@c', 'd'])).toEqual([7, 1, 2, 1])
    expect(await store.heads(['lobby', 'b', '@c', 'd'])).toEqual([10, 3, 5, 0])
  })

  it('keeps the newest of the canary whatever else is kept, a bounded number at a time', async () => {
    const { store } = context
    await store.append([...entries(CANARY_KEPT + 30, { log: CANARY_LOG }), ...entries(CANARY_KEPT + 30)])
    const everything = { keep: null, before: null, idsBefore: null }
    expect(await store.trim(everything, 20)).toBe(false)
    expect(await store.firsts([CANARY_LOG, 'lobby'])).toEqual([21, 1])
    await trimmed(store, everything)
    expect(await store.firsts([CANARY_LOG, 'lobby'])).toEqual([31, 1])
    expect(await store.heads([CANARY_LOG])).toEqual([CANARY_KEPT + 30])
    expect(seqsOf(await all(store, CANARY_LOG))).toEqual(numbersTo(CANARY_KEPT).map((seq) => seq + 30))
    expect((await store.append([entry({ log: CANARY_LOG })])).map(seqOf)).toEqual([CANARY_KEPT + 31])
    await trimmed(store, keep(10))
    expect(await store.firsts([CANARY_LOG])).toEqual([CANARY_KEPT + 22])
  })

  it('keeps the newest of the tickets, and forgets the client ids of those that went', async () => {
    const { store } = context
    const shownAt = (i: number): NewEntry => entry({ log: TICKET_LOG, clientId: `ticket-${i}` })
    await store.append(numbersTo(TICKETS_KEPT + 2).map(shownAt))
    await trimmed(store, { keep: null, before: null, idsBefore: 0 })
    expect(await store.firsts([TICKET_LOG])).toEqual([3])
    expect(await store.append([shownAt(2), shownAt(3)])).toMatchObject([
      { outcome: 'appended', seq: TICKETS_KEPT + 3 },
      { outcome: 'duplicate', seq: 3 },
    ])
  })

  it('goes on with the next number, also in a log that is empty now and after a restart', async () => {
    await context.store.append([...entries(3), ...entries(2, { log: 'b' })])
    await trimmed(context.store, keep(0))
    expect((await context.store.append([entry({ log: 'b' })])).map(seqOf)).toEqual([3])
    const store = await context.reopened()
    expect(await store.firsts(['lobby', 'b'])).toEqual([4, 3])
    expect(await store.heads(['lobby', 'b'])).toEqual([3, 3])
    expect(await all(store)).toEqual([])
    expect(await store.rooms('', 10)).toEqual([{ room: 'b', head: 3 }])
    expect((await store.append([entry(), entry({ log: 'b' })])).map(seqOf)).toEqual([4, 4])
    expect(seqsOf(await all(store))).toEqual([4])
    expect(await store.firsts(['lobby', 'b'])).toEqual([4, 3])
  })

  it('removes what is older than a time, in every log', async () => {
    const { store } = context
    await store.append([...at('a', [1, 2]), ...at('@b', [2, 3]), ...at('a', [3, 5])])
    await trimmed(store, before(3))
    expect(textsOf(await all(store, 'a'))).toEqual(['3', '5'])
    expect(textsOf(await all(store, '@b'))).toEqual(['3'])
    expect(await store.firsts(['a', '@b'])).toEqual([3, 2])
    await trimmed(store, before(4))
    expect(await store.firsts(['a', '@b'])).toEqual([4, 3])
  })

  it('never leaves a hole where the clock went back', async () => {
    const { store } = context
    await store.append(at('a', [1, 9, 2, 8]))
    await trimmed(store, before(5))
    expect(textsOf(await all(store, 'a'))).toEqual(['9', '2', '8'])
  })

  it('takes both bounds together, and none for nothing to do', async () => {
    const { store } = context
    await store.append([...at('a', [1, 2, 3, 4]), ...at('b', [5, 6, 7, 8])])
    await trimmed(store, { keep: null, before: null, idsBefore: null })
    expect(await store.firsts(['a', 'b'])).toEqual([1, 1])
    await trimmed(store, { keep: 3, before: 4, idsBefore: null })
    expect(await store.firsts(['a', 'b'])).toEqual([4, 2])
  })

  it.each([
    ['by count', keep(2)],
    ['by age', before(24)],
  ])('%s goes step by step, each of them whole', async (_, bounds) => {
    const { store } = context
    await store.append(numbersTo(25).map((time) => entry({ at: time })))
    await store.append([entry({ log: 'b', at: 30 })])
    const firsts: number[] = []
    for (let done = false; !done; ) {
      done = await store.trim(bounds, 5)
      const [first = 0] = await store.firsts(['lobby'])
      expect(seqsOf(await all(store))[0]).toBe(first)
      firsts.push(first)
    }
    expect(firsts.slice(0, 5)).toEqual([6, 11, 16, 21, 24])
    expect(new Set(firsts.slice(5))).toEqual(new Set(firsts.length > 5 ? [24] : []))
  })

  it('leaves the client id of an entry to its log when a copy goes', async () => {
    const { store } = context
    const sent = entry({ log: '@a', copy: '@b', clientId: 'c' })
    await store.append([sent, ...entries(2, { log: '@b' })])
    await store.append([{ ...entry({ log: '@b' }), clientId: 'c' }])
    await trimmed(store, keep(2))
    const again = await store.append([{ ...sent, id: 'again' }])
    expect(again.map(({ outcome }) => outcome)).toEqual(['duplicate'])
    expect(await store.firsts(['@a', '@b'])).toEqual([1, 3])
  })

  it.each([
    ['by count', keep(5)],
    ['by age', before(2)],
  ])(
    '%s takes the text of edits with what they are about, and leaves other entries about it',
    async (_, bounds) => {
      const { store } = context
      const about = (given: Partial<NewEntry>) => entry({ about: 1, at: 5, ...given })
      await store.append([
        entry({ at: 1, text: 'secret' }),
        entry({ at: 3, text: 'kept' }),
        about({ kind: 'edit', text: 'corrected secret', clientId: 'c' }),
        about({ kind: 'reaction', text: '👍' }),
        about({ text: 'reply' }),
      ])
      await store.append([about({ kind: 'edit', about: 2, text: 'corrected' })])
      await trimmed(store, bounds)
      const left = ['kept', '', '👍', 'reply', 'corrected']
      expect(textsOf(await all(store))).toEqual(left)
      expect(textsOf(await all(await context.reopened()))).toEqual(left)
      const again = about({ kind: 'edit', text: 'corrected secret', clientId: 'c' })
      const refused = { outcome: 'refused', why: 'not_found' }
      expect(await context.store.append([again, about({ kind: 'delete', text: '' })])).toMatchObject([
        { outcome: 'duplicate', seq: 3 },
        refused,
      ])
    },
  )

  it('leaves the edits of a private message in the log that keeps it, where its author can delete them', async () => {
    const { store } = context
    await store.append([entry({ log: '@a', copy: '@b', kind: 'private', text: 'secret' })])
    await store.append([entry({ log: '@a', kind: 'edit', about: 1, text: 'corrected secret' })])
    await store.append(entries(2, { log: '@b' }))
    await trimmed(store, keep(3))
    expect(textsOf(await all(store, '@a'))).toEqual(['secret', 'corrected secret'])
    expect(textsOf(await all(store, '@b'))).toEqual(['', '1', '2'])
    await store.append([entry({ log: '@a', kind: 'delete', about: 1, text: '' })])
    expect(textsOf(await all(store, '@a'))).toEqual(['', '', ''])
    expect(textsOf(await all(store, '@b'))).toEqual(['', '1', '2'])
  })

  it('reads ranges around what is gone', async () => {
    const { store } = context
    await store.append(entries(10))
    await trimmed(store, keep(4))
    const read = async (range: Parameters<Store['read']>[1], limit: number) =>
      seqsOf(await store.read('lobby', range, limit))
    expect(await read({ after: 0 }, 2)).toEqual([7, 8])
    expect(await read({ after: 8 }, 9)).toEqual([9, 10])
    expect(await read({ before: 9 }, 9)).toEqual([7, 8])
    expect(await read({ before: 7 }, 9)).toEqual([])
    expect(await read({ before: 3 }, 9)).toEqual([])
  })

  it('serves batches that come in between', async () => {
    const { store } = context
    await store.append(entries(100))
    const trims = numbersTo(12).map(() => store.trim(keep(10), 10))
    const appends = numbersTo(12).map(() => store.append(entries(2)))
    expect((await Promise.all(appends)).flat().map(seqOf)).toEqual(numbersTo(24).map((seq) => 100 + seq))
    await Promise.all(trims)
    await trimmed(store, keep(10))
    expect(seqsOf(await all(store))).toEqual(numbersTo(10).map((seq) => 114 + seq))
  })

  it('keeps more logs than one step looks at to their bounds', async () => {
    const { store } = context
    const logs = numbersTo(2_500).map((number) => `r${number}`)
    for (let round = 0; round < 3; round++) await store.append(logs.map((log) => entry({ log })))
    for (let steps = 0; !(await store.trim(keep(1), 1_700)); steps++) expect(steps).toBeLessThan(20)
    expect(await store.firsts(logs)).toEqual(logs.map(() => 3))
  })
}

const said = numbersTo(6).map((number) =>
  entry({ clientId: `c${number}`, id: `first-${number}`, text: String(number), at: number }),
)
const again = () => said.map((sent) => ({ ...sent, id: `again-${sent.text}`, timestamp: 'later' }))
const outcomes = async (store: Store, sent: readonly NewEntry[]) =>
  (await store.append(sent)).map(({ outcome }) => outcome)

/** Client ids of entries that are gone. */
export function letGoIds(context: Context, open: OpenStore): void {
  const firsts = said.map(({ id, timestamp }, i) => ({ outcome: 'duplicate', seq: i + 1, id, timestamp }))
  it.each([
    ['by count', keep(2)],
    ['by age', before(5)],
  ])('are known when it goes %s, also after a restart, and nothing is stored twice', async (_, bounds) => {
    await context.store.append(said)
    await trimmed(context.store, bounds)
    expect(await context.store.append(again())).toEqual(firsts)
    const store = await context.reopened()
    expect(await store.append([...again(), entry({ clientId: 'other' })])).toEqual([
      ...firsts,
      { outcome: 'appended', seq: 7, copySeq: 0 },
    ])
    expect(seqsOf(await all(store))).toEqual([5, 6, 7])
  })

  it.each([
    ['author', { author: 'Bob', authorId: 'p-bob' }],
    ['kind', { kind: 'private' as const }],
    ['target', { target: 'Bob' }],
    ['entry that it is about', { about: 1 }],
  ])('with another %s are a conflict, and with another text the same', async (_, other) => {
    const { store } = context
    await store.append([entry(), ...said])
    await trimmed(store, keep(1))
    const [first] = again() as [NewEntry]
    expect(await outcomes(store, [{ ...first, ...other }])).toEqual(['conflict'])
    expect(await outcomes(store, [{ ...first, text: 'another', authorId: 'p-other' }])).toEqual(['duplicate'])
    expect(await outcomes(await context.reopened(), [{ ...first, ...other }])).toEqual(['conflict'])
    expect(await context.store.heads(['lobby'])).toEqual([7])
  })

  it('are those of one log each, without those of copies', async () => {
    const { store } = context
    const whisper = entry({ log: '@a', copy: '@b', kind: 'private', target: 'Bob', clientId: 'c' })
    await store.append([whisper, ...entries(2, { log: '@b' })])
    await trimmed(store, keep(0))
    const later = { ...whisper, id: 'later' }
    expect(await store.append([later, { ...later, copy: NOBODY }])).toMatchObject([
      { outcome: 'duplicate', seq: 1, id: whisper.id },
      { outcome: 'duplicate', seq: 1, id: whisper.id },
    ])
    expect(
      await store.append([{ ...later, log: '@b', copy: '@a' }, entry({ log: 'c', clientId: 'c' })]),
    ).toEqual([
      { outcome: 'appended', seq: 4, copySeq: 2 },
      { outcome: 'appended', seq: 1, copySeq: 0 },
    ])
    expect(await store.heads(['@a', '@b'])).toEqual([2, 4])
  })

  it('answer changes of what is gone as well', async () => {
    const { store } = context
    const edit = entry({ kind: 'edit', about: 1, text: 'corrected', clientId: 'edit', id: 'first' })
    const reaction = entry({ kind: 'reaction', about: 1, text: '👍', clientId: 'reaction', id: 'second' })
    await store.append([entry(), edit, reaction])
    await trimmed(store, keep(0))
    const later = [edit, reaction].map((sent) => ({ ...sent, id: 'later', text: '🎉' }))
    expect(await store.append(later)).toMatchObject([
      { outcome: 'duplicate', seq: 2, id: 'first' },
      { outcome: 'duplicate', seq: 3, id: 'second' },
    ])
    expect(
      await outcomes(store, [
        { ...edit, about: 3 },
        { ...edit, clientId: 'new' },
      ]),
    ).toEqual(['conflict', 'refused'])
  })

  it('are forgotten when the entry is older than a time, whether it goes then or went before', async () => {
    const { store } = context
    await store.append(said)
    await trimmed(store, { keep: 4, before: null, idsBefore: 2 })
    expect(await outcomes(store, again())).toEqual(['appended', ...firsts.slice(1).map(() => 'duplicate')])
    await trimmed(store, { ...keep(0), idsBefore: 4 })
    const known = await outcomes(await context.reopened(), again())
    expect(known).toEqual(['appended', 'appended', 'appended', 'duplicate', 'duplicate', 'duplicate'])
  })

  it('are forgotten a bounded number at a time, also when nothing else is removed', async () => {
    const { store } = context
    await store.append(numbersTo(25).map((time) => entry({ clientId: `c${time}`, at: time })))
    await trimmed(store, keep(0))
    const bounds: Retention = { keep: null, before: null, idsBefore: 24 }
    let steps = 1
    while (!(await store.trim(bounds, 5))) steps++
    expect(steps).toBe(5)
    const late = [23, 24].map((time) => entry({ clientId: `c${time}`, at: 30 }))
    expect(await outcomes(store, late)).toEqual(['appended', 'duplicate'])
  })

  describe('in a small store', () => letGoIdsInSmallStore(open))
}

function letGoIdsInSmallStore(open: OpenStore): void {
  let opened: OpenedStore
  beforeEach(async () => {
    opened = await open({ maxLogs: 2, maxLetGoIds: 3 })
  })
  afterEach(() => opened.destroy())

  it('are so many at most, those of the youngest entries, wherever they were said', async () => {
    await opened.store.append(said.map((sent, i) => ({ ...sent, log: i % 2 === 0 ? 'a' : 'b' })))
    await trimmed(opened.store, keep(1))
    await trimmed(opened.store, keep(0))
    const repeats = again().map((sent, i) => ({ ...sent, log: i % 2 === 0 ? 'a' : 'b' }))
    const expected = [
      ...Array.from({ length: 3 }, () => 'appended'),
      ...Array.from({ length: 3 }, () => 'duplicate'),
    ]
    expect(await outcomes(opened.store, repeats)).toEqual(expected)
    await trimmed(opened.store, keep(0))
    const store = (await opened.reopen?.()) ?? opened.store
    expect(await outcomes(store, repeats)).toEqual(expected)
  })

  it('are known also where no further log may begin', async () => {
    const { store } = opened
    const whisper = entry({ log: '@a', copy: '@b', kind: 'private', target: 'Bob', clientId: 'c' })
    await store.append([whisper])
    const stranger = { ...whisper, id: 'later', copy: '@stranger' }
    expect(await outcomes(store, [stranger])).toEqual(['duplicate'])
    await trimmed(store, keep(0))
    expect(await outcomes(store, [stranger, { ...stranger, clientId: 'd' }])).toEqual([
      'duplicate',
      'refused',
    ])
  })
}
