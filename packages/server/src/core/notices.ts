/** Who comes and goes, said at a bearable rate. */
import type { Reader } from './log.ts'

export type Direction = 'join' | 'leave'

/** Comings or goings that were folded into one notice. */
export interface Fold {
  readonly names: string[]
  count: number
  /** Connection of the first whom it is about, when that one came. */
  readonly newcomer: Reader | null
}

/** Most names that a folded notice lists. */
const MAX_FOLDED_NAMES = 10

/**
 * Decides for one room whether a notice goes out at once or is folded. Up to `limit` go out in a second; from then on
 * all are folded, and one tick later said in one notice per direction, until a tick finds nothing to say.
 */
export class NoticeFolder {
  readonly #limit: number
  #sent = 0
  #folds: Record<Direction, Fold | null> = { join: null, leave: null }
  #folding = false

  constructor(limit: number) {
    this.#limit = limit
  }

  /** Returns true when the notice goes out at once; otherwise it is kept for the next tick. */
  admit(direction: Direction, name: string | null, newcomer: Reader | null): boolean {
    if (!this.#folding && this.#sent < this.#limit) {
      this.#sent++
      return true
    }
    this.#folding = true
    const fold = this.#folds[direction]
    if (fold === null) {
      this.#folds[direction] = { names: name === null ? [] : [name], count: 1, newcomer }
    } else {
      fold.count++
      if (name !== null && fold.names.length < MAX_FOLDED_NAMES) fold.names.push(name)
    }
    return false
  }

  /** Once a second: what was folded since. Afterwards `quiet` says whether further ticks are needed. */
  tick(): Readonly<Record<Direction, Fold | null>> {
    const folds = this.#folds
    this.#folds = { join: null, leave: null }
    this.#folding = folds.join !== null || folds.leave !== null
    this.#sent = 0
    return folds
  }

  /** Nothing was said or folded since the last tick. */
  get quiet(): boolean {
    return this.#sent === 0 && !this.#folding
  }
}
