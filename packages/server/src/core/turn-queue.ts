import type { Clock } from '../ports/clock.ts'

/** Milliseconds between two turns, in each of which at least one is read again. */
export const TURN_MS = 5

/** Milliseconds in which all who wait have theirs: where more do than there are turns, several have the same one. */
export const LONGEST_WAIT_MS = 2_000

/** Who can be left unread, and behind, for a while. */
export interface Deferrable {
  waitForTurn(): void
  haveTurn(): void
}

/**
 * LI11: whoever was refused for a rate is not read until its turn. What a flood sends in one moment would otherwise be read in one turn of the
 * event loop, and all others wait for its end. Until then it is written nothing but answers either: its cursors fall behind, so that all that is said
 * meanwhile costs one write.
 */
export class TurnQueue {
  readonly #clock: Pick<Clock, 'after'>
  /** In the order in which they came. */
  readonly #waiting = new Set<Deferrable>()
  /** How many have the same turn: as the most need who have waited at a time, until nobody waits. */
  #places = 1
  #cancelTurn: (() => void) | null = null

  constructor(clock: Pick<Clock, 'after'>) {
    this.#clock = clock
  }

  get size(): number {
    return this.#waiting.size
  }

  add(one: Deferrable): void {
    if (this.#waiting.has(one)) return
    this.#waiting.add(one)
    one.waitForTurn()
    this.#places = Math.max(this.#places, Math.ceil((this.#waiting.size * TURN_MS) / LONGEST_WAIT_MS))
    this.#cancelTurn ??= this.#clock.after(TURN_MS, this.#turn)
  }

  /** It is going: it is read again, so that its end is seen. */
  remove(one: Deferrable): void {
    if (this.#waiting.delete(one)) one.haveTurn()
  }

  /** Lets go of its timer. */
  stop(): void {
    this.#cancelTurn?.()
  }

  readonly #turn = (): void => {
    let places = this.#places
    for (const one of this.#waiting) {
      if (places-- <= 0) break
      this.#waiting.delete(one)
      one.haveTurn()
    }
    if (this.#waiting.size === 0) this.#places = 1
    this.#cancelTurn = this.#waiting.size > 0 ? this.#clock.after(TURN_MS, this.#turn) : null
  }
}
