import type { Clock } from '../ports/clock.ts'
import {
  type Beat,
  type Bearer,
  BREAK_MS,
  type Claimed,
  LEASE_MS,
  type NameClaim,
  NodeReplaced,
  type Registry,
} from '../ports/registry.ts'
import { StoreUnavailable } from '../ports/store.ts'

/** The nodes of one process, or of several that one process speaks for. */
export interface MemoryRegistryHub {
  /** One more node, which lives from now on. Throws an `Error` of one sentence when another one of that name lives. `leaseMs`: default `LEASE_MS`. */
  open(node: string, leaseMs?: number): Registry
}

export function createMemoryRegistryHub(clock: Clock): MemoryRegistryHub {
  const ledger = new Ledger(clock)
  return { open: (node, leaseMs = LEASE_MS) => new MemoryRegistry(ledger, node, leaseMs) }
}

/** A node from when it began to live until it was found dead. */
interface Life {
  readonly node: string
  readonly leaseMs: number
  version: number
  /** Monotonic milliseconds of its last beat. */
  seen: number
}

interface Name extends Bearer {
  readonly lives: Set<Life>
}

/** Who lives, and who bears which name there. */
class Ledger {
  readonly clock: Clock
  readonly living = new Map<string, Life>()
  readonly names = new Map<string, Name>()
  /** Since when it was looked at without a break, in monotonic milliseconds, and when last. */
  #watchedSince: number
  #lookedAt: number

  constructor(clock: Clock) {
    this.clock = clock
    this.#watchedSince = this.#lookedAt = clock.monotonic()
  }

  /** Finds those dead whose leases have ended, except the one who looks. Where nobody looked, this process may have stood still, and no beat came through. */
  bury(looking: Life | null): void {
    const now = this.clock.monotonic()
    if (now - this.#lookedAt > BREAK_MS) this.#watchedSince = now
    this.#lookedAt = now
    for (const life of this.living.values())
      if (life !== looking && Math.max(life.seen, this.#watchedSince) + life.leaseMs < now) this.end(life)
  }

  end(life: Life): void {
    this.living.delete(life.node)
    for (const key of this.names.keys()) this.free(key, life)
  }

  free(key: string, life: Life): void {
    const name = this.names.get(key)
    if (name?.lives.delete(life) && name.lives.size === 0) this.names.delete(key)
  }

  claim({ key, name, shown, fresh, shared }: NameClaim, life: Life): Claimed {
    const borne = this.names.get(key)
    if (borne === undefined) {
      const person = shown ?? fresh
      this.names.set(key, { person, name, lives: new Set([life]) })
      return { outcome: 'yours', person }
    }
    const { person } = borne
    if (!shared && person !== shown && person !== fresh) return { outcome: 'taken' }
    borne.lives.add(life)
    return { outcome: 'yours', person }
  }

  find(key: string): Bearer | null {
    const borne = this.names.get(key)
    return borne === undefined ? null : { person: borne.person, name: borne.name }
  }
}

class MemoryRegistry implements Registry {
  readonly node: string
  readonly #ledger: Ledger
  readonly #leaseMs: number
  #life: Life
  #isClosed = false

  constructor(ledger: Ledger, node: string, leaseMs: number) {
    this.node = node
    this.#ledger = ledger
    this.#leaseMs = leaseMs
    ledger.bury(null)
    if (ledger.living.has(node))
      throw new Error(`A node named ${node} lives already: give each one a name of its own.`)
    this.#life = this.#begin()
  }

  async claim(claims: readonly NameClaim[]): Promise<readonly Claimed[]> {
    this.#look()
    if (!this.#lives) throw new StoreUnavailable('This node was found dead, and has not come back yet.')
    return claims.map((claim) => this.#ledger.claim(claim, this.#life))
  }

  async release(keys: readonly string[]): Promise<void> {
    this.#look()
    for (const key of keys) this.#ledger.free(key, this.#life)
  }

  async find(keys: readonly string[]): Promise<readonly (Bearer | null)[]> {
    this.#look()
    return keys.map((key) => this.#ledger.find(key))
  }

  async beat(version: number): Promise<Beat> {
    this.#look()
    const { living, clock } = this.#ledger
    const kept = this.#lives
    if (!kept && living.has(this.node)) throw new NodeReplaced(this.node)
    if (!kept) this.#life = this.#begin()
    this.#life.version = version
    this.#life.seen = clock.monotonic()
    return { nodes: [...living.values()].map((life) => ({ node: life.node, version: life.version })), kept }
  }

  async close(): Promise<void> {
    if (this.#lives) this.#ledger.end(this.#life)
    this.#isClosed = true
  }

  get #lives(): boolean {
    return this.#ledger.living.get(this.node) === this.#life
  }

  #begin(): Life {
    const seen = this.#ledger.clock.monotonic()
    const life = { node: this.node, leaseMs: this.#leaseMs, version: 0, seen }
    this.#ledger.living.set(this.node, life)
    return life
  }

  #look(): void {
    if (this.#isClosed) throw new StoreUnavailable('The registry is closed.')
    this.#ledger.bury(this.#life)
  }
}
