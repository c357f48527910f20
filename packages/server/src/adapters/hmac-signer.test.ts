import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createHmacSigner } from './hmac-signer.ts'

describe('hmac signer', () => {
  const signer = createHmacSigner(randomBytes(32))

  it('opens what it signed, whatever the text', () => {
    for (const text of ['', 'a', '["id","鍵",1]', '.'.repeat(50)])
      expect(signer.open(signer.sign(text))).toBe(text)
  })

  it('gives a word that is a legal subprotocol', () => {
    expect(signer.sign('["x","y z"]')).toMatch(/^[A-Za-z0-9_.-]+$/)
  })

  it('refuses every change of one bit, another secret, and words of another shape', () => {
    const signed = signer.sign('["alice"]')
    const [body, mac] = signed.split('.') as [string, string]
    const bytes = Buffer.from(mac, 'base64url')
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const forged = Buffer.from(bytes)
      forged[bit >> 3] = (forged[bit >> 3] as number) ^ (1 << (bit & 7))
      expect(signer.open(`${body}.${forged.toString('base64url')}`)).toBeNull()
    }
    expect(createHmacSigner(randomBytes(32)).open(signed)).toBeNull()
    for (const word of ['', '.', 'a', 'a.b', 'a.b.c', `${signed}.x`, body, `.${mac}`])
      expect(signer.open(word)).toBeNull()
  })
})
