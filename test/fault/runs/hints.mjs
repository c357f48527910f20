import { Cluster } from '../harness/cluster.mjs'
import { quantile, sleep, until } from '../harness/wait.mjs'

/** @typedef {import('./run.mjs').RunPlan} RunPlan */
/** @typedef {import('./run.mjs').Outcome} Outcome */

/** Shares of the hints that are lost, each for so many seconds. */
const PHASES = [
  { share: 0, seconds: 10 },
  { share: 0.01, seconds: 20 },
  { share: 0.2, seconds: 20 },
  { share: 1, seconds: 10 },
]

/** Said in a second. */
const PACE = 200

const CLOSED_WITHIN_MS = 5_000

/** Without a word on how fast: that is for the figures. */
const LEVEL_WITHIN_MS = 60_000

/** Hints between nodes get lost: what is missing is found in the store. @param {RunPlan} plan @returns {Promise<Outcome>} */
export async function hints({ seed, scale, bus, mutant }) {
  const cluster = await Cluster.open({ seed, bus, mutant, lossy: true })
  const { scene } = cluster
  /** @type {import('./run.mjs').Figure[]} */
  const figures = []
  try {
    await cluster.enter(9, 5)
    for (const { share, seconds } of PHASES) {
      cluster.lose(share)
      scene.faults += share > 0 ? 1 : 0
      const end = performance.now() + seconds * scale * 1_000
      while (performance.now() < end) {
        for (let i = 0; i < PACE / 50; i++) scene.speak(scene.random.pick(scene.speakers))
        await sleep(20)
      }
      await until('everybody has everything', () => cluster.isLevel, LEVEL_WITHIN_MS)
      const delays = cluster.takeDelays()
      const name = `${share * 100} % lost, from the first node to the last`
      figures.push(
        { name: `${name}, median`, unit: 'ms', value: quantile(delays, 0.5) },
        { name: `${name}, slowest`, unit: 'ms', value: Math.max(...delays), atMost: CLOSED_WITHIN_MS },
      )
    }
    const verdict = await scene.judge({ acks: 10, faults: 3 })
    return {
      verdict,
      figures: [
        ...figures,
        { name: 'acknowledged', value: verdict.acks },
        { name: 'clients that lost their connection', value: cluster.disconnections, exactly: 0 },
        { name: 'gaps told', value: scene.gaps, exactly: 0 },
      ],
    }
  } finally {
    await cluster.close()
  }
}
