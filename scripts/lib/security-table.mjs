/** What the tests of `npm run sec` tried and found, from the report that vitest has written. */
import { readFileSync } from 'node:fs'
import { REPORT } from './vitest.mjs'
import { root } from './tree.mjs'

/** @typedef {{ title: string, status: string, failureMessages?: string[], meta?: { tried?: number, found?: number, seed?: number } }} Result */
/** @typedef {{ what: string, tried: number, found: number | string, seed: string }} Row */

const NOT_ENDED = 'did not end'

/** @param {Result} result whether it is the clock alone that it failed by */
const timedOut = ({ status, failureMessages = [] }) =>
  status === 'failed' &&
  failureMessages.length > 0 &&
  failureMessages.every((message) => /timed out in \d+ms|Timeout \d+ms exceeded/u.test(message))

/** @param {readonly Result[]} results what they found; that one did not end is no finding */
function foundBy(results) {
  const found = results
    .filter((result) => !timedOut(result))
    .reduce((sum, { meta, status }) => sum + Math.max(meta?.found ?? 0, status === 'failed' ? 1 : 0), 0)
  return found === 0 && results.some(timedOut) ? NOT_ENDED : found
}

/** @param {string} file @param {readonly Result[]} results @returns {Row[]} one row of the file's plain tests, one of each that says how much it tried */
function rowsOf(file, results) {
  const counted = results.filter(({ meta }) => meta?.tried !== undefined)
  const plain = results.filter(({ meta, status }) => meta?.tried === undefined && status !== 'skipped')
  const rows = counted.map((result) => ({
    what: result.title,
    tried: result.meta?.tried ?? 0,
    found: foundBy([result]),
    seed: String(result.meta?.seed ?? ''),
  }))
  return plain.length === 0
    ? rows
    : [...rows, { what: file, tried: plain.length, found: foundBy(plain), seed: '' }]
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
      [what.padEnd(width), ...figures.map((figure) => figure.padStart(NOT_ENDED.length))].join('  '),
    )
    .join('\n')
}
