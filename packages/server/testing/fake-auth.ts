import { nameKey } from '@roomful/protocol'
import { type Auth, type Identity, TOKEN_BEARER_PREFIX } from '../src/ports/auth.ts'

/** A token of `fakeAuth`: what it says, in the clear. `for`: seconds for which it holds; `iat`: milliseconds since 1970. */
export function fakeToken(claims: {
  sub: string
  name: string
  for?: number
  iat?: number
  jti?: string
  admin?: boolean
}): string {
  return JSON.stringify({ for: 3_600, ...claims })
}

/** Believes every token that `fakeToken` made, as long as it holds. The text `unknown` cannot be judged. */
export function fakeAuth(clock: { now(): number }, letsGuestsIn = false): Auth {
  const started = clock.now()
  return {
    letsGuestsIn,
    async verify(token): Promise<Identity | null> {
      if (token === 'unknown') throw new Error('the issuer does not answer')
      if (!token.startsWith('{')) return null
      const said = JSON.parse(token) as Said
      const expiresAt = started + said.for * 1_000
      if (expiresAt <= clock.now()) return null
      const person = `${TOKEN_BEARER_PREFIX}${said.sub}-${nameKey(said.name)}`
      return {
        person,
        subject: said.sub,
        issuer: 'test',
        tokenId: said.jti ?? null,
        issuedAt: said.iat ?? started,
        isAdmin: said.admin === true,
        name: said.name,
        expiresAt,
      }
    },
  }
}

interface Said {
  readonly sub: string
  readonly name: string
  readonly for: number
  readonly iat?: number
  readonly jti?: string
  readonly admin?: boolean
}
