/**
 * Store: the authority. It numbers entries, and what it has numbered it has kept.
 *
 * A log is a room (`lobby`) or a person's private log (`@` and the person's id). The store does not tell them apart,
 * except that `rooms()` lists no private log.
 */

/**
 * `message` and `private` are said. The others are about one that was said: `edit` gives it another text, `delete` takes its text
 * away, `reaction` puts an emoji on it, `unreaction` takes that back.
 */
export type EntryKind = 'message' | 'private' | 'edit' | 'delete' | 'reaction' | 'unreaction'

/** Most different emoji on one entry, those that were taken back included. */
export const MAX_DIFFERENT_REACTIONS = 20

/**
 * Logs that a store holds unless it is told otherwise, empty ones counted: a log keeps its last number, so it is never forgotten.
 * Some 200 bytes each.
 */
export const MAX_LOGS = 1_000_000

/**
 * Client ids that a store knows of entries it has removed, of all logs together, unless it is told otherwise; those of the oldest entries make
 * way. Some 300 bytes each.
 */
export const MAX_LET_GO_IDS = 100_000

/** Bounds of a store. */
export interface StoreLimits {
  /** Most logs; one more is refused. Default: `MAX_LOGS`. */
  readonly maxLogs?: number
  /** Most client ids of entries that were removed. Default: `MAX_LET_GO_IDS`. */
  readonly maxLetGoIds?: number
}

/** The log in which nodes say something to themselves to see whether it is kept. No client can reach it, and it is no person's. */
export const CANARY_LOG = '@canary'

/** Newest entries of it that `trim` keeps at most, whatever else is kept. */
export const CANARY_KEPT = 100

/** The log in which nodes note which tickets were shown. As that of the canary, it is nobody's. */
export const TICKET_LOG = '@!tickets'

/** As `CANARY_KEPT`. Some 200 bytes each. */
export const TICKETS_KEPT = 5_000

/** The logs of which `trim` keeps so many entries at most. */
export const SHORT_LOGS: ReadonlyMap<string, number> = new Map([
  [CANARY_LOG, CANARY_KEPT],
  [TICKET_LOG, TICKETS_KEPT],
])

/** Stands for the second log of what may not be said, or to nobody who is here, unless it was before: it is no log, and nothing is ever written to it. */
export const NOBODY = ''

/** An entry on its way in: complete except for its number. */
export interface NewEntry {
  readonly log: string
  /**
   * Second log that gets the same entry in the same commit under its own number: the addressee of a private message.
   * For an entry about a private message the store finds it. `NOBODY`: it is answered when it is a repeat, and refused otherwise.
   */
  readonly copy: string | null
  readonly id: string
  readonly kind: EntryKind
  /** Name shown as the author. */
  readonly author: string
  /** Who the author is, across names and connections; `null` for an anonymous connection. */
  readonly authorId: string | null
  /** Name of the addressee of a private message. */
  readonly target: string | null
  /** What was said; the emoji of a reaction. Of something that was said, `''` only when its author deleted it. */
  readonly text: string
  /** RFC 3339, as shown. */
  readonly timestamp: string
  /** Server's wall clock in milliseconds since 1970. */
  readonly at: number
  /** UUID by which a repeated send is recognised in `log`. */
  readonly clientId: string | null
  /** Number in `log` of what this entry is about, or what this message answers; `null` without. */
  readonly about: number | null
  /** Of a `delete`: it may also be of what somebody else has said, in a room. Default: only of one's own. It is not kept. */
  readonly asModerator?: boolean
}

/** Which entry another one is about. */
export interface Reference {
  readonly id: string
  /** Its number in the same log; `null` when this log does not hold it. */
  readonly seq: number | null
}

/** An entry as a log holds it. */
export interface Entry extends Omit<NewEntry, 'copy' | 'about' | 'asModerator'> {
  readonly seq: number
  readonly about: Reference | null
}

/** What the store found behind `about`. */
export interface Found {
  readonly id: string
  /** Log that got a copy of this entry, `null` without one. */
  readonly copy: string | null
  /** Number of what it is about in that log; `null` when it is not there. */
  readonly copySeq: number | null
}

