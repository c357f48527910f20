import type { Appended, Entry, NewEntry, Reference } from '../ports/store.ts'

type Content = Pick<NewEntry, 'kind' | 'author' | 'authorId' | 'target' | 'text'>
/** What was stored under a client id; without its text when that was deleted, or the entry removed. */
export type First = Pick<Entry, 'seq' | 'id' | 'timestamp'> & {
  readonly about: Pick<Reference, 'seq'> | null
} & Content
type Again = Pick<NewEntry, 'about'> & Content

/**
 * What a store answers to a client id that its log knows: the first entry again, or a conflict.
 * It is the same author by identity, in whatever spelling, or by name, who may have come back as a stranger.
 * What was deleted or removed since cannot be compared by its text any more.
 */
export function repeated(first: First, again: Again): Appended {
  const sameAuthor =
    first.author === again.author || (first.authorId !== null && first.authorId === again.authorId)
  const samePlace =
    first.kind === again.kind &&
    sameName(first.target, again.target) &&
    (first.about?.seq ?? null) === again.about
  return sameAuthor && samePlace && (first.text === again.text || first.text === '')
    ? { outcome: 'duplicate', seq: first.seq, id: first.id, timestamp: first.timestamp }
    : { outcome: 'conflict' }
}

/** An addressee who is not here any more is named as the sender spells it. */
function sameName(a: string | null, b: string | null): boolean {
  return a === b || (a !== null && b !== null && folded(a) === folded(b))
}

/** UTF-16 units beyond which a text is no name, as in `nameKey`. */
const LONGEST = 256

/** Near enough to the key of a name: that look-alike letters are one, a sender who repeats himself need not be told. */
function folded(name: string): string {
  return name.length > LONGEST ? name : name.normalize('NFKC').toLowerCase()
}
