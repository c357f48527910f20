import { Cluster } from '../harness/cluster.mjs'
import { until } from '../harness/wait.mjs'

/** @typedef {import('./run.mjs').RunPlan} RunPlan */
/** @typedef {import('./run.mjs').Outcome} Outcome */

const RELOADS = 20
/** How much is said between two, at least; in a small run, less. */
const ACKS_BETWEEN = 200
const LEAST_ACKS = 60

/** Milliseconds between two messages; in a small run, which others share the machine with, more. */
const PACE_MS = 5
const SLOW_PACE_MS = 25

/** After the first reload the old workers are given no time: everybody is cut. */
const IMPATIENT = /** @type {const} */ ([
  ['nginx.conf', 'worker_shutdown_timeout 1h;', 'worker_shutdown_timeout 100ms;'],
])

/** nginx before three nodes is reloaded again and again while people speak. @param {RunPlan} plan @returns {Promise<Outcome>} */
export async function proxy({ seed, scale, bus, mutant }) {
  const enough = Math.max(LEAST_ACKS, Math.round(ACKS_BETWEEN * scale))
  const reloads = Math.max(3, Math.round(RELOADS * scale))
  const cluster = await Cluster.open({ seed, bus, mutant, nginx: { changes: IMPATIENT } })
  const { scene, nginx, nodes } = cluster
  const { random } = scene
  try {
    if (nginx === null) throw new Error('no nginx')
    const speakers = await scene.addSpeakers(12, { port: nginx.port })
    const slims = await scene.addSlims(Math.max(30, Math.round(300 * scale)), { port: nginx.port })
    const chatter = setInterval(
      () => scene.pending < 50 && scene.speak(random.pick(speakers)),
      scale >= 1 ? PACE_MS : SLOW_PACE_MS,
    )
    const closes = () => slims.reduce((sum, slim) => sum + slim.closes.length, 0)
    let cut = 0
    for (let reload = 0; reload < reloads; reload++) {
      const goal = scene.acks + enough
      nginx.reload({ nodes: nodes.map(({ port }) => port) })
      scene.faults += 1
      if (reload === 0) await until('everybody was cut', () => closes() >= slims.length, 30_000)
      await until('everybody is there', () => scene.isComplete, 60_000)
      if (reload === 0) cut = closes()
      await until('people speak', () => scene.acks >= goal, 60_000)
    }
    clearInterval(chatter)
    const verdict = await scene.judge({ acks: enough * reloads, faults: reloads })
    return {
      verdict,
      figures: [
        { name: 'reloads of nginx', value: scene.faults },
        { name: 'clients', value: slims.length + speakers.length },
        { name: 'listeners cut by the first one', value: cut, atLeast: slims.length },
        { name: 'listeners cut by the others', value: closes() - cut, exactly: 0 },
        { name: 'acknowledged', value: verdict.acks },
        { name: 'refused for good', value: scene.refused, exactly: 0 },
        {
          name: 'longest wait for an ack',
          unit: 'ms',
          value: scene.slowestAckMs,
          atMost: 10_000,
        },
        { name: 'gaps told', value: scene.gaps, exactly: 0 },
      ],
    }
  } finally {
    await cluster.close()
  }
}
