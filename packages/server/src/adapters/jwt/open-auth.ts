import { readFile } from 'node:fs/promises'
import type { Auth } from '../../ports/auth.ts'
import type { Clock } from '../../ports/clock.ts'
import { createJwtAuth } from './jwt-auth.ts'
import type { Logger } from '../../ports/logger.ts'
import { claimsOf, type Rule } from '../../ports/permissions.ts'
import { type Keys, publicKeys, secretKeys } from './keys.ts'
import { RemoteKeys } from './remote-keys.ts'

export interface JwtSettings {
  readonly auth: 'guest' | 'jwt' | 'jwt+guest'
  /** Empty for none. One of this and the next two is there. */
  readonly jwtSecret: string
  /** Path of a file with public keys; empty for none. */
  readonly jwtKey: string
  /** Address of a set of public keys; empty for none. */
  readonly jwtJwks: string
  /** Empty for those that the key is for. */
  readonly jwtAlgorithms: readonly string[]
  readonly jwtAudience: readonly string[]
  readonly jwtIssuer: readonly string[]
  readonly jwtNameClaim: string
  readonly jwtAdminClaim: string
  readonly jwtRoomsClaim: string
  readonly permissions: readonly Rule[]
  readonly jwtLeeway: number
  /** Hours. */
  readonly jwtMaxLifetime: number
}

/** Rejects with an `Error` of one sentence for the operator. */
export async function openAuth(settings: JwtSettings, clock: Clock, logger: Logger): Promise<Auth> {
  const keys = await keysOf(settings, clock, logger)
  const rules = {
    algorithms: settings.jwtAlgorithms.length > 0 ? settings.jwtAlgorithms : keys.algorithms,
    audience: settings.jwtAudience,
    issuer: settings.jwtIssuer,
    nameClaim: settings.jwtNameClaim,
    adminClaim: settings.jwtAdminClaim,
    roomsClaim: settings.jwtRoomsClaim,
    keptClaims: claimsOf(settings.permissions),
    leewayS: settings.jwtLeeway,
    maxLifetimeS: settings.jwtMaxLifetime * 3_600,
    letsGuestsIn: settings.auth === 'jwt+guest',
  }
  return createJwtAuth(keys, rules, clock)
}

async function keysOf(
  { jwtSecret, jwtKey, jwtJwks }: JwtSettings,
  clock: Clock,
  logger: Logger,
): Promise<Keys> {
  if (jwtJwks !== '') return new RemoteKeys({ url: new URL(jwtJwks), clock, logger })
  return jwtKey === '' ? secretKeys(jwtSecret) : keysInFile(jwtKey)
}

async function keysInFile(path: string): Promise<Keys> {
  try {
    return publicKeys(await readFile(path, 'utf8'))
  } catch (error) {
    const why = error instanceof Error && !('code' in error) ? error.message : 'cannot be read'
    throw new Error(`jwt-key: ${path} ${why}.`, { cause: error })
  }
}
