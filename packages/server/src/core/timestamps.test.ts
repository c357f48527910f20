import { describe, expect, it } from 'vitest'
import { timestampOr } from './timestamps.ts'

describe('timestamps', () => {
  const now = Date.UTC(2026, 0, 2, 3, 4, 5)

  it('MS5: relays a valid RFC 3339 time to the letter', () => {
    for (const time of [
      '2024-01-01T12:00:00Z',
      '2024-02-29T23:59:60+08:00',
      '1999-12-31T00:00:00.123456789-00:00',
      '2024-01-01t12:00:00z',
    ])
      expect(timestampOr(time, now)).toBe(time)
  })

  it('MS5: takes the server’s own time in UTC for everything else', () => {
    const bad = [
      undefined,
      null,
      0,
      {},
      '',
      'now',
      '2024-01-01',
      '2024-01-01T12:00:00',
      '2024-13-01T00:00:00Z',
      '2024-01-01T25:00:00Z',
    ]
    for (const time of bad) expect(timestampOr(time, now)).toBe('2026-01-02T03:04:05.000Z')
  })
})
