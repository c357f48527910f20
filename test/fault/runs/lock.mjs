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
      // What was under way is committed or waits for the lock now.
      await sleep(Math.min(100, seconds * 500))
      const before = scene.acks
      while (performance.now() - taken < seconds * 1_000) {
        const asked = performance.now()
        await server.status('/livez')
        answersMs = Math.max(answersMs, performance.now() - asked)
        await sleep(20)
      }
      whileHeld += scene.acks - before
      intruder.exec('ROLLBACK')
      const freed = performance.now()
      const acks = scene.acks
      await until('something is acknowledged again', () => scene.acks > acks, 30_000)
      backMs = Math.max(backMs, performance.now() - freed)
    }
    clearInterval(chatter)
    const verdict = await scene.judge({ acks: 200, faults: held.length })
    const refusals = speakers.reduce((sum, one) => sum + (one.refusals.get('unavailable') ?? 0), 0)
    const slowest = Math.max(...speakers.flatMap(({ refusedAfterMs }) => refusedAfterMs))
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

/** @param {{ exec: (sql: string) => void }} database */
function takeLock(database) {
  database.exec('PRAGMA busy_timeout = 5000')
  database.exec('BEGIN IMMEDIATE')
}
