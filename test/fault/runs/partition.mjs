import { Cluster } from '../harness/cluster.mjs'
import { openNetwork } from '../harness/network.mjs'
import { sleep, until } from '../harness/wait.mjs'
import { catchUpMs } from './database.mjs'

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
        const refusals = refusalsOf(cutOff)
        const before = acksOf(elsewhere)
        lone.cut(direction)
        scene.faults += 1
        scene.speak(random.pick(cutOff))
        await sleep(seconds * 1_000)
        if (refusalsOf(cutOff) === refusals) untold += 1
        if (acksOf(elsewhere) === before) stopped += 1
        lone.heal()
        caughtUpMs.push(...(await catchUpMs(scene)))
      }
    clearInterval(chatter)
    const verdict = await scene.judge({ acks: ACKS_BETWEEN * scene.faults, faults: scene.faults })
    const codes = new Set(speakers.flatMap(({ refusals: each }) => [...each.keys()]))
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
          value: Math.max(...speakers.map(({ slowestRefusalMs }) => slowestRefusalMs)),
          atMost: TOLD_MS,
        },
        {
          name: 'refused with another code',
          value: codes.size - (codes.has('unavailable') ? 1 : 0),
          exactly: 0,
        },
        { name: 'refused for good', value: speakers.flatMap(({ refused }) => refused).length, exactly: 0 },
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

/** How often they were told that the database is away. @param {readonly import('../harness/speaker.mjs').Speaker[]} speakers */
function refusalsOf(speakers) {
  return speakers.reduce((sum, { refusals }) => sum + (refusals.get('unavailable') ?? 0), 0)
}
