import type { Hint } from '../ports/bus.ts'
import type { Logger } from '../ports/logger.ts'

/** A hint, and which node said it. */
export interface Heard {
  readonly from: string
  readonly hint: Hint
}

export type HintListener = (hint: Hint, from: string) => void

/** Who has subscribed to a bus, until its end. */
export class HintListeners {
  readonly #listeners = new Set<{ readonly call: HintListener }>()
  #isEnded = false

  /** Returns the end of it. */
  add(listener: HintListener): () => void {
    // A registration of its own, so that the same function can be subscribed twice and each end is the end of one.
    const registration = { call: listener }
    if (!this.#isEnded) this.#listeners.add(registration)
    return () => void this.#listeners.delete(registration)
  }

  end(): void {
    this.#isEnded = true
    this.#listeners.clear()
  }

  /** Calls all; what one throws is logged and reaches nobody else. */
  tell({ hint, from }: Heard, logger: Logger): void {
    for (const call of this.each()) {
      try {
        call(hint, from)
      } catch (error) {
        logger.error('hint_failed', {}, error)
      }
    }
  }

  /** Each as it is called: not when it has ended meanwhile. */
  *each(): Iterable<HintListener> {
    for (const registration of this.#listeners)
      yield (hint, from) => {
        if (this.#listeners.has(registration)) registration.call(hint, from)
      }
  }
}
