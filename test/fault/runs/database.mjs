import { Cluster } from '../harness/cluster.mjs'
import { quantile, sleep, until } from '../harness/wait.mjs'

/** @typedef {import('./run.mjs').RunPlan} RunPlan */
/** @typedef {import('./run.mjs').Outcome} Outcome */

const KILLS = 10
/** How much is said between two, at least; in a small run, less. */
const ACKS_BETWEEN = 300
const LEAST_ACKS = 100
const UNDER_WAY = 100

/** Milliseconds that it stays away at most, and every third time: longer than a batch waits for it. */
const AWAY_MS = 3_000
const LONG_AWAY_MS = 5_000

/** Milliseconds between two messages; in a small run, which others share the machine with, more. */
const PACE_MS = 2
const SLOW_PACE_MS = 25

/** Share of the messages that are private, to people on any node. */
const PRIVATELY = 0.1

/** How long it may take, from when the database takes connections again, until a listener has what was said since. */
const CAUGHT_UP_MS = 5_000

/** How long a sender may wait for being told that it is away. */
const TOLD_MS = 15_000

/** PostgreSQL is killed again and again while people on three nodes speak. @param {RunPlan} plan @returns {Promise<Outcome>} */
export async function database({ seed, scale, bus, mutant }) {
  const enough = Math.max(LEAST_ACKS, Math.round(ACKS_BETWEEN * scale))
  const kills = Math.max(1, Math.round(KILLS * scale))
  const cluster = await Cluster.open({ seed, bus, mutant })
  const { scene, postgres } = cluster
  const { random } = scene
  try {
    await cluster.enter(12, 10)
    const { speakers, slims } = scene
    const chatter = setInterval(
      () => scene.pending < UNDER_WAY && scene.speak(random.pick(speakers), PRIVATELY),
      scale >= 1 ? PACE_MS : SLOW_PACE_MS,
    )
    /** @type {number[]} */
    const caughtUpMs = []
    for (let kill = 0; kill < kills; kill++) {
      const goal = scene.acks + enough
      await until('people speak', () => scene.acks >= goal, 60_000)
      await sleep(random.between(0, 50))
      await postgres.kill()
      scene.faults += 1
      await sleep(kill % 3 === 0 ? LONG_AWAY_MS : random.between(0, AWAY_MS))
      await postgres.start()
      caughtUpMs.push(...(await scene.catchUpMs()).values())
    }
    clearInterval(chatter)
    const verdict = await scene.judge({ acks: enough * kills, faults: kills })
    return {
      verdict,
      figures: [
        { name: 'kills of PostgreSQL', value: scene.faults, atLeast: kills },
        { name: 'acknowledged', value: verdict.acks },
        { name: 'connections lost', value: cluster.disconnections, exactly: 0 },
        { name: 'refused for good', value: scene.refused, exactly: 0 },
        {
          name: 'refused, to be sent again',
          value: speakers.reduce((sum, { unavailable }) => sum + unavailable, 0),
          atLeast: 1,
        },
        {
          name: 'refused with another code',
          value: scene.otherRefusals,
          exactly: 0,
        },
        {
          name: 'slowest refusal',
          unit: 'ms',
          value: scene.slowestRefusalMs,
          atMost: TOLD_MS,
        },
        { name: 'listeners', value: slims.length + speakers.length },
        { name: 'caught up, median', unit: 'ms', value: quantile(caughtUpMs, 0.5) },
        { name: 'caught up, p99', unit: 'ms', value: quantile(caughtUpMs, 0.99), atMost: CAUGHT_UP_MS },
        { name: 'gaps told', value: scene.gaps, exactly: 0 },
      ],
    }
  } finally {
    await cluster.close()
  }
}
