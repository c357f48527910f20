import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Cluster } from '../harness/cluster.mjs'
import { otherVersion } from '../harness/other-version.mjs'
import { sleep, until } from '../harness/wait.mjs'

/** @typedef {import('./run.mjs').RunPlan} RunPlan */
/** @typedef {import('./run.mjs').Outcome} Outcome */

const ROUNDS = 3

/** How much is said between two restarts, at least; in a small run, less. */
const ACKS_BETWEEN = 300
const LEAST_ACKS = 60

/** Milliseconds between two messages; in a small run, which others share the machine with, more. */
const PACE_MS = 5
const SLOW_PACE_MS = 25

/** Share of the messages that are private, to people on any node. */
const PRIVATELY = 0.1

const NEXT_VERSION = '99.0.0'

/** Longest wait of anybody for an ack, and for being online again. */
const WITHIN_MS = 10_000

/**
 * Three nodes behind nginx, restarted one after the other while people speak through it: first as they are with another version among them,
 * then back again. @param {RunPlan} plan @returns {Promise<Outcome>}
 */
export async function rolling({ seed, scale, bus, mutant }) {
  const enough = Math.max(LEAST_ACKS, Math.round(ACKS_BETWEEN * scale))
  const rounds = Math.max(1, Math.round(ROUNDS * scale))
  const cluster = await Cluster.open({ seed, bus, mutant, nginx: {} })
  const { scene, nodes, nginx } = cluster
  const { random } = scene
  const folder = await mkdtemp(join(tmpdir(), 'roomful-version-'))
  try {
    const port = nginx?.port ?? 0
    const next = await otherVersion(folder, NEXT_VERSION)
    const speakers = await scene.addSpeakers(12, { port })
    const slims = await scene.addSlims(Math.max(30, Math.round(300 * scale)), { port })
    const chatter = setInterval(
      () => scene.pending < 50 && scene.speak(random.pick(speakers), PRIVATELY),
      scale >= 1 ? PACE_MS : SLOW_PACE_MS,
    )
    let together = 0
    /** @type {(number | null)[]} */
    const codes = []
    for (let round = 0; round < rounds; round++) {
      for (const node of nodes) {
        const goal = scene.acks + enough
        await until('people speak', () => scene.acks >= goal, 60_000)
        codes.push(await node.stop())
        scene.faults += 1
        await sleep(random.between(0, 500))
        // Every other round goes back: an older version that joins newer ones is the same as a newer one that joins older ones.
        await node.start(round % 2 === 0 ? { program: next } : { program: undefined })
        const versions = await Promise.all(nodes.map(versionOf))
        if (new Set(versions).size > 1) together += 1
      }
    }
    await until('all are back', () => scene.isComplete, 60_000).catch(() => {})
    const last = scene.acks + enough
    await until('people speak', () => scene.acks >= last, 60_000)
    clearInterval(chatter)
    const verdict = await scene.judge({
      acks: enough * rounds * nodes.length,
      faults: rounds * nodes.length,
    })
    return {
      verdict,
      figures: [
        { name: 'restarts', value: scene.faults },
        { name: 'with two versions together', value: together, atLeast: rounds * (nodes.length - 1) },
        {
          name: 'ended well (exit code 0)',
          value: codes.filter((code) => code === 0).length,
          exactly: scene.faults,
        },
        { name: 'acknowledged', value: verdict.acks },
        {
          name: 'clients moved',
          value: slims.reduce((sum, { closes }) => sum + closes.length, 0),
          atLeast: 1,
        },
        {
          name: 'closed impolitely',
          value: slims.flatMap(({ closes }) => closes).filter((code) => code !== 1012).length,
          exactly: 0,
        },
        { name: 'refused for good', value: scene.refused, exactly: 0 },
        {
          name: 'longest wait for an ack',
          unit: 'ms',
          value: scene.slowestAckMs,
          atMost: WITHIN_MS,
        },
        { name: 'gaps told', value: scene.gaps, exactly: 0 },
      ],
    }
  } finally {
    await cluster.close()
    await rm(folder, { recursive: true, force: true })
  }
}

/** @param {{ url: string }} node @returns {Promise<string>} */
async function versionOf({ url }) {
  const response = await fetch(url, { headers: { accept: 'application/json' } })
  return JSON.parse(await response.text()).version
}
