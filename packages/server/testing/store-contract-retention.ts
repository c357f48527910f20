/** The part of the `Store` contract that is about letting go. */
import { expect, it } from 'vitest'
import type { NewEntry, Retention, Store } from '../src/ports/store.ts'
import { all, type Context, entries, entry, numbersTo, seqOf, seqsOf, textsOf } from './store-support.ts'

/** More than any test here holds. */
const ALL = 100_000

const keep = (count: number): Retention => ({ keep: count, before: null })
const before = (at: number): Retention => ({ keep: null, before: at })

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
    await trimmed(store, { keep: null, before: null })
    expect(await store.firsts(['a', 'b'])).toEqual([1, 1])
    await trimmed(store, { keep: 3, before: 4 })
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

  it('forgets the client ids of what is gone, and knows those of what is there', async () => {
    const { store } = context
    const said = numbersTo(4).map((number) => entry({ clientId: `c${number}`, text: String(number) }))
    await store.append(said)
    await trimmed(store, keep(2))
    const again = await store.append(said.map((sent) => ({ ...sent, id: `again-${sent.text}` })))
    expect(again.map(({ outcome }) => outcome)).toEqual(['appended', 'appended', 'duplicate', 'duplicate'])
    expect(again[3]).toMatchObject({ seq: 4, id: said[3]?.id })
    expect(seqsOf(await all(store))).toEqual([3, 4, 5, 6])
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
