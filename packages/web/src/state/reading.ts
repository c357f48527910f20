import { batch, computed, type ReadonlySignal, signal } from '@preact/signals'
import type { Log, LogName } from './log.ts'
import type { KeyValues } from './storage.ts'

/** A number in each of the two logs. */
export type Marks = Readonly<Record<LogName, number>>

/** Where what is new begins: before the first message of somebody else above `after`, up to `upTo`. */
export interface Divider {
  readonly after: Marks
  readonly upTo: Marks
}

interface Held {
  readonly room: Log
  readonly private: Log
}

export interface ReadingOptions {
  readonly isHidden: () => boolean
  readonly ownKey: string
  readonly kept: ReadStore
  /** Told of every number that was read, before anything is kept of it. */
  readonly onRead: (log: LogName, seq: number) => void
}

/** Where this browser remembers how far was read. */
export interface ReadStore {
  load(log: LogName, epoch: string): number | null
  save(log: LogName, epoch: string, seq: number): void
}

const LOGS: readonly LogName[] = ['room', 'private']

/** How far the reader has read. A message is read when it is there, the page is visible, and its end is in view. */
export class Reading {
  readonly divider: ReadonlySignal<Divider | null>
  /** Messages of others that were not read. */
  readonly unread: ReadonlySignal<number>
  readonly #options: ReadingOptions
  readonly #divider = signal<Divider | null>(null)
  readonly #marks = signal<Marks | null>(null)
  readonly #held = signal<Held | null>(null)
  #epoch = ''
  #atEnd = true

  constructor(options: ReadingOptions) {
    this.#options = options
    this.divider = this.#divider
    this.unread = computed(() => {
      const marks = this.#marks.value
      const held = this.#held.value
      if (marks === null || held === null) return 0
      return LOGS.reduce((sum, log) => sum + this.#unreadIn(held[log], marks[log]), 0)
    })
  }

  /** In the room, with another history than before or for the first time. `heads`: newest numbers; `known`: what the server remembers. */
  begin(epoch: string, heads: Marks, known: Partial<Marks>): void {
    this.#epoch = epoch
    const markOf = (log: LogName): number => {
      const stored = this.#options.kept.load(log, epoch)
      const mark = Math.max(stored ?? 0, known[log] ?? 0)
      if (stored !== null || mark > 0) return Math.min(mark, heads[log])
      // Who was never here has nothing to catch up with.
      this.#options.kept.save(log, epoch, heads[log])
      return heads[log]
    }
    const marks = { room: markOf('room'), private: markOf('private') }
    batch(() => {
      this.#held.value = null
      this.#marks.value = marks
      this.#divider.value = LOGS.some((log) => marks[log] < heads[log]) ? { after: marks, upTo: heads } : null
    })
  }

  /** What is held now. */
  follow(held: Held): void {
    batch(() => {
      this.#held.value = held
      this.look()
    })
  }

  /** Whether the end of the transcript is in view. */
  setAtEnd(atEnd: boolean): void {
    if (atEnd === this.#atEnd) return
    this.#atEnd = atEnd
    this.look()
  }

  /** Looks whether somebody looks. */
  look(): void {
    const held = this.#held.peek()
    const marks = this.#marks.peek()
    if (held === null || marks === null) return
    const newest: Marks = { room: lastOf(held.room), private: lastOf(held.private) }
    if (this.#atEnd && !this.#options.isHidden()) {
      for (const log of LOGS) this.#advance(log, newest[log])
    } else if (this.unread.peek() > 0 && this.#divider.peek()?.after !== marks) {
      this.#divider.value = { after: marks, upTo: newest }
    }
  }

  /** The same person has read so far in another window. */
  readElsewhere(log: LogName, seq: number): void {
    const marks = this.#marks.peek()
    if (marks !== null && seq > marks[log]) this.#marks.value = { ...marks, [log]: seq }
  }

  /** The reader has answered: nothing above is new any more. */
  answered(): void {
    this.#divider.value = null
  }

  #advance(log: LogName, seq: number): void {
    const marks = this.#marks.peek()
    if (marks === null || seq <= marks[log]) return
    this.#marks.value = { ...marks, [log]: seq }
    this.#options.kept.save(log, this.#epoch, seq)
    this.#options.onRead(log, seq)
  }

  #unreadIn({ entries }: Log, mark: number): number {
    let count = 0
    for (let i = entries.length - 1; i >= 0; i--) {
      const entry = entries[i]
      if (entry === undefined || entry.seq <= mark) return count
      if (entry.authorKey !== this.#options.ownKey && entry.change === null) count++
    }
    return count
  }
}

function lastOf(log: Log): number {
  return log.entries.at(-1)?.seq ?? 0
}

/** `room` and `own` name whose marks these are; private messages are read in whichever room one is. */
export function createReadStore(storage: KeyValues, room: string, own: string): ReadStore {
  const keyOf = (log: LogName): string => `read ${JSON.stringify([log === 'room' ? room : '@me', own])}`
  const load = (log: LogName, epoch: string): number | null => {
    const [of = '', seq = ''] = (storage.get(keyOf(log)) ?? '').split(' ')
    const number = Number.parseInt(seq, 10)
    return of === epoch && Number.isSafeInteger(number) ? number : null
  }
  return {
    load,
    save: (log, epoch, seq) => {
      // Another tab may have come further.
      if (seq > (load(log, epoch) ?? -1)) storage.set(keyOf(log), `${epoch} ${seq}`)
    },
  }
}
