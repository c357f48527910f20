/** The promises of the `Store` port, as tests that every store passes. */
import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type NewEntry, NOBODY, StoreUnavailable } from '../src/ports/store.ts'
import { content, reading, rooms } from './store-contract-reading.ts'
import { references } from './store-contract-references.ts'
import { letGoIds, retention } from './store-contract-retention.ts'
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
  shown,
  textsOf,
} from './store-support.ts'

export function storeContract(name: string, open: OpenStore): void {
  describe(`${name} as a Store`, () => {
    let opened: OpenedStore
    const context = {} as Context

    beforeEach(async () => {
      opened = await open()
      context.store = opened.store
      context.reopened = async () => (context.store = (await opened.reopen?.()) ?? context.store)
    })
    afterEach(() => opened.destroy())

    describe('numbering', () => numbering(context))
    describe('a limit of logs', () => logLimit(open))
    describe('copies', () => copies(context))
    describe('client ids', () => clientIds(context))
    describe('entries about others', () => references(context))
    describe('reading', () => reading(context))
    describe('rooms', () => rooms(context))
    describe('content', () => content(context))
    describe('retention', () => retention(context))
    describe('client ids of what is gone', () => letGoIds(context, open))
    describe('closing', () => closing(context))
    describe('reopening', () => reopening(context))
  })
}

function numbering(context: Context): void {
  it('gives 1, 2, 3 … in the order of a batch', async () => {
    const results = await context.store.append(entries(5))
    expect(results).toEqual(numbersTo(5).map((seq) => ({ outcome: 'appended', seq, copySeq: 0 })))
    expect(textsOf(await all(context.store))).toEqual(['1', '2', '3', '4', '5'])
  })

  it('numbers each log on its own', async () => {
    const logs = ['a', 'b', 'a', 'c', 'b', 'a']
    const results = await context.store.append(logs.map((log) => entry({ log })))
    expect(results.map(seqOf)).toEqual([1, 1, 2, 1, 2, 3])
    expect(await context.store.heads(['a', 'b', 'c'])).toEqual([3, 2, 1])
  })

  it('goes on where the batch before ended', async () => {
    await context.store.append(entries(3))
    expect((await context.store.append(entries(2))).map(seqOf)).toEqual([4, 5])
  })

  it('serves many batches under way in the order of calling', async () => {
    const batches = numbersTo(200).map((batch) => entries(3, { text: String(batch) }))
    const results = await Promise.all(batches.map((batch) => context.store.append(batch)))
    expect(results.flat().map(seqOf)).toEqual(numbersTo(600))
    expect(textsOf(await all(context.store))).toEqual(batches.flat().map(({ text }) => text))
  })

  it('gives 5,000 appends at once 5,000 numbers without a hole', async () => {
    const calls = numbersTo(5_000).map((call) =>
      context.store.append([entry({ log: `room-${call % 7}`, text: String(call) })]),
    )
    const results = (await Promise.all(calls)).flat()
    for (let room = 0; room < 7; room++) {
      const own = numbersTo(5_000).filter((call) => call % 7 === room)
      expect(own.map((call) => seqOf(results[call - 1]))).toEqual(numbersTo(own.length))
    }
  }, 30_000)

  it('serves a read in its turn: it sees every append that was called before it', async () => {
    void context.store.append(entries(3))
    const seen = all(context.store)
    void context.store.append(entries(3))
    expect(seqsOf(await seen).slice(0, 3)).toEqual([1, 2, 3])
  })

  it('has an epoch of its own', async () => {
    expect(context.store.epoch).toMatch(/^[\w-]{8,}$/)
  })

  it('takes an empty batch', async () => {
    expect(await context.store.append([])).toEqual([])
    expect(await context.store.heads(['lobby'])).toEqual([0])
  })

  it('takes a batch of 5,000', async () => {
    const results = await context.store.append(entries(5_000))
    expect(seqOf(results.at(-1))).toBe(5_000)
    expect(await context.store.heads(['lobby'])).toEqual([5_000])
  }, 30_000)
}

