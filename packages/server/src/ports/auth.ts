/** Auth: who somebody is, as a token says. */
import type { Grants } from './grants.ts'

/** What a good token says of its bearer. Plain JSON: a ticket carries it. */
export interface Identity {
  /** The same for every good token of one subject of one issuer under one name, in any spelling that has its key. */
  readonly person: string
  /** Whom the issuer means. */
  readonly subject: string
  /** `''` when the token names none. */
  readonly issuer: string
  /** Tells this token from others of the issuer; `null` when it bears no id. */
  readonly tokenId: string | null
  /** Milliseconds since 1970; `null` when the token does not say. */
  readonly issuedAt: number | null
  /** Whether the bearer may revoke what others have. */
  readonly isAdmin: boolean
  /** What the token itself allows in rooms; `null` when it says nothing of it. */
  readonly grants: Grants | null
  /** The claims that rules of the settings look at, as texts. */
  readonly claims: Readonly<Record<string, readonly string[]>>
  /** What the bearer wants to be called. Not judged. */
  readonly name: string
  /** Tells the key by which it was signed from others. */
  readonly key: string
  /** Milliseconds since 1970 from which on the token is good no more, leeway included. */
  readonly expiresAt: number
}

/** Nothing can be told of a token now, as the keys cannot be read. Whoever looks for them has logged why. */
export class KeysUnavailable extends Error {
  constructor(cause?: unknown) {
    super('The keys cannot be read.', { cause })
  }
}

/** Keys that are looked for again and again. */
export interface KeysState {
  /** Until they were read once, no token can be judged. */
  readonly isKnown: boolean
  /** The last look failed, and those that are known go on to count. */
  readonly isStale: boolean
  /** Milliseconds since the last look that did not fail, or since the start. */
  readonly ageMs: number
  /** Looks that failed since the start. */
  readonly failures: number
}

export interface Auth {
  /** Whether whoever shows no token is let in, as a guest. Whoever shows a bad one never is. */
  readonly letsGuestsIn: boolean
  /**
   * Resolves with what a token says when it is signed as it must be and holds now, and with `null` for anything else. Rejects when that cannot be told
   * now. Neither says or logs anything of the token.
   */
  verify(token: string): Promise<Identity | null>
  /** Whether the key that signed for this identity is still among those that count. */
  trusts(identity: Identity): boolean
  /** `listener` is told when a key counts no more. */
  onKeyGone(listener: () => void): void
  /** How it stands with the keys; `null` where they stay what they are. */
  keys(): KeysState | null
  /** Ends whatever looks for keys. */
  close(): void
}

/** What every `Identity.person` begins with, and the id of nobody else does. */
export const TOKEN_BEARER_PREFIX = '~'
