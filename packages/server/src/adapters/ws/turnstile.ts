import type { Clock } from '../../ports/clock.ts'

/** Milliseconds of one turn of the event loop that newcomers may take together; at least one gets in. */
const TURN_MS = 20

/** Connections that come, one a turn, before those who wait have a turn all the same. */
const ACCEPTS_AHEAD = 100

/**
 * Lets newcomers in, in the order in which they came and at once as long as a turn has time for them. When thousands come, the others
 * wait for the next turns, and those who are in are served in between.
 *
 * The event loop takes one connection a turn from the listen queue, so it is emptied first: whoever asks whether the server lives
 * stands in it too, and would wait until all before were let in.
 */
export class Turnstile {
  readonly #clock: Pick<Clock, 'monotonic' | 'endOfTurn'>
  #waiting: (() => void)[] = []
  /** Of this turn. */
  #spentMs = 0
  #accepted = false
  /** Since a turn last let somebody in. */
  #accepts = 0
  #scheduled = false

  constructor(clock: Pick<Clock, 'monotonic' | 'endOfTurn'>) {
    this.#clock = clock
  }

  /** A connection came, whatever it may ask for. */
  accepted(): void {
    this.#accepted = true
    this.#accepts++
    this.#schedule()
  }

  enter(letIn: () => void): void {
    if (this.#waiting.length > 0 || this.#accepted || this.#spentMs >= TURN_MS) this.#waiting.push(letIn)
    else this.#timed(letIn)
    this.#schedule()
  }

  #timed(letIn: () => void): void {
    const began = this.#clock.monotonic()
    letIn()
    this.#accepts = 0
    this.#spentMs += this.#clock.monotonic() - began
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    this.#clock.endOfTurn(this.#turn)
  }

  #letIn(): void {
    while (this.#spentMs < TURN_MS) {
      const letIn = this.#waiting.shift()
      if (letIn === undefined) return
      this.#timed(letIn)
    }
  }

  readonly #turn = (): void => {
    this.#scheduled = false
    this.#spentMs = 0
    const isAccepting = this.#accepted && this.#accepts < ACCEPTS_AHEAD
    this.#accepted = false
    if (!isAccepting) this.#letIn()
    if (this.#spentMs > 0 || this.#waiting.length > 0) this.#schedule()
  }
}
