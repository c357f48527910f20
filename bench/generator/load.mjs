import { gather, keepAlive, sleep } from './crowd.mjs'
import { Meter } from './meter.mjs'
import { Traffic } from './traffic.mjs'

/**
 * @typedef {import('./client.mjs').Target
 *   & import('./crowd.mjs').CrowdPlan
 *   & import('./traffic.mjs').TalkPlan
 *   & {
 *     kind: 'load',
 *     pid: number,
 *     beats: boolean,
 *     loop: { inFlight: number } | { rate: number },
 *     warmupMs: number,
 *     measureMs: number,
 *     bursts: number,
 *     drainMs: number,
 *   }} LoadPlan
 */

/**
 * @typedef {object} LoadResult
 * @property {number} seconds that were measured
 * @property {number} deliveries that arrived within them
 * @property {number} bytes received within them, frames and all
 * @property {number} cpuMs of the server
 * @property {number} memoryKiB of the server
 * @property {number} busy share of its core that the generator used
 * @property {number} others cores that other programs used
 * @property {import('./histogram.mjs').HistogramData} latency
 * @property {number} sent messages of the whole run
 * @property {number} expected deliveries of the whole run
 * @property {number} received deliveries of the whole run
 * @property {number} lostClients
 * @property {boolean} compressed
 */

const POLL_MS = 20
const LONGEST_EXTENSION_MS = 4000

/**
 * Waits for a time, and some more for a server that has not yet delivered so much: some write nothing before they have
 * worked through all that is in flight, and would be measured between two such bursts.
 * @param {number} ms @param {Traffic} traffic @param {number} deliveries
 */
async function sleepUntil(ms, traffic, deliveries) {
  const enough = traffic.received + deliveries
  await sleep(ms)
  const limit = performance.now() + LONGEST_EXTENSION_MS
  while (traffic.received < enough && performance.now() < limit) await sleep(POLL_MS)
}

/** Sends and counts for a time. @param {LoadPlan} plan @returns {Promise<LoadResult>} */
export async function runLoad(plan) {
  const clients = await gather(plan, plan)
  const stopBeats = plan.beats ? keepAlive(clients) : () => {}
  const traffic = new Traffic(clients, plan)
  if ('rate' in plan.loop) {
    for (const client of clients) traffic.observe(client)
    traffic.announce(plan.loop.rate)
  } else {
    for (const client of clients) traffic.count(client)
    traffic.converse(plan.loop.inFlight)
  }
  const inFlight = 'inFlight' in plan.loop ? traffic.expected : 0
  await sleepUntil(plan.warmupMs, traffic, inFlight)
  const window = traffic.openWindow()
  const meter = new Meter(plan.pid)
  const before = { received: traffic.received, bytes: traffic.bytes }
  await sleepUntil(plan.measureMs, traffic, inFlight * plan.bursts)
  const reading = meter.read()
  const deliveries = traffic.received - before.received
  const bytes = traffic.bytes - before.bytes
  traffic.closeWindow(window)
  await traffic.drain(plan.drainMs)
  stopBeats()
  const { sent, expected, received, lostClients } = traffic
  return {
    ...reading,
    deliveries,
    bytes,
    latency: window.histogram.toJSON(),
    sent,
    expected,
    received,
    lostClients,
    compressed: clients[0]?.compressed === true,
  }
}
