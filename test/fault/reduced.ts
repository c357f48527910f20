/** The fault runs in the small, as `npm test` has them; `npm run fault -- NAME` is the full one. */
import { expect } from 'vitest'
import { HAS } from '../../packages/server/testing/brokers.mjs'
import { pathOfProgram } from '../../packages/server/testing/daemon.mjs'
import { hasBrowser } from '../support/browser.ts'
import { RUNS } from './runs/index.mjs'
import { complaint, resultOf } from './runs/run.mjs'

const SEED = 20_261_125

/** Runs that keep the machine busy. */
export const BUSY = {
  kill9: 0.03,
  lostack: 0.1,
  drain: 0.02,
  slow: 0.1,
  disk: 0.4,
  reload: 0.03,
  order: 0.02,
}

/** Runs that mostly wait, so that they can do so together. */
export const WAITING = {
  offline: 0.02,
  storm: 0.02,
  halfopen: 0.1,
  stall: 0.1,
  clock: 0.1,
  lock: 0.1,
  churn: 0.002,
  node: 0.1,
  broker: 0.1,
  names: 0.02,
  database: 0.1,
}

/** Runs whose faults last longer than `npm test` may: `npm run fault` has them. */
export const LONG = ['flood', 'hints', 'partition', 'proxy', 'rolling']

/** Milliseconds for each of them, beside others on a slow machine. */
export const LIMIT_MS = 420_000

/** What a run needs, where not every machine has it: the right to mount a disk, a browser. */
const NEEDS: Readonly<Record<string, boolean>> = {
  disk: process.getuid?.() === 0,
  reload: hasBrowser,
  order: HAS.redis,
  node: HAS.redis && pathOfProgram('nginx') !== null,
  broker: HAS.redis,
  names: HAS.redis,
  database: HAS.redis,
}

/** Those that this machine can do. */
export const possible = (scales: Readonly<Record<string, number>>): [string, number][] =>
  Object.entries(scales).filter(([name]) => NEEDS[name] ?? true)

/** Fails unless the run passes. How long things took decides nothing: that is for a machine which does nothing else. */
export async function passes(name: string, scale: number): Promise<void> {
  const outcome = await RUNS[name]?.run({ seed: SEED, scale, bus: 'redis', mutant: null })
  if (outcome === undefined) throw new Error('no such run')
  expect(resultOf(outcome, { timed: false }), complaint(outcome)).toBe('pass')
}
