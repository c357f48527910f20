import type { OutboxEntry } from '@roomful/client'
import { nameKey, PRIVATE_LOG } from '@roomful/protocol'
import { type Change, type Entry, indexOf, insert, type Log, type LogName, rekey, rowKey } from './log.ts'

/** Both logs, and what is on its way to them, oldest first: `sent` stays there only until it comes round and has its place. */
export interface Held {
  readonly room: Log
  readonly private: Log
  readonly outgoing: readonly OutboxEntry[]
}

/** Milliseconds by which the time of an entry out of history may differ from this page's clock. */
const SKEW_MS = 10_000

export function logOf(mine: OutboxEntry): LogName {
  return mine.room === PRIVATE_LOG ? 'private' : 'room'
}

/** Takes note of what has become of something of one's own. Its ack names its number, and the entry of that number keeps its row. */
export function track(held: Held, mine: OutboxEntry): Held {
  const { clientId, state } = mine
  const name = logOf(mine)
  const log = held[name]
  const others = held.outgoing.filter((each) => each.clientId !== clientId)
  const isCommand = state.phase === 'sent' && state.ack.command === true
  const seq = state.phase === 'sent' ? state.ack.seq : null
  // It was carried out and not said.
  if (isCommand) return { ...held, outgoing: others }
  // A message from before the oldest entry held is history that has not been asked for.
  if (seq !== null && (indexOf(log, seq) >= 0 || seq < (log.entries[0]?.seq ?? 0)))
    return { ...held, [name]: rekey(log, seq, clientId), outgoing: others }
  // Another window may tell of what this one has seen arrive.
  if (state.phase === 'discarded' || log.entries.some(({ key }) => key === clientId))
    return { ...held, outgoing: others }
  return { ...held, outgoing: [...others, mine].sort((a, b) => a.at - b.at) }
}

/** Takes entries in. Those of which an ack told the number keep their rows. */
export function receive(held: Held, name: LogName, entries: readonly Entry[]): Held {
  const sent = new Map<number, string>()
  for (const mine of held.outgoing)
    if (mine.state.phase === 'sent' && logOf(mine) === name) sent.set(mine.state.ack.seq, mine.clientId)
  if (sent.size === 0) return { ...held, [name]: insert(held[name], entries) }
  const keyed = entries.map((entry) => ({ ...entry, key: sent.get(entry.seq) ?? entry.key }))
  const log = insert(held[name], keyed)
  const oldest = log.entries[0]?.seq ?? 0
  const settled = new Set(
    [...sent].flatMap(([seq, id]) => (seq < oldest || indexOf(log, seq) >= 0 ? id : [])),
  )
  return { ...held, [name]: log, outgoing: held.outgoing.filter(({ clientId }) => !settled.has(clientId)) }
}

/** The numbers were given anew: those of acks mean nothing any more. */
export function renumber(held: Held, room: Log, whispers: Log): Held {
  return { room, private: whispers, outgoing: held.outgoing.filter(({ state }) => state.phase !== 'sent') }
}

/**
 * Entries that may be a message of one's own whose ack has not come, as after a cut or a reload. Until it comes the message is shown
 * where it waits, and they are not shown beside it; which of them it is, the ack tells.
 */
export function inDoubt(held: Held, ownKey: string): ReadonlySet<Entry> {
  const found = new Set<Entry>()
  const asked = held.outgoing.filter(
    ({ kind, state }) => kind === 'message' && (state.phase === 'queued' || state.phase === 'sending'),
  )
  const since = (asked[0]?.at ?? Number.POSITIVE_INFINITY) - SKEW_MS
  for (const { entries } of [held.room, held.private])
    for (let i = entries.length - 1; i >= 0; i--) {
      const entry = entries[i]
      if (entry === undefined || entry.at < since) break
      const isNew = entry.authorKey === ownKey && entry.key === rowKey(entry.log, entry.seq)
      if (isNew && asked.some((mine) => isLike(mine, entry))) found.add(entry)
    }
  return found
}

function isLike(mine: OutboxEntry, { log, text, to, live, at }: Entry): boolean {
  return (
    mine.text === text &&
    logOf(mine) === log &&
    (mine.to === undefined || (to !== null && nameKey(mine.to) === nameKey(to))) &&
    at >= mine.at - (live ? 0 : SKEW_MS)
  )
}

/** Whether the number that it names is of the log as it is held, not of the one before a restored backup. */
export function isOfThisLog(log: Log, { epoch }: OutboxEntry): boolean {
  return epoch === undefined || log.epoch === null || epoch === log.epoch
}

/** What a change of one's own does to the message that it is about, as far as that is held. */
export function changeOf(held: Pick<Held, LogName>, mine: OutboxEntry): Change | null {
  const { kind, text, remove = false, seq = 0 } = mine
  const log = held[logOf(mine)]
  const target = isOfThisLog(log, mine) ? log.entries[indexOf(log, seq)]?.id : undefined
  if (kind === 'message' || target === undefined) return null
  if (kind === 'edit') return { kind, target, text }
  if (kind === 'delete') return { kind, target }
  return { kind, target, emoji: text, removed: remove }
}
