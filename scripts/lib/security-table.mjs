/** What the tests of `npm run sec` tried and found, from the report that vitest has written. */
import { readFileSync } from 'node:fs'
import { REPORT } from './vitest.mjs'
import { root } from './tree.mjs'

/** @typedef {{ title: string, status: string, meta?: { tried?: number, found?: number, seed?: number } }} Result */
/** @typedef {{ what: string, tried: number, found: number, seed: string }} Row */

/** @param {string} file @param {readonly Result[]} results @returns {Row[]} one row of the file's plain tests, one of each that says how much it tried */
function rowsOf(file, results) {
  const counted = results.filter(({ meta }) => meta?.tried !== undefined)
  const plain = results.filter(({ meta, status }) => meta?.tried === undefined && status !== 'skipped')
  const rows = counted.map(({ title, meta, status }) => ({
    what: title,
    tried: meta?.tried ?? 0,
    found: Math.max(meta?.found ?? 0, status === 'failed' ? 1 : 0),
    seed: String(meta?.seed ?? ''),
  }))
  const found = plain.filter(({ status }) => status === 'failed').length
  return plain.length === 0 ? rows : [...rows, { what: file, tried: plain.length, found, seed: '' }]
}

/** @returns {string} lines of a table, the widest text first */
export function securityTable() {
  /** @type {{ testResults: { name: string, assertionResults: Result[] }[] }} */
  const { testResults } = JSON.parse(readFileSync(REPORT, 'utf8'))
  const rows = testResults.flatMap(({ name, assertionResults }) =>
    rowsOf(name.replace(root, ''), assertionResults),
  )
  const cells = [
    ['what', 'tried', 'found', 'seed'],
    ...rows.map((row) => [row.what, row.tried, row.found, row.seed].map(String)),
  ]
  const width = Math.max(...cells.map(([what = '']) => what.length))
  return cells
    .map(([what = '', ...figures]) =>
      [what.padEnd(width), ...figures.map((figure) => figure.padStart(9))].join('  '),
    )
    .join('\n')
}
