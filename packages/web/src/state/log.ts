import { type ChangeFrame, type LogFrame, nameKey, PRIVATE_LOG } from '@roomful/protocol'

/** Which of the two logs of a page an entry belongs to: the room's, or one's own private one. */
export type LogName = 'room' | 'private'

/** The message that another one answers; `seq` where its number in the log is known. */
export interface Reference {
  readonly id: string
  readonly seq: number | null
}

/** What an entry does to the message with the id `target`. */
export type Change = { readonly target: string } & (
  | { readonly kind: 'edit'; readonly text: string }
  /** `untold`: it is known from an emptied edit, and not by whom. */
  | { readonly kind: 'delete'; readonly untold?: true }
  | { readonly kind: 'reaction'; readonly emoji: string; readonly removed: boolean }
)

/** One entry of a log, as the page keeps it: something that was said, or with `change` what became of it. */
export interface Entry {
  /** Names the entry's row for as long as the page lives, also across the change from optimistic to numbered. */
  readonly key: string
  readonly log: LogName
  readonly id: string
  readonly seq: number
  readonly author: string
  readonly authorKey: string
  /** Addressee of a private message. */
  readonly to: string | null
  readonly text: string
  readonly replyTo: Reference | null
  /** It was deleted, and its text is gone. */
  readonly deleted: boolean
  readonly change: Change | null
  /** When it was said, as its frame tells; milliseconds since 1970. */
  readonly sentAt: number
  /** Where it stands among entries of the other log: this page's clock, never later than its arrival. */
  readonly at: number
  /** Local calendar day on which it was said; no later than that of its arrival, whatever its frame tells. */
  readonly day: number
  /** It came as it was said, not from history. */
  readonly live: boolean
}

/** What the page holds of one log. Entries are sorted by `seq` and unique; holes between them are gaps. */
export interface Log {
  readonly epoch: string | null
  readonly entries: readonly Entry[]
  /** Highest number known to exist; 0 in an empty log. */
  readonly head: number
  /** Number with which the log begins, once that is known; null while more may lie before what is held. */
  readonly start: number | null
}

/** Numbers that exist and are not held: `after < seq < before`. */
export interface Gap {
  readonly log: LogName
  readonly after: number
  readonly before: number
}

export function emptyLog(epoch: string | null, head: number): Log {
  return { epoch, entries: [], head, start: head === 0 ? 1 : null }
}

/** `skew`: server clock minus page clock, in milliseconds. `arrivedAt`: page clock. `live` entries stand where they arrived. */
export interface Arrival {
  readonly arrivedAt: number
  readonly skew: number
  readonly live: boolean
}

export function entryOf(frame: LogFrame, arrival: Arrival): Entry {
  const log = frame.room === PRIVATE_LOG ? 'private' : 'room'
  const author = frame.type === 'private' ? frame.from : frame.username
  const parsed = Date.parse(frame.timestamp)
  const sentAt = Number.isNaN(parsed) ? arrival.arrivedAt : parsed
  return {
    key: rowKey(log, frame.seq),
    log,
    id: frame.id,
    seq: frame.seq,
    author,
    authorKey: nameKey(author),
    to: frame.type === 'private' ? frame.to : null,
    ...contentOf(frame),
    sentAt,
    live: arrival.live,
    day: dayOf(Math.min(sentAt, arrival.arrivedAt)),
    at: arrival.live ? arrival.arrivedAt : Math.min(sentAt - arrival.skew, arrival.arrivedAt),
  }
}

function contentOf(frame: LogFrame): Pick<Entry, 'text' | 'replyTo' | 'deleted' | 'change'> {
  if (frame.type === 'message' || frame.type === 'private') {
    const { message: text, reply_to: reply, deleted = false } = frame
    const replyTo = reply === undefined ? null : { id: reply.id, seq: reply.seq ?? null }
    return { text, replyTo, deleted, change: null }
  }
  return { text: '', replyTo: null, deleted: false, change: changeOf(frame) }
}

