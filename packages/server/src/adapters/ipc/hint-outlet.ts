import type { Logger } from '../../ports/logger.ts'
import type { BusCounts } from '../metrics/bus-counts.ts'
import type { FramePipe } from './frame-pipe.ts'
import { FRAME, MAX_WAITING_BYTES } from './messages.ts'

/** Where hints go into a pipe, while the other end takes what it is sent. */
export class HintOutlet {
  readonly #pipe: FramePipe
  readonly #logger: Logger
  readonly #counts: Pick<BusCounts, 'lost'>
  #isLosing = false

  constructor(pipe: FramePipe, logger: Logger, counts: Pick<BusCounts, 'lost'>) {
    this.#pipe = pipe
    this.#logger = logger
    this.#counts = counts
  }

  /** Sends a hint, or loses it when too much waits: once for each time, the log says so. Answers whether it was sent. */
  offer(encode: () => Buffer): boolean {
    const isTooMuch = this.#pipe.waiting > MAX_WAITING_BYTES
    if (isTooMuch && !this.#isLosing) this.#logger.warn('hints_lost')
    this.#isLosing = isTooMuch
    if (isTooMuch) this.#counts.lost++
    else this.#pipe.send(FRAME.hint, encode())
    return !isTooMuch
  }
}
