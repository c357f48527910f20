import type { Bus } from '../ports/bus.ts'
import type { Clock } from '../ports/clock.ts'
import { CANARY_LOG, type Entry, type Store, StoreUnavailable } from '../ports/store.ts'
import type { OutageLog } from './outage-log.ts'
import { ownEntry } from './own-entry.ts'

/** Intervals without a round trip after which the canary is lost. */
const LOST_AFTER = 3

/** Milliseconds after which it tries again when the store has refused it. */
const RETRY_MS = 1_000

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
  readonly logger: OutageLog
  /** A new id for an entry. */
  readonly nextId: () => string
  readonly intervalMs: number
}

/**
 * Says something to itself from time to time, in a log that no client can reach: it must be in the store when that has said so, and the
 * hint of it must come back from a broker. That finds what is lost in silence, and a store that refuses while nobody else says anything.
 */
export class Canary {
  readonly #deps: CanaryDeps
  readonly #endTimer: () => void
  #endRetry: () => void = () => undefined
  #isStopped = false
  #isFlying = false
  /** Monotonic milliseconds at which the newest flight began. */
  #beganAt = 0
  /** Of the bus, when the canary was told last; `null` before that. */
  #echoesThen: number | null = null
  #lostAt: 'store' | 'bus' | null = null
  #isTold = false
  /** Monotonic milliseconds: when it came back, and when it did or the store refused it. */
  #backAt: number
  #answeredAt: number
  /** Milliseconds that its last round trip through the store took. */
  roundTripMs = 0
  /** Whether the store refused it when it answered last. */
  refusesNow = false
  /** How often since the start it did not come back, or not within an interval. */
  losses = 0

  constructor(deps: CanaryDeps) {
    this.#deps = deps
    this.#backAt = deps.clock.monotonic()
    this.#answeredAt = this.#backAt
    this.#endTimer = deps.clock.every(deps.intervalMs, () => {
      if (!this.#isFlying) void this.#fly()
      else if (deps.clock.monotonic() - this.#beganAt >= deps.intervalMs) this.#lost('store')
    })
  }

  stop(): void {
    this.#isStopped = true
    this.#endTimer()
    this.#endRetry()
  }

  state(): CanaryState {
    const now = this.#deps.clock.monotonic()
    const isLost = now - this.#answeredAt >= LOST_AFTER * this.#deps.intervalMs
    return { isLost, lostAt: this.#lostAt, ageMs: now - this.#backAt }
  }

  async #fly(): Promise<void> {
    const { clock, logger } = this.#deps
    this.#isFlying = true
    this.#endRetry()
    this.#beganAt = clock.monotonic()
    try {
      const kept = await this.#kept()
      this.refusesNow = false
      logger.answered()
      if (kept === null) return this.#lost('store')
      this.roundTripMs = clock.monotonic() - this.#beganAt
      if (this.#isUnheard()) this.#lost('bus')
      else this.#back()
      this.#tell(kept)
    } catch (error) {
      if (error instanceof StoreUnavailable) this.#refused(error)
      else logger.error('canary_failed', {}, error)
    } finally {
      this.#isFlying = false
    }
  }

  /** That is loud, and the matter of the check `store`. */
  #refused(error: StoreUnavailable): void {
    const { clock, logger } = this.#deps
    this.#answeredAt = clock.monotonic()
    this.refusesNow = true
    logger.error('append_failed', { entries: 1 }, error)
    if (this.#isStopped) return
    this.#endRetry = clock.after(RETRY_MS, () => {
      if (!this.#isFlying) void this.#fly()
    })
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
