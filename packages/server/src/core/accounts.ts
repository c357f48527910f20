import { Account, type Scope } from './account.ts'

/** Accounts without a connection that are kept; beyond it the one that was used longest ago is forgotten. */
export const MAX_IDLE_ACCOUNTS = 10_000

/** All accounts of one scope: those with connections, and as many of the others as there is room for (LI9). */
export class Accounts {
  readonly #scope: Scope
  readonly #held = new Map<string, Account>()
  /** The one that was used longest ago comes first. */
  readonly #idle = new Map<string, Account>()

  constructor(scope: Scope) {
    this.#scope = scope
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
    this.#idle.delete(account.key)
    this.#idle.set(account.key, account)
    if (this.#idle.size <= MAX_IDLE_ACCOUNTS) return
    for (const oldest of this.#idle.keys()) {
      this.#idle.delete(oldest)
      return
    }
  }
}
