/**
 * Store: the authority. It numbers entries, and what it has numbered it has kept.
 *
 * A log is a room (`lobby`) or a person's private log (`@` and the person's id). The store does not tell them apart,
 * except that `rooms()` lists no private log.
 */

export type EntryKind = 'message' | 'private'

/** An entry on its way in: complete except for its number. */
export interface NewEntry {
  readonly log: string
  /** Second log that gets the same entry in the same commit under its own number: the addressee of a private message. */
  readonly copy: string | null
  readonly id: string
  readonly kind: EntryKind
  /** Name shown as the author. */
  readonly author: string
  /** Who the author is, across names and connections; `null` for an anonymous connection. */
  readonly authorId: string | null
  /** Name of the addressee of a private message. */
  readonly target: string | null
  readonly text: string
  /** RFC 3339, as shown. */
  readonly timestamp: string
  /** Server's wall clock in milliseconds since 1970. */
  readonly at: number
  /** UUID by which a repeated send is recognised in `log`. */
  readonly clientId: string | null
}

/** An entry as a log holds it. */
export interface Entry extends Omit<NewEntry, 'copy'> {
  readonly seq: number
}

/**
 * What became of one entry of a batch.
 * `appended`: numbered `seq` in `log`, and `copySeq` in `copy` (0 without one).
 * `duplicate`: `log` already holds this `clientId` with the same author (by id or by name), target and text; nothing was written,
 * the first one is named.
 * `conflict`: `log` already holds this `clientId` with other content; nothing was written.
 */
export type Appended =
  | { readonly outcome: 'appended'; readonly seq: number; readonly copySeq: number }
  | { readonly outcome: 'duplicate'; readonly seq: number; readonly id: string; readonly timestamp: string }
  | { readonly outcome: 'conflict' }

/** A page of a log: entries with `after < seq`, ascending from there, or `seq < before`, the nearest below it. */
export type Range = { readonly after: number } | { readonly before: number }

export interface RoomHead {
  readonly room: string
  readonly head: number
}

export interface Store {
  /** Names this history; another value means numbers may have been given anew (a restored backup). */
  readonly epoch: string

  /**
   * Appends a batch as one atomic commit, in the order given, and answers in that order.
   * When it resolves, everything is durable and numbered: per log 1, 2, 3 … without holes.
   * When it rejects (`StoreUnavailable`), nothing of the batch was written, and a number that it would have used is free.
   * Calls are served in order; the caller may have several under way.
   */
  append(batch: readonly NewEntry[]): Promise<readonly Appended[]>

  /** Reads at most `limit` entries of a range, always in ascending order. An unknown log is empty. Rejects with `StoreUnavailable`. */
  read(log: string, range: Range, limit: number): Promise<readonly Entry[]>

  /** Number of the newest entry of each log; 0 where it is empty or unknown. Same order as asked. */
  heads(logs: readonly string[]): Promise<readonly number[]>

  /** Rooms that hold at least one entry, by name, at most `limit`, starting behind `after` (exclusive; `''` from the start). */
  rooms(after: string, limit: number): Promise<readonly RoomHead[]>

  /** Resolves when the store can write now; rejects with `StoreUnavailable` otherwise. Cheap enough for once a second. */
  check(): Promise<void>

  /** Waits for what is under way and lets go of every resource. Calls after it reject. Twice is the same as once. */
  close(): Promise<void>
}

/** The store cannot do it now; a later try may succeed. `cause` holds the driver's error. */
export class StoreUnavailable extends Error {
  readonly code = 'unavailable'
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'StoreUnavailable'
  }
}
