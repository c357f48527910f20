/** `roomful token`. */
import { checkUsername } from '@roomful/protocol'
import type { TokenFlags } from './config/argv.ts'
import { SettingsError, source } from './config/error.ts'
import type { Settings } from './config/settings.ts'

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 }

/** A token for development and a line feed. Rejects with a `SettingsError` when the server would not let its bearer in. */
export async function printedToken(
  { name, sub, expires = '1h', admin }: TokenFlags,
  settings: Settings,
): Promise<string> {
  const { jwtSecret, jwtAlgorithms, jwtAudience, jwtIssuer, jwtMaxLifetime } = settings
  if (jwtSecret === '')
    refuse('jwt-secret', 'only tokens by a shared secret can be made here: give it in ROOMFUL_JWT_SECRET')
  if (name === undefined || !checkUsername(name).ok)
    return refuse('name', 'expected a name that the server takes: roomful token --name Ann')
  const lifetime = secondsOf(expires)
  if (lifetime === null || lifetime > jwtMaxLifetime * 3_600)
    return refuse(
      'expires',
      `expected a time such as 90s, 30m, 12h or 7d, of ${jwtMaxLifetime} hours at most`,
    )
  const { mint } = await import('./adapters/jwt/mint.ts')
  const claims = {
    sub: sub ?? name,
    [settings.jwtNameClaim]: name,
    ...(admin && { [settings.jwtAdminClaim]: true }),
    ...(jwtIssuer[0] !== undefined && { iss: jwtIssuer[0] }),
    ...(jwtAudience[0] !== undefined && { aud: jwtAudience[0] }),
  }
  const at = Math.floor(Date.now() / 1_000)
  return `${await mint(claims, { secret: jwtSecret, algorithm: jwtAlgorithms[0] ?? 'HS256', at, lifetime })}\n`
}

function secondsOf(text: string): number | null {
  const [, number, unit] = /^(\d{1,9})([smhd])$/.exec(text) ?? []
  const seconds = Number(number) * (UNITS[unit ?? ''] ?? 0)
  return seconds > 0 ? seconds : null
}

function refuse(setting: string, what: string): never {
  throw new SettingsError(setting, source.argv, `token: ${what}.`)
}
