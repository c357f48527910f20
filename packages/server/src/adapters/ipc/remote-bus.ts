import type { Bus, Hint } from '../../ports/bus.ts'
import type { Logger } from '../../ports/logger.ts'
import type { FramePipe } from './frame-pipe.ts'
import { encodeHint, FRAME, type Heard, MAX_WAITING_BYTES } from './messages.ts'

/** A `Bus` to the other workers of one parent, which hands on what it is told. */
export class RemoteBus implements Bus {
  readonly #node: string
  readonly #pipe: FramePipe
  readonly #logger: Logger
  readonly #listeners = new Set<{ readonly call: (hint: Hint, from: string) => void }>()
  #isLosing = false
  #isClosed = false

  constructor({ node, pipe, logger }: { node: string; pipe: FramePipe; logger: Logger }) {
    this.#node = node
    this.#pipe = pipe
    this.#logger = logger
  }

  publish(hint: Hint): void {
    if (this.#isClosed) return
    const isTooMuch = this.#pipe.waiting > MAX_WAITING_BYTES
    if (isTooMuch && !this.#isLosing) this.#logger.warn('hints_lost')
    this.#isLosing = isTooMuch
    if (!isTooMuch) this.#pipe.send(FRAME.hint, encodeHint(this.#node, hint))
  }

  subscribe(listener: (hint: Hint, from: string) => void): () => void {
    // A registration of its own, so that the same function can be subscribed twice and each end is the end of one.
    const registration = { call: listener }
    if (!this.#isClosed) this.#listeners.add(registration)
    return () => void this.#listeners.delete(registration)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#listeners.clear()
  }

  /** What another worker has told. */
  hear({ hint, from }: Heard): void {
    for (const registration of this.#listeners) {
      try {
        registration.call(hint, from)
      } catch (error) {
        this.#logger.error('hint_failed', {}, error)
      }
    }
  }
}