function copies(context: Context): void {
  const whisper = (given: Partial<NewEntry> = {}) =>
    entry({ log: '@alice', copy: '@bob', kind: 'private', target: 'Bob', ...given })

  it('puts the same entry into both logs, numbered by each', async () => {
    await context.store.append([entry({ log: '@bob' }), entry({ log: '@bob' })])
    const sent = whisper()
    expect(await context.store.append([sent])).toEqual([{ outcome: 'appended', seq: 1, copySeq: 3 }])
    expect(await all(context.store, '@alice')).toEqual([shown(sent, 1)])
    expect((await all(context.store, '@bob')).at(-1)).toEqual({ ...shown(sent, 3), log: '@bob' })
  })

  it('numbers copies and entries of one batch in its order', async () => {
    const results = await context.store.append([
      whisper({ text: '1' }),
      entry({ log: '@bob', text: '2' }),
      entry({ log: '@bob', copy: '@alice', text: '3' }),
      whisper({ text: '4' }),
    ])
    expect(
      results.map((result) => (result.outcome === 'appended' ? [result.seq, result.copySeq] : [])),
    ).toEqual([
      [1, 1],
      [2, 0],
      [3, 2],
      [3, 4],
    ])
    expect(textsOf(await all(context.store, '@alice'))).toEqual(['1', '3', '4'])
    expect(textsOf(await all(context.store, '@bob'))).toEqual(['1', '2', '3', '4'])
  })

  it('puts an entry once into a log that is its own copy', async () => {
    const self = whisper({ copy: '@alice', clientId: randomUUID() })
    expect(await context.store.append([self])).toEqual([{ outcome: 'appended', seq: 1, copySeq: 1 }])
    expect(await all(context.store, '@alice')).toEqual([shown(self, 1)])
  })

  it('does not copy again what is sent again', async () => {
    const sent = whisper({ clientId: randomUUID() })
    await context.store.append([sent])
    const [again] = await context.store.append([{ ...sent, id: 'again' }])
    expect(again?.outcome).toBe('duplicate')
    expect(await context.store.heads(['@alice', '@bob'])).toEqual([1, 1])
  })

  it('knows a client id in the first log only', async () => {
    const clientId = randomUUID()
    const results = await context.store.append([
      whisper({ clientId }),
      whisper({ log: '@carol', text: 'another', clientId }),
      entry({ log: '@bob', text: 'my own', clientId }),
    ])
    expect(results.map(({ outcome }) => outcome)).toEqual(['appended', 'appended', 'appended'])
    expect((await all(context.store, '@bob')).map((found) => found.clientId)).toEqual([null, null, clientId])
  })
}

