/** Which names somebody has had here: in what was said, in what moderators did, or as the nodes remember. */
import { ANONYMOUS, checkUsername, EVERYWHERE, nameKey } from '@roomful/protocol'
import { TOKEN_BEARER_PREFIX } from '../../ports/auth.ts'
import type { Store } from '../../ports/store.ts'
import type { Context } from '../context.ts'
import type { Asked, Readings } from './asked.ts'
import { guestMark, messageMark } from './marks.ts'

/** Newest entries of a room that are looked through for a name. */
const MAX_LOOKED_THROUGH = 2_000

/** Entries that one read brings. */
const PAGE = 200

/** A name that may be meant. */
export interface Candidate {
  readonly asked: Asked
  readonly name: string
  readonly key: string
}

interface Known {
  readonly asked: Asked
  /** Who said something under it; `null` where nobody with a name of their own has. */
  readonly id: string | null
  readonly name: string
  /** By which it is remembered where they were; `null` where nobody said something under it. */
  readonly word: string | null
}

interface Author {
  readonly id: string | null
  readonly word: string
}

export function candidatesOf(readings: Readings): readonly Candidate[] {
  return readings.flatMap((asked) => {
    const check = checkUsername(asked.target_user ?? '')
    return check.ok ? [{ asked, name: check.name, key: check.key }] : []
  })
}

/** Those whose name a guest has had. Rejects with `StoreUnavailable`. */
export async function knownOf(
  { moderation, store }: Context,
  candidates: readonly Candidate[],
): Promise<readonly Known[]> {
  const [first] = candidates
  if (first === undefined) return []
  const { room, said_in } = first.asked
  const log = room === EVERYWHERE ? said_in : room
  const said = log === undefined ? new Map<string, Author>() : await authorsIn(store, log, candidates)
  const known = candidates.filter(({ key }) => said.has(key) || moderation.isAbout(guestMark(key)))
  if (known.length > 0)
    return known.map(({ asked, name, key }) => ({ asked, name, ...(said.get(key) ?? UNSAID) }))
  const remembered = await moderation.recollection.recall(candidates.map(({ key }) => guestMark(key)))
  return candidates
    .filter(({ key }) => remembered.has(guestMark(key)))
    .map(({ asked, name }) => ({ asked, name, ...UNSAID }))
}

const UNSAID = { id: null, word: null } as const

/** The name may be somebody else's by now: it is whoever spoke who is meant. */
function authorOf(key: string, authorId: string | null, entryId: string): Author {
  if (authorId === null) return { id: null, word: messageMark(entryId) }
  const isBearer = authorId.startsWith(TOKEN_BEARER_PREFIX)
  return isBearer ? { id: null, word: guestMark(key) } : { id: authorId, word: `p:${authorId}` }
}

/** By key, who said something under these names last. */
async function authorsIn(
  store: Store,
  log: string,
  candidates: readonly Candidate[],
): Promise<ReadonlyMap<string, Author>> {
  const wanted = new Set(candidates.map(({ key }) => key))
  const authors = new Map<string, Author>()
  const looked = new Set<string>([ANONYMOUS])
  let before = Number.MAX_SAFE_INTEGER
  for (let read = 0; read < MAX_LOOKED_THROUGH && authors.size < wanted.size; read += PAGE) {
    const page = await store.read(log, { before }, PAGE)
    for (const { author, authorId, id } of page.toReversed()) {
      if (looked.has(author)) continue
      looked.add(author)
      const key = nameKey(author)
      if (wanted.has(key) && !authors.has(key)) authors.set(key, authorOf(key, authorId, id))
    }
    if (page.length < PAGE) break
    before = page[0]?.seq ?? 0
  }
  return authors
}
