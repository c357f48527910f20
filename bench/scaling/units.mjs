/** What one piece of a cluster's work costs on this machine, for the model. */
import { startPostgresDaemon } from '../../packages/server/testing/postgres-daemon.mjs'
import { newestRun } from '../../scripts/lib/bench-table.mjs'
import { machine } from '../runner/machine.mjs'
import { codecUnits } from './codec-units.mjs'
import { databaseUnits } from './database-units.mjs'
import { deliveryUnits } from './delivery-units.mjs'

/**
 * Microseconds are processor time, of the database where it says so, of a node otherwise.
 * @typedef {object} Units
 * @property {number} batchMs time that a commit takes, whatever is in it
 * @property {number} rowMs and for each entry in it
 * @property {number} batchMicroseconds of the database
 * @property {number} rowMicroseconds of the database
 * @property {number} headMicroseconds of the database, for looking at the head of one log
 * @property {number} claimMicroseconds of the database, for one claim or one release of a name
 * @property {number} hintBytes on the broker, of a hint without anything in it
 * @property {number} entryBytes
 * @property {number} changeBytes of a change of presence
 * @property {number} hintMicroseconds for hearing a hint without anything in it
 * @property {number} entryMicroseconds for hearing of an entry
 * @property {number} changeMicroseconds for hearing of a change of presence and applying it
 * @property {number} personBytes of memory for somebody on another node
 * @property {number} deliveryMicroseconds for a message to one client, where little is said
 * @property {number} messageMicroseconds for taking a message in, beside its deliveries
 * @property {number} presenceHintsPerSecond that a node publishes at most
 */

/** Takes some ten seconds. @returns {Promise<{ date: string, machine: ReturnType<typeof machine>, deliveriesFrom: string, units: Units }>} */
export async function measureUnits() {
  const run = newestRun()
  if (run === undefined) throw new Error('bench/results holds no run: npm run bench')
  const postgres = await startPostgresDaemon()
  try {
    const units = { ...(await databaseUnits(postgres)), ...(await codecUnits()), ...deliveryUnits(run) }
    return { date: new Date().toISOString(), machine: machine(), deliveriesFrom: run, units }
  } finally {
    await postgres.remove()
  }
}
