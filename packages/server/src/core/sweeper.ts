import { MAX_RETRY_AGE_MS } from '@roomful/protocol'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { Store } from '../ports/store.ts'
import { AgeClock } from './age-clock.ts'
import type { LogBook } from './log-book.ts'
import type { HubOptions } from './options.ts'

/** A log of the server's own, of which something lasts longer than entries are kept. */
interface Keeper {
  keep(retention: Pick<HubOptions, 'retentionEntries' | 'retentionMs'>): Promise<void>
}

/** Time between two sweeps. What is due may stay that much longer. */
const SWEEP_INTERVAL_MS = 15_000

/** The same where everything is kept: client ids may be left from when that was otherwise. */
const IDLE_INTERVAL_MS = 3_600_000

/** Entries that are removed in one commit: commits of what is said wait behind it. */
const STEP_ENTRIES = 100

/** After a step it rests this many times as long as the step took, waiting for its turn included: the busier, the slower. */
const REST_SHARE = 4

/** How long client ids are known, in milliseconds: a repeat that was sent in time may still be under way. */
const IDS_KNOWN_MS = MAX_RETRY_AGE_MS + 3_600_000

/**
 * Has the store let go of what is older or more than is kept, and of client ids that nobody sends again, a little at a time, so that commits hardly
 * wait for it.
 */
export class Sweeper {
  readonly #store: Store
  readonly #clock: Clock
  readonly #ageClock: AgeClock
  readonly #logger: Logger
  readonly #logs: LogBook
  readonly #options: Pick<HubOptions, 'retentionEntries' | 'retentionMs'>
  readonly #keepers: readonly Keeper[]
  /** Since the start: commits that removed something, and sweeps that the store broke off. */
  steps = 0
  failures = 0
  #sweeping = false
  #stopped = false
  #endTimer: () => void = () => {}

  constructor(deps: {
    store: Store
    clock: Clock
    logger: Logger
    logs: LogBook
    options: Pick<HubOptions, 'retentionEntries' | 'retentionMs'>
    moderation: Keeper
    revocations: Keeper
  }) {
    this.#store = deps.store
    this.#clock = deps.clock
    this.#ageClock = new AgeClock(deps.clock)
    this.#logger = deps.logger
    this.#logs = deps.logs
    this.#options = deps.options
    this.#keepers = [deps.moderation, deps.revocations]
  }

  /** Sweeps from now on. */
  start(): void {
    this.#endTimer = this.#clock.every(this.#removes ? SWEEP_INTERVAL_MS : IDLE_INTERVAL_MS, () => {
      if (!this.#sweeping) void this.#sweep()
    })
  }

  stop(): void {
    this.#stopped = true
    this.#endTimer()
  }

  async #sweep(): Promise<void> {
    this.#sweeping = true
    try {
      if (this.#removes) for (const keeper of this.#keepers) await keeper.keep(this.#options)
      while (!(this.#stopped || (await this.#step())));
      if (!this.#stopped && this.#removes) await this.#logs.refreshFirsts()
    } catch (error) {
      this.failures++
      // The next sweep goes on where this one ended.
      if (!this.#stopped) this.#logger.warn('retention_failed', {}, error)
    } finally {
      this.#sweeping = false
    }
  }

  get #removes(): boolean {
    const { retentionEntries, retentionMs } = this.#options
    return retentionEntries !== null || retentionMs !== null
  }

  /** Answers whether nothing was left to do; rests otherwise. */
  async #step(): Promise<boolean> {
    const { retentionEntries: keep, retentionMs } = this.#options
    const began = this.#clock.monotonic()
    const now = this.#ageClock.now()
    const before = retentionMs === null ? null : now - retentionMs
    if (await this.#store.trim({ keep, before, idsBefore: now - IDS_KNOWN_MS }, STEP_ENTRIES)) return true
    this.steps++
    const tookMs = this.#clock.monotonic() - began
    await new Promise<void>((resolve) => this.#clock.after(tookMs * REST_SHARE, resolve))
    return false
  }
}
