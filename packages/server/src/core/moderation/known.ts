/** Which names somebody has had here: in what was said, in what moderators did, or as the nodes remember. */
import { ANONYMOUS, checkUsername, EVERYWHERE, nameKey } from '@roomful/protocol'
import { TOKEN_BEARER_PREFIX } from '../../ports/auth.ts'
import type { Store } from '../../ports/store.ts'
import type { Context } from '../context.ts'
import type { Asked, Readings } from './asked.ts'
import { guestMark } from './marks.ts'

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
  const said = log === undefined ? new Map<string, string | null>() : await authorsIn(store, log, candidates)
  const known = candidates.filter(({ key }) => said.has(key) || moderation.isAbout(guestMark(key)))
  if (known.length > 0)
    return known.map(({ asked, name, key }) => ({ asked, name, id: said.get(key) ?? null }))
  const remembered = await moderation.recollection.recall(candidates.map(({ key }) => guestMark(key)))
  return candidates
    .filter(({ key }) => remembered.has(guestMark(key)))
    .map(({ asked, name }) => ({ asked, name, id: null }))
}

/** By key, who said something under these names last. */
async function authorsIn(
  store: Store,
  log: string,
  candidates: readonly Candidate[],
): Promise<ReadonlyMap<string, string | null>> {
  const wanted = new Set(candidates.map(({ key }) => key))
  const authors = new Map<string, string | null>()
  const looked = new Set<string>([ANONYMOUS])
  let before = Number.MAX_SAFE_INTEGER
  for (let read = 0; read < MAX_LOOKED_THROUGH && authors.size < wanted.size; read += PAGE) {
    const page = await store.read(log, { before }, PAGE)
    for (const { author, authorId } of page.toReversed()) {
      if (looked.has(author)) continue
      looked.add(author)
      const key = nameKey(author)
      if (wanted.has(key) && !authors.has(key))
        authors.set(key, authorId?.startsWith(TOKEN_BEARER_PREFIX) === true ? null : authorId)
    }
    if (page.length < PAGE) break
    before = page[0]?.seq ?? 0
  }
  return authors
}
