/** The repository's own sources, read for the checks. */
import { cyclesOf, edgesOf, exportsOf } from './import-graph.mjs'
import { layerFaults } from './layers.mjs'
import { ruleFaults, ruleIds, titlesIn } from './rules.mjs'
import { sourceFaults } from './source-rules.mjs'
import { filesBelow, readText } from './tree.mjs'

const CODE = /\.[cm]?[jt]sx?$/
const STYLE = /\.css$/

/** @param {readonly string[]} files @param {RegExp} pattern */
const textsOf = (files, pattern) =>
  new Map(files.filter((path) => pattern.test(path)).map((path) => [path, readText(path)]))

/** Everything that is wrong with the imports and files of this repository, one line each. */
export function treeFaults() {
  const files = filesBelow('')
  const code = textsOf(files, CODE)
  const packages = files
    .filter((path) => /^packages\/[^/]+\/package\.json$/.test(path))
    .map((path) => ({ folder: path.replace('/package.json', ''), manifest: JSON.parse(readText(path)) }))
  const edges = edgesOf(code, exportsOf(packages))
  const there = new Set(files)
  return {
    files: code.size,
    imports: edges.length,
    cycles: cyclesOf(edges).map((cycle) => [...cycle, cycle[0]].join(' -> ')),
    layers: layerFaults(edges, (path) => there.has(path)),
    sources: sourceFaults(new Map([...code, ...textsOf(files, STYLE)])),
  }
}

/** Rules of PROTOCOL.md and promises of the README without a test, and tests of rules that are none. */
export function protocolFaults() {
  const protocol = `${readText('PROTOCOL.md')}\n${readText('README.md')}`
  const tests = textsOf(filesBelow(''), /\.test\.tsx?$/)
  const titles = [...tests].flatMap(([file, text]) => titlesIn(file, text))
  return { rules: ruleIds(protocol).length, faults: ruleFaults(protocol, titles) }
}
