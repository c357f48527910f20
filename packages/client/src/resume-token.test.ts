import { afterEach, describe, expect, it, vi } from 'vitest'
import { MemoryStorage } from '../testing/harness.ts'
import { ResumeToken, LOCAL_TOKENS, type TokenStorage } from './resume-token.ts'

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

describe('LOCAL_TOKENS', () => {
  it('uses localStorage where it works', () => {
    const values = new Map<string, string>()
    vi.stubGlobal('localStorage', {
      getItem: (key: string) => values.get(key) ?? null,
      setItem: (key: string, value: string) => values.set(key, value),
      removeItem: (key: string) => values.delete(key),
    })
    new ResumeToken(LOCAL_TOKENS, 'key', undefined).remember('good')
    expect([...values]).toEqual([['key', 'good']])
    expect(new ResumeToken(LOCAL_TOKENS, 'key', undefined).value).toBe('good')
    values.set('key', 'no token')
    expect(new ResumeToken(LOCAL_TOKENS, 'key', undefined).value).toBeNull()
    expect(values.size).toBe(0)
  })

  it('costs nothing but the token where it is missing or forbidden', () => {
    const forbidden = (): never => {
      throw new Error('SecurityError')
    }
    for (const storage of [undefined, { getItem: forbidden, setItem: forbidden }]) {
      vi.stubGlobal('localStorage', storage)
      const token = new ResumeToken(LOCAL_TOKENS, 'key', undefined)
      token.remember('good')
      expect(token.value).toBe('good')
    }
  })
})
