import { Gauge, GAUGE_ARGS, slopeOf } from '../harness/gauge.mjs'
import { ROOM, Scene } from '../harness/scene.mjs'
import { Slim } from '../harness/slim.mjs'
import { quantile, sleep, TooLate, until } from '../harness/wait.mjs'

/** @typedef {import('./run.mjs').RunPlan} RunPlan */
/** @typedef {import('./run.mjs').Outcome} Outcome */
/** @typedef {import('../harness/gauge.mjs').Held} Held */

/** Who is there at any time: most are somebody else after a while; some stay, are cut and come back, and are witnesses. */
const CLIENTS = 1_000
const WITNESSES = 100

/** Rooms of those who pass by; one of ten of them opens a room of its own. */
const ROOMS = 40
const OWN_ROOM_SHARE = 0.1

const MINUTES = 30
/** A slope needs as many looks at the heap, however busy the machine is. */
const LEAST_LOOKS = 3
/** A short run goes on until so many witnesses were cut. */
const LEAST_FAULTS = 10
/** Share of the time after which everything that fills once is full. */
const WARM_UP_SHARE = 0.25
/** The heap breathes by some 100 KB, so that a slope over less than this tells nothing. */
const JUDGED_FROM_MINUTES = 20
const MAX_SLOPE = 1

/** Milliseconds between two who go and two who come, between two messages, and between two looks at what is held. */
const CHANGE_MS = 160
const SPEAK_MS = 250
const LOOK_MS = 10_000

/** Bytes of newest frames kept in memory per room, notices of who comes and goes among them: as little as is full by the end of the warm-up. */
const TAIL_BYTES = 8_192

/** Enough that the newest frames fill their place in memory before the end of the warm-up. */
const FILLER = 'x'.repeat(400)

/** Milliseconds within which what was held for those who have gone is given up. */
const LET_GO_WITHIN_MS = 120_000

/** Milliseconds that what was held at the start is given at least to be given up. */
const STEADY_AFTER_MS = 4_000

const MIB = 1_048_576
const HOUR_MS = 3_600_000

/** People come and go for half an hour, and nothing stays of them. @param {RunPlan} plan @returns {Promise<Outcome>} */
export async function churn({ seed, scale, mutant }) {
  const gauge = new Gauge()
  const args = ['--tail-bytes', String(TAIL_BYTES)]
  const scene = await Scene.open({ seed, mutant, args, nodeArgs: GAUGE_ARGS, env: gauge.env })
  const { server } = scene
  const crowd = new Crowd(scene)
  try {
    const count = Math.max(40, Math.round(CLIENTS * Math.min(1, scale * 2)))
    // What is opened at its first use is open before the first look.
    await crowd.fill(Math.min(count, 200))
    await crowd.empty()
    const before = await letGo(scene, gauge, null)
    const speakers = await scene.addSpeakers(5)
    await scene.addSlims(Math.round((count * WITNESSES) / CLIENTS), { prefix: 'Witness' })
    await crowd.fill(count - scene.people.length)
    const withAll = await gauge.read(server)
    const looks = await comeAndGo(scene, crowd, gauge, MINUTES * 60_000 * scale)
    const verdict = await scene.judge({ acks: 10, faults: LEAST_FAULTS })
    await crowd.empty()
    for (const one of [...speakers, ...scene.slims]) one.leave()
    const after = await letGo(scene, gauge, before)
    return {
      verdict,
      figures: [
        { name: 'clients', value: count },
        { name: 'came and went', value: crowd.changes },
        { name: 'cut and came back', value: scene.faults },
        ...heapFigures(looks, MINUTES * scale),
        { name: 'descriptors with all there', value: withAll.descriptors },
        { name: 'descriptors before', value: before.descriptors },
        { name: 'descriptors at the end', value: after.descriptors, atMost: before.descriptors },
        { name: 'timers before', value: before.timers },
        { name: 'timers at the end', value: after.timers, atMost: before.timers },
        { name: 'sockets before', value: before.sockets },
        { name: 'sockets at the end', value: after.sockets, atMost: before.sockets },
        { name: 'heap with all there, at first', unit: 'MiB', value: withAll.heapUsed / MIB },
        { name: 'heap before', unit: 'MiB', value: before.heapUsed / MIB },
        { name: 'heap at the end', unit: 'MiB', value: after.heapUsed / MIB },
        { name: 'server memory, most', unit: 'MiB', value: server.peakMiB },
        { name: 'processor time', unit: '% of one', value: crowd.load },
      ],
    }
  } finally {
    await crowd.empty()
    await scene.close()
    gauge.dispose()
  }
}

/** @param {readonly { x: number, y: number }[]} looks MiB by hours @param {number} minutes @returns {import('./run.mjs').Figure[]} */
function heapFigures(looks, minutes) {
  const slope = { name: 'heap after warm-up, slope', unit: 'MiB/h', value: slopeOf(looks) }
  const heaps = looks.map(({ y }) => y)
  return [
    { name: 'looks at the heap after warm-up', value: looks.length, atLeast: LEAST_LOOKS },
    minutes < JUDGED_FROM_MINUTES ? slope : { ...slope, atMost: MAX_SLOPE },
    { name: 'heap after warm-up, median', unit: 'MiB', value: quantile(heaps, 0.5) },
    { name: 'heap after warm-up, most', unit: 'MiB', value: quantile(heaps, 1) },
  ]
}

