import { afterEach, describe, expect, it, vi } from 'vitest'
import { newClientId } from './client-id.ts'

afterEach(() => vi.unstubAllGlobals())

describe('newClientId', () => {
  it('is a UUID, also on a page without randomUUID', () => {
    const random = (bytes: Uint8Array<ArrayBuffer>): Uint8Array => globalCrypto.getRandomValues(bytes)
    const globalCrypto = crypto
    const ids = [newClientId()]
    vi.stubGlobal('crypto', { getRandomValues: random })
    for (let i = 0; i < 200; i++) ids.push(newClientId())
    for (const id of ids)
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(new Set(ids).size).toBe(ids.length)
  })
})
