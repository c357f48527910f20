/** Tokens made by hand, right and wrong, without the library that the server reads them with. */
import { createHmac, generateKeyPairSync, sign } from 'node:crypto'

/** 36 bytes. */
export const SECRET = 'tests sign tokens with this, only so'

const DIGESTS: Readonly<Record<string, string>> = { HS256: 'sha256', HS384: 'sha384', HS512: 'sha512' }

/** A part of a token. Texts are taken as they stand. */
export function part(content: object | string | Uint8Array): string {
  const text =
    typeof content === 'string' || content instanceof Uint8Array ? content : JSON.stringify(content)
  return Buffer.from(text).toString('base64url')
}

/** Signed with HMAC, by the algorithm that the header names where it is one, otherwise by SHA-256. */
export function signed(
  header: object | string,
  payload: object | string,
  secret: string | Uint8Array = SECRET,
): string {
  const body = `${part(header)}.${part(payload)}`
  const alg = typeof header === 'object' && 'alg' in header ? String(header.alg) : ''
  const mac = createHmac(DIGESTS[alg] ?? 'sha256', secret)
    .update(body)
    .digest('base64url')
  return `${body}.${mac}`
}

/** A good one, for an hour unless `claims` says otherwise. `now`: milliseconds since 1970. */
export function tokenOf(claims: object = {}, now = Date.now()): string {
  const at = Math.floor(now / 1_000)
  return signed(
    { alg: 'HS256', typ: 'JWT' },
    { sub: 'u-1', name: 'Ann', iat: at, exp: at + 3_600, ...claims },
  )
}

/** A pair of keys that signs with ES256. Its tokens are as those of `tokenOf`, and name no key without `kid`. */
export function signer(kid?: string) {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return {
    jwk: { ...publicKey.export({ format: 'jwk' }), kid },
    pem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    token(claims: object = {}, now = Date.now()): string {
      const at = Math.floor(now / 1_000)
      const said = { sub: 'u-1', name: 'Ann', iat: at, exp: at + 3_600, ...claims }
      const body = `${part({ alg: 'ES256', kid })}.${part(said)}`
      const signature = sign('sha256', Buffer.from(body), { key: privateKey, dsaEncoding: 'ieee-p1363' })
      return `${body}.${signature.toString('base64url')}`
    },
  }
}

/** A JWK set of theirs. */
export function keySetOf(...signers: readonly { readonly jwk: object }[]): string {
  return JSON.stringify({ keys: signers.map(({ jwk }) => jwk) })
}
