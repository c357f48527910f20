import { Cluster } from '../harness/cluster.mjs'
import { openNetwork } from '../harness/network.mjs'
import { sleep, until } from '../harness/wait.mjs'

/** @typedef {import('./run.mjs').RunPlan} RunPlan */
/** @typedef {import('./run.mjs').Outcome} Outcome */
/** @typedef {import('../harness/network.mjs').Direction} Direction */

/** Seconds that each partition lasts, in each direction. */
const SECONDS = [5, 15, 60]

/** In a small run. */
const BRIEF_SECONDS = [7]

/** @type {readonly Direction[]} */
const DIRECTIONS = ['up', 'down', 'both']

const ACKS_BETWEEN = 100
const UNDER_WAY = 60
/** Milliseconds between two messages; in a small run, which others share the machine with, more. */
const PACE_MS = 5
const SLOW_PACE_MS = 25

const TOLD_MS = 15_000

/** From the healing on until everybody has what was said since; a connection that was silent has to be given up first. */
const CAUGHT_UP_MS = 15_000

/** One of three nodes is cut off from the database while people speak on all of them. @param {RunPlan} plan @returns {Promise<Outcome>} */
export async function partition({ seed, scale, bus, mutant }) {
  const network = await openNetwork(2)
  const [lone] = network.ways
  if (lone === undefined) throw new Error('a network without a way')
  const cluster = await Cluster.open({ seed, bus, mutant, network })
  const { scene } = cluster
  const { random } = scene
  try {
    await cluster.enter(12, 5)
    const { speakers } = scene
    const cutOff = speakers.slice(0, 4)
    const elsewhere = speakers.slice(4)
    const refusals = () => cutOff.reduce((sum, { unavailable }) => sum + unavailable, 0)
    const acksOf = (/** @type {typeof speakers} */ some) =>
      some.reduce((sum, { acked }) => sum + acked.length, 0)
    const chatter = setInterval(
      () => {
        if (scene.pending < UNDER_WAY) scene.speak(random.pick(speakers))
        if (elsewhere.every(({ pending }) => pending < 3)) scene.speak(random.pick(elsewhere))
      },
      scale >= 1 ? PACE_MS : SLOW_PACE_MS,
    )
    let untold = 0
    let stopped = 0
    /** @type {number[]} */
    const caughtUpMs = []
    for (const seconds of scale >= 1 ? SECONDS : BRIEF_SECONDS)
      for (const direction of DIRECTIONS) {
        const goal = scene.acks + ACKS_BETWEEN
        await until('people speak', () => scene.acks >= goal, 60_000)
        const told = refusals()
        const before = acksOf(elsewhere)
        lone.cut(direction)
        scene.faults += 1
        scene.speak(random.pick(cutOff))
        await sleep(seconds * 1_000)
        if (refusals() === told) untold += 1
        if (acksOf(elsewhere) === before) stopped += 1
        lone.heal()
        caughtUpMs.push(...(await scene.catchUpMs()).values())
      }
    clearInterval(chatter)
    const verdict = await scene.judge({ acks: ACKS_BETWEEN * scene.faults, faults: scene.faults })
    return {
      verdict,
      figures: [
        { name: `partitions by ${network.kind}`, value: scene.faults },
        { name: 'acknowledged', value: verdict.acks },
        { name: 'partitions of which nobody was told', value: untold, exactly: 0 },
        { name: 'partitions in which other nodes stood still', value: stopped, exactly: 0 },
        {
          name: 'slowest refusal',
          unit: 'ms',
          value: scene.slowestRefusalMs,
          atMost: TOLD_MS,
        },
        {
          name: 'refused with another code',
          value: scene.otherRefusals,
          exactly: 0,
        },
        { name: 'refused for good', value: scene.refused, exactly: 0 },
        { name: 'connections lost', value: cluster.disconnections, exactly: 0 },
        {
          name: 'caught up after the healing, slowest',
          unit: 'ms',
          value: Math.max(...caughtUpMs),
          atMost: CAUGHT_UP_MS,
        },
        { name: 'gaps told', value: scene.gaps, exactly: 0 },
      ],
    }
  } finally {
    await cluster.close()
    await network.close()
  }
}
