import type { Bus, Hint } from '../../ports/bus.ts'
import type { Logger } from '../../ports/logger.ts'
import { type Heard, type HintListener, HintListeners } from '../hint-listeners.ts'
import type { FramePipe } from './frame-pipe.ts'
import { HintOutlet } from './hint-outlet.ts'
import { encodeHint } from './messages.ts'

/** A `Bus` to the other workers of one parent, which hands on what it is told. */
export class RemoteBus implements Bus {
  /** Without its parent a worker ends. */
  readonly isLost = false
  readonly #node: string
  readonly #outlet: HintOutlet
  readonly #logger: Logger
  readonly #listeners = new HintListeners()
  #isClosed = false

  constructor({ node, pipe, logger }: { node: string; pipe: FramePipe; logger: Logger }) {
    this.#node = node
    this.#outlet = new HintOutlet(pipe, logger)
    this.#logger = logger
  }

  publish(hint: Hint): void {
    if (!this.#isClosed) this.#outlet.offer(() => encodeHint(this.#node, hint))
  }

  subscribe(listener: HintListener): () => void {
    return this.#listeners.add(listener)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#listeners.end()
  }

  /** What another worker has told. */
  hear(heard: Heard): void {
    this.#listeners.tell(heard, this.#logger)
  }
}
