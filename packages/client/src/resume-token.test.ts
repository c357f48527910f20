import { afterEach, describe, expect, it, vi } from 'vitest'
import { MemoryStorage } from '../testing/harness.ts'
import { ResumeToken, sessionTokens, type TokenStorage } from './resume-token.ts'

const BROKEN: TokenStorage = {
  get: () => {
    throw new Error('forbidden')
  },
  set: () => {
    throw new Error('full')
  },
  remove: () => {
    throw new Error('forbidden')
  },
}

afterEach(() => vi.unstubAllGlobals())

describe('ResumeToken', () => {
  it('lives in memory where there is no storage or a broken one', () => {
    for (const storage of [null, BROKEN]) {
      const token = new ResumeToken(storage, 'key', undefined)
      expect(token.value).toBeNull()
      token.remember('t.1-2_3')
      expect(token.value).toBe('t.1-2_3')
    }
  })

  it('throws away a stored one that no WebSocket would take', () => {
    for (const value of ['a b', 'a,b', '', 'é', 'x'.repeat(1025), 'a\nb']) {
      const storage = new MemoryStorage()
      storage.set('key', value)
      expect({ value, taken: new ResumeToken(storage, 'key', undefined).value }).toEqual({
        value,
        taken: null,
      })
      expect(storage.values.size).toBe(0)
    }
  })

  it('keeps the last good one', () => {
    const token = new ResumeToken(null, 'key', 'good')
    for (const bad of [undefined, '', 'a b']) token.remember(bad)
    expect(token.value).toBe('good')
  })
})

describe('sessionTokens', () => {
  it('uses sessionStorage where it works', () => {
    const values = new Map<string, string>()
    vi.stubGlobal('sessionStorage', {
      getItem: (key: string) => values.get(key) ?? null,
      setItem: (key: string, value: string) => values.set(key, value),
      removeItem: (key: string) => values.delete(key),
    })
    const storage = sessionTokens()
    expect(values.size).toBe(0)
    storage?.set('a', 'b')
    expect(storage?.get('a')).toBe('b')
    storage?.remove('a')
    expect(storage?.get('a')).toBeNull()
  })

  it('is nothing where it is missing or forbidden', () => {
    vi.stubGlobal('sessionStorage', undefined)
    expect(sessionTokens()).toBeNull()
    vi.stubGlobal('sessionStorage', {
      setItem: () => {
        throw new Error('QuotaExceededError')
      },
    })
    expect(sessionTokens()).toBeNull()
  })
})
