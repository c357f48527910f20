import { Backoff } from './backoff.ts'
import type { OutboxEntry } from './outbox-entry.ts'

/** An entry, and what only this tab knows of it. */
export interface OutboxItem {
  entry: OutboxEntry
  readonly bytes: number
  /** It may be sent: the storage has it, or was given up. */
  saved: boolean
  /** The storage has it; `undefined`: it was never told of it. */
  kept: boolean | undefined
  /** The storage is to be told what has become of it. */
  dirty?: boolean
  /** Monotonic milliseconds before which it is not tried again. */
  dueAt: number
  readonly backoff: Backoff
}

/** What an outbox holds, in order. */
export class OutboxItems {
  readonly #random: () => number
  /** Replaced by each change, so that one may go through it meanwhile. */
  all: readonly OutboxItem[] = []
  /** The latest `at` that was ever seen. */
  lastAt = 0

  constructor(random: () => number) {
    this.#random = random
  }

  get(clientId: string): OutboxItem | undefined {
    return this.all.find(({ entry }) => entry.clientId === clientId)
  }

  /** Without `kept` it is new: the storage does not know of it. */
  hold(entry: OutboxEntry, kept?: boolean): OutboxItem {
    const backoff = new Backoff(this.#random)
    const item = {
      entry,
      bytes: bytesOf(entry.text),
      saved: kept !== undefined,
      kept,
      dueAt: 0,
      backoff,
    }
    this.all = [...this.all, item]
    this.lastAt = Math.max(this.lastAt, entry.at)
    return item
  }

  release(item: OutboxItem): void {
    this.all = this.all.filter((each) => each !== item)
  }

  /** By `at`. */
  sort(): void {
    this.all = this.all.toSorted((a, b) => a.entry.at - b.entry.at)
  }
}

/** In UTF-8. */
export function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length
}
