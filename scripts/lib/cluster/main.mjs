/** A whole cluster as processes of this machine, until it is told to end. */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { canHold } from '../../../packages/server/testing/postgres-daemon.mjs'
import { BUSES, Cluster } from './cluster.mjs'

const EXIT_FAILED = 1
const EXIT_USAGE = 2

const MAX_NODES = 16

const FOLDER = './data/cluster'
/** `npm start` as root keeps ./data to itself. */
const FOLDER_OF_ROOT = '/var/lib/roomful-cluster'

const USAGE = `usage: npm run cluster -- [--bus ${Object.keys(BUSES).join('|')}] [--nodes N] [--port N] [--folder FOLDER] [-- FLAG …]

  --bus      By what the nodes hear of each other. Default: postgres.
  --nodes    1 to ${MAX_NODES}. Default: 3.
  --port     Of nginx, where people connect. Default: a free one.
  --folder   For the database and the logs. Default: ${FOLDER}; as root, where the user postgres cannot reach that, ${FOLDER_OF_ROOT}.
  FLAG       Settings of each node, such as --lang en.
`

/** @param {string} line */
const say = (line) => process.stdout.write(`${line}\n`)

/** A history that is there is never left behind for an empty one. */
function defaultFolder() {
  if (existsSync(join(FOLDER, 'data', 'PG_VERSION')) || canHold(resolve(FOLDER))) return FOLDER
  say(`The user postgres cannot reach ${resolve(FOLDER)}: the cluster is in ${FOLDER_OF_ROOT} (--folder).`)
  return FOLDER_OF_ROOT
}

function planOf() {
  const { values, positionals, tokens } = parseArgs({
    allowPositionals: true,
    tokens: true,
    options: {
      bus: { type: 'string', default: 'postgres' },
      nodes: { type: 'string', default: '3' },
      port: { type: 'string' },
      folder: { type: 'string' },
    },
  })
  const { bus } = values
  const numberIn = (/** @type {string} */ name, /** @type {string} */ text, /** @type {number} */ most) => {
    const number = Number(text)
    if (!/^\d+$/.test(text) || number < 1 || number > most)
      throw new TypeError(`--${name} must be 1 to ${most}, not ${text}`)
    return number
  }
  if (!Object.hasOwn(BUSES, bus)) throw new TypeError(`there is no bus ${bus}`)
  if (positionals.length > 0 && !tokens.some(({ kind }) => kind === 'option-terminator'))
    throw new TypeError(`what is ${positionals[0]}?`)
  const port = values.port === undefined ? {} : { port: numberIn('port', values.port, 65_535) }
  return {
    bus,
    nodes: numberIn('nodes', values.nodes, MAX_NODES),
    folder: resolve(values.folder ?? defaultFolder()),
    args: positionals,
    ...port,
  }
}

/** @param {Cluster} cluster */
function endOnSignals(cluster) {
  let isEnding = false
  for (const [signal, code] of /** @type {const} */ ([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ]))
    process.on(signal, () => {
      // What still runs then is killed.
      if (isEnding) process.exit(code)
      isEnding = true
      say('Stopping …')
      void cluster.stop().then(() => process.exit(0))
    })
  process.on('SIGUSR2', () => void cluster.restart())
}

try {
  const cluster = new Cluster(planOf(), say)
  endOnSignals(cluster)
  await cluster.start()
  say(cluster.banner())
} catch (error) {
  const { message } = error instanceof Error ? error : { message: String(error) }
  const isUsage = error instanceof TypeError
  process.stderr.write(`cluster: ${message}\n${isUsage ? `\n${USAGE}` : ''}`)
  process.exit(isUsage ? EXIT_USAGE : EXIT_FAILED)
}
