import { CROWDS } from './crowds.mjs'
import { loadOf } from './model.mjs'

/** @typedef {import('./model.mjs').Load} Load */
/** @typedef {import('./units.mjs').Units} Units */

/** Sizes of clusters in the tables. */
const NODES = [3, 10, 30, 100]

/** @param {number} value three digits, with separators */
const shown = (value) =>
  value >= 100 ? Math.round(value).toLocaleString('en-US') : Number(value.toPrecision(2)).toString()

/** @type {readonly (readonly [string, (load: Load) => number])[]} */
const COLUMNS = [
  ['nodes', ({ nodes }) => nodes],
  ['messages/s', ({ messages }) => messages],
  ['deliveries/s', ({ deliveries }) => deliveries],
  ['store: commits/s', ({ storeBatches }) => storeBatches],
  ['rows/s', ({ storeRows }) => storeRows],
  ['cores', ({ storeCores }) => storeCores],
  ['of them for heads', ({ storeCoresForHeads }) => storeCoresForHeads],
  ['commit, ms', ({ commitMs }) => commitMs],
  ['broker: hints in/s', ({ brokerIn }) => brokerIn],
  ['out/s', ({ brokerOut }) => brokerOut],
  ['out, MB/s', ({ brokerMegabytesOut }) => brokerMegabytesOut],
  ['presence changes/s', ({ presenceChanges }) => presenceChanges],
  ['busiest node: cores', ({ nodeCores }) => nodeCores],
  ['of them for others', ({ nodeCoresForOthers }) => nodeCoresForOthers],
  ['memory for others, MB', ({ nodeMegabytesForPeople }) => nodeMegabytesForPeople],
]

/** @typedef {Awaited<ReturnType<typeof import('./units.mjs').measureUnits>>} MeasuredUnits */
/** @typedef {Awaited<ReturnType<typeof import('./pair.mjs').measurePair>>} MeasuredPair */

/** @typedef {Awaited<ReturnType<typeof import('./workers.mjs').measureWorkers>>} MeasuredWorkers */

/** @param {{ date: string, machine: MeasuredUnits['machine'] }} result */
const placeOf = ({ date, machine: { cores, cpu, system } }) =>
  `Measured on ${date.slice(0, 10)}: ${cores} cores of ${cpu}, ${system}`

/** @type {readonly (readonly [string, keyof Units, string])[]} */
const UNITS = [
  ['a commit, whatever is in it: time', 'batchMs', 'ms'],
  ['each entry in it: time', 'rowMs', 'ms'],
  ['a commit: processor time of the database', 'batchMicroseconds', 'µs'],
  ['each entry in it', 'rowMicroseconds', 'µs'],
  ['a look at the head of one log: the database', 'headMicroseconds', 'µs'],
  ['a claim or a release of a name: the database', 'claimMicroseconds', 'µs'],
  ['a hint, whatever is in it: on the broker', 'hintBytes', 'bytes'],
  ['each entry in it', 'entryBytes', 'bytes'],
  ['each change of presence in it', 'changeBytes', 'bytes'],
  ['hearing a hint: processor time of a node', 'hintMicroseconds', 'µs'],
  ['each entry in it', 'entryMicroseconds', 'µs'],
  ['each change of presence in it, carried out', 'changeMicroseconds', 'µs'],
  ['somebody who is on another node: memory', 'personBytes', 'bytes'],
  ['a message to one client, where little is said (`steady`)', 'deliveryMicroseconds', 'µs'],
  ['taking a message in (`rooms`, what Roomful needs above the floor)', 'messageMicroseconds', 'µs'],
]

/** @param {MeasuredUnits} measured */
export function unitTable(measured) {
  const { units, deliveriesFrom } = measured
  return [
    '| What | Costs |',
    '|---|---:|',
    ...UNITS.map(([title, key, unit]) => `| ${title} | ${shown(units[key])} ${unit} |`),
    '',
    `${placeOf(measured)}; PostgreSQL without its disk (\`fsync=off\`); deliveries from ${deliveriesFrom}.`,
  ].join('\n')
}

