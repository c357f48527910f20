import type { ClientErrorCode, OutboxEntry } from '@roomful/client'
import { nameKey } from '@roomful/protocol'
import { type Fold, foldChanges, type Reaction } from './folds.ts'
import { changeOf, type Held, inDoubt, isOfThisLog, logOf } from './held.ts'
import { dayOf, type Entry, type Gap, gapsOf, indexOf, type Log, type LogName } from './log.ts'
import type { Notice } from './notices.ts'
import type { Divider } from './reading.ts'

/** Own messages only; `queued` waits for the connection or the server, `sent` means committed and numbered. */
export type SendStatus = 'queued' | 'sending' | 'sent' | 'failed'

/** Messages of one author closer than this are one group. */
const GROUP_MS = 5 * 60_000

/** What is shown of a message that another one answers. */
export interface Quote {
  readonly seq: number | null
  /** Null while the message is not held. */
  readonly author: string | null
  readonly text: string
  readonly deleted: boolean
}

export interface MessageRow {
  readonly kind: 'message'
  readonly key: string
  readonly log: LogName
  /** Null until it is known. */
  readonly seq: number | null
  readonly author: string
  readonly authorKey: string
  /** Null until it is known. */
  readonly id: string | null
  readonly to: string | null
  readonly text: string
  readonly sentAt: number
  readonly own: boolean
  /** First of its group: shows whose it is. */
  readonly first: boolean
  /** Null for the messages of others. */
  readonly status: SendStatus | null
  readonly failure: ClientErrorCode | null
  /** The same in the server's words; empty when there is none. */
  readonly refusal: string
  readonly edited: boolean
  readonly deleted: boolean
  /** Who deleted it: `author`, or else a moderator. Null until it is known. */
  readonly deletedBy: string | null
  readonly reactions: readonly Reaction[]
  readonly quote: Quote | null
  /** Client id of what `status` is about: the message itself, or the newest change of it. */
  readonly pending: string | null
  /** Some moment of the day that begins with this row. */
  readonly day: number | null
  /** With it begins what is new. */
  readonly divided: boolean
}

export interface NoticesRow {
  readonly kind: 'notices'
  readonly key: string
  readonly notices: readonly Notice[]
  readonly day: number | null
}

export interface GapRow {
  readonly kind: 'gap'
  readonly key: string
  readonly gap: Gap
}

/** The top of the page: `older` while more can be loaded, `start` where the conversation begins. */
export interface EdgeRow {
  readonly kind: 'older' | 'start'
  readonly key: 'edge'
}

export type Row = MessageRow | NoticesRow | GapRow | EdgeRow

export interface RowSources extends Held {
  readonly online: boolean
  readonly notices: readonly Notice[]
  readonly divider: Divider | null
  readonly ownKey: string
  readonly ownName: string
}

type Item = { readonly at: number } & (
  | { readonly kind: 'entry'; readonly entry: Entry }
  | { readonly kind: 'gap'; readonly gap: Gap }
  | { readonly kind: 'notice'; readonly notice: Notice }
)

/** Puts logs, notices and what is on its way into the rows of the transcript, oldest first. */
export function deriveRows(sources: RowSources): readonly Row[] {
  const rows: Row[] = [{ kind: reachesStart(sources) ? 'start' : 'older', key: 'edge' }]
  const from = horizon(sources.room)
  const hidden = inDoubt(sources, sources.ownKey)
  const streams = [
    itemsOf(sources.room, 'room', from, hidden),
    itemsOf(sources.private, 'private', from, hidden),
    sources.notices.map((notice): Item => ({ at: notice.at, kind: 'notice', notice })),
  ]
  const trail = new Trail(rows, sources)
  const heldBack = sources.room.entries[firstShown(sources.room) - 1]
  if (heldBack !== undefined) trail.remember(heldBack)
  for (const item of interleave(streams)) trail.add(item)
  for (const mine of sources.outgoing)
    if (mine.kind === 'message' || isStray(sources, mine)) trail.addOutgoing(mine)
  return rows
}

/** A text that was refused, and no message to show it beside. */
function isStray(held: Held, mine: OutboxEntry): boolean {
  return mine.kind === 'edit' && mine.state.phase === 'failed' && changeOf(held, mine) === null
}

function reachesStart({ room, private: whispers }: Held): boolean {
  return room.start !== null && whispers.start !== null
}

