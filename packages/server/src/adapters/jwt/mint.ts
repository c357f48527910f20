import { randomUUID } from 'node:crypto'
import { type JWTPayload, SignJWT } from 'jose'

/** Signs with a shared secret. Times are seconds, `at` since 1970. */
export function mint(
  claims: JWTPayload,
  how: {
    readonly secret: string
    readonly algorithm: string
    readonly at: number
    readonly lifetime: number
  },
): Promise<string> {
  return new SignJWT(claims)
    .setProtectedHeader({ alg: how.algorithm, typ: 'JWT' })
    .setJti(randomUUID())
    .setIssuedAt(how.at)
    .setExpirationTime(how.at + how.lifetime)
    .sign(Buffer.from(how.secret))
}
