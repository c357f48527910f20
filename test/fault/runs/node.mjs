import { Cluster } from '../harness/cluster.mjs'
import { isThere, ROOM } from '../harness/scene.mjs'
import { Speaker } from '../harness/speaker.mjs'
import { quantile, sleep, until } from '../harness/wait.mjs'

/** @typedef {import('./run.mjs').RunPlan} RunPlan */
/** @typedef {import('./run.mjs').Outcome} Outcome */
/** @typedef {import('../harness/server.mjs').TestServer} TestServer */
/** @typedef {import('../harness/slim.mjs').Slim} Slim */

const KILLS = 10

/** How much is said between two, at least; in a small run, less. */
const ACKS_BETWEEN = 500
const LEAST_ACKS = 100

/** Messages of one person under way: whoever is away keeps nobody else from speaking. */
const UNDER_WAY_EACH = 10

/** Milliseconds between two messages; in a small run, which others share the machine with, more. */
const PACE_MS = 2
const SLOW_PACE_MS = 25

/** Share of the messages that are private, to people on any node. */
const PRIVATELY = 0.1

/** People who speak on each node and know no other one; as many come through nginx. */
const SPEAKERS_EACH = 3
const LISTENERS_EACH = 3

/** Milliseconds until the node is started again at most, and every fourth time: by then the others have found it dead. */
const AWAY_MS = 1_000
const LONG_AWAY_MS = 12_000

const CAUGHT_UP_MS = 5_000

/**
 * Milliseconds until each had what was said last. `moved`: from the kill, those who could go to another node, `ahead` of them before the node was back. `waited`: from
 * when it was ready again, those who know no other. `spared`: from the kill, those on other nodes, who lost `torn` connections.
 * @typedef {{ moved: number[], ahead: number, waited: number[], spared: number[], torn: number }} Round
 */

/**
 * `loyal`: people who know one node only. `unknown`: nobody whispers to them.
 * @typedef {{ victim: TestServer, loyal: ReadonlySet<Speaker | Slim>, unknown: Set<Speaker | Slim>, awayMs: number, isPatient: boolean }} Plan
 */

/**
 * One of three nodes after the other is killed and started again while people on all of them speak. Some come through nginx and move to another node; some
 * know one node only, and are told when it is back. @param {RunPlan} plan @returns {Promise<Outcome>}
 */
export async function node({ seed, scale, bus, mutant }) {
  const enough = Math.max(LEAST_ACKS, Math.round(ACKS_BETWEEN * scale))
  const kills = Math.max(1, Math.round(KILLS * scale))
  const cluster = await Cluster.open({ seed, bus, mutant, nginx: {} })
  const { scene, nodes, nginx } = cluster
  const { random } = scene
  try {
    const port = nginx?.port ?? 0
    await cluster.enter(SPEAKERS_EACH * nodes.length, LISTENERS_EACH)
    const loyal = new Set(scene.people)
    /** People whom the others may find dead. @type {Set<Speaker | Slim>} */
    const unknown = new Set()
    await scene.addSpeakers(SPEAKERS_EACH * nodes.length, { port, prefix: 'Moving speaker' })
    await scene.addSlims(Math.max(9, Math.round(60 * scale)), { port, prefix: 'Moving listener' })
    const chatter = setInterval(
      () => {
        const speaker = random.pick(scene.speakers)
        const known = scene.speakers.filter((one) => !unknown.has(one))
        if (speaker.pending < UNDER_WAY_EACH) scene.speak(speaker, PRIVATELY, known)
      },
      scale >= 1 ? PACE_MS : SLOW_PACE_MS,
    )
    /** @type {Round[]} */
    const rounds = []
    for (let kill = 0; kill < kills; kill++) {
      const goal = scene.acks + enough
      await until('people speak', () => scene.acks >= goal, 60_000)
      await sleep(random.between(0, 50))
      const victim = /** @type {TestServer} */ (nodes[kill % nodes.length])
      const awayMs = kill % 4 === 3 ? LONG_AWAY_MS : random.between(0, AWAY_MS)
      rounds.push(await killed(cluster, { victim, loyal, unknown, awayMs, isPatient: kill % 2 === 0 }))
    }
    clearInterval(chatter)
    const verdict = await scene.judge({ acks: enough * kills, faults: kills })
    return {
      verdict,
      figures: [
        { name: 'kills of a node', value: scene.faults, exactly: kills },
        { name: 'acknowledged', value: verdict.acks },
        ...figuresOf(rounds),
        { name: 'refused for good', value: scene.refused, exactly: 0 },
        { name: 'gaps told', value: scene.gaps, exactly: 0 },
      ],
    }
  } finally {
    await cluster.close()
  }
}

