/** The performance section of both READMEs, made from a committed run of the bench. */
import { readdirSync } from 'node:fs'
import { PRIMARY, times } from '../../bench/runner/columns.mjs'
import { ratio } from '../../bench/runner/figures.mjs'
import { doubts, spreadText } from '../../bench/runner/table.mjs'
import { inTree, readText } from './tree.mjs'

/** @typedef {ReturnType<typeof import('../../bench/runner/report.mjs').reportOf>} Report */
/** @typedef {Report['scenarios'][number]} Scenario */
/** @typedef {'en' | 'zh-TW'} Lang */

export const READMES = /** @type {const} */ ({ en: 'README.md', 'zh-TW': 'README.zh-TW.md' })

const BEGIN = '<!-- bench: made by scripts/bench-doc.mjs -->'
const END = '<!-- /bench -->'

/** @type {Record<Lang, { head: string[], made: (report: Report, file: string) => string, rows: Record<string, string>, overloaded: string, limited: string }>} */
const WORDS = {
  en: {
    head: ['', 'Roomful, every message committed', 'spread'],
    made: ({ machine, date, command, repetitions }, file) =>
      `Made by \`${command}\` on ${date.slice(0, 10)}: ${machine.cores} cores of ${machine.cpu}, ${machine.system}, the server on one of them, ` +
      `medians of ${repetitions} rounds. All figures: [${file}](${file}).`,
    rows: {
      saturate: '500 people in one room, as many messages as it takes: deliveries/s',
      crowd: '5,000 people in one room: deliveries/s',
      rooms: '2,000 people in 200 rooms: deliveries/s',
      echo: 'echo: messages/s',
      steady: '500 people, 40 messages/s: µs of CPU per delivery (less is better)',
      busy: '500 people, 200 messages/s: p99 in ms (less is better)',
    },
    overloaded: 'overloaded',
    limited: '`!`: there the load program was at its limit, so that server could do more.',
  },
  'zh-TW': {
    head: ['', 'Roomful，每則訊息都已存檔', '離散'],
    made: ({ machine, date, command, repetitions }, file) =>
      `${date.slice(0, 10)} 以 \`${command}\` 測得：${machine.cpu}，${machine.cores} 核，${machine.system}，伺服器占其中一核，` +
      `取 ${repetitions} 輪的中位數。完整數據：[${file}](${file})。`,
    rows: {
      saturate: '一間 500 人，能送多少送多少：每秒送達',
      crowd: '一間 5,000 人：每秒送達',
      rooms: '200 間共 2,000 人：每秒送達',
      echo: '回聲：每秒訊息',
      steady: '500 人，每秒 40 則：每次送達的 CPU 微秒（愈少愈好）',
      busy: '500 人，每秒 200 則：p99 毫秒（愈少愈好）',
    },
    overloaded: '過載',
    limited: '`!`：該次測量時負載程式已達極限，那個伺服器還能更快。',
  },
}

const PEERS = /** @type {const} */ ([
  ['ws', 'ws'],
  ['socketio', 'Socket.IO'],
  ['fastapi', 'FastAPI'],
  ['flask', 'Flask-SocketIO'],
  ['bun', 'Bun publish'],
])

/** @returns {string | undefined} the newest run in `bench/results` */
export const newestRun = () =>
  readdirSync(inTree('bench', 'results'))
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => `bench/results/${name}`)
    .at(-1)

/** The run that a README quotes. @param {string} readme */
export const quotedRun = (readme) => /\[(bench\/results\/[^\]]+\.json)\]/.exec(readme)?.[1]

/** @param {string} file @returns {Report} */
const reportIn = (file) => JSON.parse(readText(file))

/** @param {Scenario} scenario @param {string} peer */
const runsOf = ({ peers }, peer) =>
  (peers.find((each) => each.peer === peer)?.runs ?? []).map((figures) => ({ figures, latencies: {} }))

/** A latency from which on a server at a fixed rate is not slow but never catches up: how far it falls behind is a matter of time. */
const OVERLOADED_MS = 500

/** @param {Scenario} scenario @param {string} name @param {string} overloaded */
function row(scenario, name, overloaded) {
  const primary = Object.values(PRIMARY).find(({ key }) => key === scenario.primary)
  const figure = scenario.peers.find(({ peer }) => peer === 'roomful')?.figures?.[scenario.primary]
  if (primary === undefined || figure === undefined) return []
  const own = runsOf(scenario, 'roomful')
  const cells = PEERS.map(([peer]) => {
    const runs = runsOf(scenario, peer)
    const value = ratio(own, runs, primary.key)
    if (Number.isNaN(value)) return ''
    if (
      primary.key === 'latencyP99' &&
      runs.some(({ figures }) => (figures['latencyP99'] ?? 0) > OVERLOADED_MS)
    )
      return overloaded
    return times(value) + (doubts(runs).includes('!') ? ' !' : '')
  })
  return [[name, primary.format(figure.median), spreadText(figure), ...cells]]
}

/** @param {string} file of a run @param {Lang} lang */
export function benchSection(file, lang) {
  const report = reportIn(file)
  const { head, made, rows, overloaded, limited } = WORDS[lang]
  const header = [...head, ...PEERS.map(([, title]) => `× ${title}`)]
  const lines = Object.entries(rows).flatMap(([id, name]) => {
    const scenario = report.scenarios.find((each) => each.scenario === id)
    return scenario === undefined ? [] : row(scenario, name, overloaded)
  })
  const table = [header, header.map((_title, i) => (i === 0 ? '---' : '---:')), ...lines]
  const notes = lines.some((cells) => cells.some((cell) => cell.endsWith(' !'))) ? `${limited}\n\n` : ''
  return `${table.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}\n\n${notes}${made(report, file)}`
}

/** The README with its section made anew. @param {string} readme @param {string} section */
export function withSection(readme, section) {
  const [before, rest] = readme.split(BEGIN)
  const after = rest?.split(END)[1]
  if (after === undefined) throw new Error(`the README has no ${BEGIN} with ${END} after it`)
  return `${before}${BEGIN}\n\n${section}\n\n${END}${after}`
}

/** @param {Lang} lang */
export const readmeOf = (lang) => readText(READMES[lang])
