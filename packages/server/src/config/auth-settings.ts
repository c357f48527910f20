/** The settings of who is let in (PROTOCOL.md, AU1-AU9), as `settings.ts` describes all of them. */
import { Type } from 'typebox'
import { SettingsError } from './error.ts'
import { isSecureAddress } from './secure-address.ts'

/** Bytes that a shared secret needs at least (RFC 7518 section 3.2). */
const SECRET_BYTES: Readonly<Record<string, number>> = { HS256: 32, HS384: 48, HS512: 64 }

const ALGORITHMS = [
  ...Object.keys(SECRET_BYTES),
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
]

const Names = Type.String({ minLength: 1, maxLength: 1_024 })

export const AUTH_SETTINGS = {
  auth: Type.Union([Type.Literal('guest'), Type.Literal('jwt'), Type.Literal('jwt+guest')], {
    default: 'guest',
    description:
      'Who is let in: everybody under a name of their choice (guest), bearers of a JSON Web Token under the name in it (jwt), or both (jwt+guest).',
  }),
  jwtSecret: Type.String({
    default: '',
    maxLength: 4_096,
    expected: 'a text of at least 32 bytes',
    description:
      'Shared secret by which tokens are signed (HS256 unless jwt-algorithms says otherwise), best in ROOMFUL_JWT_SECRET or a file: flags are seen by other users of the machine.',
  }),
  jwtKey: Type.String({
    default: '',
    expected: 'a file',
    description:
      'File with the public key by which tokens are verified: PEM, JWK or JWK set, read again every 2 s. Instead of jwt-secret.',
  }),
  jwtJwks: Type.Refine(
    Type.String({
      default: '',
      expected: 'an https address (http on this machine only)',
      description:
        'Address of the JSON Web Key Set of whoever signs the tokens, fetched again every jwt-jwks-interval and when a token names a key that is not in it. Instead of jwt-secret; jwt-issuer or jwt-audience must be given.',
    }),
    (text) => text === '' || isSecureAddress(text),
  ),
  jwtJwksInterval: Type.Number({
    default: 3,
    minimum: 0.1,
    maximum: 3_600,
    unit: 's',
    description:
      'Time between two looks at jwt-jwks, which ask for what is newer only. With more than 4, sockets of a key that is gone may stay for more than 5 s.',
  }),
  jwtAlgorithms: Type.Array(Type.Union(ALGORITHMS.map((name) => Type.Literal(name))), {
    default: [],
    maxItems: ALGORITHMS.length,
    expected: `algorithms such as RS256 or ES256 (${ALGORITHMS.join(', ')})`,
    description:
      'Algorithms that tokens may be signed with, whatever a token says. none: the one that the key is for.',
  }),
  jwtAudience: Type.Array(Names, {
    default: [],
    maxItems: 100,
    expected: 'texts',
    description: 'A token must be for one of these (aud). none: aud is not looked at.',
  }),
  jwtIssuer: Type.Array(Names, {
    default: [],
    maxItems: 100,
    expected: 'texts',
    description: 'A token must be from one of these (iss). none: iss is not looked at.',
  }),
  jwtNameClaim: Type.String({
    default: 'name',
    minLength: 1,
    maxLength: 256,
    expected: 'the name of a claim',
    description:
      'Claim that says under which name somebody is here. Without it preferred_username counts, then sub.',
  }),
  jwtAdminClaim: Type.String({
    default: 'roomful_admin',
    minLength: 1,
    maxLength: 256,
    expected: 'the name of a claim',
    description: 'Claim that makes a bearer an administrator where it is true.',
  }),
  jwtRoomsClaim: Type.String({
    default: 'roomful',
    minLength: 1,
    maxLength: 256,
    expected: 'the name of a claim',
    description:
      'Claim that says what a bearer may do in which rooms, as {"rooms":{"class-*":["join","read","write"]}}. Without it permissions decides.',
  }),
  jwtInQuery: Type.Union([Type.Literal('off'), Type.Literal('on')], {
    default: 'off',
    description:
      'Whether a token is taken from the address of an upgrade too (?token=), for clients that can show it nowhere else. Addresses stand in logs of proxies and in histories of browsers: a ticket is shown once only (POST /api/v1/tickets).',
  }),
  jwtIat: Type.Union([Type.Literal('optional'), Type.Literal('required')], {
    default: 'optional',
    description:
      'Whether a token must say when it was issued (iat). One that does not counts as issued before every revocation, and what an administrator revokes for more than one token that was shown is kept for ever then, for at most 50,000 in all. Set it to required where whoever signs writes iat.',
  }),
  jwtLeeway: Type.Number({
    default: 5,
    minimum: 0,
    maximum: 120,
    unit: 's',
    description: 'By how much the clock of whoever signs may differ.',
  }),
  jwtMaxLifetime: Type.Number({
    default: 720,
    minimum: 0.01,
    maximum: 87_600,
    unit: 'hours',
    description:
      'Longest time for which a token may hold, from its issue (iat) or now, whichever was first; one for longer is refused. So long a revocation is kept (but see jwt-iat).',
  }),
} as const

