import { MAX_SLOW_SECONDS } from '@roomful/protocol'

/** Last messages that are remembered, of all slow rooms together; beyond, the oldest makes way, and whoever said it may speak again. Some 150 bytes each. */
const MAX_TURNS = 100_000

/** In slow rooms: when each said something last. */
export class Turns {
  /** By room and person, wall time; oldest first. */
  readonly #last = new Map<string, number>()

  /** Milliseconds for which somebody has to wait; 0 when it was their turn, which it is not any more then. */
  take(room: string, who: string, now: number, spanMs: number): number {
    const last = this.#last.get(keyOf(room, who))
    // A clock that was set back makes nobody wait longer.
    const waitMs = last === undefined ? 0 : Math.min(spanMs, last + spanMs - now)
    if (waitMs > 0) return waitMs
    this.note(room, who, now)
    return 0
  }

  /** Somebody has said something. */
  note(room: string, who: string, at: number): void {
    this.giveBack(room, who)
    this.#last.set(keyOf(room, who), at)
    for (const [first, then] of this.#last) {
      if (this.#last.size <= MAX_TURNS && then + MAX_SLOW_SECONDS * 1_000 > at) break
      this.#last.delete(first)
    }
  }

  giveBack(room: string, who: string): void {
    this.#last.delete(keyOf(room, who))
  }
}

function keyOf(room: string, who: string): string {
  return `${room} ${who}`
}
