/**
 * Bus: a hint between nodes that logs grew. Deliberately weak: it may lose, repeat and reorder.
 * Whoever holds `seq` n and hears of n+2 reads n+1 from the store.
 */
import type { Entry } from './store.ts'

/** Entries that were just committed, in the order of their logs' numbers. */
export interface Grown {
  readonly entries: readonly Entry[]
}

export interface Bus {
  /** Tells every other node. Never throws and never waits; what cannot be sent is lost. */
  publish(grown: Grown): void
  /** Calls `listener` for what other nodes publish, not for one's own. Returns the end of it. */
  subscribe(listener: (grown: Grown) => void): () => void
  close(): Promise<void>
}
