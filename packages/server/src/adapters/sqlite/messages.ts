/** What the two threads say to each other. */
import type { Range, Retention, RoomHead, StoreLimits } from '../../ports/store.ts'
import type { FlatBatch, FlatPage, FlatResults } from './codec.ts'
import type { InDoubt } from './engine.ts'

/** What a worker is started with. */
export interface Setup {
  readonly folder: string
  /** What the database was before; one with another epoch is refused. `null` at the first start. */
  readonly epoch: string | null
  /** Entries of calls that a worker before this one left without an answer. */
  readonly inDoubt: readonly InDoubt[]
  readonly limits: StoreLimits
  /** Milliseconds after which a renewal of the write-ahead log that is owed is tried; what comes to be owed meanwhile shares it. */
  readonly renewAfterMs: number
}

/** By name of the call: what is asked and what is answered. Calls are served one by one, in the order of asking. */
export interface Calls {
  append: { ask: FlatBatch; answer: FlatResults }
  read: { ask: { log: string; range: Range; limit: number }; answer: FlatPage }
  heads: { ask: readonly string[]; answer: readonly number[] }
  firsts: { ask: readonly string[]; answer: readonly number[] }
  trim: { ask: { retention: Retention; limit: number }; answer: boolean }
  rooms: { ask: { after: string; limit: number }; answer: readonly RoomHead[] }
  check: { ask: null; answer: null }
  /** The last one: the worker ends after its answer. */
  close: { ask: null; answer: null }
}
export type CallName = keyof Calls

export type Question = {
  [Name in CallName]: { readonly number: number; readonly name: Name; readonly ask: Calls[Name]['ask'] }
}[CallName]

/** The first report says whether the store could be opened; then comes one per question. */
export type Report =
  | { readonly type: 'ready'; readonly epoch: string; readonly driver: string }
  | { readonly type: 'refused'; readonly message: string }
  | { readonly type: 'answer'; readonly number: number; readonly answer: Calls[CallName]['answer'] }
  | {
      readonly type: 'failure'
      readonly number: number
      /** What it means, as a sentence. */
      readonly message: string
      /** What the SQL library said. */
      readonly detail: string
    }
