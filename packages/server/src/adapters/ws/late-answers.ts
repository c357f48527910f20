import type { Clock } from '../../ports/clock.ts'

/** Milliseconds that an answer waits at least, and until the next one: those who are back at once do not all come together. */
export const ANSWER_AFTER_MS = 1_000
export const ANSWERS_APART_MS = 10

/** Answers that wait at most. */
export const MAX_WAITING_ANSWERS = 1_000

/**
 * LI3: whoever connects too often waits for the answer. A flood that dials anew at each answer has one try for each of its sockets in that
 * time, instead of as many as the server can refuse, and all floods together have 100 a second.
 */
export class LateAnswers {
  readonly #clock: Pick<Clock, 'after' | 'monotonic'>
  #waiting = 0
  /** When the last one is given, monotonic milliseconds. */
  #lastAt = 0

  constructor(clock: Pick<Clock, 'after' | 'monotonic'>) {
    this.#clock = clock
  }

  /** Gives it later. Answers whether there was a place for it. */
  give(answer: () => void): boolean {
    if (this.#waiting >= MAX_WAITING_ANSWERS) return false
    this.#waiting++
    const now = this.#clock.monotonic()
    this.#lastAt = Math.max(now + ANSWER_AFTER_MS, this.#lastAt + ANSWERS_APART_MS)
    this.#clock.after(this.#lastAt - now, () => {
      this.#waiting--
      answer()
    })
    return true
  }
}
