/**
 * Tracer: follows some entries from their receipt until they were written to their readers, on every node. It is told of each step and decides by
 * itself which entries it follows; it knows them by their ids. No call throws or waits. The core has none when nobody asked for traces.
 */
import type { Appended, Entry, NewEntry } from './store.ts'

/** Most of them that one hint carries. */
export const MAX_HINT_TRACES = 1_000

/** What other nodes are to know of an entry that is followed. */
export interface EntryTrace {
  /** Its id. */
  readonly entry: string
  /** As the header `traceparent` of W3C Trace Context, version 00. */
  readonly parent: string
}

export interface Tracer {
  /** Somebody said this. Whether it is followed is decided now. */
  received(entry: NewEntry): void
  /** The store is given these as one batch. */
  handed(batch: readonly NewEntry[]): void
  /** It has answered; `null`: it could not. */
  stored(batch: readonly NewEntry[], results: readonly Appended[] | null): void
  /** Other nodes are told of these; what they are to know of those that are followed. */
  published(entries: readonly Entry[]): readonly EntryTrace[]
  /** Another node tells so. */
  heard(traces: readonly EntryTrace[]): void
  /** It waits to be written to the readers of its log on this node. */
  queued(entry: Entry): void
  /** All that was queued of this log was written, to so many readers. */
  flushed(log: string, readers: number): void
}
