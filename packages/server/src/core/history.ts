import type { Range, Store } from '../ports/store.ts'
import { entryJson } from './frames.ts'

export const DEFAULT_HISTORY_PAGE = 50

/** Most bytes of entries in one page, unless it is a single one; a page of long messages is shorter, and says that it is not complete. */
const MAX_PAGE_BYTES = 65_536

export interface Page {
  /** JSON of each entry, in rising order. */
  readonly frames: readonly string[]
  readonly head: number
  /** Number of the oldest entry that is kept; one above the head when there is none. */
  readonly first: number
  /** Nothing more lies in the direction asked for. */
  readonly complete: boolean
}

/** Reads one page of a log: the nearest entries below `before`, or the first above `after`. */
export async function readHistory(store: Store, log: string, range: Range, limit: number): Promise<Page> {
  const [firsts, heads, entries] = await Promise.all([
    store.firsts([log]),
    store.heads([log]),
    store.read(log, finite(range), limit),
  ])
  const first = firsts[0] ?? 1
  const forward = 'after' in range
  const nearestFirst = forward ? entries : entries.toReversed()
  const frames: string[] = []
  let size = 0
  let last = 0
  for (const entry of nearestFirst) {
    const json = entryJson(entry)
    size += Buffer.byteLength(json)
    if (size > MAX_PAGE_BYTES && frames.length > 0) break
    frames.push(json)
    last = entry.seq
  }
  // The bounds were read first: what came or went in between can only make a complete page look incomplete.
  const head = Math.max(heads[0] ?? 0, entries.at(-1)?.seq ?? 0)
  const reached = frames.length === entries.length
  const complete = forward
    ? reached && (entries.length === 0 || last >= head)
    : reached && (entries.length === 0 || last <= first)
  return { frames: forward ? frames : frames.reverse(), head, first, complete }
}

function finite(range: Range): Range {
  return 'before' in range && range.before === Infinity ? { before: Number.MAX_SAFE_INTEGER } : range
}
