import type { Auth } from '../../ports/auth.ts'
import type { Clock } from '../../ports/clock.ts'
import { createJwtAuth } from './jwt-auth.ts'
import type { Logger } from '../../ports/logger.ts'
import { claimsOf, type Rule } from '../../ports/permissions.ts'
import { readKeySet, readPublicKeys } from './key-set.ts'
import { keysAtAddress, keysInFile } from './key-sources.ts'
import { type Keys, secretKeys } from './keys.ts'
import { WatchedKeys } from './watched-keys.ts'

/** Milliseconds between two looks at a file with keys. */
const FILE_LOOK_MS = 2_000

export interface JwtSettings {
  readonly auth: 'guest' | 'jwt' | 'jwt+guest'
  /** Empty for none. One of this and the next two is there. */
  readonly jwtSecret: string
  /** Path of a file with public keys; empty for none. */
  readonly jwtKey: string
  /** Address of a set of public keys; empty for none. */
  readonly jwtJwks: string
  /** Seconds between two looks at it. */
  readonly jwtJwksInterval: number
  /** Empty for those that the key is for. */
  readonly jwtAlgorithms: readonly string[]
  readonly jwtAudience: readonly string[]
  readonly jwtIssuer: readonly string[]
  readonly jwtNameClaim: string
  readonly jwtAdminClaim: string
  readonly jwtRoomsClaim: string
  readonly permissions: readonly Rule[]
  readonly jwtIat: 'optional' | 'required'
  readonly jwtLeeway: number
  /** Hours. */
  readonly jwtMaxLifetime: number
}

/** Rejects with an `Error` of one sentence for the operator. */
export async function openAuth(settings: JwtSettings, clock: Clock, logger: Logger): Promise<Auth> {
  const keys = await keysOf(settings, clock, logger)
  const rules = {
    algorithms: settings.jwtAlgorithms,
    audience: settings.jwtAudience,
    issuer: settings.jwtIssuer,
    nameClaim: settings.jwtNameClaim,
    adminClaim: settings.jwtAdminClaim,
    roomsClaim: settings.jwtRoomsClaim,
    keptClaims: claimsOf(settings.permissions),
    needsIat: settings.jwtIat === 'required',
    leewayS: settings.jwtLeeway,
    maxLifetimeS: settings.jwtMaxLifetime * 3_600,
    letsGuestsIn: settings.auth === 'jwt+guest',
  }
  return createJwtAuth(keys, rules, clock)
}

async function keysOf(
  { jwtSecret, jwtKey, jwtJwks, jwtJwksInterval }: JwtSettings,
  clock: Clock,
  logger: Logger,
): Promise<Keys> {
  if (jwtJwks !== '') {
    const source = keysAtAddress(new URL(jwtJwks))
    const keys = new WatchedKeys({
      source,
      read: readKeySet,
      everyMs: jwtJwksInterval * 1_000,
      clock,
      logger,
    })
    // Until it is known, nobody is judged.
    void keys.begin().catch(() => {})
    return keys
  }
  return jwtKey === '' ? secretKeys(jwtSecret) : keysIn(jwtKey, clock, logger)
}

async function keysIn(path: string, clock: Clock, logger: Logger): Promise<Keys> {
  const source = keysInFile(path)
  const keys = new WatchedKeys({ source, read: readPublicKeys, everyMs: FILE_LOOK_MS, clock, logger })
  try {
    await keys.begin()
    return keys
  } catch (error) {
    keys.close()
    const why = error instanceof Error && !('code' in error) ? error.message : 'cannot be read'
    throw new Error(`jwt-key: ${path} ${why}.`, { cause: error })
  }
}
