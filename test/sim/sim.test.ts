import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { runSeeds } from './batch.ts'
import { EVENTS } from './coverage.ts'
import { keptPlans } from './kept-plans.ts'
import { MUTANTS } from './mutants.ts'
import { planOf } from './plan.ts'
import { simulate } from './verdict.ts'

/** Runs of each kind in `npm test`; `npm run test:torture` has many more. */
const SEEDS = 120

/** Runs within which each mutant must be found. */
const MUTANT_SEEDS = 30

const KEPT = fileURLToPath(new URL('kept', import.meta.url))

/** Events that are too rare for this many runs. */
const RARE = new Set(['close 4010'])

describe('the real core and the real SDK on virtual sockets, clock, store and chance', () => {
  it(`${SEEDS} seeds run without a violation, and what was meant to happen happened`, async () => {
    const { failures, unknown, coverage } = await runSeeds({ from: 1, seeds: SEEDS })
    expect(failures.map(({ plan, examples }) => ({ seed: plan.seed, examples }))).toEqual([])
    expect(unknown).toEqual([])
    expect(EVENTS.filter((event) => !RARE.has(event) && !coverage.counts.has(event))).toEqual([])
  }, 300_000)

  it('runs the same way twice', async () => {
    const traces: string[][] = [[], []]
    for (const trace of traces) await simulate(planOf(7), {}, (line) => trace.push(line))
    expect(traces[0]?.length).toBeGreaterThan(500)
    expect(traces[0]).toEqual(traces[1])
  })
})

describe('plans that once failed pass', () => {
  it.each(keptPlans(KEPT))('$name: $plan.found', async ({ plan }) => {
    const { verdict, examples } = await simulate(plan)
    expect(examples).toEqual([])
    expect(verdict).toBe('pass')
  })
})

describe('a fault that is built in is found', () => {
  it.each(Object.keys(MUTANTS))('%s', async (mutant) => {
    const { failures } = await runSeeds({ from: 1, seeds: MUTANT_SEEDS, mutant })
    expect(failures).toHaveLength(1)
  })
})
