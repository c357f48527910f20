import { randomBytes } from 'node:crypto'
import {
  type Appended,
  type Entry,
  type NewEntry,
  type Range,
  type RoomHead,
  type Store,
  StoreUnavailable,
} from '../ports/store.ts'
import { readLimit } from './read-limit.ts'
import { repeated } from './repeated.ts'

interface Log {
  /**
   * Entry `seq` is at `seq - 1`, as it came: a copy each would cost more than all else here. What the log adds, its own name and
   * the number, comes with reading.
   */
  readonly entries: NewEntry[]
  /** Numbers by client id. */
  readonly byClientId: Map<string, number>
}

/** A `Store` that keeps everything in memory until the process ends, and nothing longer. Its epoch is new each time. */
export function createMemoryStore(): Store {
  return new MemoryStore()
}

class MemoryStore implements Store {
  readonly epoch: string = randomBytes(12).toString('base64url')
  readonly #logs = new Map<string, Log>()
  #closed = false

  async append(batch: readonly NewEntry[]): Promise<readonly Appended[]> {
    this.#refuseWhenClosed()
    return batch.map((entry) => this.#appendOne(entry))
  }

  async read(log: string, range: Range, limit: number): Promise<readonly Entry[]> {
    this.#refuseWhenClosed()
    const entries = this.#logs.get(log)?.entries ?? []
    const most = readLimit(limit)
    if ('after' in range) {
      const start = Math.max(0, Math.floor(range.after))
      return page(log, entries, start, start + most)
    }
    const end = Math.max(0, Math.min(Math.ceil(range.before) - 1, entries.length))
    return page(log, entries, Math.max(0, end - most), end)
  }

  async heads(logs: readonly string[]): Promise<readonly number[]> {
    this.#refuseWhenClosed()
    return logs.map((name) => this.#logs.get(name)?.entries.length ?? 0)
  }

  async rooms(after: string, limit: number): Promise<readonly RoomHead[]> {
    this.#refuseWhenClosed()
    return [...this.#logs]
      .filter(([name]) => !name.startsWith('@') && byCodePoint(name, after) > 0)
      .sort(([a], [b]) => byCodePoint(a, b))
      .slice(0, readLimit(limit))
      .map(([room, { entries }]) => ({ room, head: entries.length }))
  }

  async check(): Promise<void> {
    this.#refuseWhenClosed()
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#logs.clear()
  }

  #refuseWhenClosed(): void {
    if (this.#closed) throw new StoreUnavailable('The store is closed.')
  }

  #appendOne(entry: NewEntry): Appended {
    const { copy, clientId } = entry
    const { entries, byClientId } = this.#open(entry.log)
    if (clientId !== null) {
      const seq = byClientId.get(clientId)
      if (seq !== undefined) return repeated(asRead(entry.log, entries[seq - 1] as NewEntry, seq), entry)
      byClientId.set(clientId, entries.length + 1)
    }
    const seq = entries.push(entry)
    if (copy === null) return { outcome: 'appended', seq, copySeq: 0 }
    const copySeq = copy === entry.log ? seq : this.#open(copy).entries.push(entry)
    return { outcome: 'appended', seq, copySeq }
  }

  #open(name: string): Log {
    let log = this.#logs.get(name)
    if (log === undefined) this.#logs.set(name, (log = { entries: [], byClientId: new Map() }))
    return log
  }
}

function page(log: string, entries: readonly NewEntry[], from: number, to: number): Entry[] {
  return entries.slice(from, to).map((entry, i) => asRead(log, entry, from + i + 1))
}

function asRead(log: string, entry: NewEntry, seq: number): Entry {
  const { id, kind, author, authorId, target, text, timestamp, at } = entry
  // A client id is known in the first log only: the addressee's own ids, and other senders', stay apart from it.
  const clientId = log === entry.log ? entry.clientId : null
  return { log, seq, id, kind, author, authorId, target, text, timestamp, at, clientId }
}

/** The order of UTF-8 bytes, which is that of code points and that of the stores on SQL; `<` compares UTF-16 units. */
function byCodePoint(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}
