/** Every fault run at a small scale; `npm run fault -- NAME` is the full one. */
import { describe, expect, it } from 'vitest'
import { hasBrowser } from '../support/browser.ts'
import { RUNS } from './runs/index.mjs'
import { complaint, resultOf } from './runs/run.mjs'

const SEED = 20_261_125

/** How much longer things may take here than in a full run, which has the machine to itself. */
const SLACK = 10

const SCALES = {
  kill9: 0.03,
  lostack: 0.1,
  offline: 0.02,
  storm: 0.02,
  drain: 0.02,
  slow: 0.1,
  halfopen: 0.1,
  stall: 0.1,
  clock: 0.1,
  lock: 0.1,
  disk: 0.4,
  reload: 0.03,
}

/** What a run needs, where not every machine has it: the right to mount a disk, a browser. */
const NEEDS: Readonly<Record<string, boolean>> = { disk: process.getuid?.() === 0, reload: hasBrowser }

describe('faults', () => {
  it.each(Object.entries(SCALES).filter(([name]) => NEEDS[name] ?? true))(
    '%s loses, doubles and invents nothing',
    async (name, scale) => {
      const outcome = await RUNS[name]?.run({ seed: SEED, scale, mutant: null })
      if (outcome === undefined) throw new Error('no such run')
      expect(resultOf(outcome, SLACK), complaint(outcome)).toBe('pass')
    },
    120_000,
  )

  it('all have a place here', () => {
    expect(Object.keys(SCALES)).toEqual(Object.keys(RUNS))
  })
})
