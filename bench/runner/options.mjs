import { parseArgs } from 'node:util'
import { PEERS } from '../peers/peers.mjs'
import { SCENARIOS } from '../scenarios.mjs'

export const HELP = `npm run bench -- [options]

  --quick               short: the whole run within 2 minutes
  --scenario A,B        only these: ${SCENARIOS.map(({ id }) => id).join(', ')}
  --peer X,Y            only these: ${PEERS.map(({ id }) => id).join(', ')}
  --repetitions N       how often each is measured (3, with --quick 1)
  --json                prints JSON and nothing else
  --install             installs Socket.IO, Bun and, as root on Debian, FastAPI and Flask-SocketIO; then ends
  --help
`

/**
 * @typedef {object} Options
 * @property {boolean} quick
 * @property {boolean} json
 * @property {boolean} install
 * @property {boolean} help
 * @property {number} repetitions
 * @property {readonly string[] | null} scenarios null for all
 * @property {readonly string[] | null} peers null for all
 */

/** @param {string | undefined} text @param {readonly { id: string }[]} known @param {string} what */
function listOf(text, known, what) {
  if (text === undefined) return null
  const ids = text.split(',')
  const unknown = ids.find((id) => !known.some((one) => one.id === id))
  if (unknown !== undefined)
    throw new Error(`there is no ${what} ${unknown}; there is ${known.map(({ id }) => id).join(', ')}`)
  return ids
}

/** @param {readonly string[]} argv @returns {Options} throws on what it does not know */
export function readOptions(argv) {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      install: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
      repetitions: { type: 'string' },
      scenario: { type: 'string' },
      peer: { type: 'string' },
    },
  })
  const { quick, json, install, help } = values
  const repetitions = Number(values.repetitions ?? (quick ? 1 : 3))
  if (!Number.isInteger(repetitions) || repetitions < 1)
    throw new Error(`--repetitions must be a whole number from 1, not ${values.repetitions}`)
  return {
    ...{ quick, json, install, help, repetitions },
    scenarios: listOf(values.scenario, SCENARIOS, 'scenario'),
    peers: listOf(values.peer, PEERS, 'peer'),
  }
}