interface AuthSettings {
  readonly auth: 'guest' | 'jwt' | 'jwt+guest'
  readonly names: 'exclusive' | 'shared'
  readonly jwtSecret: string
  readonly jwtKey: string
  readonly jwtJwks: string
  readonly jwtAlgorithms: readonly string[]
  readonly jwtAudience: readonly string[]
  readonly jwtIssuer: readonly string[]
}

/** By what tokens are verified: one of these. */
const KEYS = { jwtSecret: 'jwt-secret', jwtKey: 'jwt-key', jwtJwks: 'jwt-jwks' } as const

/** Throws `SettingsError` for what would let the wrong people in, or nobody. `from` says where a setting was found. */
export function refuseUnsafeAuth(settings: AuthSettings, from: (key: keyof AuthSettings) => string): void {
  const { auth, names, jwtSecret, jwtJwks, jwtAlgorithms, jwtAudience, jwtIssuer } = settings
  const refuse = (name: string, key: keyof AuthSettings, what: string): never => {
    throw new SettingsError(name, from(key), `${name} (${from(key)}): ${what}.`)
  }
  const [given, second] = (['jwtSecret', 'jwtKey', 'jwtJwks'] as const).filter((key) => settings[key] !== '')
  if (auth === 'guest') {
    if (given !== undefined) refuse(KEYS[given], given, 'it does nothing without auth jwt or jwt+guest')
    return
  }
  if (given === undefined)
    return refuse(
      'auth',
      'auth',
      `${auth} needs a key to verify tokens with: give jwt-secret, jwt-key or jwt-jwks`,
    )
  if (second !== undefined)
    refuse(
      KEYS[second],
      second,
      `tokens are verified by this or by ${KEYS[given]} (${from(given)}), not both`,
    )
  if (names === 'shared')
    refuse(
      'names',
      'names',
      `shared lets people speak under each other's names: leave it out with auth ${auth}`,
    )
  if (jwtJwks !== '' && jwtAudience.length + jwtIssuer.length === 0)
    refuse(
      'jwt-jwks',
      'jwtJwks',
      'whoever signs for many lets all of them in here: give jwt-audience or jwt-issuer',
    )
  const wrong = jwtAlgorithms.find((name) => Object.hasOwn(SECRET_BYTES, name) !== (jwtSecret !== ''))
  if (wrong !== undefined) {
    const kind = jwtSecret === '' ? 'a public key' : 'a shared secret'
    refuse('jwt-algorithms', 'jwtAlgorithms', `${wrong} is not for ${kind}`)
  }
  if (jwtSecret !== '')
    refuseShortSecret(jwtSecret, jwtAlgorithms, (what) => refuse('jwt-secret', 'jwtSecret', what))
}

function refuseShortSecret(
  secret: string,
  algorithms: readonly string[],
  refuse: (what: string) => never,
): void {
  const needed = Math.max(32, ...algorithms.map((name) => SECRET_BYTES[name] ?? 0))
  if (Buffer.byteLength(secret) < needed)
    refuse(
      `it is too short to be safe: ${needed} random bytes at least, as openssl rand -base64 48 makes them`,
    )
}
