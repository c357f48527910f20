/**
 * A cluster without its sockets: places a crowd on nodes, lets it speak for some seconds on a virtual clock, and counts what each part has to do. What one
 * piece of work costs was measured on a real one (`units.mjs`).
 */

/** @typedef {import('./crowds.mjs').Crowd} Crowd */
/** @typedef {import('./units.mjs').Units} Units */

/** As in `log-writer.ts`: batches of one node that are under way at once. */
const PIPELINE = 2

/** Seconds between two looks at the heads, and between two beats. */
const LOOK_SECONDS = 1

const MS = 1_000
const MICROSECONDS = 1_000_000

/** A generator of the same numbers in [0, 1) for the same seed (mulberry32). @param {number} seed */
function randomOf(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/**
 * @typedef {object} Load what a cluster has to do in a second
 * @property {number} nodes
 * @property {number} messages that were committed
 * @property {number} deliveries all nodes together
 * @property {number} storeBatches
 * @property {number} storeRows
 * @property {number} storeCores processor seconds of the database a second
 * @property {number} storeCoresForHeads those of them for looking at heads
 * @property {number} brokerIn hints that the nodes publish
 * @property {number} brokerOut hints that the broker hands on
 * @property {number} brokerMegabytesOut
 * @property {number} presenceChanges
 * @property {number} nodeCores processor seconds of the busiest node a second; above 1 it is too much for one process
 * @property {number} nodeCoresForOthers those of them for what other nodes say: hints and presence
 * @property {number} nodeMegabytesForPeople memory of one node for its copies of the others' people
 * @property {number} commitMs mean time from being said to being committed
 */

/** @param {Crowd} crowd @param {number} nodes @param {() => number} random */
function placed({ people, rooms }, nodes, random) {
  /** People of a room on a node, room by room. */
  const members = new Uint32Array(rooms * nodes)
  /** Rooms that a node serves. */
  const served = new Uint32Array(nodes)
  const roomOf = new Uint32Array(people)
  const nodeOf = new Uint16Array(people)
  for (let person = 0; person < people; person++) {
    const room = person % rooms
    const node = Math.floor(random() * nodes)
    roomOf[person] = room
    nodeOf[person] = node
    const at = room * nodes + node
    if (members[at] === 0) served[node] = (served[node] ?? 0) + 1
    members[at] = (members[at] ?? 0) + 1
  }
  return { members, served, roomOf, nodeOf }
}

/** @param {readonly number[]} numbers */
const sum = (numbers) => numbers.reduce((total, number) => total + number, 0)

/**
 * The batches of all nodes: what is said while two are under way waits for the next one, and of two batches that
 * write to one log the second waits for the first.
 */
class Writers {
  /** @param {number} nodes @param {number} rooms @param {Units} units */
  constructor(nodes, rooms, units) {
    this.units = units
    /** @type {{ said: number, room: number }[][]} */
    this.waiting = Array.from({ length: nodes }, () => [])
    /** When each batch that is under way ends. @type {number[][]} */
    this.underWay = Array.from({ length: nodes }, () => [])
    this.freeAt = new Float64Array(rooms)
    this.batches = 0
    this.rows = 0
    this.waited = 0
  }

  /** @param {number} node @param {number} room @param {number} now milliseconds */
  say(node, room, now) {
    this.waiting[node]?.push({ said: now, room })
  }

  /** @param {number} now milliseconds */
  submit(now) {
    for (const [node, waiting] of this.waiting.entries()) {
      const underWay = (this.underWay[node] ?? []).filter((end) => end > now)
      this.underWay[node] = underWay
      if (waiting.length === 0 || underWay.length >= PIPELINE) continue
      this.waiting[node] = []
      underWay.push(this.#commit(waiting, Math.max(now, ...underWay)))
    }
  }

  /** @param {readonly { said: number, room: number }[]} batch @param {number} from */
  #commit(batch, from) {
    const start = batch.reduce((latest, { room }) => Math.max(latest, this.freeAt[room] ?? 0), from)
    const end = start + this.units.batchMs + batch.length * this.units.rowMs
    for (const { room, said } of batch) {
      this.freeAt[room] = end
      this.waited += end - said
    }
    this.batches++
    this.rows += batch.length
    return end
  }
}

/**
 * Has a crowd speak for some seconds: what was committed how, and what each node had to take in and to deliver.
 * @param {Crowd} crowd @param {number} nodes @param {Units} units @param {number} seconds @param {() => number} random
 */
function spoken(crowd, nodes, units, seconds, random) {
  const { members, served, roomOf, nodeOf } = placed(crowd, nodes, random)
  const writers = new Writers(nodes, crowd.rooms, units)
  const deliveries = new Float64Array(nodes)
  const said = new Float64Array(nodes)
  const perMs = crowd.messagesPerSecond / MS
  let due = 0
  for (let now = 0; now < seconds * MS; now++) {
    for (due += perMs; due >= 1; due--) {
      const speaker = Math.floor(random() * crowd.people)
      const room = roomOf[speaker] ?? 0
      const node = nodeOf[speaker] ?? 0
      said[node] = (said[node] ?? 0) + 1
      writers.say(node, room, now)
      for (let other = 0; other < nodes; other++)
        deliveries[other] = (deliveries[other] ?? 0) + (members[room * nodes + other] ?? 0)
    }
    writers.submit(now)
  }
  return { writers, deliveries, said, served: sum([...served]) }
}

/**
 * @param {Crowd} crowd @param {number} nodes @param {Units} units
 * @param {{ seconds?: number, seed?: number }} [options] @returns {Load}
 */
export function loadOf(crowd, nodes, units, { seconds = 2, seed = 1 } = {}) {
  const { writers, deliveries, said, served } = spoken(crowd, nodes, units, seconds, randomOf(seed))
  const perSecond = (/** @type {number} */ count) => count / seconds
  const messages = perSecond(writers.rows)
  const hints = perSecond(writers.batches)
  const changes = (2 * crowd.people) / crowd.sessionSeconds
  const looked = served / LOOK_SECONDS + crowd.people / LOOK_SECONDS
  const coresForHeads = (looked * units.headMicroseconds) / MICROSECONDS
  const changeHints = Math.min(changes, nodes * units.presenceHintsPerSecond)
  const brokerOut = (hints + changeHints) * (nodes - 1)
  const hintBytes =
    messages * units.entryBytes + changes * units.changeBytes + (hints + changeHints) * units.hintBytes
  const others = (nodes - 1) / nodes
  const forOthers =
    (others * (messages * units.entryMicroseconds + changes * units.changeMicroseconds) +
      (brokerOut / nodes) * units.hintMicroseconds) /
    MICROSECONDS
  const own = Array.from(
    deliveries,
    (count, node) =>
      perSecond(count * units.deliveryMicroseconds + (said[node] ?? 0) * units.messageMicroseconds) /
      MICROSECONDS,
  )
  return {
    nodes,
    messages,
    deliveries: perSecond(sum([...deliveries])),
    storeBatches: hints,
    storeRows: messages,
    storeCores:
      (hints * units.batchMicroseconds +
        messages * units.rowMicroseconds +
        changes * units.claimMicroseconds) /
        MICROSECONDS +
      coresForHeads,
    storeCoresForHeads: coresForHeads,
    brokerIn: hints + changeHints,
    brokerOut,
    brokerMegabytesOut: (hintBytes * (nodes - 1)) / 1e6,
    presenceChanges: changes,
    nodeCores: Math.max(...own) + forOthers,
    nodeCoresForOthers: forOthers,
    nodeMegabytesForPeople: (crowd.people * others * units.personBytes) / 1e6,
    commitMs: writers.rows === 0 ? 0 : writers.waited / writers.rows,
  }
}
