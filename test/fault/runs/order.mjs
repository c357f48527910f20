import { Cluster } from '../harness/cluster.mjs'
import { sleep } from '../harness/wait.mjs'

/** @typedef {import('./run.mjs').RunPlan} RunPlan */
/** @typedef {import('./run.mjs').Outcome} Outcome */

const SPEAKERS = 8
const MESSAGES = 100_000

/** Never fewer under way. */
const UNDER_WAY = 100

/** Longest delay on the way to the broker, what is added to it by chance, and longest standing still, in milliseconds. */
const DELAY_MS = 100
const PAUSE_MS = 1_500

/** Eight people on three nodes speak in one room while nodes and the broker are late and stand still. @param {RunPlan} plan @returns {Promise<Outcome>} */
export async function order({ seed, scale, bus, mutant }) {
  const messages = Math.round(MESSAGES * scale)
  const cluster = await Cluster.open({ seed, bus, mutant })
  const { scene, nodes, broker, ways } = cluster
  const { random } = scene
  try {
    await cluster.enter(SPEAKERS, 2)
    const topUp = () => {
      while (scene.pending < UNDER_WAY && scene.acks + scene.pending < messages)
        scene.speak(random.pick(scene.speakers))
    }
    const speaking = setInterval(topUp, 1)
    const paused = { nodes: 0, broker: 0, delays: 0 }
    while (scene.acks < messages) {
      scene.faults += 1
      const latencyMs = random.between(0, DELAY_MS)
      const way = random.pick(ways)
      const chance = random.next()
      if (chance < 0.5) {
        paused.delays += 1
        way.set({ latencyMs, jitterMs: latencyMs })
        await sleep(PAUSE_MS / 3)
        way.clear()
      } else if (chance < 0.75) {
        paused.nodes += 1
        const node = random.pick(nodes)
        node.signal('SIGSTOP')
        await sleep(random.between(50, PAUSE_MS))
        node.signal('SIGCONT')
      } else {
        paused.broker += 1
        broker.pause()
        await sleep(random.between(50, PAUSE_MS))
        broker.resume()
      }
    }
    clearInterval(speaking)
    const verdict = await scene.judge({ acks: messages, faults: 1 })
    return {
      verdict,
      figures: [
        { name: 'acknowledged', value: verdict.acks, atLeast: messages },
        { name: 'times a way to the broker was slow', value: paused.delays },
        { name: 'times a node stood still', value: paused.nodes },
        { name: 'times the broker stood still', value: paused.broker },
        { name: 'gaps told', value: scene.gaps, exactly: 0 },
      ],
    }
  } finally {
    await cluster.close()
  }
}