function clientIds(context: Context): void {
  const clientId = '3f2504e0-4f89-41d3-9a0c-0305e82c3301'
  const first = entry({ clientId, id: 'first', timestamp: '2024-01-01T12:00:00Z' })
  const again = entry({ clientId, id: 'second', timestamp: '2025-05-05T05:05:05Z', at: 5 })
  const duplicate = { outcome: 'duplicate', seq: 1, id: 'first', timestamp: '2024-01-01T12:00:00Z' }

  it('answers the same again with the first one, within a batch', async () => {
    const results = await context.store.append([first, again, entry()])
    expect(results).toEqual([
      { outcome: 'appended', seq: 1, copySeq: 0 },
      duplicate,
      { outcome: 'appended', seq: 2, copySeq: 0 },
    ])
    expect(seqsOf(await all(context.store))).toEqual([1, 2])
  })

  it('answers the same again with the first one, in a later batch and after a restart', async () => {
    await context.store.append([first])
    expect(await context.store.append([again])).toEqual([duplicate])
    const store = await context.reopened()
    expect(await store.append([again])).toEqual([duplicate])
    expect(await all(store)).toEqual([shown(first, 1)])
  })

  it('answers the same again while the first one is under way', async () => {
    const both = await Promise.all([context.store.append([first]), context.store.append([again])])
    expect(both[1]).toEqual([duplicate])
  })

  it.each([
    ['text', { text: 'other' }],
    ['author', { author: 'Bob', authorId: 'p-bob' }],
    ['target', { target: 'Bob' }],
    ['text that differs only in its normal form', { text: 'he\u0301llo' }],
  ])('answers another %s with a conflict, in a batch, later, and after a restart', async (_, other) => {
    const results = await context.store.append([first, { ...again, ...other }, entry()])
    expect(results[1]).toEqual({ outcome: 'conflict' })
    expect(seqOf(results[2])).toBe(2)
    expect(await context.store.append([{ ...again, ...other }])).toEqual([{ outcome: 'conflict' }])
    expect(await (await context.reopened()).append([{ ...again, ...other }])).toEqual([
      { outcome: 'conflict' },
    ])
    expect(await context.store.heads(['lobby'])).toEqual([2])
  })

  it('takes the same from another session of the author, or in another spelling of the name, for the same', async () => {
    await context.store.append([first])
    expect(await context.store.append([{ ...again, authorId: 'p-other' }])).toEqual([duplicate])
    expect(await context.store.append([{ ...again, author: 'ALICE' }])).toEqual([duplicate])
  })

  it('answers a repeat whose addressee is not here any more, and takes nothing for nobody', async () => {
    const log = '@alice'
    const said = entry({ log, copy: '@bob', kind: 'private', target: 'Bob', clientId, id: 'said' })
    const later = { ...said, copy: NOBODY, id: 'later', target: 'bob' }
    const refused = { outcome: 'refused', why: 'nobody' }
    expect(await context.store.append([later])).toEqual([refused])
    await context.store.append([said])
    const store = await context.reopened()
    expect(await store.append([later, { ...later, clientId: null }, { ...later, text: 'other' }])).toEqual([
      { outcome: 'duplicate', seq: 1, id: 'said', timestamp: said.timestamp },
      refused,
      { outcome: 'conflict' },
    ])
    const other = '3f2504e0-4f89-41d3-9a0c-0305e82c3399'
    expect(await store.append([{ ...later, clientId: other, about: 1 }])).toEqual([refused])
    expect(await store.heads([log, '@bob', NOBODY])).toEqual([1, 1, 0])
  })

  it('is one per log', async () => {
    const results = await context.store.append([first, { ...again, log: 'other' }])
    expect(results.map(seqOf)).toEqual([1, 1])
  })

  it('lets entries without one be as equal as they like', async () => {
    const same = entry()
    expect((await context.store.append([same, { ...same }, { ...same }])).map(seqOf)).toEqual([1, 2, 3])
  })

  it('leaves no hole where nothing was written', async () => {
    await context.store.append([first])
    const results = await context.store.append([
      entry(),
      again,
      { ...again, text: 'x' },
      entry(),
      again,
      entry(),
    ])
    expect(results.map(seqOf)).toEqual([2, null, null, 3, null, 4])
    expect(seqsOf(await all(context.store))).toEqual([1, 2, 3, 4])
  })
}

function closing(context: Context): void {
  it('waits for what is under way', async () => {
    const calls = numbersTo(50).map(() => context.store.append(entries(20)))
    const settled: string[] = []
    for (const call of calls) void call.then(() => settled.push('append'))
    await context.store.close().then(() => settled.push('close'))
    expect(settled).toHaveLength(51)
    expect(settled.at(-1)).toBe('close')
    expect((await calls.at(-1))?.map(seqOf).at(-1)).toBe(1_000)
  })

  it('rejects every call after it', async () => {
    const { store } = context
    const closed = store.close()
    const calls = [
      () => store.append([entry()]),
      () => store.read('lobby', { after: 0 }, 1),
      () => store.heads(['lobby']),
      () => store.firsts(['lobby']),
      () => store.trim({ keep: 1, before: null, idsBefore: null }, 1),
      () => store.rooms('', 1),
      () => store.check(),
    ]
    for (const call of calls) await expect(call()).rejects.toBeInstanceOf(StoreUnavailable)
    await closed
    for (const call of calls) await expect(call()).rejects.toMatchObject({ code: 'unavailable' })
  })

  it('is the same twice as once', async () => {
    await Promise.all([context.store.close(), context.store.close()])
    await expect(context.store.close()).resolves.toBeUndefined()
  })
}

