import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import type { Logger } from '../../ports/logger.ts'
import { StoreUnavailable } from '../../ports/store.ts'
import { Connection, isRefusal, isWorthRepeating } from './connection.ts'

/** How long a call waits for a database that does not answer before it is refused. */
export const GIVE_UP_AFTER_MS = 4_000

/** How long one statement may wait for the locks of other nodes. */
export const STATEMENT_TIMEOUT_MS = 3_500

const RECONNECT_MS = 250

/** Deadlocks in a row after which a call is refused. */
const MAX_DEADLOCKS = 10

export interface LastingConnectionOptions {
  readonly url: string
  readonly logger: Logger
  /** What is said first on each connection. */
  readonly session: string
}

/**
 * A connection for calls that come one after the other, made anew after each loss. A call whose answer was lost with it is made again on the
 * next one, so it must be one that may be carried out twice.
 */
export class LastingConnection {
  readonly #options: LastingConnectionOptions
  #connection: Connection | null = null
  /** A call was given up: those that come now do not wait for the database, until it is back. */
  #isGivenUp = false
  #isEnded = false

  constructor(options: LastingConnectionOptions) {
    this.#options = options
  }

  /** Asks until there is an answer, the database refuses, or it is too late: 4 s after `since`, by the clock of `performance.now()`. */
  async ask<T>(since: number, call: (client: pg.Client) => Promise<T>): Promise<T> {
    for (let deadlocks = 0; ; ) {
      const left = this.#isGivenUp ? 0 : since + GIVE_UP_AFTER_MS - performance.now()
      try {
        const connection = await this.#connected(left)
        return await connection.within(Math.max(left, 1), call)
      } catch (error) {
        if (isRefusal(error)) {
          if (!isWorthRepeating(error) || ++deadlocks > MAX_DEADLOCKS) throw error
          continue
        }
        this.#lose(error)
        if (performance.now() + RECONNECT_MS > since + GIVE_UP_AFTER_MS || this.#isGivenUp) {
          this.#giveUp()
          throw error
        }
        await sleep(RECONNECT_MS)
      }
    }
  }

  async end(): Promise<void> {
    this.#isEnded = true
    await this.#connection?.end()
    this.#connection = null
  }

  async #connected(ms: number): Promise<Connection> {
    if (this.#connection !== null && !this.#connection.isLost) return this.#connection
    if (ms <= 0) throw new StoreUnavailable('The database cannot be reached.')
    const connection = new Connection(this.#options.url)
    await connection.within(ms, (client) => client.connect())
    await connection.within(ms, (client) => client.query(this.#options.session))
    return (this.#connection = connection)
  }

  #lose(error: unknown): void {
    if (this.#connection !== null) this.#options.logger.warn('database_lost', {}, error)
    this.#connection?.cut()
    this.#connection = null
  }

  #giveUp(): void {
    if (this.#isGivenUp) return
    this.#isGivenUp = true
    void this.#comeBack()
  }

  async #comeBack(): Promise<void> {
    while (this.#isGivenUp) {
      await sleep(RECONNECT_MS, undefined, { ref: false })
      if (this.#isEnded) return
      await this.#connected(GIVE_UP_AFTER_MS).then(
        () => (this.#isGivenUp = false),
        () => undefined,
      )
    }
    if (this.#isEnded) await this.end()
  }
}
