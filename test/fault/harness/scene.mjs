/** What every fault run has: one server, people who speak, listeners on bare sockets, and the judgement at the end. */
import { judge } from '../checker.mjs'
import { Random } from './random.mjs'
import { TestServer } from './server.mjs'
import { Frames, Slim } from './slim.mjs'
import { Speaker } from './speaker.mjs'
import { sleep, until } from './wait.mjs'

/** @typedef {import('../checker.mjs').Verdict} Verdict */
/** @typedef {import('../checker.mjs').Witness} Witness */
/** @typedef {import('../checker.mjs').Sent} Sent */

/**
 * @typedef {object} ScenePlan
 * @property {number} seed
 * @property {string | null} [mutant]
 * @property {readonly string[]} [args]
 * @property {boolean} [isLimited] with its rates as they are by default; otherwise there are none
 * @property {string} [lossFile]
 * @property {string} [dataFolder]
 * @property {readonly string[]} [nodeArgs]
 * @property {Readonly<Record<string, string>>} [env]
 */

/** Where everybody is. */
export const ROOM = 'torture'

/** How long everybody may take to get the last of it when nothing is broken any more. */
const SETTLE_WITHIN_MS = 60_000

/** Nobody is told anything for so long: everybody has what they will get, and what came twice has come. */
const SETTLED_MS = 1_000

export class Scene {
  random
  server
  frames = new Frames()
  /** @type {Speaker[]} */
  speakers = []
  /** @type {Slim[]} */
  slims = []
  /** Who speaks otherwise, and what they said. @type {{ name: string, sent: Sent[] }[]} */
  authors = []
  /** How often something was broken. */
  faults = 0
  #texts = 0

  /** @param {Random} random @param {TestServer} server @param {string | null} mutant */
  constructor(random, server, mutant) {
    this.random = random
    this.server = server
    this.mutant = mutant
  }

  /** @param {ScenePlan} plan */
  static async open({ seed, args = [], isLimited = false, ...plan }) {
    const rates = isLimited ? [] : ['--rate-limit', 'off']
    const server = await TestServer.start({ ...plan, args: [...rates, '--log-level', 'warn', ...args] })
    return new Scene(new Random(seed), server, plan.mutant ?? null)
  }

  /** @param {number} count @param {{ port?: number, prefix?: string, window?: number }} [options] `port`: of a proxy */
  async addSpeakers(count, { port = this.server.port, prefix = 'Speaker', window = 20 } = {}) {
    const added = Array.from(
      { length: count },
      (_, index) =>
        new Speaker({
          name: `${prefix} ${index}`,
          url: `http://127.0.0.1:${port}`,
          room: ROOM,
          random: this.random.next,
          window,
        }),
    )
    this.speakers.push(...added)
    await Promise.all(added.map((speaker) => speaker.enter()))
    return added
  }

  /** @param {number} count @param {{ port?: number, prefix?: string, returns?: boolean, heartbeat?: boolean }} [options] */
  async addSlims(count, { port = this.server.port, prefix = 'Slim', ...options } = {}) {
    const added = Array.from(
      { length: count },
      (_, index) =>
        new Slim({
          port,
          name: `${prefix} ${index}`,
          room: ROOM,
          frames: this.frames,
          random: this.random.next,
          ...options,
        }),
    )
    this.slims.push(...added)
    for (let at = 0; at < added.length; at += 200) {
      const some = added.slice(at, at + 200)
      for (const slim of some) slim.connect()
      await until('listeners are in', () => some.every(({ isCaughtUp }) => isCaughtUp), 30_000)
    }
    return added
  }

  /** A text that no other message of this run has. @param {string} [filler] */
  text(filler = '') {
    this.#texts += 1
    return `#${this.#texts} ${filler}`.trimEnd()
  }

  /** Somebody says something: in the room, or with some chance to another speaker. @param {Speaker} speaker @param {number} [privately] 0 to 1 */
  speak(speaker, privately = 0, others = this.speakers) {
    const other = this.random.pick(others)
    const isPrivate = this.random.next() < privately && other !== speaker
    speaker.say(this.text(), isPrivate ? other.name : null)
  }

  /** The server is there again: those who wait for their next try are told so, as a page that comes back to light tells its SDK. */
  wake(speakers = this.speakers) {
    for (const speaker of speakers)
      setTimeout(() => speaker.online || speaker.client.retryNow(), this.random.between(0, 200))
  }

  /** Waits until every speaker is online; who waits for a next try has it now. */
  async back() {
    await until(
      'everybody is back',
      () => {
        const away = this.speakers.filter(({ online }) => !online)
        for (const { client } of away) client.retryNow()
        return away.length === 0
      },
      SETTLE_WITHIN_MS,
      100,
    )
  }

  get acks() {
    return this.speakers.reduce((sum, { acked }) => sum + acked.length, 0)
  }

  /** Gaps that anybody was told of. */
  get gaps() {
    return this.people.reduce((sum, { gaps }) => sum + gaps.length, 0)
  }

  get pending() {
    return this.speakers.reduce((sum, { pending }) => sum + pending, 0)
  }

  /** Messages that were refused for good. */
  get refused() {
    return this.speakers.reduce((sum, { refused }) => sum + refused.length, 0)
  }

