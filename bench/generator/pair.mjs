import { constants, setPriority } from 'node:os'
import { gather, keepAlive, sleep } from './crowd.mjs'
import { Meter } from './meter.mjs'
import { Traffic } from './traffic.mjs'

/**
 * Rooms on one node or two: everybody who speaks is on the first, and each node has as many who listen, the same number in each room. `yields`: whoever else runs on this core
 * goes first.
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
 *     yields: boolean,
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

/** @param {PairPlan} plan @returns {Promise<PairResult>} */
export async function runPair(plan) {
  const { other } = plan
  if (plan.yields) setPriority(constants.priority.PRIORITY_LOW)
  const speaking = await gather(plan, plan)
  // Nobody bears one name twice, on whatever node.
  const path = plan.path.replace('{user}', 'l{user}')
  const listening = other === null ? [] : await gather({ ...plan, port: other.port }, { ...plan, path })
  // The last notice of who came may be a second late, and is no message.
  await sleep(NOTICES_MS)
  const listeners = new Traffic(listening, { ...plan, senders: 0 })
  const stopBeats = keepAlive([...speaking, ...listening])
  const traffic = new Traffic(speaking, plan)
  for (const client of speaking) traffic.observe(client)
  for (const client of listening) listeners.observe(client)
  if ('rate' in plan.loop) traffic.announce(plan.loop.rate)
  else traffic.converse(plan.loop.inFlight)
  await sleep(plan.warmupMs)
  const windows = { first: traffic.openWindow(), second: listeners.openWindow() }
  const meters = [new Meter(plan.pid), other === null ? null : new Meter(other.pid)]
  const before = { first: traffic.received, second: listeners.received }
  await sleep(plan.measureMs)
  const readings = meters.map((meter) => meter?.read() ?? null)
  traffic.closeWindow(windows.first)
  listeners.closeWindow(windows.second)
  const first = traffic.received - before.first
  const second = listeners.received - before.second
  await traffic.drain(plan.drainMs)
  listeners.expected = (traffic.sent * listening.length) / plan.rooms
  await listeners.drain(plan.drainMs)
  stopBeats()
  return {
    seconds: readings[0]?.seconds ?? 0,
    first: { deliveries: first, cpuMs: readings[0]?.cpuMs ?? 0, latency: windows.first.histogram.toJSON() },
    second:
      other === null
        ? null
        : { deliveries: second, cpuMs: readings[1]?.cpuMs ?? 0, latency: windows.second.histogram.toJSON() },
    missing: traffic.expected - traffic.received + (listeners.expected - listeners.received),
    lostClients: traffic.lostClients + listeners.lostClients,
    busy: readings[0]?.busy ?? 0,
  }
}
