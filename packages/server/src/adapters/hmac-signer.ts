import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Signer } from '../ports/signer.ts'

/** Enough that no two texts of ten thousand have the same by chance. */
const FINGERPRINT_BYTES = 16

/** Signs with HMAC-SHA-256 (RFC 2104). `secret` is at least 32 bytes. The signed word is `base64url(text).base64url(mac)`. */
export function createHmacSigner(secret: Uint8Array): Signer {
  const mac = (body: string) => createHmac('sha256', secret).update(body).digest()
  return {
    sign(text) {
      const body = Buffer.from(text).toString('base64url')
      return `${body}.${mac(body).toString('base64url')}`
    },
    // No body of a signed word begins so.
    fingerprint: (text) => mac(`\0${text}`).subarray(0, FINGERPRINT_BYTES).toString('base64url'),
    open(signed) {
      const [body, signature, ...rest] = signed.split('.')
      if (body === undefined || signature === undefined || rest.length > 0) return null
      const given = Buffer.from(signature, 'base64url')
      const expected = mac(body)
      if (given.length !== expected.length || !timingSafeEqual(given, expected)) return null
      return Buffer.from(body, 'base64url').toString()
    },
  }
}