  /** Codes other than `unavailable` with which messages were refused that were sent again. */
  get otherRefusals() {
    const codes = new Set(this.speakers.flatMap(({ refusals }) => [...refusals.keys()]))
    codes.delete('unavailable')
    return codes.size
  }

  /** Milliseconds that anybody waited for a refusal, and for an ack, the most of all. */
  get slowestRefusalMs() {
    return Math.max(...this.speakers.map(({ slowestRefusalMs }) => slowestRefusalMs))
  }

  get slowestAckMs() {
    return Math.max(...this.speakers.map(({ slowestAckMs }) => slowestAckMs))
  }

  /** Whether everybody is connected, and listeners have what they missed. */
  get isComplete() {
    return this.people.every(isThere)
  }

  /** Waits until everything said is acknowledged. @param {number} [withinMs] */
  async quiet(withinMs = SETTLE_WITHIN_MS) {
    await until('everything is acknowledged', () => this.pending === 0, withinMs, 20)
  }

  /** Everybody who is told of what is said. */
  get people() {
    return [...this.speakers, ...this.slims]
  }

  /** Has somebody say something, and measures from now until each of all has been told of it. @returns {Promise<Map<Speaker | Slim, number>>} milliseconds of each */
  async catchUpMs(speaker = this.random.pick(this.speakers)) {
    const began = performance.now()
    const mark = this.text('mark')
    /** @type {Map<Speaker | Slim, number>} */
    const times = new Map()
    const all = this.people
    const listeners = all.map(({ onTold }) => onTold)
    for (const [i, one] of all.entries())
      one.onTold = (told) => {
        listeners[i]?.(told)
        if (told.text === mark) times.set(one, performance.now() - began)
      }
    speaker.say(mark)
    await until('everybody has caught up', () => times.size >= all.length, 60_000)
    for (const [i, one] of all.entries()) one.onTold = listeners[i] ?? noop
    return times
  }

  /**
   * Waits until everybody has everything, as far as they get it, reads what the store holds and judges.
   * @param {{ acks: number, faults: number, peakMiB?: number }} bounds @returns {Promise<Verdict>}
   */
  async judge({ acks, faults, peakMiB = 1_024 }) {
    await this.quiet().catch(noop)
    await this.#settled()
    const witnesses = this.people.map(witnessOf)
    this.server.sample()
    if (this.mutant !== null) {
      // One that lies is no witness of what it holds.
      await this.server.kill()
      await this.server.start({ mutant: null })
    }
    const { room, inboxes } = await this.#read()
    // What such authors were told is judged where it can be seen: in their page.
    const authors = this.authors.map(({ name, sent }) => ({ name, sent, acked: [], room, inbox: [] }))
    return judge({
      witnesses: [...witnesses, ...authors],
      room,
      inboxes,
      faults: this.faults,
      peakMiB: this.server.peakMiB,
      bounds: { acks, faults, peakMiB },
    })
  }

  /** Waits until everybody was told of everything that was acknowledged in the room, and then of nothing more for a while. */
  async #settled() {
    const all = this.people
    const numbers = this.speakers.flatMap(({ acked }) =>
      acked.map(({ log, seq }) => (log === 'room' ? seq : 0)),
    )
    const head = numbers.reduce((most, seq) => Math.max(most, seq), 0)
    await until(
      'everybody has everything',
      () => all.every(({ room }) => (room.at(-1)?.seq ?? 0) >= head),
      this.mutant === null ? SETTLE_WITHIN_MS : SETTLED_MS,
      100,
    ).catch(noop)
    const told = () => all.reduce((sum, { room, inbox }) => sum + room.length + inbox.length, 0)
    let before = -1
    const deadline = performance.now() + SETTLE_WITHIN_MS
    while (before !== told() && performance.now() < deadline) {
      before = told()
      await sleep(SETTLED_MS)
    }
  }

  /** What the store holds, read by people whom it belongs to. */
  async #read() {
    const [reader] = this.speakers
    if (reader === undefined) throw new Error('nobody to read')
    await this.back()
    const room = await reader.wholeLog(ROOM)
    /** @type {Map<string, import('../checker.mjs').Told[]>} */
    const inboxes = new Map()
    for (const speaker of this.speakers) inboxes.set(speaker.name, await speaker.wholeLog('@me'))
    // Nobody speaks to a listener.
    for (const { name } of this.slims) inboxes.set(name, [])
    return { room, inboxes }
  }

  async close() {
    for (const speaker of this.speakers) speaker.leave()
    for (const slim of this.slims) slim.leave()
    await this.server.dispose()
  }
}

/** Whether somebody is connected, and a listener has what it missed. @param {Speaker | Slim} one */
export const isThere = (one) => (one instanceof Speaker ? one.online : one.isCaughtUp)

/** @param {Speaker | Slim} one @returns {Witness} */
function witnessOf(one) {
  const { name, room, inbox } = one
  return one instanceof Speaker
    ? { name, room: [...room], inbox: [...inbox], sent: one.sent, acked: one.acked }
    : { name, room: [...room], inbox: [...inbox], sent: [], acked: [] }
}

function noop() {}
