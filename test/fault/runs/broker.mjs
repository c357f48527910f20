import { Cluster } from '../harness/cluster.mjs'
import { quantile, sleep, until } from '../harness/wait.mjs'

/** @typedef {import('./run.mjs').RunPlan} RunPlan */
/** @typedef {import('./run.mjs').Outcome} Outcome */

const KILLS = 10

/** How long the broker is away at least, and works at least before its next end, in milliseconds. */
const AWAY_MS = 1_000
const BACK_MS = 2_000

/** Said in a second. */
const PACE = 200

const CATCH_UP_MS = 5_000

/** The broker is killed again and again while everybody speaks. @param {RunPlan} plan @returns {Promise<Outcome>} */
export async function broker({ seed, scale, bus, mutant }) {
  const kills = Math.max(1, Math.round(KILLS * scale))
  const cluster = await Cluster.open({ seed, bus, mutant })
  const { scene } = cluster
  try {
    await cluster.enter(9, 5)
    const speaking = setInterval(
      () => scene.pending < PACE && scene.speak(scene.random.pick(scene.speakers)),
      1_000 / PACE,
    )
    for (let kill = 0; kill < kills; kill++) {
      await sleep(BACK_MS)
      await cluster.broker.kill()
      scene.faults += 1
      await sleep(AWAY_MS)
      await cluster.broker.start()
      const goal = scene.acks + PACE
      await until('messages are taken', () => scene.acks > goal, 60_000)
    }
    clearInterval(speaking)
    const verdict = await scene.judge({ acks: kills * PACE, faults: kills })
    const delays = cluster.takeDelays()
    return {
      verdict,
      figures: [
        { name: 'kills of the broker', value: scene.faults, exactly: kills },
        { name: 'acknowledged', value: verdict.acks },
        { name: 'clients that lost their connection', value: cluster.disconnections, exactly: 0 },
        { name: 'gaps told', value: scene.gaps, exactly: 0 },
        { name: 'from the first node to the last, median', unit: 'ms', value: quantile(delays, 0.5) },
        { name: 'the same, p99', unit: 'ms', value: quantile(delays, 0.99), atMost: CATCH_UP_MS },
        { name: 'the same, slowest', unit: 'ms', value: Math.max(...delays) },
      ],
    }
  } finally {
    await cluster.close()
  }
}
