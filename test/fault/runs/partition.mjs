import { Cluster } from '../harness/cluster.mjs'
import { openNetwork } from '../harness/network.mjs'
import { ROOM } from '../harness/scene.mjs'
import { Slim } from '../harness/slim.mjs'
import { quantile, sleep, until } from '../harness/wait.mjs'

/** @typedef {import('./run.mjs').RunPlan} RunPlan */
/** @typedef {import('./run.mjs').Outcome} Outcome */
/** @typedef {import('./run.mjs').Figure} Figure */
/** @typedef {import('../harness/network.mjs').Direction} Direction */
/** @typedef {import('../harness/network.mjs').Way} Way */
/** @typedef {import('../harness/speaker.mjs').Speaker} Speaker */

/** Seconds that each partition lasts, in each direction. */
const SECONDS = [5, 15, 60]

/** In a small run. */
const BRIEF_SECONDS = [7]

/** @type {readonly Direction[]} */
const DIRECTIONS = ['up', 'down', 'both']

const ACKS_BETWEEN = 100
/** Of either side. */
const UNDER_WAY = 30
/** Milliseconds between two messages of either side; in a small run, which others share the machine with, more. */
const PACE_MS = 10
const SLOW_PACE_MS = 50

/** Share of the messages that are private while the database can be reached, to people on any node. */
const PRIVATELY = 0.1

const TOLD_MS = 15_000

/** From the healing on until everybody has what was said since; a connection that was silent has to be given up first. */
const CAUGHT_UP_MS = 15_000

/** A broker that is silent for longer is known to be. */
const NOTICED_S = 6

/** From the healing on until the node has its broker again. */
const BACK_MS = 10_000

/** From the first node that told something to the last, also while one of them is cut off from the broker. */
const CLOSED_WITHIN_MS = 5_000

/** One of three nodes is cut off from the database, then from the broker, while people speak on all of them. @param {RunPlan} plan @returns {Promise<Outcome>} */
export async function partition({ seed, scale, bus, mutant }) {
  const network = await openNetwork(3)
  const [toDatabase, toBroker] = network.ways
  if (toDatabase === undefined || toBroker === undefined) throw new Error('a network without ways')
  const cluster = await Cluster.open({ seed, bus, mutant, network })
  const { scene } = cluster
  try {
    await cluster.enter(12, 5)
    const partitions = new Partitions(cluster, scale)
    const figures = await partitions.fromDatabase(toDatabase)
    if (cluster.broker !== cluster.postgres) figures.push(...(await partitions.fromBroker(toBroker)))
    partitions.end()
    const verdict = await scene.judge({ acks: ACKS_BETWEEN * scene.faults, faults: scene.faults })
    return {
      verdict,
      figures: [
        { name: `partitions by ${network.kind}`, value: scene.faults },
        { name: 'acknowledged', value: verdict.acks },
        ...figures,
        { name: 'refused with another code', value: scene.otherRefusals, exactly: 0 },
        { name: 'refused for good', value: scene.refused, exactly: 0 },
        { name: 'connections lost', value: cluster.disconnections, exactly: 0 },
        { name: 'gaps told', value: scene.gaps, exactly: 0 },
      ],
    }
  } finally {
    await cluster.close()
    await network.close()
  }
}

/** The first node and its people are those that are cut off. */
class Partitions {
  #cluster
  #seconds
  #cutOff
  #elsewhere
  /** The sides that speak now. */
  #talkative
  #chatter
  #privately = 0

  /** @param {Cluster} cluster @param {number} scale */
  constructor(cluster, scale) {
    this.#cluster = cluster
    this.#seconds = scale >= 1 ? SECONDS : BRIEF_SECONDS
    const { scene } = cluster
    this.#cutOff = scene.speakers.slice(0, 4)
    this.#elsewhere = scene.speakers.slice(4)
    this.#talkative = [this.#cutOff, this.#elsewhere]
    this.#chatter = setInterval(
      () => {
        for (const some of this.#talkative) if (pendingOf(some) < UNDER_WAY) this.#speak(some)
      },
      scale >= 1 ? PACE_MS : SLOW_PACE_MS,
    )
  }

