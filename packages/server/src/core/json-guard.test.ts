import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { guardJson } from './json-guard.ts'

describe('json guard', () => {
  it('ER4: finds what is nested deeper than four levels, wherever it lies', () => {
    expect(guardJson('{"a":[[{"b":1}]]}')).toBeNull()
    expect(guardJson('{"a":[[{"b":[]}]]}')).toBe('deep')
    expect(guardJson('['.repeat(32_000))).toBe('deep')
    expect(guardJson(`{"message":"hi","x":${'['.repeat(5)}${']'.repeat(5)}}`)).toBe('deep')
  })

  it('ER4: finds a key that comes twice, also when it is spelled with escapes', () => {
    expect(guardJson('{"message":"a","message":"b"}')).toBe('duplicate')
    expect(guardJson('{"message":"a","\\u006dessage":"b"}')).toBe('duplicate')
    expect(guardJson('{"__proto__":1,"__proto__":2}')).toBe('duplicate')
    expect(guardJson('{"a":1, "b" : 2 , "a"\t:3}')).toBe('duplicate')
  })

  it('does not mistake text for structure', () => {
    expect(guardJson('{"message":"{[{[{[{[ \\" \\\\","b":":"}')).toBeNull()
    expect(guardJson('{"a":"b","b":"a","c":"a"}')).toBeNull()
    expect(guardJson('{"a":{"x":1},"b":{"x":1}}')).toBeNull()
    expect(guardJson('["a","a"]')).toBeNull()
    expect(guardJson('"unclosed')).toBeNull()
    expect(guardJson('')).toBeNull()
  })

  it('passes every flat object that JSON.stringify makes', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer(), fc.constant(null)), { maxKeys: 20 }),
        (o) => {
          expect(guardJson(JSON.stringify(o))).toBeNull()
        },
      ),
    )
  })

  it('finds every planted repetition of a key', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1, maxLength: 10 }), fc.nat(), (keys, pick) => {
        const names = [...new Set(keys)]
        const again = names[pick % names.length] as string
        const text = `{${[...names, again].map((name) => `${JSON.stringify(name)}:1`).join(',')}}`
        expect(guardJson(text)).toBe('duplicate')
      }),
    )
  })

  it('looks over 64 KiB of the worst input in a bounded time', () => {
    for (const worst of [
      `{"a":"${'\\'.repeat(65_000)}"}`,
      `"${'\\"'.repeat(32_000)}`,
      '{'.repeat(65_536),
      ':'.repeat(65_536),
    ]) {
      // The shortest of some runs: in a single one the machine may have had others to serve.
      const took = Array.from({ length: 5 }, () => {
        const start = performance.now()
        guardJson(worst)
        return performance.now() - start
      })
      expect(Math.min(...took)).toBeLessThan(500)
    }
  })
})
