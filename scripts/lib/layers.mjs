/** Which part of the repository may import which. ARCHITECTURE.md says why. */
import { isRelative, pathOf } from './import-graph.mjs'

/** @typedef {import('./import-graph.mjs').Edge} Edge */

/**
 * @typedef {object} Layer
 * @property {string} name
 * @property {RegExp} files
 * @property {readonly string[]} uses layers that it may import, besides itself
 * @property {readonly string[]} packages what it may import from others; `node:` stands for the built-ins, `*` for anything
 */

/** The first layer whose pattern fits is a file's own. @type {readonly Layer[]} */
const LAYERS = [
  {
    name: 'tests',
    files: /^test\/|\.test\.tsx?$|^packages\/[^/]+\/testing\/|^bench\//,
    uses: ['*'],
    packages: ['*'],
  },
  {
    name: 'tools',
    files: /^scripts\/|^[^/]+$|^packages\/[^/]+\/[^/]+\.config\.ts$/,
    uses: ['*'],
    packages: ['*'],
  },
  {
    name: 'examples',
    files: /^docs\/examples\//,
    uses: ['client'],
    packages: ['ws'],
  },
  { name: 'protocol', files: /^packages\/protocol\/src\//, uses: [], packages: ['typebox'] },
  { name: 'client', files: /^packages\/client\/src\//, uses: ['protocol'], packages: [] },
  {
    name: 'web',
    files: /^packages\/web\/src\//,
    uses: ['client', 'protocol'],
    packages: ['preact', '@preact/signals', 'uqr'],
  },
  { name: 'ports', files: /^packages\/server\/src\/ports\//, uses: ['protocol'], packages: [] },
  {
    name: 'core',
    files: /^packages\/server\/src\/core\//,
    uses: ['ports', 'protocol'],
    packages: ['typebox'],
  },
  {
    name: 'adapters',
    files: /^packages\/server\/src\/adapters\//,
    uses: ['ports', 'protocol'],
    packages: ['*'],
  },
  {
    name: 'config',
    files: /^packages\/server\/src\/config(?:\.ts$|\/)/,
    uses: ['ports', 'protocol'],
    packages: ['node:', 'typebox'],
  },
  {
    name: 'main',
    files:
      /^packages\/server\/src\/(?:main|heap|commands|compose|workers|worker-process|worker-messages|version|open-data|shutdown|index|echo-testee|[a-z]+-commands?|watch-rules)\.ts$/,
    uses: ['core', 'adapters', 'config', 'ports', 'protocol'],
    packages: ['node:', 'typebox'],
  },
]

/** Imports that break a rule with good reason, as `file -> specifier`. @type {ReadonlySet<string>} */
const EXCEPTIONS = new Set()

/** @param {string} file */
export const layerOf = (file) => LAYERS.find(({ files }) => files.test(file)) ?? null

/** `@scope/name/part` and `name/part` without the part; built-ins as `node:`. @param {string} specifier */
const packageOf = (specifier) =>
  specifier.startsWith('node:') ? 'node:' : specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')

/** Folder that no relative path may leave. @param {string} path */
const packageFolder = (path) => /^packages\/[^/]+\//.exec(path)?.[0] ?? ''

/** @param {Edge} edge @param {Layer} layer @returns {string | null} what is wrong */
function faultOfOwn({ file, specifier, target }, layer) {
  const other = target === null ? null : layerOf(target)
  if (target === null || other === null) return `${specifier} leads to no source file`
  const leaves = isRelative(specifier) && packageFolder(file) !== packageFolder(target)
  if (leaves && packageFolder(file) !== '') return `${specifier} leaves its package`
  if (other === layer || layer.uses.includes('*') || layer.uses.includes(other.name)) return null
  return `${layer.name} imports ${other.name} (${specifier})`
}

/**
 * @param {Edge} edge
 * @param {(path: string) => boolean} exists
 * @returns {string | null} what is wrong
 */
function faultOf(edge, exists) {
  const { file, specifier, target } = edge
  const layer = layerOf(file)
  if (layer === null) return 'this file belongs to no layer'
  if (target !== null || specifier.startsWith('@roomful/')) return faultOfOwn(edge, layer)
  // A style sheet, a picture or the like imports nothing.
  if (isRelative(specifier)) return exists(pathOf(file, specifier)) ? null : `${specifier} does not exist`
  if (layer.packages.includes('*') || layer.packages.includes(packageOf(specifier))) return null
  return `${layer.name} imports ${specifier}`
}

/**
 * Imports against the layer rules, each as one line.
 * @param {readonly Edge[]} edges
 * @param {(path: string) => boolean} exists whether there is a file, source or not, at a path from the top
 * @returns {string[]}
 */
export function layerFaults(edges, exists) {
  return edges
    .filter(({ file, specifier }) => !EXCEPTIONS.has(`${file} -> ${specifier}`))
    .flatMap((edge) => {
      const fault = faultOf(edge, exists)
      return fault === null ? [] : [`${edge.file}:${edge.line}: ${fault}`]
    })
}