  end() {
    clearInterval(this.#chatter)
  }

  /** @param {Way} way @returns {Promise<Figure[]>} */
  async fromDatabase(way) {
    let untold = 0
    let stopped = 0
    /** @type {number[]} */
    const answeredMs = []
    const caughtUpMs = await this.#each(way, async (seconds) => {
      const told = refusalsOf(this.#cutOff)
      const before = acksOf(this.#elsewhere)
      this.#speak(this.#cutOff)
      const [answered] = await Promise.all([this.#knock(), sleep(seconds * 1_000)])
      answeredMs.push(answered)
      if (refusalsOf(this.#cutOff) === told) untold += 1
      if (acksOf(this.#elsewhere) === before) stopped += 1
    })
    const { slowestRefusalMs } = this.#cluster.scene
    return [
      { name: 'database: partitions of which nobody was told', value: untold, exactly: 0 },
      { name: 'database: in which other nodes stood still', value: stopped, exactly: 0 },
      { name: 'database: slowest refusal', unit: 'ms', value: slowestRefusalMs, atMost: TOLD_MS },
      { name: 'database: a newcomer is answered, slowest', ...within(TOLD_MS, answeredMs) },
      { name: 'database: caught up after the healing, slowest', ...within(CAUGHT_UP_MS, caughtUpMs) },
    ]
  }

  /** People of a node without its broker are served as all others. @param {Way} way @returns {Promise<Figure[]>} */
  async fromBroker(way) {
    const { scene } = this.#cluster
    let refusedBefore = 0
    let refused = 0
    let stopped = 0
    let unnoticed = 0
    /** @type {number[]} */
    const backMs = []
    this.#privately = PRIVATELY
    this.#cluster.takeDelays()
    const caughtUpMs = await this.#each(
      way,
      async (seconds) => {
        refusedBefore = refusalsOf(scene.speakers)
        const sides = [this.#cutOff, this.#elsewhere]
        const before = sides.map(acksOf)
        // Whom only the other side would tell of what is missing has to look.
        for (const talkative of [sides, [this.#elsewhere], [this.#cutOff]]) {
          this.#talkative = talkative
          await sleep((seconds * 1_000) / 3)
        }
        this.#talkative = sides
        if (sides.some((some, i) => acksOf(some) === before[i])) stopped += 1
        if (seconds >= NOTICED_S && (await hasBroker(scene.server))) unnoticed += 1
      },
      async () => {
        const healedAt = performance.now()
        await until('the node has its broker again', () => hasBroker(scene.server), 60_000)
        backMs.push(performance.now() - healedAt)
        refused += refusalsOf(scene.speakers) - refusedBefore
      },
    )
    const delays = this.#cluster.takeDelays()
    return [
      { name: 'broker: refused', value: refused, exactly: 0 },
      { name: 'broker: partitions in which one side stood still', value: stopped, exactly: 0 },
      { name: 'broker: that the node did not notice', value: unnoticed, exactly: 0 },
      { name: 'broker: back after the healing, slowest', ...within(BACK_MS, backMs) },
      { name: 'broker: from the first node to the last, median', unit: 'ms', value: quantile(delays, 0.5) },
      { name: 'broker: the same, slowest', ...within(CLOSED_WITHIN_MS, delays) },
      { name: 'broker: caught up after the healing, slowest', ...within(CAUGHT_UP_MS, caughtUpMs) },
    ]
  }

  /**
   * Cuts a way in each direction, for each time.
   * @param {Way} way @param {(seconds: number) => Promise<void>} meanwhile @param {() => Promise<void>} [afterwards]
   * @returns {Promise<number[]>} milliseconds from a healing until somebody had caught up
   */
  async #each(way, meanwhile, afterwards = async () => {}) {
    const { scene } = this.#cluster
    /** @type {number[]} */
    const caughtUpMs = []
    for (const seconds of this.#seconds)
      for (const direction of DIRECTIONS) {
        const before = acksOf(this.#cutOff)
        const goal = scene.acks + ACKS_BETWEEN
        await until('people speak', () => scene.acks >= goal && acksOf(this.#cutOff) > before, 60_000)
        way.cut(direction)
        scene.faults += 1
        await meanwhile(seconds)
        way.heal()
        const [times] = await Promise.all([scene.catchUpMs(), afterwards()])
        caughtUpMs.push(...times.values())
      }
    return caughtUpMs
  }

  /** Somebody comes to the node that is cut off. @returns {Promise<number>} milliseconds until they were let in or sent away */
  async #knock() {
    const { server, frames, random, faults } = this.#cluster.scene
    const newcomer = new Slim({
      port: server.port,
      name: `Newcomer ${faults}`,
      room: ROOM,
      frames,
      random: random.next,
      returns: false,
    })
    const began = performance.now()
    newcomer.connect()
    await until('a newcomer is answered', () => newcomer.isCaughtUp || newcomer.losses > 0, 60_000)
    newcomer.leave()
    return performance.now() - began
  }

  /** @param {readonly Speaker[]} some */
  #speak(some) {
    const { scene } = this.#cluster
    scene.speak(scene.random.pick(some), this.#privately)
  }
}

/** @param {readonly Speaker[]} some */
const refusalsOf = (some) => some.reduce((sum, { unavailable }) => sum + unavailable, 0)

/** @param {readonly Speaker[]} some */
const pendingOf = (some) => some.reduce((sum, { pending }) => sum + pending, 0)

/** @param {readonly Speaker[]} some */
const acksOf = (some) => some.reduce((sum, { acked }) => sum + acked.length, 0)

/** @param {number} atMost @param {readonly number[]} times */
const within = (atMost, times) => ({ unit: 'ms', value: quantile(times, 1), atMost })

/** Whether a node says that it has one. @param {{ url: string }} node */
async function hasBroker({ url }) {
  const { checks } = JSON.parse(await (await fetch(`${url}/readyz`)).text())
  return checks.some(
    (/** @type {{ name: string, detail: string }} */ { name, detail }) =>
      name === 'bus' && detail === 'connected',
  )
}
