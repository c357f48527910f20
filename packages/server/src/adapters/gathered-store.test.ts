import { describe, expect, it } from 'vitest'
import { storeContract } from '../../testing/store-contract.ts'
import { altered, entries, entry, numbersTo, seqOf, seqsOf } from '../../testing/store-support.ts'
import { type NewEntry, type Store, StoreUnavailable } from '../ports/store.ts'
import { gatheredStore } from './gathered-store.ts'
import { createMemoryStore } from './memory-store.ts'

storeContract('a store for several', async (limits) => {
  const store = gatheredStore(createMemoryStore(limits))
  return { store, destroy: () => store.close() }
})

/** A memory store that commits when it is told to, and tells how many entries each commit had. */
function slowStore() {
  const inner = createMemoryStore()
  const commits: number[] = []
  const held: (() => void)[] = []
  let failure: Error | null = null
  const append: Store['append'] = async (batch: readonly NewEntry[]) => {
    commits.push(batch.length)
    await new Promise<void>((resolve) => held.push(resolve))
    if (failure !== null) throw failure
    return inner.append(batch)
  }
  return {
    store: altered(inner, { append }),
    commits,
    fail: (error: Error) => (failure = error),
    /** Lets the oldest commit go through. */
    async release(): Promise<void> {
      held.shift()?.()
      for (let turn = 0; turn < 10; turn++) await Promise.resolve()
    },
  }
}

describe('a store for several', () => {
  it('commits two batches, then all that gathered meanwhile as one, each answered with its own numbers', async () => {
    const slow = slowStore()
    const store = gatheredStore(slow.store)
    const calls = numbersTo(5).map((size) => store.append(entries(size)))
    expect(slow.commits).toEqual([1, 2])
    await slow.release()
    expect(slow.commits).toEqual([1, 2, 12])
    await slow.release()
    await slow.release()
    const seqs = (await Promise.all(calls)).map((results) => results.map(seqOf))
    expect(seqs).toEqual([[1], [2, 3], [4, 5, 6], [7, 8, 9, 10], [11, 12, 13, 14, 15]])
  })

  it('lets one commit not grow without end', async () => {
    const slow = slowStore()
    const store = gatheredStore(slow.store)
    const calls = [1, 1, 9_000, 900, 200, 20_000, 1].map((size) => store.append(entries(size)))
    for (let i = 0; i < 6; i++) await slow.release()
    await Promise.all(calls)
    expect(slow.commits).toEqual([1, 1, 9_900, 200, 20_000, 1])
  })

  it('serves a question behind the appends before it, those that wait included', async () => {
    const slow = slowStore()
    const asked: string[] = []
    const read: Store['read'] = async (...question) => {
      asked.push(`behind ${slow.commits.length} commits`)
      return slow.store.read(...question)
    }
    const store = gatheredStore(altered(slow.store, { read }))
    const calls = numbersTo(4).map(() => store.append([entry()]))
    const page = store.read('lobby', { after: 0 }, 9)
    expect(asked).toEqual(['behind 3 commits'])
    for (let i = 0; i < 3; i++) await slow.release()
    await Promise.all([...calls, page])
    expect(seqsOf(await store.read('lobby', { after: 0 }, 9))).toEqual([1, 2, 3, 4])
  })

  it('refuses all of a commit that failed, and goes on', async () => {
    const slow = slowStore()
    const store = gatheredStore(slow.store)
    const calls = Promise.allSettled(numbersTo(4).map(() => store.append([entry()])))
    slow.fail(new StoreUnavailable('no'))
    for (let i = 0; i < 3; i++) await slow.release()
    expect((await calls).map(({ status }) => status)).toEqual(numbersTo(4).map(() => 'rejected'))
    const again = store.append([entry()])
    expect(slow.commits).toEqual([1, 1, 2, 1])
    await slow.release()
    await expect(again).rejects.toBeInstanceOf(StoreUnavailable)
  })
})
