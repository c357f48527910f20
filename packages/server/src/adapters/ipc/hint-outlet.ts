import type { Logger } from '../../ports/logger.ts'
import type { FramePipe } from './frame-pipe.ts'
import { FRAME, MAX_WAITING_BYTES } from './messages.ts'

/** Where hints go into a pipe, while the other end takes what it is sent. */
export class HintOutlet {
  readonly #pipe: FramePipe
  readonly #logger: Logger
  #isLosing = false

  constructor(pipe: FramePipe, logger: Logger) {
    this.#pipe = pipe
    this.#logger = logger
  }

  /** Sends a hint, or loses it when too much waits: once for each time, the log says so. */
  offer(encode: () => Buffer): void {
    const isTooMuch = this.#pipe.waiting > MAX_WAITING_BYTES
    if (isTooMuch && !this.#isLosing) this.#logger.warn('hints_lost')
    this.#isLosing = isTooMuch
    if (!isTooMuch) this.#pipe.send(FRAME.hint, encode())
  }
}
