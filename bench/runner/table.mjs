/** Aligned text for terminals. */
import { COLUMNS, PRIMARY, times } from './columns.mjs'
import { deliveredAll, ratio, summary } from './figures.mjs'

/** @typedef {import('./figures.mjs').Run} Run */
/** @typedef {import('../scenarios.mjs').Scenario} Scenario */

/**
 * @typedef {object} Row
 * @property {string} id of the peer
 * @property {string} title
 * @property {readonly Run[]} runs
 * @property {string | null} skipped why there are none
 */

/** Peers that all others are compared with. */
const REFERENCES = [
  { id: 'ws', title: '× ws' },
  { id: 'bun', title: '× Bun' },
  { id: 'floor', title: '× floor' },
]

/** Shares of a core from which on a figure is doubted. */
const GENERATOR_FULL = 0.95
const DISTURBED = 0.1

/** @param {readonly (readonly string[])[]} lines the first column to the left, the others to the right */
export function align(lines) {
  const widths = (lines[0] ?? []).map((_cell, column) =>
    Math.max(...lines.map((line) => (line[column] ?? '').length)),
  )
  return lines
    .map((line) =>
      line
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** @param {number} value @param {(value: number) => string} format */
const shown = (value, format) => (Number.isFinite(value) ? format(value) : '-')

/** @param {import('./figures.mjs').Spread | undefined} spread */
export function spreadText(spread) {
  if (spread === undefined || !(spread.median > 0) || spread.least === spread.most) return '-'
  return `±${(((spread.most - spread.least) / 2 / spread.median) * 100).toFixed(0)} %`
}

/** What makes a row doubtful. @param {readonly Run[]} runs */
export function doubts(runs) {
  const limited = runs.some(
    ({ figures: { busy = 0, cpuShare = 0 } }) => busy >= GENERATOR_FULL && cpuShare < GENERATOR_FULL,
  )
  const disturbed = runs.some(({ figures: { others = 0 } }) => others >= DISTURBED)
  return (runs.every(deliveredAll) ? '' : '×') + (limited ? '!' : '') + (disturbed ? '~' : '')
}

/**
 * @param {Scenario} scenario
 * @param {string} title
 * @param {readonly Row[]} rows
 */
export function scenarioTable(scenario, title, rows) {
  const primary = PRIMARY[scenario.shape]
  const columns = COLUMNS[scenario.shape]
  const measured = rows.filter(({ runs }) => runs.length > 0)
  const references = REFERENCES.flatMap((reference) => {
    const row = measured.find(({ id }) => id === reference.id)
    return row === undefined ? [] : [{ ...reference, runs: row.runs }]
  })
  const header = [
    scenario.id,
    primary.title,
    'spread',
    ...references.map((reference) => reference.title),
    ...columns.map((column) => column.title),
  ]
  const lines = measured.map(({ title: name, runs }) => {
    const figures = summary(runs)
    return [
      `${name} ${doubts(runs)}`.trimEnd(),
      shown(figures[primary.key]?.median ?? NaN, primary.format),
      spreadText(figures[primary.key]),
      ...references.map((reference) => shown(ratio(runs, reference.runs, primary.key), times)),
      ...columns.map(({ key, format }) => shown(figures[key]?.median ?? NaN, format)),
    ]
  })
  const notes = [
    ...rows.flatMap((row) => (row.skipped === null ? [] : [`${row.title}: skipped, ${row.skipped}`])),
    ...(lines.some(([name]) => /×!?~?$/.test(name ?? ''))
      ? ['× not everything arrived, or something twice, or clients were cut off: its figures do not count']
      : []),
    ...(lines.some(([name]) => /!~?$/.test(name ?? ''))
      ? ['! the generator was at its limit: this server could do more']
      : []),
    ...(lines.some(([name]) => name?.endsWith('~'))
      ? [`~ other programs used more than ${DISTURBED * 100} % of a core meanwhile`]
      : []),
  ]
  return [title, ...(lines.length > 0 ? [align([header, ...lines])] : []), ...notes].join('\n')
}
