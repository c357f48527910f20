import { type CryptoKey, errors, type JWTVerifyGetKey } from 'jose'
import { type KeysState, KeysUnavailable } from '../../ports/auth.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import { type KeySet, SET_ALGORITHMS, thumbprintOf } from './key-set.ts'
import type { KeySource } from './key-sources.ts'
import type { Keys } from './keys.ts'

/** Longest pause after looks that failed, in milliseconds; it is doubled with each. */
export const MAX_PAUSE_MS = 30_000

/** Shortest time between two looks, in milliseconds, whatever keys tokens name. */
export const MIN_PAUSE_MS = 1_000

/** Part of a pause that is left to chance, so that not all nodes look at once. It never makes one longer. */
const JITTER = 0.2

export interface WatchedKeysDeps {
  readonly source: KeySource
  /** Rejects with an `Error` when there are no keys in it. */
  readonly read: (text: string) => Promise<KeySet>
  /** Milliseconds between two looks at most. */
  readonly everyMs: number
  readonly clock: Pick<Clock, 'monotonic' | 'after'>
  readonly logger: Logger
  /** A number in [0, 1). Default: `Math.random`. */
  readonly chance?: () => number
}

/** Public keys that are looked for again and again. When they cannot be read, those that are known go on to count. */
export class WatchedKeys implements Keys {
  readonly #deps: WatchedKeysDeps
  readonly #idOf = new WeakMap<object, string>()
  #set: KeySet | null = null
  #looking: Promise<void> | null = null
  #isClosed = false
  #stop = (): void => {}
  #onGone = (): void => {}
  /** Monotonic milliseconds of the last look, and of the last one that did not fail: at first, of the start. */
  #lookedAt: number
  #readAt: number
  #failures = 0
  /** Of them, those since the last look that did not fail. */
  #inARow = 0

  constructor(deps: WatchedKeysDeps) {
    this.#deps = deps
    this.#readAt = this.#lookedAt = deps.clock.monotonic()
  }

  /** Looks, and goes on to do so until it is closed. Resolves after the first look, and rejects as that does. */
  async begin(): Promise<void> {
    try {
      await this.#look()
    } finally {
      this.#lookLater()
    }
  }

  get algorithms(): readonly string[] {
    return this.#set?.algorithms ?? SET_ALGORITHMS
  }

  readonly keyOf: JWTVerifyGetKey = async (header, token) => {
    if (this.#set === null) await this.#looking?.catch(() => {})
    try {
      return await this.#known().keyOf(header, token)
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error
      // It may be a new one.
      if (this.#mayLook()) await this.#lookFor()
      else if (this.#inARow > 0) throw new KeysUnavailable(error)
      return this.#known().keyOf(header, token)
    }
  }

  async idOf(key: unknown): Promise<string> {
    if (!(key instanceof Object)) return ''
    const known = this.#idOf.get(key) ?? (await thumbprintOf(key as CryptoKey))
    this.#idOf.set(key, known)
    return known
  }

  has(id: string): boolean {
    return this.#set === null || this.#set.ids.has(id)
  }

  onGone(listener: () => void): void {
    this.#onGone = listener
  }

  state(): KeysState {
    return {
      isKnown: this.#set !== null,
      isStale: this.#inARow > 0,
      ageMs: this.#deps.clock.monotonic() - this.#readAt,
      failures: this.#failures,
    }
  }

  close(): void {
    this.#isClosed = true
    this.#stop()
  }

  #known(): KeySet {
    if (this.#set === null) throw new KeysUnavailable()
    return this.#set
  }

  #mayLook(): boolean {
    if (this.#looking !== null) return true
    return this.#inARow === 0 && this.#deps.clock.monotonic() - this.#lookedAt >= MIN_PAUSE_MS
  }

  #lookLater(): void {
    if (this.#isClosed) return
    const { clock, everyMs, chance = Math.random } = this.#deps
    const pause = this.#inARow === 0 ? everyMs : Math.min(everyMs * 2 ** (this.#inARow - 1), MAX_PAUSE_MS)
    this.#stop = clock.after(pause * (1 - JITTER * chance()), () => {
      // It has logged why it failed.
      void this.begin().catch(() => {})
    })
  }

  /** For a token, that cannot be judged when this fails. */
  async #lookFor(): Promise<void> {
    try {
      await this.#look()
    } catch (error) {
      throw new KeysUnavailable(error)
    }
  }

  #look(): Promise<void> {
    this.#looking ??= this.#lookOnce().finally(() => (this.#looking = null))
    return this.#looking
  }

  async #lookOnce(): Promise<void> {
    const { source, read, clock, logger } = this.#deps
    this.#lookedAt = clock.monotonic()
    try {
      await source(async (text) => this.#take(await read(text)))
    } catch (error) {
      this.#failures++
      this.#inARow++
      logger.warn('keys_not_read', { in_a_row: this.#inARow }, error)
      throw error
    }
    if (this.#inARow > 0) logger.info('keys_read_again', { failures: this.#inARow })
    this.#inARow = 0
    this.#readAt = clock.monotonic()
  }

  #take(set: KeySet): void {
    const before = this.#set
    this.#set = set
    if (before === null) return
    const gone = [...before.ids].filter((id) => !set.ids.has(id)).length
    this.#deps.logger.info('keys_changed', { keys: set.ids.size, gone })
    if (gone > 0) this.#onGone()
  }
}
