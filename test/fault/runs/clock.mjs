import { CLOCK_ARGS, ShiftedClock } from '../harness/clock.mjs'
import { Scene } from '../harness/scene.mjs'
import { sleep } from '../harness/wait.mjs'

/** @typedef {import('./run.mjs').RunPlan} RunPlan */
/** @typedef {import('./run.mjs').Outcome} Outcome */

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** A small run has the first half. */
const JUMPS_MS = [HOUR_MS, -HOUR_MS, DAY_MS, -DAY_MS, -HOUR_MS, HOUR_MS, -DAY_MS, DAY_MS]

/** The server's wall clock jumps under everybody's feet. @param {RunPlan} plan @returns {Promise<Outcome>} */
export async function clock({ seed, scale, mutant }) {
  const wall = ShiftedClock.make()
  const pace = scale >= 1 ? 1 : 0.2
  const args = ['--heartbeat-interval', String(10 * pace), '--heartbeat-timeout', String(30 * pace)]
  const jumps = scale >= 1 ? JUMPS_MS : JUMPS_MS.slice(0, 4)
  const scene = await Scene.open({ seed, mutant, args, nodeArgs: CLOCK_ARGS, env: wall.env })
  const { server, random } = scene
  try {
    const listeners = [
      ...(await scene.addSlims(Math.max(10, Math.round(100 * scale)), { prefix: 'Listener' })),
      ...(await scene.addSlims(Math.max(10, Math.round(100 * scale)), {
        prefix: 'Beating',
        heartbeat: true,
      })),
    ]
    const speakers = await scene.addSpeakers(10)
    const arrivals = speakers.reduce((sum, one) => sum + one.arrivals, 0)
    const chatter = setInterval(() => scene.speak(random.pick(speakers), 0.1), 20)
    let negative = 0
    for (const jumpMs of jumps) {
      wall.jump(jumpMs)
      scene.faults += 1
      // Longer than a heartbeat takes to judge.
      await sleep(12_000 * pace)
      negative += await negativeIdles(server.url)
    }
    clearInterval(chatter)
    const reconnects = speakers.reduce((sum, one) => sum + one.arrivals, 0) - arrivals
    const verdict = await scene.judge({ acks: 100, faults: jumps.length })
    return {
      verdict,
      figures: [
        { name: 'jumps of an hour or a day, to and fro', value: scene.faults, exactly: jumps.length },
        {
          name: 'peers that the server gave up',
          value: listeners.flatMap(({ closes }) => closes).length,
          exactly: 0,
        },
        { name: 'reconnects of SDKs', value: reconnects, exactly: 0 },
        { name: 'times without activity below zero', value: negative, exactly: 0 },
      ],
    }
  } finally {
    await scene.close()
    wall.dispose()
  }
}

/** @param {string} url */
async function negativeIdles(url) {
  const response = await fetch(`${url}/ws/status`)
  const { connections } = /** @type {{ connections: { idle_seconds: number }[] }} */ (await response.json())
  return connections.filter(({ idle_seconds }) => idle_seconds < 0 || idle_seconds > 3_600).length
}
