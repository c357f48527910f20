/** Where a resume token is kept between two lives of a page. Synchronous; may throw. */
export interface TokenStorage {
  get(key: string): string | null
  set(key: string, value: string): void
  remove(key: string): void
}

/** What RFC 9110 section 5.6.2 allows in a subprotocol; anything else makes a WebSocket constructor throw. */
const TOKEN = /^[\w!#$%&'*+.^`|~-]{1,1024}$/

/** The resume token of one name on one server: in memory, and in a storage where there is one. */
export class ResumeToken {
  readonly #storage: TokenStorage | null
  readonly #key: string
  #value: string | null

  /** `given`: a token to begin with; `null` begins without one, `undefined` reads the storage. */
  constructor(storage: TokenStorage | null, key: string, given: string | null | undefined) {
    this.#storage = storage
    this.#key = key
    this.#value = usable(given === undefined ? this.#stored() : given)
  }

  get value(): string | null {
    return this.#value
  }

  /** Keeps the token of a welcome. One that could not be shown again is ignored. */
  remember(token: string | undefined): void {
    const value = usable(token)
    if (value === null) return
    this.#value = value
    try {
      this.#storage?.set(this.#key, value)
    } catch {
      // A full or forbidden storage costs the token after a reload, nothing else.
    }
  }

  #stored(): string | null {
    try {
      const stored = this.#storage?.get(this.#key) ?? null
      if (stored !== null && usable(stored) === null) this.#storage?.remove(this.#key)
      return stored
    } catch {
      return null
    }
  }
}

/**
 * `localStorage`, which lives as long as the outbox does and is the same for all tabs. It throws where that is missing, forbidden
 * or full.
 */
export const LOCAL_TOKENS: TokenStorage = {
  get: (key) => localStorage.getItem(key),
  set: (key, value) => localStorage.setItem(key, value),
  remove: (key) => localStorage.removeItem(key),
}

function usable(token: string | null | undefined): string | null {
  return typeof token === 'string' && TOKEN.test(token) ? token : null
}
