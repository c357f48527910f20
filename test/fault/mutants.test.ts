/** The checker against the real server with a fault: the very run that passes without it must find it. */
import { describe, expect, it } from 'vitest'
import { MUTANTS } from './mutants/names.mjs'
import { LIMIT_MS } from './reduced.ts'
import { RUNS } from './runs/index.mjs'

const SEED = 7

describe.concurrent('a server that lies is caught', () => {
  it.each(Object.entries(MUTANTS))(
    '%s: its fault is found',
    async (mutant, { found, run, scale }) => {
      const outcome = await RUNS[run]?.run({ seed: SEED, scale, bus: 'redis', mutant })
      if (outcome === undefined) throw new Error('no such run')
      const { verdict, counts, examples } = outcome.verdict
      expect(verdict).toBe('fail')
      const total = Object.entries(counts).reduce(
        (sum, [fault, count]) => sum + (found.includes(fault) ? count : 0),
        0,
      )
      expect(total, examples.join('\n')).toBeGreaterThan(0)
    },
    LIMIT_MS,
  )
})
