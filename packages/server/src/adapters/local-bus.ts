import type { Bus, Hint } from '../ports/bus.ts'
import { type HintListener, HintListeners } from './hint-listeners.ts'

/** The nodes of one process: each `connect()` is one more node. */
export interface LocalBusHub {
  /** `node`: its name among them; without one it is numbered. */
  connect(node?: string): Bus
}

/**
 * Joins several nodes in one process. Each hint reaches every other node once, in the order of publishing, after the
 * publisher's own code has run on (a microtask later) and never inside `publish`.
 */
export function createLocalBusHub(): LocalBusHub {
  const nodes = new Set<LocalBus>()
  let connected = 0
  return {
    connect(name = `local-${++connected}`) {
      const node = new LocalBus(name, nodes)
      nodes.add(node)
      return node
    },
  }
}

/** The bus of a node that is alone: what it publishes reaches nobody. */
export function createLoneBus(): Bus {
  return createLocalBusHub().connect()
}

class LocalBus implements Bus {
  readonly isLost = false
  readonly #name: string
  readonly #nodes: Set<LocalBus>
  readonly #listeners = new HintListeners()

  constructor(name: string, nodes: Set<LocalBus>) {
    this.#name = name
    this.#nodes = nodes
  }

  publish(hint: Hint): void {
    if (!this.#nodes.has(this)) return
    for (const node of this.#nodes) if (node !== this) node.#hear(hint, this.#name)
  }

  subscribe(listener: HintListener): () => void {
    return this.#listeners.add(listener)
  }

  async close(): Promise<void> {
    this.#nodes.delete(this)
    this.#listeners.end()
  }

  #hear(hint: Hint, from: string): void {
    // One microtask per listener: what one throws reaches neither the publisher nor another listener.
    for (const call of this.#listeners.each()) queueMicrotask(() => call(hint, from))
  }
}
