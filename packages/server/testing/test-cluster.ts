/** Several cores in one process: one store, one bus, one clock, and a registry whose connections the test can cut. */
import { randomBytes } from 'node:crypto'
import { createHmacSigner } from '../src/adapters/hmac-signer.ts'
import { createLocalBusHub } from '../src/adapters/local-bus.ts'
import { createMemoryRegistryHub } from '../src/adapters/memory-registry.ts'
import { createMemoryStore } from '../src/adapters/memory-store.ts'
import type { Auth } from '../src/ports/auth.ts'
import type { HubOptions } from '../src/core/options.ts'
import type { Beat, Bearer, Claimed, NameClaim, Registry } from '../src/ports/registry.ts'
import { StoreUnavailable } from '../src/ports/store.ts'
import { ManualClock } from './manual-clock.ts'
import { createTestHub, type TestHub } from './test-hub.ts'

export interface TestNode extends TestHub {
  readonly registry: CuttableRegistry
}

/** A registry behind a network that fails when the test says so. */
export class CuttableRegistry implements Registry {
  readonly #registry: Registry
  #opened: Promise<void> | null = null
  #open: () => void = () => {}
  /** Nothing gets through. */
  isCut = false
  /** What gets through is carried out, and its answer is lost. */
  losesAnswers = false
  /** Calls, by name, in their order. */
  readonly calls: string[] = []

  constructor(registry: Registry) {
    this.#registry = registry
  }

  get node(): string {
    return this.#registry.node
  }

  /** From now on answers wait. */
  shut(): void {
    this.#opened = new Promise((resolve) => (this.#open = resolve))
  }

  open(): void {
    this.#opened = null
    this.#open()
  }

  claim(claims: readonly NameClaim[]): Promise<readonly Claimed[]> {
    return this.#call(`claim ${claims.length}`, () => this.#registry.claim(claims))
  }

  release(keys: readonly string[]): Promise<void> {
    return this.#call(`release ${keys.length}`, () => this.#registry.release(keys))
  }

  find(keys: readonly string[]): Promise<readonly (Bearer | null)[]> {
    return this.#call(`find ${keys.length}`, () => this.#registry.find(keys))
  }

  beat(version: number): Promise<Beat> {
    return this.#call('beat', () => this.#registry.beat(version))
  }

  async close(): Promise<void> {
    if (!this.isCut) await this.#registry.close()
  }

  async #call<T>(name: string, call: () => Promise<T>): Promise<T> {
    this.calls.push(name)
    if (this.isCut) throw new StoreUnavailable('cut')
    const answer = await call()
    await this.#opened
    if (this.losesAnswers) throw new StoreUnavailable('the answer was lost')
    return answer
  }
}

export interface TestCluster {
  readonly clock: ManualClock
  readonly nodes: readonly [TestNode, TestNode, TestNode]
  /** Another process becomes the node of that name, which is dead. */
  replace(node: string): Registry
}

export function createTestCluster(
  options: Partial<HubOptions> = {},
  authOf: (clock: ManualClock) => Auth | null = () => null,
): TestCluster {
  const clock = new ManualClock()
  const auth = authOf(clock)
  const store = createMemoryStore()
  const buses = createLocalBusHub()
  const registries = createMemoryRegistryHub(clock)
  const signer = createHmacSigner(randomBytes(32))
  const node = (name: string): TestNode => {
    const registry = new CuttableRegistry(registries.open(name))
    const parts = { store, bus: buses.connect(name), registry, clock, signer, ...(auth && { auth }) }
    return { ...createTestHub({ rateLimit: null, headWatchMs: 1_000, ...options }, parts), registry }
  }
  const replace = (name: string) => registries.open(name)
  return { clock, nodes: [node('n1'), node('n2'), node('n3')], replace }
}
