import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/**
 * @typedef {object} FloodPlan
 * @property {number} port
 * @property {string} from address of this machine; 127.0.0.1 is not limited
 * @property {string} label before the number of each text
 * @property {readonly { name: string, room: string }[]} attackers one for each socket
 * @property {number} perSecond messages of all together
 */

/** `sent`: messages of each attacker, numbered from 0. @typedef {{ connects: number, refusedUpgrades: number, sent: readonly number[] }} FloodReport */

const CHILD = fileURLToPath(new URL('./flood-child.mjs', import.meta.url))

/** Milliseconds in which a child says what it did. */
const ENDS_WITHIN_MS = 10_000

/** Begins to flood. The answer ends it. @param {FloodPlan} plan @returns {() => Promise<FloodReport>} */
export function flood(plan) {
  const child = fork(CHILD, [JSON.stringify(plan)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const end = () => child.kill('SIGKILL')
  process.once('exit', end)
  return async () => {
    const report = once(child, 'message', { signal: AbortSignal.timeout(ENDS_WITHIN_MS) })
    child.send('end')
    const [said] = await report
    process.removeListener('exit', end)
    return said
  }
}
