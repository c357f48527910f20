import type { Appended, Entry, NewEntry } from '../ports/store.ts'

type Content = Pick<NewEntry, 'author' | 'authorId' | 'target' | 'text'>

/**
 * What a store answers to a client id that its log holds: the first entry again, or a conflict.
 * It is the same author by identity, in whatever spelling, or by name, who may have come back as a stranger.
 */
export function repeated(first: Pick<Entry, 'seq' | 'id' | 'timestamp'> & Content, again: Content): Appended {
  const sameAuthor =
    first.author === again.author || (first.authorId !== null && first.authorId === again.authorId)
  return sameAuthor && first.target === again.target && first.text === again.text
    ? { outcome: 'duplicate', seq: first.seq, id: first.id, timestamp: first.timestamp }
    : { outcome: 'conflict' }
}
