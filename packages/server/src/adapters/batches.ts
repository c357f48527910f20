/** Group commit: batches that wait become one, and its results those of each. */
import type { Appended, NewEntry } from '../ports/store.ts'

export interface WaitingBatch {
  readonly batch: readonly NewEntry[]
  readonly resolve: (results: readonly Appended[]) => void
}

/** Takes the first batches off those that wait, up to `most` entries in all; a single one may have more. */
export function takeBatches<Waiting extends WaitingBatch>(waiting: Waiting[], most: number): Waiting[] {
  let entries = 0
  const end = waiting.findIndex(({ batch }, i) => {
    entries += batch.length
    return i > 0 && entries > most
  })
  return waiting.splice(0, end === -1 ? waiting.length : end)
}

/** Gives each batch its part of the results of all. */
export function resolveBatches(served: readonly WaitingBatch[], results: readonly Appended[]): void {
  let from = 0
  for (const { batch, resolve } of served) resolve(results.slice(from, (from += batch.length)))
}
