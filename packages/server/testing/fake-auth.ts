import { nameKey } from '@roomful/protocol'
import { type Auth, type Identity, KeysUnavailable, TOKEN_BEARER_PREFIX } from '../src/ports/auth.ts'
import { readGrants } from '../src/ports/grants.ts'

/** A token of `fakeAuth`: what it says, in the clear. `for`: seconds for which it holds; `iat`: milliseconds since 1970, now unless it says `null`. */
export function fakeToken(claims: {
  sub: string
  name: string
  for?: number
  iat?: number | null
  jti?: string
  admin?: boolean
  key?: string
  rooms?: object
  claims?: Record<string, string[]>
}): string {
  return JSON.stringify({ for: 3_600, ...claims })
}

/** Keys can be taken away from it. */
export interface FakeAuth extends Auth {
  forget(key: string): void
}

/** Believes every token that `fakeToken` made, as long as it holds. The text `unknown` cannot be judged, nor can `keys away`, as keys cannot be read. */
export function fakeAuth(clock: { now(): number }, letsGuestsIn = false): FakeAuth {
  const started = clock.now()
  const gone = new Set<string>()
  let onGone = (): void => {}
  return {
    letsGuestsIn,
    trusts: ({ key }) => !gone.has(key),
    onKeyGone: (listener) => {
      onGone = listener
    },
    keys: () => null,
    close() {},
    forget(key) {
      gone.add(key)
      onGone()
    },
    async verify(token): Promise<Identity | null> {
      if (token === 'keys away') throw new KeysUnavailable()
      if (token === 'unknown') throw new Error('the issuer does not answer')
      const said = saidBy(token)
      if (said === null) return null
      const expiresAt = started + said.for * 1_000
      if (expiresAt <= clock.now()) return null
      const person = `${TOKEN_BEARER_PREFIX}${said.sub}-${nameKey(said.name)}`
      return {
        person,
        subject: said.sub,
        issuer: 'test',
        tokenId: said.jti ?? null,
        issuedAt: said.iat === undefined ? started : said.iat,
        isAdmin: said.admin === true,
        grants: readGrants(said.rooms),
        claims: said.claims ?? {},
        key: said.key ?? '',
        name: said.name,
        expiresAt,
      }
    },
  }
}

function saidBy(token: string): Said | null {
  try {
    const said = JSON.parse(token) as Said | null
    const isWhole =
      typeof said?.name === 'string' && typeof said.sub === 'string' && Number.isFinite(said.for)
    return isWhole ? said : null
  } catch {
    return null
  }
}

interface Said {
  readonly sub: string
  readonly name: string
  readonly for: number
  readonly iat?: number | null
  readonly jti?: string
  readonly admin?: boolean
  readonly key?: string
  readonly rooms?: object
  readonly claims?: Record<string, string[]>
}
