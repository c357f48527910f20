import type { Metered } from '../ports/bus.ts'
import { TokenBucket } from './token-bucket.ts'

/** Whose limit it is. */
export type Scope = 'connection' | 'user' | 'address'

/** `perSecond` on average, `capacity` at once. */
export interface Rate {
  readonly perSecond: number
  readonly capacity: number
}

/** What other nodes told last of their connections, and until when that counts. */
interface Elsewhere {
  readonly number: number
  readonly connections: number
  readonly until: number
}

/** What one connection, person or address uses of its limits. */
export class Account {
  readonly scope: Scope
  readonly key: string
  /** Live connections to this node, and of them those that have not proven who they are. */
  connections = 0
  unproven = 0
  /** Sockets that are no connections. */
  sockets = 0
  /** When it was used last without a connection, monotonic milliseconds. */
  idleSince = 0
  /** Used and not told to the other nodes yet; made, as all of this, when there is some: there are as many accounts as connections, and more. */
  untold: Partial<Record<Metered, number>> | null = null
  /** Connections of which they were told last. */
  told = 0
  #buckets: Partial<Record<Metered, TokenBucket>> | null = null
  #elsewhere: Map<string, Elsewhere> | null = null

  constructor(scope: Scope, key: string) {
    this.scope = scope
    this.key = key
  }

  /** Returns 0, or the milliseconds until there is enough. */
  take(metered: Metered, { perSecond, capacity }: Rate, now: number, cost: number): number {
    return this.#bucket(metered, capacity, now).take(now, perSecond, capacity, cost)
  }

  /** Something was used on another node. */
  owe(metered: Metered, { perSecond, capacity }: Rate, now: number, cost: number): void {
    this.#bucket(metered, capacity, now).owe(now, perSecond, capacity, cost)
  }

  /** Another node says how many connections it has. Answers whether that was heard before; what comes late counts no more. */
  hear(node: string, told: Elsewhere, now: number): boolean {
    const known = this.#elsewhere?.get(node)
    if (known === undefined || known.until <= now || known.number < told.number)
      (this.#elsewhere ??= new Map()).set(node, told)
    return known?.number === told.number
  }

  /** Connections to all nodes, as far as is known. */
  all(now: number): number {
    let all = this.connections
    if (this.#elsewhere === null) return all
    for (const [node, { connections, until }] of this.#elsewhere)
      if (until > now) all += connections
      else this.#elsewhere.delete(node)
    return all
  }

  #bucket(metered: Metered, capacity: number, now: number): TokenBucket {
    const buckets = (this.#buckets ??= {})
    return (buckets[metered] ??= new TokenBucket(capacity, now))
  }
}
