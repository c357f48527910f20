import { describe, it } from 'vitest'
import { LIMIT_MS, passes, possible, WAITING } from './reduced.ts'

describe.concurrent('faults that take their time', () => {
  it.each(possible(WAITING))('%s loses, doubles and invents nothing', passes, LIMIT_MS)
})
