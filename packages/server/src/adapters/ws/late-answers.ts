import type { Clock } from '../../ports/clock.ts'

/** Milliseconds that an answer waits at least, and until the next one to the same address: those who are back at once do not all come together. */
export const ANSWER_AFTER_MS = 1_000
export const ANSWERS_APART_MS = 10

/** Milliseconds that it waits at most: a proxy that takes longer silence for the end of a server must not see one. */
export const ANSWER_WITHIN_MS = 4_000

/** Answers that wait at most: to one address, and in all. */
export const MAX_WAITING_OF_ADDRESS = 500
export const MAX_WAITING_ANSWERS = 5_000

interface Waiting {
  count: number
  /** When the last one is given, monotonic milliseconds. */
  lastAt: number
}

/**
 * LI3: whoever connects too often waits for the answer. A flood that dials anew at each answer has one try for each of its sockets in that
 * time, instead of as many as the server can refuse. Who comes from another address does not wait for it.
 */
export class LateAnswers {
  readonly #clock: Pick<Clock, 'after' | 'monotonic'>
  readonly #waiting = new Map<string, Waiting>()
  #count = 0

  constructor(clock: Pick<Clock, 'after' | 'monotonic'>) {
    this.#clock = clock
  }

  /** Gives an answer later to somebody of a network, as `limitedAddress` names it. Answers whether there was a place for it. */
  give(network: string, answer: () => void): boolean {
    const now = this.#clock.monotonic()
    const waiting = this.#waiting.get(network) ?? { count: 0, lastAt: 0 }
    if (waiting.count >= MAX_WAITING_OF_ADDRESS || this.#count >= MAX_WAITING_ANSWERS) return false
    const inTurn = Math.max(now + ANSWER_AFTER_MS, waiting.lastAt + ANSWERS_APART_MS)
    waiting.lastAt = Math.min(inTurn, now + ANSWER_WITHIN_MS)
    waiting.count++
    this.#count++
    this.#waiting.set(network, waiting)
    this.#clock.after(waiting.lastAt - now, () => {
      this.#count--
      if (--waiting.count === 0) this.#waiting.delete(network)
      answer()
    })
    return true
  }
}
