import type { Clock } from '../ports/clock.ts'
import { Account, type Scope } from './account.ts'

/** Accounts without a connection that are kept; beyond it the one that was used longest ago is forgotten. */
export const MAX_IDLE_ACCOUNTS = 10_000

/** Old ones that are looked at for each that is kept: twice as many go as come. */
const LOOKS = 2

/** All accounts of one scope: those with connections, and of the others those that still tell something, as many as there is room for (LI9). */
export class Accounts {
  readonly #scope: Scope
  readonly #clock: Pick<Clock, 'monotonic'>
  readonly #forgetAfterMs: number
  readonly #held = new Map<string, Account>()
  /** The one that was used longest ago comes first. */
  readonly #idle = new Map<string, Account>()

  /** `forgetAfterMs`: unused for so long, an account is as a new one. */
  constructor(scope: Scope, clock: Pick<Clock, 'monotonic'>, forgetAfterMs: number) {
    this.#scope = scope
    this.#clock = clock
    this.#forgetAfterMs = forgetAfterMs
  }

  get size(): number {
    return this.#held.size + this.#idle.size
  }

  held(): Iterable<Account> {
    return this.#held.values()
  }

  find(key: string): Account | undefined {
    return this.#held.get(key) ?? this.#idle.get(key)
  }

  /** The account of that key, which has just been used. */
  at(key: string): Account {
    const held = this.#held.get(key)
    if (held !== undefined) return held
    const account = this.#idle.get(key) ?? new Account(this.#scope, key)
    this.#keep(account)
    return account
  }

  /** One more connection. */
  hold(account: Account): void {
    if (account.connections++ > 0) return
    this.#idle.delete(account.key)
    this.#held.set(account.key, account)
  }

  /** One fewer. */
  release(account: Account): void {
    if (--account.connections > 0) return
    this.#held.delete(account.key)
    this.#keep(account)
  }

  #keep(account: Account): void {
    const now = this.#clock.monotonic()
    account.idleSince = now
    this.#idle.delete(account.key)
    this.#idle.set(account.key, account)
    let looks = 0
    for (const [key, { idleSince }] of this.#idle) {
      const isOver = idleSince + this.#forgetAfterMs <= now || this.#idle.size > MAX_IDLE_ACCOUNTS
      if (!isOver || looks++ === LOOKS) return
      this.#idle.delete(key)
    }
  }
}
