// The load generator: a process of its own, told by its parent what to do, that answers with what it measured.
import { runIdle } from './generator/idle.mjs'
import { runLoad } from './generator/load.mjs'
import { runPair } from './generator/pair.mjs'
import { runSlow } from './generator/slow.mjs'
import { runStorm } from './generator/storm.mjs'

/** @typedef {import('./generator/load.mjs').LoadPlan} LoadPlan */
/** @typedef {import('./generator/idle.mjs').IdlePlan} IdlePlan */
/** @typedef {import('./generator/storm.mjs').StormPlan} StormPlan */
/** @typedef {import('./generator/slow.mjs').SlowPlan} SlowPlan */
/** @typedef {import('./generator/pair.mjs').PairPlan} PairPlan */
/** @typedef {LoadPlan | IdlePlan | StormPlan | SlowPlan | PairPlan} Plan */

/** @typedef {import('./generator/load.mjs').LoadResult} LoadResult */
/** @typedef {import('./generator/idle.mjs').IdleResult} IdleResult */
/** @typedef {import('./generator/storm.mjs').StormResult} StormResult */
/** @typedef {import('./generator/slow.mjs').SlowResult} SlowResult */
/** @typedef {import('./generator/pair.mjs').PairResult} PairResult */
/** @typedef {LoadResult | IdleResult | StormResult | SlowResult | PairResult} Result */
/** @typedef {{ result: Result } | { error: string }} Answer */

/** @param {Plan} plan */
function run(plan) {
  switch (plan.kind) {
    case 'load':
      return runLoad(plan)
    case 'idle':
      return runIdle(plan)
    case 'storm':
      return runStorm(plan)
    case 'slow':
      return runSlow(plan)
    case 'pair':
      return runPair(plan)
  }
}

/** @param {Answer} message */
const answer = (message) => process.send?.(message, () => process.exit(0))

// Whoever asked is gone: nobody wants to know any more.
process.once('disconnect', () => process.exit(1))

process.once('message', (/** @type {Plan} */ plan) => {
  run(plan).then(
    (result) => answer({ result }),
    (/** @type {unknown} */ error) =>
      answer({ error: error instanceof Error ? error.message : String(error) }),
  )
})
