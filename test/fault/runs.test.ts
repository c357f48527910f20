import { describe, expect, it } from 'vitest'
import { BUSY, LIMIT_MS, LONG, passes, possible, WAITING } from './reduced.ts'
import { RUNS } from './runs/index.mjs'

describe('faults', () => {
  it.each(possible(BUSY))('%s loses, doubles and invents nothing', passes, LIMIT_MS)

  it('all have a place here', () => {
    expect([...Object.keys({ ...BUSY, ...WAITING }), ...LONG].sort()).toEqual(Object.keys(RUNS).sort())
  })
})
