import type { Bus } from '../ports/bus.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import { CANARY_LOG, type Entry, type Store, StoreUnavailable } from '../ports/store.ts'
import { ownEntry } from './own-entry.ts'

/** Intervals without a round trip after which the canary is lost. */
const LOST_AFTER = 3

const CANARY = { name: 'canary', person: null } as const

export interface CanaryState {
  readonly isLost: boolean
  /** Where it did not come back from last; `null` when it did. */
  readonly lostAt: 'store' | 'bus' | null
  /** Milliseconds since it came back last, or since the start. */
  readonly ageMs: number
}

export interface CanaryDeps {
  readonly store: Store
  readonly bus: Bus
  readonly clock: Clock
  readonly logger: Logger
  /** A new id for an entry. */
  readonly nextId: () => string
  readonly intervalMs: number
}

/**
 * Says something to itself from time to time, in a log that no client can reach: it must be in the store when that has said so, and the
 * hint of it must come back from a broker. What fails loudly is shown elsewhere; this finds what is lost in silence.
 */
export class Canary {
  readonly #deps: CanaryDeps
  readonly #endTimer: () => void
  #isFlying = false
  /** Of the bus, when the canary was told last; `null` before that. */
  #echoesThen: number | null = null
  #lostAt: 'store' | 'bus' | null = null
  #isTold = false
  /** Monotonic milliseconds: when it came back, and when it did or the store refused it. */
  #backAt: number
  #answeredAt: number
  /** Milliseconds that its last round trip through the store took. */
  roundTripMs = 0
  /** How often since the start it did not come back, or not within an interval. */
  losses = 0

  constructor(deps: CanaryDeps) {
    this.#deps = deps
    this.#backAt = deps.clock.monotonic()
    this.#answeredAt = this.#backAt
    this.#endTimer = deps.clock.every(deps.intervalMs, () => {
      if (this.#isFlying) this.#lost('store')
      else void this.#fly()
    })
  }

  stop(): void {
    this.#endTimer()
  }

  state(): CanaryState {
    const now = this.#deps.clock.monotonic()
    const isLost = now - this.#answeredAt >= LOST_AFTER * this.#deps.intervalMs
    return { isLost, lostAt: this.#lostAt, ageMs: now - this.#backAt }
  }

  async #fly(): Promise<void> {
    const { clock, logger } = this.#deps
    this.#isFlying = true
    const began = clock.monotonic()
    try {
      const kept = await this.#kept()
      if (kept === null) return this.#lost('store')
      this.roundTripMs = clock.monotonic() - began
      if (this.#isUnheard()) this.#lost('bus')
      else this.#back()
      this.#tell(kept)
    } catch (error) {
      // A loud refusal is the matter of the check `store`.
      if (error instanceof StoreUnavailable) this.#answeredAt = clock.monotonic()
      else logger.error('canary_failed', {}, error)
    } finally {
      this.#isFlying = false
    }
  }

  /** What it has said, as the store has it; `null` when the store has not what it said that it has. */
  async #kept(): Promise<Entry | null> {
    const { store, clock, nextId } = this.#deps
    const entry = ownEntry({ log: CANARY_LOG, id: nextId(), at: clock.now(), text: 'canary' }, CANARY)
    const [appended] = await store.append([entry])
    if (appended?.outcome !== 'appended') return null
    const [found] = await store.read(CANARY_LOG, { after: appended.seq - 1 }, 1)
    return found?.id === entry.id ? found : null
  }

  /** Whether nothing of what was told since the last time has come back, though the bus seems well. */
  #isUnheard(): boolean {
    const { echoes, isLost } = this.#deps.bus
    return this.#echoesThen !== null && !isLost && echoes === this.#echoesThen
  }

  /** Whoever hears of it does not read that log. */
  #tell(kept: Entry): void {
    const { bus } = this.#deps
    this.#echoesThen = bus.echoes ?? null
    bus.publish({ entries: [kept] })
  }

  #back(): void {
    this.#backAt = this.#deps.clock.monotonic()
    this.#answeredAt = this.#backAt
    this.#lostAt = null
    if (this.#isTold) this.#deps.logger.info('canary_back')
    this.#isTold = false
  }

  #lost(at: 'store' | 'bus'): void {
    this.losses++
    this.#lostAt = at
    if (!this.#isTold) this.#deps.logger.error('canary_lost', { at })
    this.#isTold = true
  }
}
