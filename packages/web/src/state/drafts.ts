import { nameKey } from '@roomful/protocol'
import type { LogName } from './log.ts'
import type { KeyValues } from './storage.ts'

/** Where a text is going: to a room, to one person only, or in the place of another one. */
export type Destination =
  | { readonly kind: 'room'; readonly room: string }
  | { readonly kind: 'person'; readonly own: string; readonly name: string }
  | { readonly kind: 'edit'; readonly id: string }

/** A message that what is written answers, or takes the place of. */
export interface About {
  readonly kind: 'reply' | 'edit'
  readonly log: LogName
  readonly id: string
  readonly seq: number
  readonly author: string
  readonly text: string
}

/** Drafts that are kept at most; the ones untouched longest go first. */
export const MAX_DRAFTS = 50

/** Texts that were typed and not sent, one per destination, each under a key of its own so that tabs do not undo each other. */
export interface Drafts {
  load(to: Destination): string
  /** The message that the text answers. */
  replyOf(to: Destination): About | null
  save(to: Destination, text: string, reply?: About | null): void
}

interface Kept {
  readonly text: string
  readonly at: number
  readonly reply?: unknown
}

export function createDrafts(storage: KeyValues, now: () => number): Drafts {
  return {
    load: (to) => parse(storage.get(keyOf(to)))?.text ?? '',
    replyOf: (to) => {
      const reply = parse(storage.get(keyOf(to)))?.reply
      return isReply(reply) ? reply : null
    },
    save: (to, text, reply = null) => {
      const key = keyOf(to)
      if (text === '') {
        storage.remove(key)
        return
      }
      const isNew = storage.get(key) === null
      storage.set(key, JSON.stringify({ text, at: now(), ...(reply !== null && { reply }) } satisfies Kept))
      if (isNew) dropOldest(storage)
    },
  }
}

/** A person is one by key: `Bob` and `bob` have one draft. A private draft is kept for the name that wrote it. */
function keyOf(to: Destination): string {
  if (to.kind === 'edit') return `e:${to.id}`
  return to.kind === 'room' ? `r:${to.room}` : `p:${JSON.stringify([nameKey(to.own), nameKey(to.name)])}`
}

function dropOldest(storage: KeyValues): void {
  const keys = storage.keys()
  if (keys.length <= MAX_DRAFTS) return
  const aged = keys.map((key) => ({ key, at: parse(storage.get(key))?.at ?? 0 })).sort((a, b) => a.at - b.at)
  for (const { key } of aged.slice(0, keys.length - MAX_DRAFTS)) storage.remove(key)
}

/** What an earlier version, another tab or the person may have put there is not trusted. */
function parse(value: string | null): Kept | null {
  if (value === null) return null
  try {
    const kept: unknown = JSON.parse(value)
    if (typeof kept !== 'object' || kept === null || !('text' in kept) || !('at' in kept)) return null
    return typeof kept.text === 'string' && typeof kept.at === 'number'
      ? { text: kept.text, at: kept.at, ...('reply' in kept && { reply: kept.reply }) }
      : null
  } catch {
    return null
  }
}

function isReply(reply: unknown): reply is About {
  const { kind, log, seq, id, author, text } = (reply ?? {}) as Partial<Record<keyof About, unknown>>
  return (
    kind === 'reply' &&
    (log === 'room' || log === 'private') &&
    typeof seq === 'number' &&
    [id, author, text].every((each) => typeof each === 'string')
  )
}