/** @param {{ median: number, least: number, most: number }} figure */
const spread = ({ median, least, most }) => `${shown(median)} (${shown(least)} to ${shown(most)})`

/** @param {MeasuredPair['latencies'][number]} latency */
function latencyRow({ clientsPerNode, rooms, apart, messagesPerSecond, sameNodeMs, otherNodeMs }) {
  const deliveries = (2 * clientsPerNode * messagesPerSecond) / rooms
  const times = [sameNodeMs.p50, sameNodeMs.p99, otherNodeMs.p50, otherNodeMs.p99]
  const where = apart ? ', PostgreSQL and Redis with the clients' : ''
  return `| ${rooms === 1 ? 'all in one room' : `in ${rooms} rooms`}${where} | ${deliveries.toLocaleString('en-US')} | ${times.map((ms) => `${shown(ms)} ms`).join(' | ')} |`
}

/** @param {MeasuredPair} measured */
export function pairTable(measured) {
  const { saturate, latencies, rounds } = measured
  return [
    `| \`saturate\`, ${saturate.clientsPerNode} people on each node, 50 of the first one's speak | One node | The speakers' node | The listeners' node |`,
    '|---|---:|---:|---:|',
    `| deliveries per second of its processor time | ${spread(saturate.alonePerCpuSecond)} | ${spread(saturate.speakersPerCpuSecond)} | ${spread(saturate.listenersPerCpuSecond)} |`,
    `| against one node | 1 | ${spread(saturate.speakersRatio)} | ${spread(saturate.listenersRatio)} |`,
    `| messages/s | ${spread(saturate.messagesPerSecondAlone)} | ${spread(saturate.messagesPerSecondTogether)} | the same |`,
    '',
    `| ${latencies[0]?.messagesPerSecond.toLocaleString('en-US')} messages/s, ${latencies[0]?.clientsPerNode} people on each node | deliveries/s | same node: p50 | p99 | other node, through Redis: p50 | p99 |`,
    '|---|---:|---:|---:|---:|---:|',
    ...latencies.map(latencyRow),
    '',
    `${placeOf(measured)}, both nodes on one of them with PostgreSQL and Redis unless it says otherwise, the clients on the other; medians of ${rounds} rounds, least and most; ${measured.missing} deliveries missing, ${measured.lostClients} clients cut off.`,
  ].join('\n')
}

/** @param {MeasuredWorkers} measured */
export function workersTable(measured) {
  const { alone, together, ratio, rounds, speed } = measured
  return [
    '| `saturate`, 500 people | One process | `--workers 2` | Ratio |',
    '|---|---:|---:|---:|',
    `| deliveries/s | ${spread(alone)} | ${spread(together)} | ${spread(ratio)} |`,
    '',
    `${placeOf(measured)}; each process's main thread had ${Math.round(speed * 100)} % of a core, of one that all of them shared; medians of ${rounds} rounds, least and most; ${measured.missing} deliveries missing, ${measured.lostClients} clients cut off.`,
  ].join('\n')
}

/** One Markdown table per crowd: a row per size of the cluster. @param {Units} units */
export function scalingTables(units) {
  return CROWDS.map((crowd) => {
    const loads = NODES.map((nodes) => loadOf(crowd, nodes, units))
    const lines = [
      `**${crowd.people.toLocaleString('en-US')} connections: ${crowd.title}**`,
      '',
      `| ${COLUMNS.map(([title]) => title).join(' | ')} |`,
      `|${COLUMNS.map(() => '---:').join('|')}|`,
      ...loads.map((load) => `| ${COLUMNS.map(([, of]) => shown(of(load))).join(' | ')} |`),
    ]
    return lines.join('\n')
  }).join('\n\n')
}
