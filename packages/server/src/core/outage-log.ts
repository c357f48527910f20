import type { Clock } from '../ports/clock.ts'
import type { Fields, Logger } from '../ports/logger.ts'
import { StoreUnavailable } from '../ports/store.ts'

/** Milliseconds without a refusal after which an outage is over, once something is answered: a database that comes back refuses some calls still. */
const QUIET_MS = 5_000

/**
 * A logger to which one outage of the store or the registry is one matter: of each event that `StoreUnavailable` causes meanwhile it says the first and
 * counts the others, and one line tells when it is over. Everything else is said each time.
 */
export class OutageLog implements Logger {
  readonly #logger: Logger
  readonly #clock: Clock
  /** How often each event came in this outage; as many as there are words for events. */
  readonly #refused = new Map<string, number>()
  /** Monotonic milliseconds of the first and the newest refusal, and of the newest answer. */
  #since = 0
  #refusedAt = 0
  #answeredAt = 0

  constructor(logger: Logger, clock: Clock) {
    this.#logger = logger
    this.#clock = clock
  }

  /** The store did what it was asked for. */
  answered(): void {
    if (this.#refused.size === 0) return
    this.#answeredAt = this.#clock.monotonic()
    this.#endIfQuiet()
  }

  debug(event: string, fields?: Fields): void {
    this.#logger.debug(event, fields)
  }

  info(event: string, fields?: Fields): void {
    this.#logger.info(event, fields)
  }

  warn(event: string, fields?: Fields, cause?: unknown): void {
    if (this.#isNews(event, cause)) this.#logger.warn(event, fields, cause)
  }

  error(event: string, fields?: Fields, cause?: unknown): void {
    if (this.#isNews(event, cause)) this.#logger.error(event, fields, cause)
  }

  #isNews(event: string, cause: unknown): boolean {
    if (!(cause instanceof StoreUnavailable)) return true
    this.#endIfQuiet()
    this.#refusedAt = this.#clock.monotonic()
    if (this.#refused.size === 0) this.#since = this.#refusedAt
    const before = this.#refused.get(event) ?? 0
    this.#refused.set(event, before + 1)
    return before === 0
  }

  #endIfQuiet(): void {
    if (this.#answeredAt < this.#refusedAt || this.#clock.monotonic() - this.#refusedAt < QUIET_MS) return
    if (this.#refused.size === 0) return
    const ms = this.#refusedAt - this.#since
    this.#logger.info('outage_over', { ms, ...Object.fromEntries(this.#refused) })
    this.#refused.clear()
  }
}
