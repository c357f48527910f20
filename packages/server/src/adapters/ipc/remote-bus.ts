import type { Bus, Hint } from '../../ports/bus.ts'
import type { Logger } from '../../ports/logger.ts'
import { type HintListener, HintListeners } from '../hint-listeners.ts'
import type { FramePipe } from './frame-pipe.ts'
import { encodeHint, FRAME, type Heard, MAX_WAITING_BYTES } from './messages.ts'

/** A `Bus` to the other workers of one parent, which hands on what it is told. */
export class RemoteBus implements Bus {
  /** Without its parent a worker ends. */
  readonly isLost = false
  readonly #node: string
  readonly #pipe: FramePipe
  readonly #logger: Logger
  readonly #listeners = new HintListeners()
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

  subscribe(listener: HintListener): () => void {
    return this.#listeners.add(listener)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#listeners.end()
  }

  /** What another worker has told. */
  hear({ hint, from }: Heard): void {
    this.#listeners.tell(hint, from, this.#logger)
  }
}
