import { gather, keepAlive, sleep } from './crowd.mjs'
import { usageOf } from './usage.mjs'

/**
 * @typedef {import('./client.mjs').Target
 *   & import('./crowd.mjs').CrowdPlan
 *   & { kind: 'idle', pid: number, settleMs: number }} IdlePlan
 */

/** @typedef {{ clients: number, bytesEach: number, memoryKiB: number, lostClients: number }} IdleResult */

/**
 * Opens connections and lets them rest; what the server grew by, divided by their number.
 * @param {IdlePlan} plan @returns {Promise<IdleResult>}
 */
export async function runIdle(plan) {
  const before = usageOf(plan.pid)
  const clients = await gather(plan, plan)
  // Signs of life from everybody, also to servers that do not ask for them: the garbage collector needs an occasion.
  const stopBeats = keepAlive(clients)
  await sleep(plan.settleMs)
  stopBeats()
  const { memoryKiB } = usageOf(plan.pid)
  return {
    clients: clients.length,
    bytesEach: ((memoryKiB - before.memoryKiB) * 1024) / clients.length,
    memoryKiB,
    lostClients: clients.filter(({ lost }) => lost).length,
  }
}
