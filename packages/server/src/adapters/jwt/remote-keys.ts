import { calculateJwkThumbprint, createRemoteJWKSet, customFetch, errors, exportJWK, type JWK } from 'jose'
import type { CryptoKey, JWTVerifyGetKey, RemoteJWKSet } from 'jose'
import type { Clock } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import type { Keys } from './keys.ts'

/** Milliseconds between two fetches: a key that is taken away counts no more after it. */
export const REFETCH_MS = 60_000

/** Shortest time between two fetches, in milliseconds, whatever keys tokens name. */
export const MIN_REFETCH_MS = 10_000

/** Milliseconds for the answer. */
const TIMEOUT_MS = 5_000

/** Longest answer, in characters. */
const MAX_SET_LENGTH = 262_144

const ALGORITHMS = ['RS256', 'ES256', 'EdDSA', 'Ed25519']

/** A set of public keys at an address (RFC 7517), which changes. When it cannot be fetched, the keys that are known go on to count. */
export class RemoteKeys implements Keys {
  readonly algorithms = ALGORITHMS
  readonly #set: RemoteJWKSet
  readonly #clock: Pick<Clock, 'monotonic' | 'every'>
  readonly #logger: Logger
  readonly #stop: () => void
  /** Monotonic milliseconds of the last try that failed. */
  #failedAt = -Infinity
  /** The set that `#ids` are of. */
  #seen: unknown
  #ids: ReadonlySet<string> | null = null
  #onGone: () => void = () => {}
  /** By key as it was imported. */
  readonly #idOf = new WeakMap<object, string>()

  constructor(deps: { url: URL; clock: Pick<Clock, 'monotonic' | 'every'>; logger: Logger }) {
    this.#clock = deps.clock
    this.#logger = deps.logger
    this.#set = createRemoteJWKSet(deps.url, {
      cooldownDuration: MIN_REFETCH_MS,
      cacheMaxAge: Infinity,
      timeoutDuration: TIMEOUT_MS,
      [customFetch]: (url, options) => this.#fetch(url, options),
    })
    this.#stop = deps.clock.every(REFETCH_MS, () => void this.#refetch())
    void this.#refetch()
  }

  /** Rejects with a `JOSEError` when no key fits, and with another error when that cannot be told now. */
  readonly keyOf: JWTVerifyGetKey<CryptoKey> = async (header, token) => {
    try {
      return await this.#set(header, token)
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys)
        throw error
      if (error instanceof errors.JOSENotSupported) throw error
      throw new Error('The key set cannot be fetched.', { cause: error })
    } finally {
      await this.#look()
    }
  }

  async idOf(key: unknown): Promise<string> {
    if (!(key instanceof Object)) return ''
    const known = this.#idOf.get(key)
    if (known !== undefined) return known
    const id = await calculateJwkThumbprint(await exportJWK(key as CryptoKey))
    this.#idOf.set(key, id)
    return id
  }

  has(id: string): boolean {
    return this.#ids === null || this.#ids.has(id)
  }

  onGone(listener: () => void): void {
    this.#onGone = listener
  }

  close(): void {
    this.#stop()
  }

  async #refetch(): Promise<void> {
    try {
      await this.#set.reload()
      await this.#look()
    } catch (error) {
      this.#logger.warn('keys_not_fetched', {}, error)
    }
  }

  /** When the set is another one: which keys are in it. */
  async #look(): Promise<void> {
    const set = this.#set.jwks()
    if (set === undefined || set === this.#seen) return
    this.#seen = set
    const ids = await Promise.all(set.keys.map((jwk) => thumbprintOf(jwk)))
    const before = this.#ids
    this.#ids = new Set(ids)
    const gone = [...(before ?? [])].filter((id) => !this.has(id)).length
    if (before !== null) this.#logger.info('keys_changed', { keys: ids.length, gone })
    if (gone > 0) this.#onGone()
  }

  async #fetch(url: string, options: RequestInit): Promise<Response> {
    if (this.#clock.monotonic() - this.#failedAt < MIN_REFETCH_MS) throw new Error('It failed a moment ago.')
    try {
      const response = await fetch(url, options)
      const text = await response.text()
      if (response.status !== 200) throw new Error(`The answer was ${response.status}.`)
      if (text.length > MAX_SET_LENGTH) throw new Error('The answer is too long.')
      return new Response(text, { status: 200 })
    } catch (error) {
      this.#failedAt = this.#clock.monotonic()
      throw error
    }
  }
}

/** A key that cannot be read is never used. */
async function thumbprintOf(jwk: JWK): Promise<string> {
  try {
    return await calculateJwkThumbprint(jwk)
  } catch {
    return ''
  }
}
