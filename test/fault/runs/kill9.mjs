import { Scene } from '../harness/scene.mjs'
import { quantile, sleep, until } from '../harness/wait.mjs'

/** @typedef {import('./run.mjs').RunPlan} RunPlan */
/** @typedef {import('./run.mjs').Outcome} Outcome */

const KILLS = 100
const ACKS = 100_000
const READY_WITHIN_MS = 2_000

/** Never fewer under way, so that the end comes in the middle of the work. */
const UNDER_WAY = 200

/** Share of the messages that are private. */
const PRIVATELY = 0.1

/** The server is killed again and again while everybody speaks. @param {RunPlan} plan @returns {Promise<Outcome>} */
export async function kill9({ seed, scale, mutant }) {
  const kills = Math.max(1, Math.round(KILLS * scale))
  const acks = Math.round(ACKS * scale)
  const scene = await Scene.open({ seed, mutant })
  const { random, server } = scene
  try {
    await scene.addSlims(5)
    const speakers = await scene.addSpeakers(20)
    /** @type {number[]} */
    const readyMs = []
    const topUp = () => {
      while (scene.pending < UNDER_WAY) scene.speak(random.pick(speakers), PRIVATELY)
    }
    for (let kill = 0; kill < kills; kill++) {
      await scene.back()
      const goal = scene.acks + Math.ceil((acks / kills) * (0.7 + 0.7 * random.next()))
      await until(
        'the burst',
        () => {
          topUp()
          return scene.acks >= goal
        },
        60_000,
        1,
      )
      const goOn = setInterval(topUp, 1)
      await sleep(random.between(0, 20))
      clearInterval(goOn)
      topUp()
      await server.kill()
      scene.faults += 1
      readyMs.push(await server.start())
      scene.wake()
    }
    const verdict = await scene.judge({ acks, faults: kills })
    return {
      verdict,
      figures: [
        { name: 'kills in a burst', value: scene.faults, atLeast: kills },
        { name: 'acknowledged', value: verdict.acks, atLeast: acks },
        {
          name: 'sent again',
          value: speakers.reduce((sum, { retries }) => sum + retries, 0),
          atLeast: kills,
        },
        { name: 'refused for good', value: scene.refused, atMost: 0 },
        {
          name: 'gaps told',
          value: scene.gaps,
          atMost: 0,
        },
        { name: 'ready again, median', unit: 'ms', value: quantile(readyMs, 0.5) },
        { name: 'ready again, slowest', unit: 'ms', value: Math.max(...readyMs), atMost: READY_WITHIN_MS },
        { name: 'server memory, most', unit: 'MiB', value: server.peakMiB },
      ],
    }
  } finally {
    await scene.close()
  }
}
