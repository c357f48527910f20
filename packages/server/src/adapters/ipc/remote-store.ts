import {
  type Appended,
  type Entry,
  type NewEntry,
  type Range,
  type Retention,
  type RoomHead,
  type Store,
  StoreUnavailable,
} from '../../ports/store.ts'
import { finite, readLimit } from '../read-limit.ts'
import { flattenBatch, type StoreCalls, unflattenPage, unflattenResults } from '../store-codec.ts'

interface Caller {
  call<Name extends keyof StoreCalls>(
    name: Name,
    ask: StoreCalls[Name]['ask'],
  ): Promise<StoreCalls[Name]['answer']>
}

/** A `Store` in another process. `close` lets go of the way there; that store stays open. */
export class RemoteStore implements Store {
  readonly epoch: string
  readonly #caller: Caller
  readonly #underWay = new Set<Promise<unknown>>()
  #closing: Promise<unknown> | null = null

  constructor(epoch: string, caller: Caller) {
    this.epoch = epoch
    this.#caller = caller
  }

  async append(batch: readonly NewEntry[]): Promise<readonly Appended[]> {
    return unflattenResults(await this.#call('append', flattenBatch(batch)))
  }

  async read(log: string, range: Range, limit: number): Promise<readonly Entry[]> {
    const bound = 'after' in range ? { after: finite(range.after) } : { before: finite(range.before) }
    const page = await this.#call('read', { log, range: bound, limit: readLimit(limit) })
    return unflattenPage(log, page)
  }

  heads(logs: readonly string[]): Promise<readonly number[]> {
    return this.#call('heads', logs)
  }

  firsts(logs: readonly string[]): Promise<readonly number[]> {
    return this.#call('firsts', logs)
  }

  trim(retention: Retention, limit: number): Promise<boolean> {
    return this.#call('trim', { retention, limit })
  }

  rooms(after: string, limit: number): Promise<readonly RoomHead[]> {
    return this.#call('rooms', { after, limit: readLimit(limit) })
  }

  async check(): Promise<void> {
    await this.#call('check', null)
  }

  async close(): Promise<void> {
    this.#closing ??= Promise.allSettled(this.#underWay)
    await this.#closing
  }

  #call<Name extends keyof StoreCalls>(
    name: Name,
    ask: StoreCalls[Name]['ask'],
  ): Promise<StoreCalls[Name]['answer']> {
    if (this.#closing !== null) return Promise.reject(new StoreUnavailable('The store is closed.'))
    const answer = this.#caller.call(name, ask)
    const settled = (): void => void this.#underWay.delete(answer)
    this.#underWay.add(answer)
    answer.then(settled, settled)
    return answer
  }
}
