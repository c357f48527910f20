import {
  type Appended,
  type Entry,
  type NewEntry,
  type Range,
  type Retention,
  type RoomHead,
  type Store,
  StoreUnavailable,
} from '../ports/store.ts'
import { resolveBatches, takeBatches, type WaitingBatch } from './batches.ts'

/** Commits that are under way at once: one is written while the next is on its way. */
const PIPELINE = 2

/** Entries that are gathered from several batches into one commit. A single batch may have more. */
const MAX_ENTRIES = 10_000

interface Waiting extends WaitingBatch {
  readonly reject: (reason: unknown) => void
}

/**
 * The same `Store` for several who append to it: while commits are under way, the batches of all gather, and the next commit is of all of them. The more
 * nodes and the slower the disk, the more share one commit.
 */
export function gatheredStore(store: Store): Store {
  return new GatheredStore(store)
}

class GatheredStore implements Store {
  readonly #store: Store
  readonly #waiting: Waiting[] = []
  readonly #underWay = new Set<Promise<void>>()
  #closing: Promise<void> | null = null

  constructor(store: Store) {
    this.#store = store
  }

  get epoch(): string {
    return this.#store.epoch
  }

  append(batch: readonly NewEntry[]): Promise<readonly Appended[]> {
    if (this.#closing !== null) return Promise.reject(new StoreUnavailable('The store is closed.'))
    return new Promise((resolve, reject) => {
      this.#waiting.push({ batch, resolve, reject })
      this.#commitMore()
    })
  }

  async read(log: string, range: Range, limit: number): Promise<readonly Entry[]> {
    return this.#inTurn().read(log, range, limit)
  }

  async heads(logs: readonly string[]): Promise<readonly number[]> {
    return this.#inTurn().heads(logs)
  }

  async firsts(logs: readonly string[]): Promise<readonly number[]> {
    return this.#inTurn().firsts(logs)
  }

  async trim(retention: Retention, limit: number): Promise<boolean> {
    return this.#inTurn().trim(retention, limit)
  }

  async rooms(after: string, limit: number): Promise<readonly RoomHead[]> {
    return this.#inTurn().rooms(after, limit)
  }

  async check(): Promise<void> {
    return this.#inTurn().check()
  }

  close(): Promise<void> {
    this.#closing ??= this.#close(this.#inTurn())
    return this.#closing
  }

  async #close(store: Store): Promise<void> {
    await Promise.allSettled(this.#underWay)
    await store.close()
  }

  /** The store, when all that waits is on its way to it: whoever asks now sees every append that was called before. */
  #inTurn(): Store {
    if (this.#closing !== null) throw new StoreUnavailable('The store is closed.')
    while (this.#waiting.length > 0) this.#commit()
    return this.#store
  }

  #commitMore(): void {
    while (this.#waiting.length > 0 && this.#underWay.size < PIPELINE) this.#commit()
  }

  #commit(): void {
    const served = takeBatches(this.#waiting, MAX_ENTRIES)
    const [first] = served
    const batch = served.length === 1 && first ? first.batch : served.flatMap((each) => each.batch)
    const commit = this.#store.append(batch).then(
      (results) => resolveBatches(served, results),
      (error: unknown) => {
        for (const { reject } of served) reject(error)
      },
    )
    this.#underWay.add(commit)
    void commit.then(() => {
      this.#underWay.delete(commit)
      this.#commitMore()
    })
  }
}
