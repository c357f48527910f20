/** What the tests of stores share: the store under test, entries to append, and short words for what was found. */
import { randomUUID } from 'node:crypto'
import type { Appended, Entry, NewEntry, Reference, Store, StoreLimits } from '../src/ports/store.ts'

/** Opens an empty store for a test. */
export type OpenStore = (limits?: StoreLimits) => Promise<OpenedStore>

export interface OpenedStore {
  readonly store: Store
  /** Closes the store, if it is open, and opens what it has kept. Missing where a store keeps nothing. */
  readonly reopen?: () => Promise<Store>
  /** Closes what is open and removes what was kept. */
  readonly destroy: () => Promise<void>
}

/** The store under test; `reopened` is it after a restart, or as it is where a store keeps nothing. */
export interface Context {
  store: Store
  reopened: () => Promise<Store>
}

/** A complete entry with an id of its own; only what matters is given. */
export function entry(given: Partial<NewEntry> = {}): NewEntry {
  return {
    log: 'lobby',
    copy: null,
    id: randomUUID(),
    kind: 'message',
    author: 'Alice',
    authorId: 'p-alice',
    target: null,
    text: 'hello',
    timestamp: '2024-01-01T12:00:00Z',
    at: 1_704_110_400_000,
    clientId: null,
    about: null,
    ...given,
  }
}

/** `count` entries that differ, `text` being 1, 2, 3 …. */
export function entries(count: number, given: Partial<NewEntry> = {}): NewEntry[] {
  return Array.from({ length: count }, (_, index) => entry({ text: String(index + 1), ...given }))
}

/** From 1 to `count`. */
export function numbersTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1)
}

export const seqOf = (result: Appended | undefined) => (result?.outcome === 'appended' ? result.seq : null)
export const textsOf = (found: readonly Entry[]) => found.map(({ text }) => text)
export const seqsOf = (found: readonly Entry[]) => found.map(({ seq }) => seq)
export const all = (store: Store, log = 'lobby') => store.read(log, { after: 0 }, 1_000)

/** What a log shows of an entry that was appended to it. */
export function shown(sent: NewEntry, seq: number, about: Reference | null = null): Entry {
  const { copy: _, ...content } = sent
  return { ...content, seq, about }
}

/** A store with some calls of its own. */
export function altered(store: Store, own: Partial<Store>): Store {
  return {
    epoch: store.epoch,
    append: (batch) => store.append(batch),
    read: (log, range, limit) => store.read(log, range, limit),
    heads: (logs) => store.heads(logs),
    firsts: (logs) => store.firsts(logs),
    trim: (retention, limit) => store.trim(retention, limit),
    rooms: (after, limit) => store.rooms(after, limit),
    check: () => store.check(),
    close: () => store.close(),
    ...own,
  }
}
