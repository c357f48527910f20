import { dial, sleep } from './crowd.mjs'
import { Histogram } from './histogram.mjs'
import { Meter } from './meter.mjs'

/**
 * @typedef {import('./client.mjs').Target
 *   & import('./crowd.mjs').CrowdPlan
 *   & { kind: 'storm', pid: number, afterMs: number, limitMs: number }} StormPlan
 */

/**
 * @typedef {object} StormResult
 * @property {number} clients
 * @property {number} seconds until the last one was in
 * @property {number} refused that never got in
 * @property {number} lostClients that got in and were cut off
 * @property {number} cpuMs of the server until the last one was in
 * @property {number} memoryKiB of the server, at the end
 * @property {number} busy share of its core that the generator used
 * @property {number} others cores that other programs used
 * @property {import('./histogram.mjs').HistogramData} latency from the wish to connect until being in
 */

/** Everybody comes at the same moment. @param {StormPlan} plan @returns {Promise<StormResult>} */
export async function runStorm(plan) {
  const histogram = new Histogram()
  const meter = new Meter(plan.pid)
  const started = performance.now()
  let inside = 0
  const clients = Array.from({ length: plan.clients }, (_none, index) => dial(plan, plan, index))
  const arrivals = clients.map(async ({ opened }) => {
    await opened
    histogram.record((performance.now() - started) * 1000)
    inside += 1
  })
  await Promise.race([Promise.allSettled(arrivals), sleep(plan.limitMs)])
  const { seconds, cpuMs, busy, others } = meter.read()
  await sleep(plan.afterMs)
  const { memoryKiB } = meter.read()
  return {
    clients: plan.clients,
    seconds,
    refused: plan.clients - inside,
    lostClients: clients.filter(({ lost }) => lost).length,
    cpuMs,
    memoryKiB,
    busy,
    others,
    latency: histogram.toJSON(),
  }
}