function changeOf(frame: ChangeFrame): Change {
  const target = frame.target.id
  switch (frame.type) {
    case 'edit':
      // The text of a former version goes with the message.
      return frame.deleted === true
        ? { kind: 'delete', target, untold: true }
        : { kind: 'edit', target, text: frame.message }
    case 'delete':
      return { kind: 'delete', target }
    case 'reaction':
      return { kind: 'reaction', target, emoji: frame.emoji, removed: frame.removed === true }
  }
}

/** Number of the local calendar day that holds a moment. */
export function dayOf(at: number): number {
  return Math.floor((at - new Date(at).getTimezoneOffset() * 60_000) / 86_400_000)
}

export function rowKey(log: LogName, seq: number): string {
  return `${log}:${seq}`
}

/** Adds entries in any order. A number that is held already keeps its entry, so nothing is ever shown twice. */
export function insert(log: Log, added: readonly Entry[]): Log {
  if (added.length === 0) return log
  const sorted = [...added].sort((a, b) => a.seq - b.seq)
  const entries = merge(log.entries, sorted)
  const last = entries.at(-1)?.seq ?? 0
  return {
    ...log,
    entries,
    head: Math.max(log.head, last),
    start: log.start ?? (entries[0]?.seq === 1 ? 1 : null),
  }
}

function merge(held: readonly Entry[], added: readonly Entry[]): readonly Entry[] {
  const lastHeld = held.at(-1)?.seq ?? 0
  const firstAdded = added[0]?.seq ?? 0
  // The everyday case: the next number.
  if (firstAdded > lastHeld) return [...held, ...unique(added)]
  const merged: Entry[] = []
  let h = 0
  let a = 0
  while (h < held.length || a < added.length) {
    const mine = held[h]
    const theirs = added[a]
    const next = theirs === undefined || (mine !== undefined && mine.seq <= theirs.seq) ? mine : theirs
    if (next === undefined) break
    if (next === mine) h++
    else a++
    if (merged.at(-1)?.seq !== next.seq) merged.push(next)
  }
  return merged
}

function unique(sorted: readonly Entry[]): readonly Entry[] {
  return sorted.filter((entry, i) => sorted[i - 1]?.seq !== entry.seq)
}

/** Notes that the log is at least this long. */
export function raiseHead(log: Log, head: number): Log {
  return head > log.head ? { ...log, head } : log
}

/** Notes that nothing lies before the first entry held. */
export function markStart(log: Log): Log {
  return log.start === null ? { ...log, start: log.entries[0]?.seq ?? log.head + 1 } : log
}

/** Position of the entry with this number, or -1. */
export function indexOf(log: Log, seq: number): number {
  let low = 0
  let high = log.entries.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    const found = log.entries[middle]?.seq ?? 0
    if (found === seq) return middle
    if (found < seq) low = middle + 1
    else high = middle - 1
  }
  return -1
}

/** Gives the row of a held entry another name. */
export function rekey(log: Log, seq: number, key: string): Log {
  const index = indexOf(log, seq)
  const entry = log.entries[index]
  if (entry === undefined || entry.key === key) return log
  return { ...log, entries: log.entries.with(index, { ...entry, key }) }
}

/** Every gap in order, from the start of the log where that is known, otherwise from the first entry held, to its head. */
export function gapsOf(log: Log, name: LogName): readonly Gap[] {
  const gaps: Gap[] = []
  let previous = log.start === null ? undefined : log.start - 1
  for (const { seq } of log.entries) {
    if (previous !== undefined && seq > previous + 1) gaps.push({ log: name, after: previous, before: seq })
    previous = seq
  }
  if (previous !== undefined && log.head > previous)
    gaps.push({ log: name, after: previous, before: log.head + 1 })
  return gaps
}

/** How many entries a gap lacks. */
export function sizeOf(gap: Gap): number {
  return gap.before - gap.after - 1
}

/** A change of a message that is named beside it. */
export type ChangeOf = Change extends infer C ? (C extends Change ? Omit<C, 'target'> : never) : never
