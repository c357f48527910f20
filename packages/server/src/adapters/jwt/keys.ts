import { createPublicKey, createSecretKey, type KeyObject } from 'node:crypto'
import { createLocalJWKSet, type JSONWebKeySet, type JWK, type JWTVerifyGetKey } from 'jose'

/** Keys to verify with, and the algorithms that they are for unless settings say which. */
export interface Keys {
  readonly keyOf: JWTVerifyGetKey
  /** What `Identity.key` is for a key that `keyOf` found. */
  idOf(key: unknown): Promise<string>
  has(id: string): boolean
  onGone(listener: () => void): void
  close(): void
  readonly algorithms: readonly string[]
}

/** Keys that stay what they are as long as the process lives. */
const FIXED = {
  idOf: async () => '',
  has: () => true,
  onGone() {},
  close() {},
}

export function secretKeys(secret: string): Keys {
  const key = createSecretKey(Buffer.from(secret))
  return { ...FIXED, keyOf: async () => key, algorithms: ['HS256'] }
}

/** A public key as PEM (SPKI or certificate), JWK or JWK set. Throws an `Error` that says what is wrong with the text, which it does not show. */
export function publicKeys(text: string): Keys {
  const keys = text.trimStart().startsWith('{') ? keysInJson(text) : [pemKey(text)]
  const algorithms = [...new Set(keys.flatMap(({ key }) => algorithmsOf(key)))]
  const [only] = keys
  if (keys.length === 1 && only !== undefined && only.jwk === null)
    return { ...FIXED, keyOf: async () => only.key, algorithms }
  const set: JSONWebKeySet = { keys: keys.flatMap(({ jwk }) => (jwk === null ? [] : [jwk])) }
  return { ...FIXED, keyOf: createLocalJWKSet(set), algorithms }
}

interface PublicKey {
  readonly key: KeyObject
  readonly jwk: JWK | null
}

function pemKey(text: string): PublicKey {
  if (text.includes('PRIVATE KEY')) throw new Error('holds a private key, and only the public one is needed')
  try {
    return { key: createPublicKey(text), jwk: null }
  } catch {
    throw new Error('holds no public key as PEM, JWK or JWK set')
  }
}

function keysInJson(text: string): PublicKey[] {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new Error('is neither PEM nor JSON')
  }
  const listed: unknown =
    typeof value === 'object' && value !== null && 'keys' in value ? value.keys : [value]
  if (!Array.isArray(listed) || listed.length === 0) throw new Error('holds no key')
  return listed.map((jwk: unknown) => {
    if (typeof jwk !== 'object' || jwk === null) throw new Error('holds something that is no JWK')
    if ('d' in jwk) throw new Error('holds a private key, and only the public one is needed')
    if ('k' in jwk) throw new Error('holds a shared secret, which belongs into jwt-secret')
    try {
      return { key: createPublicKey({ key: { ...jwk }, format: 'jwk' }), jwk: { ...jwk } }
    } catch {
      throw new Error('holds something that is no JWK')
    }
  })
}

const CURVES: Readonly<Record<string, string>> = {
  prime256v1: 'ES256',
  secp384r1: 'ES384',
  secp521r1: 'ES512',
}

function algorithmsOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string[] {
  if (asymmetricKeyType === 'rsa') return ['RS256']
  if (asymmetricKeyType === 'ed25519') return ['EdDSA', 'Ed25519']
  const algorithm = CURVES[asymmetricKeyDetails?.namedCurve ?? '']
  if (asymmetricKeyType !== 'ec' || algorithm === undefined)
    throw new Error('holds a key that is neither RSA nor Ed25519 nor on the curves P-256, P-384 and P-521')
  return [algorithm]
}
