import { gather, keepAlive, sleep } from './crowd.mjs'
import { Histogram } from './histogram.mjs'
import { MarkReader, Spacing } from './marks.mjs'
import { Meter } from './meter.mjs'
import { Traffic } from './traffic.mjs'

/** @typedef {import('./client.mjs').Client} Client */

/**
 * One room on one node or two: everybody who speaks is on the first, and each node has as many who listen.
 * @typedef {import('./client.mjs').Target
 *   & import('./crowd.mjs').CrowdPlan
 *   & import('./traffic.mjs').TalkPlan
 *   & {
 *     kind: 'pair',
 *     pid: number,
 *     other: { port: number, pid: number } | null,
 *     loop: { inFlight: number } | { rate: number },
 *     warmupMs: number,
 *     measureMs: number,
 *     drainMs: number,
 *   }} PairPlan
 */

/**
 * @typedef {object} NodeResult
 * @property {number} deliveries to its clients, within the time that was measured
 * @property {number} cpuMs of the node
 * @property {import('./histogram.mjs').HistogramData} latency from the intended sending to the arrival at its clients
 */

/**
 * @typedef {object} PairResult
 * @property {number} seconds
 * @property {NodeResult} first
 * @property {NodeResult | null} second
 * @property {number} missing deliveries of the whole run that did not arrive
 * @property {number} lostClients
 * @property {number} busy share of a core that the generator used
 */

const NOTICES_MS = 1_500

/** Microseconds on the generator's only clock. */
const now = () => Math.floor(performance.now() * 1000)

/** Those on the second node: what they hear was said on the first. */
class Listeners {
  received = 0
  histogram = new Histogram()
  isTiming = false
  #clients

  /** @param {readonly Client[]} clients */
  constructor(clients) {
    this.#clients = clients
    const spacing = new Spacing()
    for (const client of clients) {
      let at = 0
      const reader = new MarkReader(spacing, (_sender, stamp) => {
        if (this.isTiming) this.histogram.record(Math.max(0, at - stamp))
      })
      client.onBytes = (bytes, length) => {
        at = now()
        this.received += reader.read(bytes, length)
      }
    }
  }

  get lostClients() {
    return this.#clients.filter(({ lost }) => lost).length
  }

  /** Waits until so much has come, or nothing more does. @param {number} expected @param {number} patienceMs */
  async drain(expected, patienceMs) {
    for (let before = -1; this.received < expected && this.received > before; ) {
      before = this.received
      await sleep(patienceMs)
    }
  }
}

/** @param {PairPlan} plan @returns {Promise<PairResult>} */
export async function runPair(plan) {
  const { other } = plan
  const speaking = await gather(plan, plan)
  // Nobody bears one name twice, on whatever node.
  const path = plan.path.replace('{user}', 'l{user}')
  const listening = other === null ? [] : await gather({ ...plan, port: other.port }, { ...plan, path })
  // The last notice of who came may be a second late, and is no message.
  await sleep(NOTICES_MS)
  const listeners = new Listeners(listening)
  const stopBeats = keepAlive([...speaking, ...listening])
  const traffic = new Traffic(speaking, plan)
  for (const client of speaking) traffic.observe(client)
  if ('rate' in plan.loop) traffic.announce(plan.loop.rate)
  else traffic.converse(plan.loop.inFlight)
  await sleep(plan.warmupMs)
  const window = traffic.openWindow()
  listeners.isTiming = true
  const meters = [new Meter(plan.pid), other === null ? null : new Meter(other.pid)]
  const before = { first: traffic.received, second: listeners.received }
  await sleep(plan.measureMs)
  const readings = meters.map((meter) => meter?.read() ?? null)
  listeners.isTiming = false
  traffic.closeWindow(window)
  const first = traffic.received - before.first
  const second = listeners.received - before.second
  await traffic.drain(plan.drainMs)
  const expected = traffic.sent * listening.length
  await listeners.drain(expected, plan.drainMs)
  stopBeats()
  return {
    seconds: readings[0]?.seconds ?? 0,
    first: { deliveries: first, cpuMs: readings[0]?.cpuMs ?? 0, latency: window.histogram.toJSON() },
    second:
      other === null
        ? null
        : { deliveries: second, cpuMs: readings[1]?.cpuMs ?? 0, latency: listeners.histogram.toJSON() },
    missing: traffic.expected - traffic.received + (expected - listeners.received),
    lostClients: traffic.lostClients + listeners.lostClients,
    busy: readings[0]?.busy ?? 0,
  }
}