/** @param {Scene} scene @param {Crowd} crowd @param {Gauge} gauge @param {number} lastsMs @returns {Promise<{ x: number, y: number }[]>} MiB of heap by hours, after the warm-up */
async function comeAndGo(scene, crowd, gauge, lastsMs) {
  const { server, random, speakers } = scene
  const chatter = setInterval(
    () => random.pick(speakers).say(scene.text(FILLER), null),
    Math.min(SPEAK_MS, lastsMs / 100),
  )
  const changes = setInterval(() => crowd.change(), Math.min(CHANGE_MS, lastsMs / 100))
  const began = performance.now()
  const usedBefore = server.cpuSeconds()
  const looks = []
  try {
    for (;;) {
      const passedMs = performance.now() - began
      if (passedMs >= lastsMs && looks.length >= LEAST_LOOKS && scene.faults >= LEAST_FAULTS) break
      await sleep(Math.min(LOOK_MS, lastsMs / 20))
      const heapUsed = await gauge.heapUsed(server)
      const x = (performance.now() - began) / HOUR_MS
      if (passedMs >= lastsMs * WARM_UP_SHARE) looks.push({ x, y: heapUsed / MIB })
    }
  } finally {
    clearInterval(chatter)
    clearInterval(changes)
  }
  crowd.load = ((server.cpuSeconds() - usedBefore) * 100_000) / (performance.now() - began)
  return looks
}

/** What the server holds when nobody is there: waits until it is no more than before. @param {Scene} scene @param {Gauge} gauge @param {Held | null} before */
async function letGo({ server }, gauge, before) {
  const bound = before ?? { descriptors: 0, timers: 0, sockets: 0 }
  /** @type {Held[]} */
  const seen = []
  const least = (/** @type {'descriptors' | 'timers' | 'sockets'} */ what) =>
    Math.min(...seen.map((held) => held[what]))
  const isDown = () =>
    least('descriptors') <= bound.descriptors &&
    least('timers') <= bound.timers &&
    least('sockets') <= bound.sockets
  await until('nobody is there', async () => (await connectionsOf(server.url)) === 0, 60_000, 100)
  const began = performance.now()
  // Without a figure to come down to, it is asked until it does not come down any more.
  const isSteady = () => {
    const timers = seen.map((held) => held.timers)
    const isLower = Math.min(...timers.slice(-2)) < Math.min(...timers.slice(0, -2))
    return performance.now() - began > STEADY_AFTER_MS && seen.length > 2 && !isLower
  }
  await until(
    'what was held is given up',
    async () => {
      seen.push(await gauge.read(server))
      await sleep(500)
      return before === null ? isSteady() : isDown()
    },
    before === null ? 30_000 : LET_GO_WITHIN_MS,
  ).catch((error) => {
    if (!(error instanceof TooLate)) throw error
  })
  return {
    heapUsed: Math.min(...seen.map(({ heapUsed }) => heapUsed)),
    descriptors: least('descriptors'),
    timers: least('timers'),
    sockets: least('sockets'),
    count: 0,
    external: 0,
    arrayBuffers: 0,
  }
}

/** @param {string} url */
async function connectionsOf(url) {
  const response = await fetch(`${url}/ws/status`, { headers: { connection: 'close' } })
  const { connections } = /** @type {{ connections: readonly unknown[] }} */ (await response.json())
  return connections.length
}

/** Those who pass by. */
class Crowd {
  changes = 0
  /** Processor time of the server meanwhile, in percent of one. */
  load = 0
  #scene
  /** @type {Slim[]} */
  #here = []
  #names = 0

  /** @param {Scene} scene */
  constructor(scene) {
    this.#scene = scene
  }

  /** @param {number} count */
  async fill(count) {
    while (this.#here.length < count) {
      const some = Array.from({ length: Math.min(100, count - this.#here.length) }, () => this.#newcomer())
      this.#here.push(...some)
      for (const one of some) one.connect()
      await until('they are in', () => some.every(({ isCaughtUp }) => isCaughtUp), 30_000)
    }
  }

  /** Somebody goes and somebody else comes, or a witness is cut. */
  change() {
    const { random, slims } = this.#scene
    if (random.next() < 0.2) {
      this.#scene.faults += 1
      return random.pick(slims).cut(random.between(200, 3_000))
    }
    this.changes += 1
    const place = Math.floor(random.next() * this.#here.length)
    this.#here[place]?.leave()
    const newcomer = this.#newcomer()
    this.#here[place] = newcomer
    newcomer.connect()
  }

  async empty() {
    for (const one of this.#here.splice(0)) one.leave()
  }

  #newcomer() {
    const { server, frames, random } = this.#scene
    this.#names += 1
    const { next } = random
    const own = next() < OWN_ROOM_SHARE
    const room = own ? `own-${this.#names}` : `${ROOM}-${Math.floor(next() * ROOMS)}`
    return new Slim({ port: server.port, name: `Passer ${this.#names}`, room, frames, random: next })
  }
}
