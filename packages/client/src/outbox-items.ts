import { Backoff } from './backoff.ts'
import type { OutboxEntry } from './outbox-entry.ts'

/** An entry, and what only this tab knows of it. */
export interface OutboxItem {
  entry: OutboxEntry
  readonly bytes: number
  /** It may be sent: the storage has it, or was given up. */
  saved: boolean
  /** The storage has it. */
  kept: boolean
  /** Monotonic milliseconds before which it is not tried again. */
  dueAt: number
  readonly backoff: Backoff
}

/** What an outbox holds, in order. */
export class OutboxItems {
  readonly #random: () => number
  /** By `client_id`. */
  #byId = new Map<string, OutboxItem>()
  /** Of all texts. */
  bytes = 0
  /** The latest `at` that was ever seen. */
  lastAt = 0

  constructor(random: () => number) {
    this.#random = random
  }

  get all(): OutboxItem[] {
    return [...this.#byId.values()]
  }

  get count(): number {
    return this.#byId.size
  }

  get(clientId: string): OutboxItem | undefined {
    return this.#byId.get(clientId)
  }

  has(item: OutboxItem): boolean {
    return this.get(item.entry.clientId) === item
  }

  hold(entry: OutboxEntry, saved: boolean, kept: boolean): OutboxItem {
    const backoff = new Backoff(this.#random)
    const item = { entry, bytes: bytesOf(entry.text), saved, kept, dueAt: 0, backoff }
    this.#byId.set(entry.clientId, item)
    this.bytes += item.bytes
    this.lastAt = Math.max(this.lastAt, entry.at)
    return item
  }

  release(item: OutboxItem): void {
    if (this.has(item)) this.bytes -= item.bytes
    this.#byId.delete(item.entry.clientId)
  }

  /** By `at`. */
  sort(): void {
    this.#order(this.all.toSorted((a, b) => a.entry.at - b.entry.at))
  }

  putFirst(items: readonly OutboxItem[]): void {
    this.#order([...items, ...this.all])
  }

  #order(items: readonly OutboxItem[]): void {
    this.#byId = new Map(items.map((item) => [item.entry.clientId, item]))
  }
}

/** In UTF-8. */
export function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length
}
