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
  #value: string | null = null

  /** `given`: a token to begin with; `null` begins without one, `undefined` reads the storage. */
  constructor(storage: TokenStorage | null, key: string, given: string | null | undefined) {
    this.#storage = storage
    this.#key = key
    if (given !== undefined) this.#take(given)
    else
      attempt(() => {
        if (!this.#take(storage?.get(key))) storage?.remove(key)
      })
  }

  get value(): string | null {
    return this.#value
  }

  /** Keeps the token of a welcome. One that could not be shown again is ignored. */
  remember(token: string | undefined): void {
    if (this.#take(token)) attempt(() => this.#storage?.set(this.#key, String(token)))
  }

  #take(token: string | null | undefined): boolean {
    if (token == null || !TOKEN.test(token)) return false
    this.#value = token
    return true
  }
}

/** A full or forbidden storage costs the token after a reload, nothing else. */
function attempt(act: () => void): void {
  try {
    act()
  } catch {
    // Nothing is kept.
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
