// The load generator of `pair.mjs`: a process of its own, told by its parent what to do, that answers with what it measured.
import { runPair } from '../generator/pair.mjs'

/** @param {object} message */
const answer = (message) => process.send?.(message, () => process.exit(0))

// Whoever asked is gone: nobody wants to know any more.
process.once('disconnect', () => process.exit(1))

process.once('message', (/** @type {import('../generator/pair.mjs').PairPlan} */ plan) => {
  runPair(plan).then(
    (result) => answer({ result }),
    (/** @type {unknown} */ error) =>
      answer({ error: error instanceof Error ? error.message : String(error) }),
  )
})
