/** What deliveries cost, from a run of the bench. */
import { readFileSync } from 'node:fs'
import { inTree } from '../../scripts/lib/tree.mjs'

/** @typedef {import('../../scripts/lib/bench-table.mjs').Report} Report */

/** Deliveries of a message in the scenario `rooms`. */
const ROOM_PEOPLE = 10

/** A hint waits until the one before it is sent, which a broker on the same network takes some milliseconds for. */
const HINTS_PER_SECOND = 200

/** @param {string} file of a run of all scenarios */
export function deliveryUnits(file) {
  /** @type {Report} */
  const { scenarios } = JSON.parse(readFileSync(inTree(file), 'utf8'))
  const cpu = (/** @type {string} */ scenario, /** @type {string} */ peer) => {
    const figure = scenarios.find((one) => one.scenario === scenario)?.peers.find((one) => one.peer === peer)
      ?.figures?.['cpuPerDelivery']
    if (figure === undefined) throw new Error(`${file} has no ${peer} in ${scenario}`)
    return figure.median
  }
  return {
    deliveryMicroseconds: cpu('steady', 'roomful'),
    messageMicroseconds: ROOM_PEOPLE * (cpu('rooms', 'roomful') - cpu('rooms', 'floor')),
    presenceHintsPerSecond: HINTS_PER_SECOND,
  }
}
