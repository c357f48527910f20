import type { Identity } from '../ports/auth.ts'
import type { NewEntry } from '../ports/store.ts'

/** An entry of a log of the server's own, which no client reads. `at`: wall clock in milliseconds since 1970. */
export function ownEntry(
  {
    log,
    id,
    at,
    text,
    clientId = null,
  }: Pick<NewEntry, 'log' | 'id' | 'at' | 'text'> & Partial<Pick<NewEntry, 'clientId'>>,
  author: Pick<Identity, 'name'> & { readonly person: string | null },
): NewEntry {
  return {
    log,
    copy: null,
    id,
    kind: 'message',
    author: author.name,
    authorId: author.person,
    target: null,
    text,
    timestamp: new Date(at).toISOString(),
    at,
    clientId,
    about: null,
  }
}
