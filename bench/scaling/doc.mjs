/** The measured and simulated parts of docs/scaling.md. */
import { readFileSync } from 'node:fs'
import { inTree } from '../../scripts/lib/tree.mjs'
import { pairTable, scalingTables, unitTable, workersTable } from './table.mjs'

export const SCALING_DOC = 'docs/scaling.md'

/** @param {string} name */
const begin = (name) => `<!-- ${name}: made by npm run bench:cluster -- doc -->`
/** @param {string} name */
const end = (name) => `<!-- /${name} -->`

/** @param {string} name */
const resultOf = (name) => JSON.parse(readFileSync(inTree(`bench/scaling/${name}.json`), 'utf8'))

export const writtenDoc = () => readFileSync(inTree(SCALING_DOC), 'utf8')

/** @param {string} doc @param {string} name @param {string} content */
function withPart(doc, name, content) {
  const from = doc.indexOf(begin(name))
  const to = doc.indexOf(end(name))
  if (from < 0 || to < from) throw new Error(`${SCALING_DOC} has no ${begin(name)} … ${end(name)}`)
  return `${doc.slice(0, from + begin(name).length)}\n\n${content}\n\n${doc.slice(to)}`
}

/** The document with its parts made anew. @param {string} doc */
export function scalingDoc(doc) {
  const units = resultOf('units')
  const parts = {
    units: unitTable(units),
    pair: pairTable(resultOf('pair')),
    workers: workersTable(resultOf('workers')),
    model: scalingTables(units.units),
  }
  return Object.entries(parts).reduce((made, [name, content]) => withPart(made, name, content), doc)
}