/**
 * Kills a node and starts it again. `isPatient`: not before all who can have moved elsewhere.
 * @param {Cluster} cluster @param {Plan} plan @returns {Promise<Round>}
 */
async function killed({ scene }, { victim, loyal, unknown, awayMs, isPatient }) {
  const names = await namesOn(victim)
  const cutOff = scene.people.filter(({ name }) => names.has(name))
  const others = scene.people.filter(({ name }) => !names.has(name))
  const moving = cutOff.filter((one) => !loyal.has(one))
  const staying = cutOff.filter((one) => loyal.has(one))
  if (awayMs > AWAY_MS) for (const one of staying) unknown.add(one)
  const losses = () => others.reduce((sum, one) => sum + one.losses, 0)
  const before = losses()
  await victim.kill()
  scene.faults += 1
  const began = performance.now()
  const restart = async () => {
    await sleep(awayMs)
    if (isPatient) await until('those who can have moved', () => moving.every(isThere), 60_000)
    const there = moving.filter(isThere).length
    await victim.start()
    scene.wake(staying.filter((one) => one instanceof Speaker))
    return { ahead: there, readyMs: performance.now() - began }
  }
  const [times, { ahead, readyMs }] = await Promise.all([
    scene.catchUpMs(scene.random.pick(others.filter((one) => one instanceof Speaker))),
    restart(),
  ])
  await until('everybody is there', () => scene.isComplete, 60_000)
  unknown.clear()
  const timesOf = (/** @type {typeof others} */ some) => some.map((one) => times.get(one) ?? Infinity)
  return {
    moved: timesOf(moving),
    ahead,
    waited: timesOf(staying).map((ms) => Math.max(0, ms - readyMs)),
    spared: timesOf(others),
    torn: losses() - before,
  }
}

/** People whom a node itself serves. @param {TestServer} server @returns {Promise<Set<string>>} */
async function namesOn({ url }) {
  const response = await fetch(`${url}/ws/status?room=${ROOM}`)
  /** @type {{ connections: { username: string }[] }} */
  const { connections } = JSON.parse(await response.text())
  return new Set(connections.map(({ username }) => username))
}

/** @param {readonly Round[]} rounds @returns {import('./run.mjs').Figure[]} */
function figuresOf(rounds) {
  const sum = (/** @type {(round: Round) => number} */ of) =>
    rounds.reduce((total, round) => total + of(round), 0)
  const caughtUp = (/** @type {string} */ who, /** @type {number[]} */ times) => [
    { name: `${who}, caught up, median`, unit: 'ms', value: quantile(times, 0.5) },
    { name: `${who}, caught up, p99`, unit: 'ms', value: quantile(times, 0.99), atMost: CAUGHT_UP_MS },
  ]
  return [
    { name: 'cut off, and came back', value: sum(({ moved, waited }) => moved.length + waited.length) },
    { name: 'of them on another node, before theirs', value: sum(({ ahead }) => ahead), atLeast: 1 },
    { name: 'of them on the same node', value: sum(({ waited }) => waited.length), atLeast: 1 },
    { name: 'connections lost on other nodes', value: sum(({ torn }) => torn), exactly: 0 },
    ...caughtUp(
      'moved, from the kill',
      rounds.flatMap(({ moved }) => moved),
    ),
    ...caughtUp(
      'waited, from the start',
      rounds.flatMap(({ waited }) => waited),
    ),
    ...caughtUp(
      'on other nodes',
      rounds.flatMap(({ spared }) => spared),
    ),
  ]
}
