import { createHmacSigner } from '../src/adapters/hmac-signer.ts'
import { createMemoryRegistryHub } from '../src/adapters/memory-registry.ts'
import { createMemoryStore } from '../src/adapters/memory-store.ts'
import type { HubOptions } from '../src/core/options.ts'
import type { Bus, Hint } from '../src/ports/bus.ts'
import { ManualClock } from './manual-clock.ts'
import { CuttableRegistry, type TestNode } from './test-cluster.ts'
import { createTestHub } from './test-hub.ts'

/** Milliseconds in which a beat has shown what is missing, it was asked for, and it has come. */
export const HEALING_MS = 5_000

/** Milliseconds in which a node that fell silent is dead for all others, and its people have left. */
export const DYING_MS = 18_000

export interface UnrulyNode extends TestNode {
  readonly name: string
  /** The process is gone: nobody hears of it any more. */
  crash(): void
  /** The planned end, and the end of the process. */
  end(): Promise<void>
}

type Listener = (hint: Hint, from: string) => void

/** A node as the bus knows it. */
interface Ears {
  readonly listeners: Set<Listener>
  isGone: boolean
}

/** Several cores in one process over one store and one registry, which come, crash and go, and whose bus does what the test says. */
export class UnrulyCluster {
  readonly clock = new ManualClock()
  readonly store = createMemoryStore()
  /** After how many milliseconds each copy of a hint arrives, with 0 in this turn; none loses it. */
  fate: (from: string, to: string) => readonly number[] = () => [0]
  /** What each node says of its bus. */
  isBusLost = false
  /** Hints that were published. */
  readonly published: { readonly from: string; readonly hint: Hint }[] = []
  readonly #signer = createHmacSigner(Buffer.alloc(32, 1))
  readonly #registries = createMemoryRegistryHub(this.clock)
  readonly #ears = new Map<string, Ears>()

  /** Starts a node; it and all others know of each other when it resolves. */
  async start(name: string, options: Partial<HubOptions> = {}): Promise<UnrulyNode> {
    const registry = new CuttableRegistry(this.#registries.open(name))
    const ears: Ears = { listeners: new Set(), isGone: false }
    this.#ears.set(name, ears)
    const { clock, store } = this
    const parts = { clock, store, signer: this.#signer, bus: this.#busOf(name, ears), registry }
    const test = createTestHub(
      { rateLimit: null, lang: 'en', heartbeatTimeoutMs: 3_600_000, ...options },
      parts,
    )
    const crash = (): void => {
      registry.isCut = true
      ears.isGone = true
      void test.hub.stop('shutdown')
    }
    await clock.advance(2_000)
    return {
      ...test,
      registry,
      name,
      crash,
      end: async () => {
        const ended = test.hub.drain({ reason: 'restart', delayMs: 0, withinMs: 10_000 })
        await clock.advance(100)
        await ended
        await registry.close()
        ears.isGone = true
      },
    }
  }

  /** A hint of a node arrives once more everywhere. */
  repeat(hint: Hint, from: string): void {
    const ears = this.#ears.get(from)
    for (const [to, others] of this.#ears) if (others !== ears) this.#send(hint, from, to, others)
  }

  #busOf(name: string, ears: Ears): Bus {
    const isLost = (): boolean => this.isBusLost
    return {
      publish: (hint) => {
        if (ears.isGone) return
        this.published.push({ from: name, hint })
        for (const [to, others] of this.#ears) if (others !== ears) this.#send(hint, name, to, others)
      },
      subscribe(listener) {
        ears.listeners.add(listener)
        return () => void ears.listeners.delete(listener)
      },
      get isLost() {
        return isLost()
      },
      close: () => Promise.resolve(),
    }
  }

  #send(hint: Hint, from: string, to: string, ears: Ears): void {
    const arrive = (): void => {
      if (!ears.isGone) for (const listener of ears.listeners) listener(hint, from)
    }
    for (const ms of this.fate(from, to))
      if (ms === 0) queueMicrotask(arrive)
      else this.clock.after(ms, arrive)
  }
}