/** Private messages from before what is held of the room wait until the room has been loaded that far. */
function horizon(room: Log): number {
  return room.start === null
    ? (room.entries[firstShown(room)]?.at ?? Number.NEGATIVE_INFINITY)
    : Number.NEGATIVE_INFINITY
}

/**
 * Index of the first entry of the room that is shown. While more lies before what is held, the oldest message is held back: it
 * tells whether the next one begins a day or a group, so that rows never change when older ones are put in front.
 */
export function firstShown(room: Log): number {
  const said = room.start === null ? room.entries.findIndex(({ change }) => change === null) : -1
  return said < 0 || room.entries[said]?.live === true ? 0 : said + 1
}

/** The entries of a log with its gaps between them. */
function itemsOf(log: Log, name: LogName, from: number, hidden: ReadonlySet<Entry>): readonly Item[] {
  const items: Item[] = []
  const gaps = gapsOf(log, name)
  const first = name === 'room' ? firstShown(log) : 0
  let g = 0
  for (const [i, entry] of log.entries.entries()) {
    const gap = gaps[g]
    if (gap?.before === entry.seq) {
      g++
      if (entry.at >= from) items.push({ at: entry.at, kind: 'gap', gap })
    }
    if (i >= first && entry.change === null && entry.at >= from && !hidden.has(entry))
      items.push({ at: entry.at, kind: 'entry', entry })
  }
  const end = gaps[g]
  if (end !== undefined)
    items.push({ at: log.entries.at(-1)?.at ?? Number.POSITIVE_INFINITY, kind: 'gap', gap: end })
  return items
}

/** Merges by `at`; within each stream the order stays, whatever its times say. */
function* interleave(streams: readonly (readonly Item[])[]): Generator<Item> {
  const next = streams.map(() => 0)
  for (;;) {
    let best = -1
    let bestAt = Number.POSITIVE_INFINITY
    streams.forEach((stream, s) => {
      const item = stream[next[s] ?? 0]
      if (item !== undefined && (best < 0 || item.at < bestAt)) {
        best = s
        bestAt = item.at
      }
    })
    const position = next[best]
    const item = position === undefined ? undefined : streams[best]?.[position]
    if (position === undefined || item === undefined) return
    next[best] = position + 1
    yield item
  }
}

/** The messages that others among those held answer. */
function quotable({ room, private: whispers }: Held): ReadonlyMap<string, Entry> {
  const wanted = new Set<string>()
  for (const { entries } of [room, whispers])
    for (const { replyTo } of entries) if (replyTo !== null) wanted.add(replyTo.id)
  const found = new Map<string, Entry>()
  if (wanted.size === 0) return found
  for (const { entries } of [room, whispers])
    for (const entry of entries) if (wanted.has(entry.id)) found.set(entry.id, entry)
  return found
}

/** What stands in line while others are on their way is as good as on its way itself. */
function statusOf(
  mine: OutboxEntry | null,
  online: boolean,
): Pick<MessageRow, 'status' | 'failure' | 'refusal'> {
  const state = mine?.state
  if (state?.phase === 'failed') return { status: 'failed', failure: state.code, refusal: state.message }
  const waits = state?.phase === 'queued' && (!online || state.retryAt !== undefined)
  const isSent = state === undefined || state.phase === 'sent'
  return { status: isSent ? 'sent' : waits ? 'queued' : 'sending', failure: null, refusal: '' }
}

/** Only coming and going is told in few words. */
function isFolded({ event }: Notice): boolean {
  return event === 'join' || event === 'leave'
}

/** Appends rows and remembers what grouping needs: the row before, and the day. */
class Trail {
  readonly #rows: Row[]
  readonly #sources: RowSources
  readonly #folds: ReadonlyMap<string, Fold>
  readonly #quotable: ReadonlyMap<string, Entry>
  #divider: Divider | null
  #day = Number.NEGATIVE_INFINITY
  #previous: MessageRow | null = null

  constructor(rows: Row[], sources: RowSources) {
    this.#rows = rows
    this.#sources = sources
    this.#divider = sources.divider
    this.#folds = foldChanges(sources, sources)
    this.#quotable = quotable(sources)
  }

  add(item: Item): void {
    if (item.kind === 'entry') this.#addEntry(item.entry)
    else if (item.kind === 'notice') this.#addNotice(item.notice)
    else {
      this.#previous = null
      this.#rows.push({ kind: 'gap', key: `gap:${item.gap.log}:${item.gap.after}`, gap: item.gap })
    }
  }

