/** `roomful token`. */
import { checkUsername } from '@roomful/protocol'
import type { TokenFlags } from './config/argv.ts'
import { SettingsError, source } from './config/error.ts'
import type { Settings } from './config/settings.ts'
import { ACTIONS, type Grants, readGrants } from './ports/grants.ts'

/** Where nothing is allowed. */
const NOTHING = 'none'

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 }

/** A token for development and a line feed. Rejects with a `SettingsError` when the server would not let its bearer in. */
export async function printedToken(
  { name, sub, expires = '1h', admin, may = [] }: TokenFlags,
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
  const rooms = roomsIn(may)
  const [{ mint }, { MAX_TOKEN_LENGTH }] = await Promise.all([
    import('./adapters/jwt/mint.ts'),
    import('./adapters/jwt/compact-form.ts'),
  ])
  const claims = {
    sub: sub ?? name,
    [settings.jwtNameClaim]: name,
    ...(admin && { [settings.jwtAdminClaim]: true }),
    ...(rooms && { [settings.jwtRoomsClaim]: { rooms } }),
    ...(jwtIssuer[0] !== undefined && { iss: jwtIssuer[0] }),
    ...(jwtAudience[0] !== undefined && { aud: jwtAudience[0] }),
  }
  const at = Math.floor(Date.now() / 1_000)
  const token = await mint(claims, {
    secret: jwtSecret,
    algorithm: jwtAlgorithms[0] ?? 'HS256',
    at,
    lifetime,
  })
  if (token.length > MAX_TOKEN_LENGTH)
    return refuse('may', `this would be too long for a token: ${MAX_TOKEN_LENGTH} characters at most`)
  return `${token}\n`
}

/** PE2. `null` when nothing is said of rooms. */
function roomsIn(may: readonly string[]): Grants | null {
  if (may.length === 0) return null
  const said = may.map((text) => {
    const mark = text.indexOf('=')
    const actions = text.slice(mark + 1)
    return [text.slice(0, Math.max(mark, 0)), actions === NOTHING ? [] : actions.split(',')] as const
  })
  const rooms = readGrants(Object.fromEntries(said))
  if (rooms === null || Object.keys(rooms).length < said.length)
    return refuse(
      'may',
      `expected rooms, each once, and what is allowed there (${ACTIONS.join(', ')} or ${NOTHING}): --may 'class-*=join,read'`,
    )
  return rooms
}

function secondsOf(text: string): number | null {
  const [, number, unit] = /^(\d{1,9})([smhd])$/.exec(text) ?? []
  const seconds = Number(number) * (UNITS[unit ?? ''] ?? 0)
  return seconds > 0 ? seconds : null
}

function refuse(setting: string, what: string): never {
  throw new SettingsError(setting, source.argv, `token: ${what}.`)
}