/**
 * Why an entry about another one was not taken. `not_found`: nothing that was said has that number, or, except for a reply and a
 * `delete`, it was deleted. `forbidden`: only the author may (by `authorId`; nobody when that is `null`), and `delete` a message, which is never a private one, also whoever does so
 * `asModerator`. `too_many_reactions`:
 * it bears `MAX_DIFFERENT_REACTIONS` emoji, and not this one. `nobody`: its `copy` is `NOBODY`. `too_many_logs`: it would begin a log, and there are
 * as many as the store may hold.
 */
export type Refused = 'not_found' | 'forbidden' | 'too_many_reactions' | 'nobody' | 'too_many_logs'

/**
 * What became of one entry of a batch.
 * `appended`: numbered `seq` in `log`, and `copySeq` in the copy (0 without one); `found` tells of what it is about.
 * `duplicate`: `log` already knows this `clientId` with the same author (by id or by name), kind, target (in any spelling), `about` and text (which is not
 * compared when it was deleted or removed); nothing was written, the first one is named.
 * `conflict`: `log` already knows this `clientId` with other content; nothing was written.
 * `refused`: what it is about, or the number of logs, does not allow it; nothing was written.
 */
export type Appended =
  | { readonly outcome: 'appended'; readonly seq: number; readonly copySeq: number; readonly found?: Found }
  | { readonly outcome: 'duplicate'; readonly seq: number; readonly id: string; readonly timestamp: string }
  | { readonly outcome: 'conflict' }
  | { readonly outcome: 'refused'; readonly why: Refused }

/** A page of a log: entries with `after < seq`, ascending from there, or `seq < before`, the nearest below it. */
export type Range = { readonly after: number } | { readonly before: number }

export interface RoomHead {
  readonly room: string
  readonly head: number
}

/** Which entries a store may let go of. An entry goes when either bound says so; a log loses its oldest ones first. */
export interface Retention {
  /** Newest entries of each log that stay; `null` for all. */
  readonly keep: number | null
  /** Entries with `at` before this, in milliseconds since 1970, go; `null` for none. One that arrived before them and is younger keeps them. */
  readonly before: number | null
  /** Client ids of removed entries with `at` before this, in milliseconds since 1970, are forgotten; `null` for none. */
  readonly idsBefore: number | null
}

export interface Store {
  /** Names this history; another value means numbers may have been given anew (a restored backup). */
  readonly epoch: string

  /**
   * Appends a batch as one atomic commit, in the order given, and answers in that order.
   * When it resolves, everything is durable and numbered: per log 1, 2, 3 … without holes.
   * A `delete` also empties the text of what it is about, and of every `edit` of that, in each log that holds them.
   * When it rejects (`StoreUnavailable`), nothing of the batch was written, and a number that it would have used is free. Only a store
   * behind a network that failed in the very moment of the commit may learn later that it was: then the entries stand in their logs as
   * those of another node do, and a repeat with their client ids is answered.
   * Appends are served in order, and every call sees the appends before it; the caller may have several under way.
   */
  append(batch: readonly NewEntry[]): Promise<readonly Appended[]>

  /** Reads at most `limit` entries of a range, always in ascending order. An unknown log is empty. Rejects with `StoreUnavailable`. */
  read(log: string, range: Range, limit: number): Promise<readonly Entry[]>

  /** Number of the newest entry of each log; 0 where it is empty or unknown. Same order as asked. */
  heads(logs: readonly string[]): Promise<readonly number[]>

  /** Number of the oldest entry that each log still holds; one above its head where none is left, 1 where it is unknown. Same order as asked. */
  firsts(logs: readonly string[]): Promise<readonly number[]>

  /**
   * Removes entries, at most `limit` of them in one atomic commit, and of each of `SHORT_LOGS` also all but its newest, with their client ids. Numbers go on where they were, in an emptied log too, and the text of each `edit`
   * of what was removed is emptied in the same log. Client ids are known on, after a restart too, without the text: until `idsBefore` says otherwise, or
   * `MAX_LET_GO_IDS` of entries with a later `at` are known. At most `limit` of them are forgotten in the same commit. Answers whether nothing
   * was left to do; otherwise the next call goes on. Rejects with `StoreUnavailable`.
   */
  trim(retention: Retention, limit: number): Promise<boolean>

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
