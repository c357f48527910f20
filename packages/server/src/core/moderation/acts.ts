/** What moderators have done, as the log of the server's own holds it. */
import { EVERYWHERE, type ModerationAction, nameKey } from '@roomful/protocol'
import type { Entry } from '../../ports/store.ts'

/** The log of the server's own that is the audit trail. No room and no person's log is called so. */
export const MODERATION_LOG = '@!moderation'

/** What one act is about, complete but for what its entry says. */
export interface Doing {
  readonly action: ModerationAction
  /** Name of the room; `EVERYWHERE` for the whole server. */
  readonly room: string
  /** Name of the person that is meant; `null` for an address, and where nobody is. */
  readonly name: string | null
  /** By what whoever is meant is known again. */
  readonly marks: readonly string[]
  /** Marks of the addresses are to be added. */
  readonly withAddress: boolean
  /** Mark of the moderator's own address, which is not added. */
  readonly sparedMark?: string
  readonly seconds: number | null
  readonly reason: string
  /** Number of the message that was deleted, or whose author is meant. */
  readonly about: number | null
  /** Room in which it has that number, where that is not `room`. */
  readonly aboutIn?: string
}

/** The same with who did it, and when. */
export interface Act extends Doing {
  readonly id: string
  /** Number in the audit trail. */
  readonly seq: number
  /** Wall time in milliseconds since 1970. */
  readonly at: number
  readonly by: string
  readonly byPerson: string | null
}

/** A node asks what the others remember of those whom these words name, or answers; both as `Recollection` has it. */
export type Question =
  | { readonly ask: { readonly id: string; readonly words: readonly string[] } }
  | { readonly told: { readonly id: string; readonly node: string; readonly known: Remembered } }

/** By word, the marks of whoever was here of late. */
export type Remembered = readonly (readonly [word: string, marks: readonly string[]])[]

/** What the text of an entry says: an act; more marks for an earlier one; what holds still, once more; or what nodes ask each other. */
export type Line =
  | Question
  | { readonly act: Doing }
  | { readonly more: { readonly id: string; readonly marks: readonly string[] } }
  | { readonly lasting: readonly Act[] }

export function lineOf({ text }: Entry): Line {
  return JSON.parse(text) as Line
}

export function actOf(entry: Entry, doing: Doing): Act {
  const { id, seq, at, author, authorId } = entry
  return { ...doing, id, seq, at, by: author, byPerson: authorId }
}

/** Wall time at which it ends; `Infinity` for good. */
export function endOf({ at, seconds }: Act): number {
  return seconds === null ? Infinity : at + seconds * 1_000
}

/** The same as on the wire; `undefined` for good, and for what has no end. */
export function untilOf(act: Act): string | undefined {
  const isTimed = act.action === 'mute' || act.action === 'ban'
  const end = endOf(act)
  return isTimed && end !== Infinity ? new Date(end).toISOString() : undefined
}

/** Of whom it is: a name, in any spelling that has its key, or an address. */
export function whoOf({ name, marks }: Pick<Doing, 'name' | 'marks'>): string {
  return name === null ? (marks[0] ?? '') : nameKey(name)
}

export function isEverywhere({ room }: Pick<Doing, 'room'>): boolean {
  return room === EVERYWHERE
}
