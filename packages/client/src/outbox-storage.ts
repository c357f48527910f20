import type { OutboxEntry } from './outbox-entry.ts'

/**
 * Where an outbox outlives the page or the process, with the token `storage` of its client beside it. A promise that rejects, or does not settle
 * within `STORAGE_TIMEOUT_MS`, is taken as "does not keep anything": the outbox goes on from memory and says so, and tells the storage the rest
 * in its own time.
 */
export interface OutboxStorage {
  /** It does what it is asked in that order, so that nobody need wait between two calls. Default: one call at a time, however long it takes. */
  readonly ordered?: boolean
  /** Keeps the entry in place of one of the same `clientId`. Resolves when a reload would find it. */
  put(entry: OutboxEntry): Promise<unknown>
  delete(clientId: string): Promise<unknown>
  /** All entries, in any order. What is none is left alone. */
  all(): Promise<readonly unknown[]>
}
