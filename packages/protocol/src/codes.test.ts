import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { afterClose, CLOSES, ERRORS } from './codes.ts'
import { MAX_CLOSE_REASON_BYTES } from './limits.ts'

const protocol = readFileSync(new URL('../../../PROTOCOL.md', import.meta.url), 'utf8')

describe('codes', () => {
  it('every close code stands in PROTOCOL.md, and every one there is ours', () => {
    const table = protocol.slice(
      protocol.indexOf('| Code | Close |'),
      protocol.indexOf('4000-4499: come back'),
    )
    const documented = new Set(table.match(/\b[14]\d{3}\b/g)?.map(Number))
    expect(documented).toEqual(new Set(Object.values(CLOSES).map(({ code }) => code)))
  })

  it('a close reason fits into a close frame', () => {
    for (const { reason } of Object.values(CLOSES))
      expect(Buffer.byteLength(reason)).toBeLessThanOrEqual(MAX_CLOSE_REASON_BYTES)
  })

  it('1008 has two meanings, told apart by the literal reason', () => {
    const of1008 = Object.values(CLOSES).filter(({ code }) => code === 1008)
    expect(of1008.map(({ reason }) => reason)).toEqual(['Server is full', 'Unauthorized'])
    expect(afterClose(1008, 'Server is full')).toBe('retry')
    expect(afterClose(1008, 'Unauthorized')).toBe('stop')
    expect(afterClose(1008, '')).toBe('stop')
  })

  it('4000-4499 come back, 4500-4999 do not, and a cut connection comes back', () => {
    for (const code of [1001, 1005, 1006, 1011, 1012, 1013, 4000, 4009, 4499])
      expect([code, afterClose(code, '')]).toEqual([code, 'retry'])
    for (const code of [1000, 4500, 4501, 4509, 4999])
      expect([code, afterClose(code, '')]).toEqual([code, 'stop'])
  })

  it('what may be retried has a status that says so', () => {
    for (const [code, { status }] of Object.entries(ERRORS))
      expect([code, status >= 400 && status < 600]).toEqual([code, true] satisfies [string, boolean])
    expect(
      Object.entries(ERRORS)
        .filter(([, { retryable }]) => retryable)
        .map(([code]) => code),
    ).toContain('unavailable')
  })
})
