import type { Bus, Grown } from '../ports/bus.ts'

type Listener = (grown: Grown) => void

/** The nodes of one process: each `connect()` is one more node. */
export interface LocalBusHub {
  connect(): Bus
}

/**
 * Joins several nodes in one process. Each hint reaches every other node once, in the order of publishing, after the
 * publisher's own code has run on (a microtask later) and never inside `publish`.
 */
export function createLocalBusHub(): LocalBusHub {
  const nodes = new Set<LocalBus>()
  return {
    connect() {
      const node = new LocalBus(nodes)
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
  readonly #nodes: Set<LocalBus>
  readonly #listeners = new Set<{ readonly call: Listener }>()

  constructor(nodes: Set<LocalBus>) {
    this.#nodes = nodes
  }

  publish(grown: Grown): void {
    if (!this.#nodes.has(this)) return
    for (const node of this.#nodes) if (node !== this) node.#hear(grown)
  }

  subscribe(listener: Listener): () => void {
    // A registration of its own, so that the same function can be subscribed twice and each end is the end of one.
    const registration = { call: listener }
    if (this.#nodes.has(this)) this.#listeners.add(registration)
    return () => void this.#listeners.delete(registration)
  }

  async close(): Promise<void> {
    this.#nodes.delete(this)
    this.#listeners.clear()
  }

  #hear(grown: Grown): void {
    // One microtask per listener: what one throws reaches neither the publisher nor another listener.
    for (const registration of this.#listeners)
      queueMicrotask(() => {
        if (this.#listeners.has(registration)) registration.call(grown)
      })
  }
}
