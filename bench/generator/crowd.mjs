import { Client } from './client.mjs'

/** @typedef {import('./client.mjs').Target} Target */

/**
 * @typedef {object} CrowdPlan
 * @property {string} path with `{user}` and `{room}` in it
 * @property {number} clients
 * @property {number} rooms over which they are spread evenly
 * @property {number} atOnce handshakes under way at a time
 */

const BEAT_MS = 8_000
const HANDSHAKE_LIMIT_MS = 60_000

/** All names and rooms are of one length each, so that all frames are. @param {number} index */
const userOf = (index) => `u${String(index).padStart(5, '0')}`

/** @param {number} room */
const roomOf = (room) => `room${String(room).padStart(4, '0')}`

/**
 * Begins one connection.
 * @param {Target} target @param {CrowdPlan} plan @param {number} index
 */
export function dial(target, plan, index) {
  const user = userOf(index)
  const room = roomOf(index % plan.rooms)
  return new Client(target, plan.path.replace('{user}', user).replace('{room}', room), { user, room })
}

/**
 * Opens all connections; client number i is in room i modulo the number of rooms.
 * @param {Target} target @param {CrowdPlan} plan
 * @returns {Promise<Client[]>} rejects when one of them fails
 */
export async function gather(target, plan) {
  /** @type {Client[]} */
  const clients = []
  const line = async () => {
    while (clients.length < plan.clients) {
      const client = dial(target, plan, clients.length)
      clients.push(client)
      await client.opened
    }
  }
  const late = timeout(HANDSHAKE_LIMIT_MS, 'the handshakes take too long')
  try {
    await Promise.race([Promise.all(Array.from({ length: plan.atOnce }, line)), late.promise])
  } finally {
    late.cancel()
  }
  return clients
}

/** @param {number} ms @param {string} message */
function timeout(ms, message) {
  /** @type {NodeJS.Timeout | undefined} */
  let timer
  const promise = new Promise((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(message)), ms)
  })
  return { promise, cancel: () => clearTimeout(timer) }
}

/** Has every client send a sign of life now and then, spread over time. Returns how to stop it. @param {readonly Client[]} clients */
export function keepAlive(clients) {
  let next = 0
  const every = 100
  const timer = setInterval(() => {
    const share = Math.ceil((clients.length * every) / BEAT_MS)
    for (let i = 0; i < share; i++) clients[next++ % clients.length]?.beat()
  }, every)
  return () => clearInterval(timer)
}

/** @param {number} ms */
export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
