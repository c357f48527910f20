import { PRIVATE_LOG } from '@roomful/protocol'
import type { Entry } from '../ports/store.ts'
import type { Audience } from './audience.ts'
import { Tail } from './tail.ts'

/** What a cursor needs of the connection that reads through it. */
export interface Reader {
  readonly id: string
  readonly audience: Audience
  /** It is written nothing now: its socket takes nothing, or it waits for its turn (LI11). */
  readonly deferred: boolean
  /** Turn in which the fan-out met it last. */
  seenInTurn: number
  send(frames: Uint8Array): void
  sendReplies(): void
  /** Returns false when it was corked already. */
  cork(): boolean
  uncork(): void
  /** The log cannot be read for it now: it shall come back later. */
  overload(): void
  /** The log has let go of what comes next for it: it shall come back, and is told so then. */
  fallOut(): void
}

/**
 * Where one connection stands in one log.
 * `fresh`: opened since the last flush, at `position`. `live`: has all that was flushed; the log knows where that is.
 * `behind`: lags at `position` (or, when that fell off the tail, behind `seq`) and is served as its socket drains.
 */
export type CursorMode = 'fresh' | 'live' | 'behind' | 'closed'

/** Entries that the first read for a cursor asks for, before their length is known. */
const FIRST_PAGE_ENTRIES = 25

export class Cursor {
  readonly log: Log
  readonly connection: Reader
  mode: CursorMode = 'closed'
  /** Position of the next frame to send; meaningful while fresh or behind. */
  position: number
  /** Highest number that was sent; meaningful while behind. */
  seq: number
  /** Position below which it gets no notices: they are state of then, and some are about its own person. */
  noticesFrom = 0
  /** How many entries the next read from the store asks for. */
  pageEntries = FIRST_PAGE_ENTRIES
  /** A read from the store is under way. */
  reading = false
  /** Index in the log's `live` or `fresh` array. */
  index = -1

  constructor(log: Log, connection: Reader) {
    this.log = log
    this.connection = connection
    this.position = log.tail.end
    this.seq = log.head
  }
}

/** A log that somebody here reads: its newest frames, and the cursors on it. */
export class Log {
  readonly name: string
  readonly tail: Tail
  readonly live: Cursor[] = []
  readonly fresh: Cursor[] = []
  #behind = 0
  /** Connections that have opened the log and are about to enter it. */
  holds = 0
  /** Number of the newest entry that is in the tail or was when the log was opened. */
  head: number
  /** Number of the oldest entry that the store has, as it was when that was last asked: it may have let go of more since. */
  first = 1
  /** Hears each entry as it comes in; `null` but for a log of the server's own. */
  follower: ((entry: Entry) => void) | null = null
  /** Has frames that were not flushed. */
  dirty = false
  /** Entries that arrived while those before them are read from the store. */
  waiting: Map<number, Entry> | null = null

  constructor(name: string, head: number, tailBytes: number) {
    this.name = name
    this.head = head
    this.tail = new Tail(tailBytes, head)
  }

  /** What its readers call it. */
  get wireName(): string {
    return this.name.startsWith('@') ? PRIVATE_LOG : this.name
  }

  get idle(): boolean {
    return this.holds + this.readers === 0
  }

  /** Cursors on it. */
  get readers(): number {
    return this.live.length + this.fresh.length + this.#behind
  }

  /** Of them, those that lag. */
  get behind(): number {
    return this.#behind
  }

  /** A cursor at the end: it gets what is pushed from now on. */
  open(connection: Reader): Cursor {
    const cursor = new Cursor(this, connection)
    this.freshen(cursor)
    return cursor
  }

  /** A cursor behind the entry `seq`, in front of all that came after it; of the notices it gets those yet to come. */
  openAfter(connection: Reader, seq: number): Cursor {
    const cursor = new Cursor(this, connection)
    cursor.noticesFrom = this.tail.end
    this.#placeAfter(cursor, seq)
    return cursor
  }

  /** The same in place of a cursor that the connection has: of the notices it gets those that this one has not been given. */
  reopenAfter(former: Cursor, seq: number): Cursor {
    const cursor = new Cursor(this, former.connection)
    cursor.noticesFrom =
      former.mode === 'live' ? this.tail.flushed : Math.max(former.position, former.noticesFrom)
    this.close(former)
    this.#placeAfter(cursor, seq)
    return cursor
  }

  #placeAfter(cursor: Cursor, seq: number): void {
    const position = this.tail.positionBehind(seq)
    cursor.seq = seq
    // What is not on the tail any more is read from the store.
    if (position === null || position < this.tail.flushed) return this.demote(cursor, position ?? -1, seq)
    cursor.position = position
    this.freshen(cursor)
  }

  /** The store has let go of all below `first`, some of it before it came here. Whoever has not got that must not go on behind the hole. */
  skipTo(first: number): void {
    this.first = first
    this.head = first - 1
    this.tail.skipTo(first - 1)
    // A cursor that is behind finds the hole when it reads on.
    for (const { connection } of [...this.live, ...this.fresh]) connection.fallOut()
  }

  /** Moves a connection's cursor behind everything that was pushed; one that is behind stays there. */
  skipToEnd(connection: Reader): void {
    const of = (cursor: Cursor) => cursor.connection === connection
    const cursor = this.fresh.find(of) ?? this.live.find(of)
    if (!cursor) return
    this.freshen(cursor)
    cursor.position = this.tail.end
    cursor.seq = this.head
  }

  /** The cursor takes part in the next flush from its own position. */
  freshen(cursor: Cursor): void {
    this.#leave(cursor)
    cursor.mode = 'fresh'
    cursor.index = this.fresh.push(cursor) - 1
  }

  close(cursor: Cursor): void {
    this.#leave(cursor)
    cursor.mode = 'closed'
  }

  /** The cursor has everything up to the last flush. */
  promote(cursor: Cursor): void {
    this.#leave(cursor)
    cursor.mode = 'live'
    cursor.index = this.live.push(cursor) - 1
  }

  /** The cursor's connection takes nothing now: it stays where the last flush left it. */
  demote(cursor: Cursor, position: number, seq: number): void {
    this.#leave(cursor)
    cursor.mode = 'behind'
    cursor.position = position
    cursor.seq = seq
    this.#behind++
  }

  #leave(cursor: Cursor): void {
    if (cursor.mode === 'behind') this.#behind--
    else if (cursor.mode === 'live') removeAt(this.live, cursor.index)
    else if (cursor.mode === 'fresh') removeAt(this.fresh, cursor.index)
  }
}

function removeAt(cursors: Cursor[], index: number): void {
  const last = cursors.pop() as Cursor
  if (index === cursors.length) return
  cursors[index] = last
  last.index = index
}
