import { dial, gather, keepAlive, sleep } from './crowd.mjs'
import { Meter } from './meter.mjs'
import { Traffic } from './traffic.mjs'
import { usageOf } from './usage.mjs'

/** @typedef {import('./client.mjs').Client} Client */

/**
 * @typedef {import('./client.mjs').Target
 *   & import('./crowd.mjs').CrowdPlan
 *   & import('./traffic.mjs').TalkPlan
 *   & {
 *     kind: 'slow',
 *     pid: number,
 *     beats: boolean,
 *     rate: number,
 *     slowShare: number,
 *     warmupMs: number,
 *     measureMs: number,
 *     drainMs: number,
 *   }} SlowPlan
 */

/**
 * @typedef {object} SlowResult
 * @property {import('./histogram.mjs').HistogramData} without latency while all read: before some stopped to, and when they had caught up
 * @property {import('./histogram.mjs').HistogramData} latency of the others while some do not read
 * @property {number} grownKiB most memory that the server had while some did not read, above that of before
 * @property {number} slow clients that did not read
 * @property {number} missing deliveries that never came, to anybody
 * @property {number} disordered messages that a slow client got behind a later one of the same sender
 * @property {number} lostClients
 * @property {number} busy share of its core that the generator used
 * @property {number} others cores that other programs used
 */

const SAMPLE_MS = 50

/** The highest memory of a process during some time. @param {number} pid @param {number} ms */
async function highestMemory(pid, ms) {
  const end = performance.now() + ms
  let highest = 0
  while (performance.now() < end) {
    highest = Math.max(highest, usageOf(pid).memoryKiB)
    await sleep(Math.min(SAMPLE_MS, end - performance.now()))
  }
  return highest
}

/**
 * Some clients leave, and as many new ones come that do not read: the kernel gives a connection that never reads little
 * room, so that what waits for it is the server's affair.
 * @param {SlowPlan} plan @param {Client[]} clients those at its end are exchanged
 * @param {number} count
 * @returns {Promise<Client[]>} the new ones
 */
async function exchange(plan, clients, count) {
  for (const client of clients.splice(clients.length - count)) client.close()
  const fresh = Array.from({ length: count }, (_none, index) => dial(plan, plan, plan.clients + index))
  for (const client of fresh) {
    await client.opened
    client.pause()
  }
  clients.push(...fresh)
  return fresh
}

/**
 * At first all read; then some do not, for a while; then they go on, catch up, and all read again. What is compared is timed
 * before and behind, half and half, so that a machine that becomes slower or faster meanwhile does it to both.
 * @param {SlowPlan} plan @returns {Promise<SlowResult>}
 */
export async function runSlow(plan) {
  const clients = await gather(plan, plan)
  const stopBeats = plan.beats ? keepAlive(clients) : () => {}
  const traffic = new Traffic(clients, plan)
  for (const client of clients) traffic.observe(client)
  traffic.announce(plan.rate)
  await sleep(plan.warmupMs)
  const meter = new Meter(plan.pid)
  const without = traffic.openWindow()
  const base = await highestMemory(plan.pid, plan.measureMs / 2)
  traffic.closeWindow(without)
  await traffic.drain(plan.drainMs)

  const slow = await exchange(plan, clients, Math.round(plan.clients * plan.slowShare))
  let disordered = 0
  for (const client of slow) {
    const newest = new Float64Array(plan.senders)
    traffic.follow(client, (sender, stamp) => {
      if (stamp < (newest[sender] ?? 0)) disordered += 1
      newest[sender] = stamp
    })
  }
  traffic.announce(plan.rate)
  const window = traffic.openWindow()
  const highest = await highestMemory(plan.pid, plan.measureMs)
  traffic.closeWindow(window)
  const { busy, others } = meter.read()
  for (const client of slow) client.resume()
  await traffic.drain(plan.drainMs)

  traffic.announce(plan.rate)
  await sleep(plan.warmupMs / 2)
  const again = traffic.openWindow()
  await sleep(plan.measureMs / 2)
  traffic.closeWindow(again)
  await traffic.drain(plan.drainMs)
  stopBeats()
  without.histogram.add(again.histogram.toJSON())
  return {
    without: without.histogram.toJSON(),
    latency: window.histogram.toJSON(),
    grownKiB: highest - base,
    slow: slow.length,
    missing: traffic.expected - traffic.received,
    disordered,
    lostClients: traffic.lostClients,
    busy,
    others,
  }
}
