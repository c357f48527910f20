/** What people and addresses use on this node, told to the others, so that a limit holds for all nodes together (LI5, LI6). */
import type { Bus, Metered, Usage } from '../ports/bus.ts'
import type { Clock } from '../ports/clock.ts'
import type { Account } from './account.ts'

/** Milliseconds between two tellings, unless there was nothing to tell for so long. */
export const TELL_EVERY_MS = 500

/** Part of what is let in at once that is used before it is told. */
const UNTOLD_PART = 0.1

/** Milliseconds after which the number of connections is told again, as what was told may be lost, and for which it counts. */
const REPEAT_MS = 3_000
export const COUNTS_FOR_MS = 10_000

/** Accounts that one hint tells of, and that wait for the next; further ones wait until they are used again. */
const MAX_TOLD = 1_000
const MAX_DUE = 5_000

/** Numbers of tellings that each millisecond has room for. */
const TELLINGS_PER_MS = 1_000

export interface UsageShareDeps {
  readonly bus: Bus
  readonly clock: Clock
  /** Accounts that have connections. */
  readonly held: () => Iterable<Account>
  /** How many connections an account may have at once; `null` for any number. */
  readonly mostOf: (account: Account) => number | null
}

export class UsageShare {
  readonly #deps: UsageShareDeps
  readonly #due = new Set<Account>()
  #toldAt = -Infinity
  #number: number
  #endTimers = { tell: noTimer, repeat: noTimer }
  #isScheduled = false
  #isRepeating = false

  constructor(deps: UsageShareDeps) {
    this.#deps = deps
    // Above those of an earlier start of this node.
    this.#number = Math.floor(deps.clock.now()) * TELLINGS_PER_MS
  }

  used(account: Account, metered: Metered, capacity: number, cost: number): void {
    const untold = (account.untold ??= {})
    const sum = (untold[metered] ?? 0) + cost
    untold[metered] = sum
    if (sum >= capacity * UNTOLD_PART) this.#tellSoon(account)
  }

  /** The number of its connections has changed. */
  counted(account: Account): void {
    if (this.#isOfNote(account) && account.connections !== account.told) this.#tellSoon(account)
  }

  stop(): void {
    for (const end of Object.values(this.#endTimers)) end()
  }

  /** Few connections are not told of: for most people that is all there ever is. */
  #isOfNote(account: Account): boolean {
    const most = this.#deps.mostOf(account)
    return most !== null && Math.max(account.connections, account.told) >= Math.ceil(most * UNTOLD_PART)
  }

  #tellSoon(account: Account): void {
    if (this.#due.size >= MAX_DUE && !this.#due.has(account)) return
    this.#due.add(account)
    if (this.#isScheduled) return
    this.#isScheduled = true
    const { clock } = this.#deps
    const inMs = Math.max(0, this.#toldAt + TELL_EVERY_MS - clock.monotonic())
    this.#endTimers.tell = clock.after(inMs, () => this.#tell())
  }

  #tell(): void {
    const { bus, clock } = this.#deps
    this.#isScheduled = false
    this.#toldAt = clock.monotonic()
    const signals: Usage[] = []
    for (const account of this.#due) {
      if (signals.length === MAX_TOLD) break
      this.#due.delete(account)
      signals.push(usageOf(account, ++this.#number))
      account.untold = null
      account.told = account.connections
    }
    bus.publish({ signals })
    for (const left of this.#due) {
      this.#tellSoon(left)
      break
    }
    if (this.#isRepeating) return
    this.#isRepeating = true
    this.#endTimers.repeat = clock.after(REPEAT_MS, () => this.#repeat())
  }

  #repeat(): void {
    this.#isRepeating = false
    for (const account of this.#deps.held()) if (this.#isOfNote(account)) this.#tellSoon(account)
  }
}

function noTimer(): void {}

function usageOf({ scope, key, connections, untold }: Account, number: number): Usage {
  const used: Partial<Record<Metered, number>> = {}
  for (const [metered, amount] of Object.entries(untold ?? {}))
    used[metered as Metered] = Math.max(0, Math.round(amount))
  return { kind: 'usage', number, scope: scope === 'user' ? 'user' : 'address', key, connections, used }
}
