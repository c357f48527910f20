/** Who comes and goes, said at a bearable rate. */
import type { Reader } from './log.ts'
import type { Person } from './person.ts'

export type Direction = 'join' | 'leave'

/** Comings or goings that were folded into one notice. */
export interface Fold {
  readonly names: readonly string[]
  readonly count: number
  /** Connection of the first whom it is about, when that one came. */
  readonly newcomer: Reader | null
}

/** Most names that a folded notice lists. */
const MAX_FOLDED_NAMES = 10

interface Change {
  readonly direction: Direction
  readonly name: string | null
  readonly newcomer: Reader | null
}

/**
 * Decides for one room whether a notice goes out at once or is folded. Up to `limit` go out in a second; from then on all are
 * folded, and one tick later said in one notice per direction, until a tick finds nothing to say. Whoever is where they
 * were at the last tick, having gone and come back, is not mentioned.
 */
export class NoticeFolder {
  readonly #limit: number
  #sent = 0
  #changes = new Map<string, Change>()
  #folding = false

  constructor(limit: number) {
    this.#limit = limit
  }

  /** Returns true when the notice goes out at once; otherwise it is kept for the next tick. */
  admit(direction: Direction, { id, key, name }: Person, newcomer: Reader | null): boolean {
    if (!this.#folding && this.#sent < this.#limit) {
      this.#sent++
      return true
    }
    this.#folding = true
    // By name: somebody who comes back is the same for the others, whether with a token or without.
    const who = name === null ? id : key
    const before = this.#changes.get(who)
    if (before === undefined) this.#changes.set(who, { direction, name, newcomer })
    else if (before.direction !== direction) this.#changes.delete(who)
    return false
  }

  /** Once a second: what was folded since. */
  tick(): Readonly<Record<Direction, Fold | null>> {
    const folds = { join: foldOf(this.#changes, 'join'), leave: foldOf(this.#changes, 'leave') }
    this.#folding = this.#changes.size > 0
    this.#changes = new Map()
    this.#sent = 0
    return folds
  }

  /** Nothing was said or folded since the last tick. */
  get quiet(): boolean {
    return this.#sent === 0 && !this.#folding
  }
}

function foldOf(changes: ReadonlyMap<string, Change>, direction: Direction): Fold | null {
  const names: string[] = []
  let count = 0
  let newcomer: Reader | null = null
  for (const change of changes.values()) {
    if (change.direction !== direction) continue
    if (count++ === 0) newcomer = change.newcomer
    if (change.name !== null && names.length < MAX_FOLDED_NAMES) names.push(change.name)
  }
  return count === 0 ? null : { names, count, newcomer }
}
