import type { ClientErrorCode } from '@roomful/client'
import { nameKey } from '@roomful/protocol'
import { type Change, type Entry, indexOf, insert, type Log, type LogName, rekey, rowKey } from './log.ts'

/** `acked` lasts only until the message itself comes round, which gives it its place. */
export type OutgoingState =
  /** Waits for its turn or for the connection; `doubt`: it was sent before, and may have arrived. */
  | { readonly phase: 'queued'; readonly doubt: boolean }
  | { readonly phase: 'sending' }
  | { readonly phase: 'acked'; readonly seq: number }
  | { readonly phase: 'failed'; readonly code: ClientErrorCode }

/** One's own message, or change of a message, between the key press and its place in the log. */
export interface Outgoing {
  readonly clientId: string
  readonly text: string
  readonly log: LogName
  /** Addressee of a private message. */
  readonly to: string | null
  /** Number of the message that is answered or changed. */
  readonly about: number | null
  readonly change: Change | null
  /** Page clock in milliseconds. */
  readonly at: number
  /** Head of the log when it was sent: its own number is higher. */
  readonly after: number
  readonly state: OutgoingState
  /** Entry that is taken for this message by its text, because it came before the ack. */
  readonly matched: number | null
}

/** Both logs and what is on its way to them. The same message is never in both at once. */
export interface Ledger {
  readonly room: Log
  readonly private: Log
  readonly outgoing: readonly Outgoing[]
}

/** Failures after which the message may have been committed all the same. */
export function isUnconfirmed(code: ClientErrorCode): boolean {
  return code === 'timeout' || code === 'closed' || code === 'bad_frame'
}

export function begin(ledger: Ledger, message: Omit<Outgoing, 'after' | 'matched'>): Ledger {
  const after = ledger[message.log].head
  return {
    ...ledger,
    outgoing: [...ledger.outgoing, { ...message, after, matched: null }],
  }
}

/** Takes entries in, and settles one's own messages among them: by number when acked, otherwise by text, oldest first. */
export function receive(ledger: Ledger, name: LogName, entries: readonly Entry[], ownKey: string): Ledger {
  let { outgoing } = ledger
  const keyed = entries.map((entry) => {
    if (entry.authorKey !== ownKey || outgoing.length === 0 || indexOf(ledger[name], entry.seq) >= 0)
      return entry
    const mine = outgoing.find((message) => isSame(message, entry))
    if (mine === undefined) return entry
    outgoing =
      mine.state.phase === 'acked'
        ? outgoing.filter((message) => message !== mine)
        : outgoing.map((message) => (message === mine ? { ...mine, matched: entry.seq } : message))
    return { ...entry, key: mine.clientId }
  })
  return { ...ledger, [name]: insert(ledger[name], keyed), outgoing }
}

function isSame(message: Outgoing, entry: Entry): boolean {
  if (message.log !== entry.log) return false
  if (message.state.phase === 'acked') return message.state.seq === entry.seq
  return (
    message.matched === null &&
    message.change === null &&
    entry.change === null &&
    mayHaveArrived(message.state) &&
    entry.seq > message.after &&
    message.text === entry.text &&
    (message.to === null || (entry.to !== null && nameKey(message.to) === nameKey(entry.to)))
  )
}

function mayHaveArrived(state: OutgoingState): boolean {
  if (state.phase === 'failed') return isUnconfirmed(state.code)
  return state.phase === 'sending' || (state.phase === 'queued' && state.doubt)
}

/** The server has committed it as number `seq`. */
export function acknowledge(ledger: Ledger, clientId: string, seq: number): Ledger {
  const message = ledger.outgoing.find((each) => each.clientId === clientId)
  if (message === undefined) return ledger
  const settled = unmatch(ledger, message, seq)
  const name = message.log
  const log = settled[name]
  const held = indexOf(log, seq) >= 0
  // A message from before the oldest entry held is history that has not been asked for.
  if (held || seq < (log.entries[0]?.seq ?? 0)) {
    const outgoing = settled.outgoing.filter((each) => each.clientId !== clientId)
    return { ...settled, [name]: rekey(log, seq, clientId), outgoing }
  }
  return change(settled, clientId, { state: { phase: 'acked', seq }, matched: null })
}

export function fail(ledger: Ledger, clientId: string, code: ClientErrorCode): Ledger {
  const message = ledger.outgoing.find((each) => each.clientId === clientId)
  if (message === undefined || message.state.phase === 'acked') return ledger
  // Seen in the log and then cut off: it stays matched, and a retry with the same id will tell.
  const settled = isUnconfirmed(code) ? ledger : unmatch(ledger, message, 0)
  const matched = isUnconfirmed(code) ? message.matched : null
  return change(settled, clientId, { state: { phase: 'failed', code }, matched })
}

/** Waits for its turn. What may have arrived stays matched, as its id will tell. */
export function enqueue(ledger: Ledger, clientId: string, doubt: boolean): Ledger {
  return change(ledger, clientId, { state: { phase: 'queued', doubt } })
}

/** On its way again under the same id, so that it can never be there twice. */
export function restart(ledger: Ledger, clientId: string): Ledger {
  return change(ledger, clientId, { state: { phase: 'sending' } })
}

export function discard(ledger: Ledger, clientId: string): Ledger {
  return { ...ledger, outgoing: ledger.outgoing.filter((each) => each.clientId !== clientId) }
}

function unmatch(ledger: Ledger, message: Outgoing, seq: number): Ledger {
  if (message.matched === null || message.matched === seq) return ledger
  const name = message.log
  return { ...ledger, [name]: rekey(ledger[name], message.matched, rowKey(name, message.matched)) }
}

function change(ledger: Ledger, clientId: string, fields: Partial<Outgoing>): Ledger {
  const outgoing = ledger.outgoing.map((each) => (each.clientId === clientId ? { ...each, ...fields } : each))
  return { ...ledger, outgoing }
}
