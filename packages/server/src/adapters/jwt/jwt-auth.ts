import { createHash } from 'node:crypto'
import { nameKey } from '@roomful/protocol'
import { errors, type JWTPayload, jwtVerify, type JWTVerifyOptions } from 'jose'
import { type Auth, type Identity, TOKEN_BEARER_PREFIX } from '../../ports/auth.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Keys } from './keys.ts'
import { isWellFormed } from './compact-form.ts'
import { grantsIn, textsOf } from './room-claims.ts'

/** Longest subject or name that is looked at, in UTF-16 units. */
const MAX_CLAIM_LENGTH = 256

/** Characters of a digest that tell subjects apart: 192 bits. */
const DIGEST_LENGTH = 32

/** Keys that one token is tried with at most when it names none. */
export const MAX_KEYS_TRIED = 16

export interface JwtRules {
  /** The only ones that count, whatever a token says; empty for those that the keys are for. */
  readonly algorithms: readonly string[]
  /** One of them must be meant; empty for whatever a token says. */
  readonly audience: readonly string[]
  /** As `audience`. */
  readonly issuer: readonly string[]
  readonly nameClaim: string
  /** Bearers for whom it is `true` are administrators. */
  readonly adminClaim: string
  /** Says what its bearer may do in rooms. */
  readonly roomsClaim: string
  /** Claims that are kept for the rules of the settings. */
  readonly keptClaims: readonly string[]
  /** Seconds by which clocks may differ. */
  readonly leewayS: number
  /** Whether a token must say when it was issued. */
  readonly needsIat: boolean
  /** Seconds that a token may still be good for at most. */
  readonly maxLifetimeS: number
  readonly letsGuestsIn: boolean
}

/** Verifies signed tokens (RFC 7519, RFC 8725) with the key that `keys` finds for a header. */
export function createJwtAuth(keys: Keys, rules: JwtRules, clock: Pick<Clock, 'now'>): Auth {
  return {
    letsGuestsIn: rules.letsGuestsIn,
    async verify(token) {
      if (!isWellFormed(token)) return null
      try {
        const { payload, key } = await verified(token, keys, {
          algorithms: [...(rules.algorithms.length > 0 ? rules.algorithms : keys.algorithms)],
          clockTolerance: rules.leewayS,
          currentDate: new Date(clock.now()),
          requiredClaims: ['exp', 'sub', ...(rules.needsIat ? ['iat'] : [])],
          ...(rules.audience.length > 0 && { audience: [...rules.audience] }),
          ...(rules.issuer.length > 0 && { issuer: [...rules.issuer] }),
        })
        const said = identityOf(payload, rules, clock.now())
        return said && { ...said, key: await keys.idOf(key) }
      } catch (error) {
        if (error instanceof errors.JOSEError) return null
        throw error
      }
    },
    trusts: ({ key }) => keys.has(key),
    onKeyGone: (listener) => keys.onGone(listener),
    keys: () => keys.state(),
    close: () => keys.close(),
  }
}

/** A token that names no key may be of any that its algorithm fits. */
async function verified(token: string, { keyOf }: Keys, options: JWTVerifyOptions) {
  try {
    return await jwtVerify(token, keyOf, options)
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error
    let tried = 0
    for await (const key of error) {
      if (++tried > MAX_KEYS_TRIED) break
      try {
        return { ...(await jwtVerify(token, key, options)), key }
      } catch (reason) {
        if (isOfClaims(reason)) throw reason
      }
    }
    throw error
  }
}

/** They are looked at once the signature is good. */
function isOfClaims(reason: unknown): boolean {
  return reason instanceof errors.JWTClaimValidationFailed || reason instanceof errors.JWTExpired
}

function identityOf(payload: JWTPayload, rules: JwtRules, now: number): Omit<Identity, 'key'> | null {
  const { sub, exp, iat, jti, iss = '' } = payload
  const name = [payload[rules.nameClaim], payload['preferred_username'], sub].find(
    (claim) => claim !== undefined,
  )
  if (!isShort(sub) || !isShort(name) || !isTime(exp) || !(iat === undefined || isTime(iat))) return null
  if (!(jti === undefined || isShort(jti)) || !(iss === '' || isShort(iss))) return null
  // Else a token from the future would outlive each revocation until then.
  if (iat !== undefined && iat > now / 1_000 + rules.leewayS) return null
  if (exp - Math.min(iat ?? Infinity, now / 1_000) > rules.maxLifetimeS) return null
  const grants = grantsIn(payload, rules.roomsClaim)
  if (grants === undefined) return null
  const digest = createHash('sha256')
    .update(JSON.stringify([iss, sub, nameKey(name)]))
    .digest('base64url')
  return {
    person: TOKEN_BEARER_PREFIX + digest.slice(0, DIGEST_LENGTH),
    subject: sub,
    issuer: iss,
    tokenId: jti ?? null,
    issuedAt: iat === undefined ? null : iat * 1_000,
    isAdmin: payload[rules.adminClaim] === true,
    grants,
    claims: textsOf(payload, rules.keptClaims),
    name,
    expiresAt: (exp + rules.leewayS) * 1_000,
  }
}

function isTime(claim: unknown): claim is number {
  return Number.isFinite(claim)
}

function isShort(claim: unknown): claim is string {
  return typeof claim === 'string' && claim !== '' && claim.length <= MAX_CLAIM_LENGTH && claim.isWellFormed()
}
