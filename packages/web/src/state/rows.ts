import type { ClientErrorCode } from '@roomful/client'
import type { Ledger, Outgoing } from './ledger.ts'
import { dayOf, type Entry, type Gap, gapsOf, type Log, type LogName } from './log.ts'
import type { Notice } from './notices.ts'
import type { Divider } from './reading.ts'

/** Own messages only; `queued` waits for the connection, `sent` means committed and numbered. */
export type SendStatus = 'queued' | 'sending' | 'sent' | 'failed'

/** Messages of one author closer than this are one group. */
const GROUP_MS = 5 * 60_000

export interface MessageRow {
  readonly kind: 'message'
  readonly key: string
  readonly log: LogName
  /** Null until it is known. */
  readonly seq: number | null
  readonly author: string
  readonly authorKey: string
  readonly to: string | null
  readonly text: string
  readonly sentAt: number
  readonly own: boolean
  /** First of its group: shows whose it is. */
  readonly first: boolean
  /** Null for the messages of others. */
  readonly status: SendStatus | null
  readonly failure: ClientErrorCode | null
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

export interface RowSources extends Ledger {
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
  const streams = [
    itemsOf(sources.room, 'room', from),
    itemsOf(sources.private, 'private', from),
    sources.notices.map((notice): Item => ({ at: notice.at, kind: 'notice', notice })),
  ]
  const trail = new Trail(rows, sources.ownKey, sources.divider)
  const heldBack = heldBackOf(sources.room)
  if (heldBack !== null) trail.remember(heldBack)
  for (const item of interleave(streams)) trail.add(item)
  for (const message of sources.outgoing) if (message.matched === null) trail.addOutgoing(message, sources)
  return rows
}

function reachesStart({ room, private: whispers }: Ledger): boolean {
  return room.start !== null && whispers.start !== null
}

/** Private messages from before what is held of the room wait until the room has been loaded that far. */
function horizon(room: Log): number {
  if (room.start !== null) return Number.NEGATIVE_INFINITY
  return room.entries[heldBackOf(room) === null ? 0 : 1]?.at ?? Number.NEGATIVE_INFINITY
}

/**
 * The oldest entry of the room, while more lies before it: not shown, it tells whether the next one begins a day or a
 * group, so that rows never change when older ones are put in front.
 */
function heldBackOf(room: Log): Entry | null {
  const first = room.entries[0]
  return room.start !== null || first === undefined || first.live ? null : first
}

/** The entries of a log with its gaps between them. */
function itemsOf(log: Log, name: LogName, from: number): readonly Item[] {
  const items: Item[] = []
  const gaps = gapsOf(log, name)
  const heldBack = name === 'room' ? heldBackOf(log) : null
  let g = 0
  for (const entry of log.entries) {
    const gap = gaps[g]
    if (gap?.before === entry.seq) {
      g++
      if (entry.at >= from) items.push({ at: entry.at, kind: 'gap', gap })
    }
    if (entry !== heldBack && entry.at >= from) items.push({ at: entry.at, kind: 'entry', entry })
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

/** Appends rows and remembers what grouping needs: the row before, and the day. */
class Trail {
  readonly #rows: Row[]
  readonly #ownKey: string
  #divider: Divider | null
  #day = Number.NEGATIVE_INFINITY
  #previous: MessageRow | null = null

  constructor(rows: Row[], ownKey: string, divider: Divider | null) {
    this.#divider = divider
    this.#rows = rows
    this.#ownKey = ownKey
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
    if (divider === null || authorKey === this.#ownKey) return false
    if (seq <= divider.after[log] || seq > divider.upTo[log]) return false
    this.#divider = null
    return true
  }

  #rowOf(entry: Entry): MessageRow {
    const { key, log, seq, author, authorKey, to, text, sentAt } = entry
    const own = authorKey === this.#ownKey
    const day = this.#beginDay(entry.day, sentAt)
    return {
      kind: 'message',
      key,
      log,
      seq,
      author,
      authorKey,
      to,
      text,
      sentAt,
      own,
      first: true,
      status: own ? 'sent' : null,
      failure: null,
      day,
      divided: false,
    }
  }

  addOutgoing(message: Outgoing, own: { readonly ownKey: string; readonly ownName: string }): void {
    const { state } = message
    this.#push({
      kind: 'message',
      key: message.clientId,
      log: message.to === null ? 'room' : 'private',
      seq: state.phase === 'acked' ? state.seq : null,
      author: own.ownName,
      authorKey: own.ownKey,
      to: message.to,
      text: message.text,
      sentAt: message.at,
      own: true,
      first: true,
      day: this.#beginDay(dayOf(message.at), message.at),
      status: state.phase === 'acked' ? 'sent' : state.phase,
      failure: state.phase === 'failed' ? state.code : null,
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
    if (
      before?.kind === 'notices' &&
      day === null &&
      notice.event !== 'welcome' &&
      before.notices[0]?.event !== 'welcome'
    )
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
