/** What the two threads say to each other. */
import type { StoreLimits } from '../../ports/store.ts'
import type { StoreCalls } from '../store-codec.ts'
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

export interface Calls extends StoreCalls {
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
