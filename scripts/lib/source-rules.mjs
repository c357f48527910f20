/** What a source file must not be or hold, beyond what the linter knows. */
import { layerOf } from './layers.mjs'
import { lineAt, skeletonOf } from './lexer.mjs'

/** @typedef {import('./import-graph.mjs').Sources} Sources */

const MAX_LINES = 400

/** Files that may be longer, each with its reason. @type {ReadonlyMap<string, string>} */
const LONG_FILES = new Map()

const ENVIRONMENT_READERS = new Set(['config', 'tests', 'tools'])
const WITHOUT_TIME = new Set(['core', 'ports', 'protocol'])
const ENVIRONMENT =
  /(?<![.\w$#])process\s*(?:\?\.|\.)\s*env\b|\{[^{}]*\benv\b[^{}]*\}\s*=\s*process\b(?!\s*[.?])/g
const TIME_AND_CHANCE = /\bDate\s*\.\s*now\b|\bnew\s+Date\s*\(\s*\)|\bMath\s*\.\s*random\b/g
const DOUBLE_CAST = /\bas\s+unknown\s+as\b/g

/** @param {string} file @param {string} text @returns {string[]} */
function faultsOf(file, text) {
  const lines = text.split('\n').length - 1
  const faults =
    lines > MAX_LINES && !LONG_FILES.has(file) ? [`${file}: ${lines} lines, more than ${MAX_LINES}`] : []
  if (!/\.[cm]?[jt]sx?$/.test(file)) return faults
  const { code } = skeletonOf(text)
  const layer = layerOf(file)?.name ?? ''
  const report = (/** @type {RegExp} */ pattern, /** @type {string} */ fault) => {
    for (const { index } of code.matchAll(pattern)) faults.push(`${file}:${lineAt(code, index)}: ${fault}`)
  }
  report(DOUBLE_CAST, 'a double cast')
  if (!ENVIRONMENT_READERS.has(layer)) report(ENVIRONMENT, 'only config/ reads the environment')
  if (WITHOUT_TIME.has(layer)) report(TIME_AND_CHANCE, 'clock and chance are passed in')
  return faults
}

/** @param {Sources} sources style sheets included @returns {string[]} each fault as one line */
export const sourceFaults = (sources) => [...sources].flatMap(([file, text]) => faultsOf(file, text))
