import { createPublicKey, type KeyObject } from 'node:crypto'
import { calculateJwkThumbprint, createLocalJWKSet, exportJWK } from 'jose'
import type { JSONWebKeySet, JWK, JWTVerifyGetKey } from 'jose'

/** Longest text with keys, in bytes. */
export const MAX_KEYS_BYTES = 262_144

/** Public keys as they were at one time. */
export interface KeySet {
  readonly keyOf: JWTVerifyGetKey
  /** What they are for. */
  readonly algorithms: readonly string[]
  /** Their thumbprints (RFC 7638). */
  readonly ids: ReadonlySet<string>
}

/** For which the keys of a set count whose members do not say it. */
export const SET_ALGORITHMS = ['RS256', 'ES256', 'EdDSA', 'Ed25519']

/** A set of somebody else’s (RFC 7517): what in it is of no use here is left aside. Rejects with an `Error` when it is none, or nothing in it is of use. */
export async function readKeySet(text: string): Promise<KeySet> {
  const keys = listedIn(text)
  if (keys === null) throw new Error('The answer is no set of keys.')
  const set: JSONWebKeySet = { keys: keys.filter(isObject).map((jwk): JWK => ({ ...jwk })) }
  const verifying = set.keys.filter(({ use }) => use === undefined || use === 'sig')
  const ids = await Promise.all(verifying.map((jwk) => calculateJwkThumbprint(jwk).catch(() => '')))
  const usable = new Set(ids.filter((id) => id !== ''))
  // More likely a fault of the issuer’s than meant: everybody would be closed.
  if (usable.size === 0) throw new Error('The set has no key that verifies.')
  return { keyOf: createLocalJWKSet(set), algorithms: SET_ALGORITHMS, ids: usable }
}

/** A public key as PEM (SPKI or certificate), JWK or JWK set. Rejects with an `Error` that says what is wrong with the text, which it does not show. */
export async function readPublicKeys(text: string): Promise<KeySet> {
  const keys = text.trimStart().startsWith('{') ? keysInJson(text) : [pemKey(text)]
  const algorithms = [...new Set(keys.flatMap(({ key }) => algorithmsOf(key)))]
  const ids = new Set(await Promise.all(keys.map(({ key }) => thumbprintOf(key))))
  const [only] = keys
  if (keys.length === 1 && only !== undefined && only.jwk === null)
    return { keyOf: async () => only.key, algorithms, ids }
  const set: JSONWebKeySet = { keys: keys.flatMap(({ jwk }) => (jwk === null ? [] : [jwk])) }
  return { keyOf: createLocalJWKSet(set), algorithms, ids }
}

/** Of a key that `keyOf` found. */
export async function thumbprintOf(key: Parameters<typeof exportJWK>[0]): Promise<string> {
  return calculateJwkThumbprint(await exportJWK(key))
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
  const keys = listedIn(text) ?? [objectIn(text)]
  if (keys.length === 0) throw new Error('holds no key')
  return keys.map((jwk: unknown) => {
    if (!isObject(jwk)) throw new Error('holds something that is no JWK')
    if ('d' in jwk) throw new Error('holds a private key, and only the public one is needed')
    if ('k' in jwk) throw new Error('holds a shared secret, which belongs into jwt-secret')
    try {
      return { key: createPublicKey({ key: { ...jwk }, format: 'jwk' }), jwk: { ...jwk } }
    } catch {
      throw new Error('holds something that is no JWK')
    }
  })
}

/** The members of a set, whatever they are; `null` when the JSON is no set. */
function listedIn(text: string): readonly unknown[] | null {
  const value = objectIn(text)
  return isObject(value) && 'keys' in value && Array.isArray(value.keys) ? value.keys : null
}

function objectIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Error('is neither PEM nor JSON')
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
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