function reopening(context: Context): void {
  it('keeps epoch, entries and numbers', async () => {
    const { epoch } = context.store
    expect(epoch).not.toBe('')
    const sent = [entry({ log: 'a' }), entry({ log: '@b', copy: '@c' }), entry({ log: 'a', text: '再見' })]
    await context.store.append(sent)
    const store = await context.reopened()
    expect(store.epoch).toBe(epoch)
    expect(await all(store, 'a')).toEqual([shown(sent[0] as NewEntry, 1), shown(sent[2] as NewEntry, 2)])
    expect(await store.heads(['a', '@b', '@c', 'd'])).toEqual([2, 1, 1, 0])
    expect(await store.append([entry({ log: 'a' }), entry({ log: '@c' })])).toEqual([
      { outcome: 'appended', seq: 3, copySeq: 0 },
      { outcome: 'appended', seq: 2, copySeq: 0 },
    ])
    expect(await store.rooms('', 10)).toEqual([{ room: 'a', head: 3 }])
  })
}

function logLimit(open: OpenStore): void {
  const tooMany = { outcome: 'refused', why: 'too_many_logs' }
  let opened: OpenedStore
  beforeEach(async () => {
    opened = await open({ maxLogs: 3 })
  })
  afterEach(() => opened.destroy())

  it('refuses what would begin one more, and serves those that are there', async () => {
    const { store } = opened
    const said = await store.append([
      entry({ log: 'a' }),
      entry({ log: '@b', copy: '@b', kind: 'private' }),
      entry({ log: '@c', copy: '@d', kind: 'private' }),
      entry({ log: 'c' }),
      entry({ log: 'd' }),
      entry({ log: 'a', clientId: 'one' }),
      entry({ log: '@b', copy: '@d', kind: 'private', about: 1 }),
      entry({ log: '@b', about: 1, kind: 'edit' }),
      entry({ log: 'a', clientId: 'one' }),
    ])
    expect(said.map(seqOf)).toEqual([1, 1, null, 1, null, 2, null, 2, null])
    expect([said[2], said[4], said[6]]).toEqual([tooMany, tooMany, tooMany])
    expect(said[8]).toMatchObject({ outcome: 'duplicate', seq: 2 })
    expect(await store.heads(['a', '@b', 'c', '@c', '@d', 'd'])).toEqual([2, 2, 1, 0, 0, 0])
  })

  it('counts no log for what was refused, and those that retention has emptied', async () => {
    const { store } = opened
    const nothing = [1, 2, 3].map((number) => entry({ log: `r${number}`, about: 7 }))
    for (const refused of await store.append(nothing))
      expect(refused).toEqual({ outcome: 'refused', why: 'not_found' })
    await store.append(['a', 'b', 'c'].map((log) => entry({ log })))
    await store.trim({ keep: 0, before: null, idsBefore: null }, 100)
    expect(await store.append([entry({ log: 'd' }), entry({ log: 'a' })])).toMatchObject([
      tooMany,
      { outcome: 'appended', seq: 2 },
    ])
  })

  it('counts anew after a restart', async () => {
    await opened.store.append(['a', 'b'].map((log) => entry({ log })))
    const store = (await opened.reopen?.()) ?? opened.store
    expect(await store.append([entry({ log: 'c' }), entry({ log: 'd' })])).toMatchObject([
      { seq: 1 },
      tooMany,
    ])
  })
}
