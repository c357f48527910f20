import { nameKey } from '@roomful/protocol'
import { type Auth, type Identity, TOKEN_BEARER_PREFIX } from '../src/ports/auth.ts'

/** A token of `fakeAuth`: what it says, in the clear. `for`: seconds for which it holds. */
export function fakeToken(claims: { sub: string; name: string; for?: number }): string {
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
      const said = JSON.parse(token) as { sub: string; name: string; for: number }
      const expiresAt = started + said.for * 1_000
      if (expiresAt <= clock.now()) return null
      const person = `${TOKEN_BEARER_PREFIX}${said.sub}-${nameKey(said.name)}`
      return { person, name: said.name, expiresAt }
    },
  }
}
