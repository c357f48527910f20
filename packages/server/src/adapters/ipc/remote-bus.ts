import type { Bus, Hint } from '../../ports/bus.ts'
import type { Logger } from '../../ports/logger.ts'
import { type Heard, type HintListener, HintListeners } from '../hint-listeners.ts'
import type { BusCounts } from '../metrics/bus-counts.ts'
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
  readonly #counts: BusCounts
  readonly #listeners = new HintListeners()
  #isClosed = false

  constructor(deps: { node: string; pipe: FramePipe; logger: Logger; counts: BusCounts }) {
    const { node, pipe, logger, counts } = deps
    this.#node = node
    this.#counts = counts
    this.#outlet = new HintOutlet(pipe, logger, counts)
    this.#logger = logger
  }

  publish(hint: Hint): void {
    if (!this.#isClosed && this.#outlet.offer(() => encodeHint(this.#node, hint))) this.#counts.sent++
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
    this.#counts.received++
    this.#listeners.tell(heard, this.#logger)
  }
}
