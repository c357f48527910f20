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
  await sleep(plan.warmupMs)
  const window = traffic.openWindow()
  const meter = new Meter(plan.pid)
  const before = { received: traffic.received, bytes: traffic.bytes }
  await sleep(plan.measureMs)
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
