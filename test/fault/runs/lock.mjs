import { join } from 'node:path'
import { loadDriver } from '../../../packages/server/dist/adapters/sqlite/driver.js'
import { Scene } from '../harness/scene.mjs'
import { sleep, until } from '../harness/wait.mjs'

/** @typedef {import('./run.mjs').RunPlan} RunPlan */
/** @typedef {import('./run.mjs').Outcome} Outcome */

/** How long another program holds the database, in seconds. */
const HELD_S = [0.1, 0.5, 2, 7, 15, 30]

/** In a small run. */
const HELD_BRIEFLY_S = [0.1, 0.5, 7]

/** What is acknowledged in all, at least. */
const ACKS = 200

const REFUSED_WITHIN_MS = 5_000
const BACK_WITHIN_MS = 5_000

/** Another program holds the write lock of the database. @param {RunPlan} plan @returns {Promise<Outcome>} */
export async function lock({ seed, scale, mutant }) {
  const scene = await Scene.open({ seed, mutant })
  const { server, random } = scene
  const intruder = (await loadDriver()).open(join(server.dataFolder, 'roomful.db'))
  try {
    await scene.addSlims(5)
    const speakers = await scene.addSpeakers(10)
    const chatter = setInterval(() => scene.pending < 200 && scene.speak(random.pick(speakers), 0.1), 10)
    let backMs = 0
    let whileHeld = 0
    let answersMs = 0
    const held = scale >= 1 ? HELD_S : HELD_BRIEFLY_S
    for (const seconds of held) {
      await sleep(500)
      takeLock(intruder)
      scene.faults += 1
      const taken = performance.now()
      const head = headOf(intruder)
      while (performance.now() - taken < seconds * 1_000) {
        const asked = performance.now()
        await server.status('/livez')
        answersMs = Math.max(answersMs, performance.now() - asked)
        await sleep(20)
      }
      // What was committed before may be acknowledged only now.
      whileHeld += speakers.flatMap(({ acked }) => acked).filter(isBeyond(head)).length
      intruder.exec('ROLLBACK')
      const freed = performance.now()
      const acks = scene.acks
      await until('something is acknowledged again', () => scene.acks > acks, 60_000)
      backMs = Math.max(backMs, performance.now() - freed)
    }
    await until('enough is acknowledged', () => scene.acks >= ACKS, 60_000)
    clearInterval(chatter)
    const verdict = await scene.judge({ acks: ACKS, faults: held.length })
    const refusals = speakers.reduce((sum, { unavailable }) => sum + unavailable, 0)
    const slowest = scene.slowestRefusalMs
    return {
      verdict,
      figures: [
        { name: 'locks held', value: scene.faults, exactly: held.length },
        { name: 'longest of them', unit: 's', value: Math.max(...held) },
        { name: 'acknowledged while it was held', value: whileHeld, exactly: 0 },
        { name: 'refused with `unavailable`', value: refusals, atLeast: 1 },
        { name: 'refused, latest after it was sent', unit: 'ms', value: slowest, atMost: REFUSED_WITHIN_MS },
        { name: 'works again after the lock, latest', unit: 'ms', value: backMs, atMost: BACK_WITHIN_MS },
        { name: 'answers to /livez meanwhile, slowest', unit: 'ms', value: answersMs, atMost: 1_000 },
        { name: 'restarts of the server', value: server.starts - 1, exactly: 0 },
      ],
    }
  } finally {
    intruder.close()
    await scene.close()
  }
}

/** @typedef {import('../../../packages/server/dist/adapters/sqlite/driver.js').Database} Database */

/** @param {Database} database */
function takeLock(database) {
  database.exec('PRAGMA busy_timeout = 5000')
  database.exec('BEGIN IMMEDIATE')
}

/** The last number of the room. @param {Database} database */
function headOf(database) {
  const rows = database.prepare("SELECT max(head) AS head FROM logs WHERE substr(name, 1, 1) <> '@'").all([])
  return Number(rows[0]?.['head'])
}

/** Acknowledged in the room under a number that it did not give. @param {number} head */
const isBeyond =
  (head) =>
  (/** @type {import('../checker.mjs').Acked} */ { log, seq }) =>
    log === 'room' && seq > head
