import type { Clock } from '../../ports/clock.ts'

/** Milliseconds that an answer waits. */
export const ANSWER_AFTER_MS = 1_000

/** Answers that wait at most; one more is given at once. */
export const MAX_WAITING_ANSWERS = 1_000

/**
 * LI3: whoever connects too often is told so a little later. A flood that dials anew at each answer has one try for each of its sockets in that
 * time, instead of as many as the server can refuse.
 */
export class LateAnswers {
  readonly #clock: Pick<Clock, 'after'>
  #waiting = 0

  constructor(clock: Pick<Clock, 'after'>) {
    this.#clock = clock
  }

  give(answer: () => void): void {
    if (this.#waiting >= MAX_WAITING_ANSWERS) return answer()
    this.#waiting++
    this.#clock.after(ANSWER_AFTER_MS, () => {
      this.#waiting--
      answer()
    })
  }
}
