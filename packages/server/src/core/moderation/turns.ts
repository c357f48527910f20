import { MAX_SLOW_SECONDS } from '@roomful/protocol'

/** Last messages that are remembered, of all slow rooms together; beyond, the oldest makes way, and whoever said it may speak again. Some 150 bytes each. */
const MAX_TURNS = 100_000

/** In slow rooms: when each said something last. */
export class Turns {
  /** By room and what somebody counts by, wall time; oldest first. */
  readonly #last = new Map<string, number>()

  /** Milliseconds for which somebody who counts by all of these has to wait; 0 when it was their turn, which it is not any more then. */
  take(room: string, turns: readonly string[], now: number, spanMs: number): number {
    // A clock that was set back makes nobody wait longer.
    const waits = turns.map((who) =>
      Math.min(spanMs, (this.#last.get(keyOf(room, who)) ?? -Infinity) + spanMs - now),
    )
    const waitMs = Math.max(0, ...waits)
    if (waitMs === 0) for (const who of turns) this.note(room, who, now)
    return waitMs
  }

  /** Somebody has said something. */
  note(room: string, who: string, at: number): void {
    this.#last.delete(keyOf(room, who))
    this.#last.set(keyOf(room, who), at)
    for (const [first, then] of this.#last) {
      if (this.#last.size <= MAX_TURNS && then + MAX_SLOW_SECONDS * 1_000 > at) break
      this.#last.delete(first)
    }
  }

  giveBack(room: string, turns: readonly string[]): void {
    for (const who of turns) this.#last.delete(keyOf(room, who))
  }
}

function keyOf(room: string, who: string): string {
  return `${room} ${who}`
}
