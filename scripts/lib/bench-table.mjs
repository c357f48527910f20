/** The performance section of both READMEs, made from a committed run of the bench. */
import { readdirSync } from 'node:fs'
import { PRIMARY, times } from '../../bench/runner/columns.mjs'
import { ratio } from '../../bench/runner/figures.mjs'
import { spreadText } from '../../bench/runner/table.mjs'
import { inTree, readText } from './tree.mjs'

/** @typedef {ReturnType<typeof import('../../bench/runner/report.mjs').reportOf>} Report */
/** @typedef {Report['scenarios'][number]} Scenario */
/** @typedef {'en' | 'zh-TW'} Lang */

export const READMES = /** @type {const} */ ({ en: 'README.md', 'zh-TW': 'README.zh-TW.md' })

const BEGIN = '<!-- bench: made by scripts/bench-doc.mjs -->'
const END = '<!-- /bench -->'

/** @type {Record<Lang, { head: string[], made: (report: Report, file: string) => string, rows: Record<string, string> }>} */
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

/** @param {Scenario} scenario @param {string} name */
function row(scenario, name) {
  const primary = Object.values(PRIMARY).find(({ key }) => key === scenario.primary)
  const figure = scenario.peers.find(({ peer }) => peer === 'roomful')?.figures?.[scenario.primary]
  if (primary === undefined || figure === undefined) return []
  const own = runsOf(scenario, 'roomful')
  const ratios = PEERS.map(([peer]) => ratio(own, runsOf(scenario, peer), primary.key))
  const cells = ratios.map((value) => (Number.isNaN(value) ? '' : times(value)))
  return [[name, primary.format(figure.median), spreadText(figure), ...cells]]
}

/** @param {string} file of a run @param {Lang} lang */
export function benchSection(file, lang) {
  const report = reportIn(file)
  const { head, made, rows } = WORDS[lang]
  const header = [...head, ...PEERS.map(([, title]) => `× ${title}`)]
  const lines = Object.entries(rows).flatMap(([id, name]) => {
    const scenario = report.scenarios.find((each) => each.scenario === id)
    return scenario === undefined ? [] : row(scenario, name)
  })
  const table = [header, header.map((_title, i) => (i === 0 ? '---' : '---:')), ...lines]
  return `${table.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}\n\n${made(report, file)}`
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
