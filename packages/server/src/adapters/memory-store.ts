import { randomBytes } from 'node:crypto'
import {
  type Appended,
  type Entry,
  MAX_LET_GO_IDS,
  MAX_LOGS,
  type NewEntry,
  NOBODY,
  type Range,
  type Retention,
  type RoomHead,
  SHORT_LOGS,
  type Store,
  type StoreLimits,
  StoreUnavailable,
} from '../ports/store.ts'
import { LetGoIds } from './memory-let-go-ids.ts'
import { readLimit } from './read-limit.ts'
import { type Place, References, type Stored } from './memory-references.ts'
import { type First, repeated } from './repeated.ts'

interface Log {
  /** Number of the oldest entry that is left. */
  first: number
  /**
   * Entry `seq` is at `seq - first`, as it came: a copy each would cost more than all else here. What the log adds, its own name and
   * the number, comes with reading.
   */
  readonly entries: Stored[]
  /** Numbers by client id. */
  readonly byClientId: Map<string, number>
}

/** A `Store` that keeps everything in memory until the process ends, and nothing longer. Its epoch is new each time. */
export function createMemoryStore(limits: StoreLimits = {}): Store {
  return new MemoryStore(limits)
}

class MemoryStore implements Store {
  readonly epoch: string = randomBytes(12).toString('base64url')
  readonly #maxLogs: number
  readonly #logs = new Map<string, Log>()
  readonly #letGoIds: LetGoIds
  readonly #references = new References({
    get: ({ log: name, seq }) => {
      const log = this.#logs.get(name)
      return log?.entries[seq - log.first]
    },
    set: ({ log: name, seq }, entry) => {
      const log = this.#logs.get(name)
      if (log !== undefined) log.entries[seq - log.first] = entry
    },
  })
  #closed = false

  constructor({ maxLogs = MAX_LOGS, maxLetGoIds = MAX_LET_GO_IDS }: StoreLimits) {
    this.#maxLogs = maxLogs
    this.#letGoIds = new LetGoIds(maxLetGoIds)
  }

  async append(batch: readonly NewEntry[]): Promise<readonly Appended[]> {
    this.#refuseWhenClosed()
    return batch.map((entry) => this.#appendOne(entry))
  }

  async read(log: string, range: Range, limit: number): Promise<readonly Entry[]> {
    this.#refuseWhenClosed()
    const found = this.#logs.get(log)
    if (found === undefined) return []
    const { first, entries } = found
    const most = readLimit(limit)
    if ('after' in range) {
      const start = Math.max(0, Math.floor(range.after) + 1 - first)
      return page(log, found, start, start + most)
    }
    const end = Math.max(0, Math.min(Math.ceil(range.before) - first, entries.length))
    return page(log, found, Math.max(0, end - most), end)
  }

  async heads(logs: readonly string[]): Promise<readonly number[]> {
    this.#refuseWhenClosed()
    return logs.map((name) => headOf(this.#logs.get(name)))
  }

  async firsts(logs: readonly string[]): Promise<readonly number[]> {
    this.#refuseWhenClosed()
    return logs.map((name) => this.#logs.get(name)?.first ?? 1)
  }

  async trim(retention: Retention, limit: number): Promise<boolean> {
    this.#refuseWhenClosed()
    const isDone = this.#trim(retention, limit)
    return this.#letGoIds.forget(retention.idsBefore, limit) && isDone
  }

  /** Answers whether nothing was left to remove. */
  #trim({ keep: ofEach, before, idsBefore }: Retention, limit: number): boolean {
    let left = limit
    for (const [name, log] of this.#logs) {
      const { entries } = log
      const beyond = (keep: number | null | undefined): number =>
        keep == null ? 0 : Math.max(0, entries.length - keep)
      const tooMany = beyond(SHORT_LOGS.get(name))
      this.#letGo(name, log, Math.min(tooMany, left), Infinity)
      if (tooMany > left) return false
      left -= tooMany
      let due = beyond(ofEach)
      if (before !== null) while (due < entries.length && (entries[due] as Stored).at < before) due++
      if (due > left) {
        this.#letGo(name, log, left, idsBefore)
        return false
      }
      this.#letGo(name, log, due, idsBefore)
      left -= due
    }
    return true
  }

  async rooms(after: string, limit: number): Promise<readonly RoomHead[]> {
    this.#refuseWhenClosed()
    return [...this.#logs]
      .filter(
        ([name, { entries }]) => entries.length > 0 && !name.startsWith('@') && byCodePoint(name, after) > 0,
      )
      .sort(([a], [b]) => byCodePoint(a, b))
      .slice(0, readLimit(limit))
      .map(([room, log]) => ({ room, head: headOf(log) }))
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
    const { clientId } = entry
    const first = clientId === null ? undefined : this.#firstWith(clientId, entry.log)
    if (first !== undefined) return repeated(first, entry)
    if (entry.copy === NOBODY) return { outcome: 'refused', why: 'nobody' }
    const found = this.#references.find(entry)
    if (typeof found === 'string') return { outcome: 'refused', why: found }
    const copy = found === null ? entry.copy : found.copy
    if (this.#wouldBeTooMany(entry.log, copy)) return { outcome: 'refused', why: 'too_many_logs' }
    const log = this.#open(entry.log)
    const stored = found === null ? entry : { ...entry, copy, aboutId: found.id }
    const seq = push(log, stored)
    if (clientId !== null) log.byClientId.set(clientId, seq)
    const places: Place[] = [{ log: entry.log, seq }]
    let copySeq = 0
    if (copy === entry.log) copySeq = seq
    else if (copy !== null) {
      copySeq = push(this.#open(copy), found === null ? entry : { ...stored, about: found.copySeq })
      places.push({ log: copy, seq: copySeq })
    }
    this.#references.note(stored, places)
    return found === null
      ? { outcome: 'appended', seq, copySeq }
      : { outcome: 'appended', seq, copySeq, found }
  }

  /** What was first said in a log under a client id, also when it was removed since. */
  #firstWith(clientId: string, name: string): First | undefined {
    const log = this.#logs.get(name)
    const seq = log?.byClientId.get(clientId)
    return log === undefined || seq === undefined
      ? this.#letGoIds.first(name, clientId)
      : asRead(name, log.entries[seq - log.first] as Stored, seq)
  }

  /** Removes the oldest entries of a log. */
  #letGo(name: string, log: Log, count: number, idsBefore: number | null): void {
    const { first } = log
    log.first += count
    log.entries.splice(0, count).forEach((entry, i) => {
      const seq = first + i
      const { clientId } = entry
      if (clientId !== null && entry.log === name) {
        log.byClientId.delete(clientId)
        if (idsBefore === null || entry.at >= idsBefore)
          this.#letGoIds.note({ ...asRead(name, entry, seq), clientId, text: '' })
      }
      this.#references.forget(entry, { log: name, seq })
    })
  }

  /** Whether an entry in these logs would begin more of them than there may be. */
  #wouldBeTooMany(name: string, copy: string | null): boolean {
    if (this.#logs.size + 2 <= this.#maxLogs) return false
    const names = new Set([name, copy ?? name])
    const begun = [...names].filter((each) => !this.#logs.has(each)).length
    return begun > 0 && this.#logs.size + begun > this.#maxLogs
  }

  #open(name: string): Log {
    let log = this.#logs.get(name)
    if (log === undefined) this.#logs.set(name, (log = { first: 1, entries: [], byClientId: new Map() }))
    return log
  }
}

function headOf(log: Log | undefined): number {
  return log === undefined ? 0 : log.first + log.entries.length - 1
}

/** Answers its number. */
function push(log: Log, entry: Stored): number {
  return log.first + log.entries.push(entry) - 1
}

function page(name: string, { first, entries }: Log, from: number, to: number): Entry[] {
  return entries.slice(from, to).map((entry, i) => asRead(name, entry, first + from + i))
}

function asRead(log: string, entry: Stored, seq: number): Entry {
  const { id, kind, author, authorId, target, text, timestamp, at, aboutId } = entry
  // A client id is known in the first log only: the addressee's own ids, and other senders', stay apart from it.
  const clientId = log === entry.log ? entry.clientId : null
  const about = aboutId === undefined ? null : { id: aboutId, seq: entry.about }
  return { log, seq, id, kind, author, authorId, target, text, timestamp, at, clientId, about }
}

/** The order of UTF-8 bytes, which is that of code points and that of the stores on SQL; `<` compares UTF-16 units. */
function byCodePoint(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}