  /** Takes note of an entry that is not shown. */
  remember(entry: Entry): void {
    this.#previous = this.#rowOf(entry)
  }

  #addEntry(entry: Entry): void {
    this.#push({ ...this.#rowOf(entry), divided: this.#divides(entry) })
  }

  #divides({ log, seq, authorKey }: Entry): boolean {
    const divider = this.#divider
    if (divider === null || authorKey === this.#sources.ownKey) return false
    if (seq <= divider.after[log] || seq > divider.upTo[log]) return false
    this.#divider = null
    return true
  }

  #rowOf(entry: Entry): MessageRow {
    const { key, log, id, seq, author, authorKey, to, sentAt } = entry
    const own = authorKey === this.#sources.ownKey
    const fold = this.#folds.get(id)
    const pending = fold?.pending ?? null
    const deleted = entry.deleted || fold?.deleted === true
    const deletedBy = fold?.deletedBy ?? null
    return {
      kind: 'message',
      key,
      log,
      id,
      seq,
      author,
      authorKey,
      to,
      text: deleted ? '' : (fold?.text ?? entry.text),
      sentAt,
      own,
      edited: fold?.text !== undefined && fold.text !== null && !deleted,
      deleted,
      deletedBy: nameKey(deletedBy ?? '') === authorKey ? author : deletedBy,
      reactions: deleted ? [] : (fold?.reactions ?? []),
      quote:
        entry.replyTo === null || deleted
          ? null
          : this.#quote(this.#quotable.get(entry.replyTo.id), entry.replyTo.seq),
      first: true,
      ...(own ? statusOf(pending, this.#sources.online) : { status: null, failure: null, refusal: '' }),
      pending: pending?.clientId ?? null,
      day: this.#beginDay(entry.day, sentAt),
      divided: false,
    }
  }

  #quote(entry: Entry | undefined, seq: number | null): Quote {
    if (entry === undefined) return { seq, author: null, text: '', deleted: false }
    const fold = this.#folds.get(entry.id)
    const deleted = entry.deleted || fold?.deleted === true
    return { seq: entry.seq, author: entry.author, text: deleted ? '' : (fold?.text ?? entry.text), deleted }
  }

  addOutgoing(mine: OutboxEntry): void {
    const { ownName, ownKey, online } = this.#sources
    const { clientId: key, to = null, text, at: sentAt, replyTo = null } = mine
    const log = logOf(mine)
    const { entries } = this.#sources[log]
    const answers = replyTo !== null && isOfThisLog(this.#sources[log], mine)
    const answered = answers ? entries[indexOf(this.#sources[log], replyTo)] : undefined
    this.#push({
      kind: 'message',
      key,
      log,
      id: null,
      seq: null,
      author: ownName,
      authorKey: ownKey,
      to,
      text,
      sentAt,
      own: true,
      edited: false,
      deleted: false,
      deletedBy: null,
      reactions: [],
      quote: answers ? this.#quote(answered, replyTo) : null,
      first: true,
      ...statusOf(mine, online),
      pending: key,
      day: this.#beginDay(dayOf(sentAt), sentAt),
      divided: false,
    })
  }

  #push(row: MessageRow): void {
    const before = this.#previous
    const first =
      before === null ||
      row.day !== null ||
      row.divided ||
      before.authorKey !== row.authorKey ||
      before.log !== row.log ||
      before.to !== row.to ||
      Math.abs(row.sentAt - before.sentAt) > GROUP_MS
    this.#previous = { ...row, first }
    this.#rows.push(this.#previous)
  }

  #addNotice(notice: Notice): void {
    this.#previous = null
    const day = this.#beginDay(dayOf(notice.at), notice.at)
    const before = this.#rows.at(-1)
    if (before?.kind === 'notices' && day === null && isFolded(notice) && before.notices.every(isFolded))
      this.#rows[this.#rows.length - 1] = { ...before, notices: [...before.notices, notice] }
    else this.#rows.push({ kind: 'notices', key: notice.key, notices: [notice], day })
  }

  /** The calendar only moves forward, so one forged time makes one odd separator at most. */
  #beginDay(day: number, at: number): number | null {
    if (day <= this.#day) return null
    this.#day = day
    return at
  }
}
