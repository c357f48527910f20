/** The import graph of the repository, types counted, and what is wrong with it. */
import { posix } from 'node:path'
import { lineAt, skeletonOf } from './lexer.mjs'

/**
 * @typedef {object} Import
 * @property {string} specifier
 * @property {number} line
 */

/** @typedef {ReadonlyMap<string, string>} Sources text of each file by its path from the repository's top */
/** @typedef {ReadonlyMap<string, string>} Exports source path of each workspace export by its specifier */
/** @typedef {{ file: string, line: number, specifier: string, target: string | null }} Edge target: our file, or null outside */

const COMPUTED = '(computed)'

// `import … from`, `export … from`, `import 'x'`, `import('x')` (also as a type), `require('x')`, and a file that is
// named by URL, as workers are.
const PATTERNS = [
  /(?<![.\w$#])(?:import|export)\b(?!\s*\()[^"()=;]*?\bfrom\s*"(\d+)"/g,
  /(?<![.\w$#])import\s*"(\d+)"/g,
  /(?<![.\w$#])import\s*\(\s*(?:"(\d+)"(?=\s*[,)]))?/g,
  /(?<![.\w$#])require\s*\(\s*(?:"(\d+)"(?=\s*\)))?/g,
]
const BY_URL = /\bnew\s+URL\s*\(\s*"(\d+)"\s*,\s*import\.meta\.url\s*\)/g

/**
 * Every import of a source text: static, dynamic, re-export, type. Files named by URL come as `byUrl`.
 * @param {string} source
 * @returns {{ imports: Import[], byUrl: Import[] }}
 */
export function importsOf(source) {
  const { code, strings } = skeletonOf(source)
  const all = (/** @type {RegExp} */ pattern) =>
    [...code.matchAll(pattern)].map((match) => ({
      specifier: match[1] === undefined ? COMPUTED : (strings[Number(match[1])] ?? COMPUTED),
      line: lineAt(code, match.index),
    }))
  return { imports: PATTERNS.flatMap(all), byUrl: all(BY_URL) }
}

/**
 * The source behind a path; what the scripts import from a build is its source.
 * @param {string} path
 * @param {Sources} sources
 * @returns {string | null}
 */
function sourceAt(path, sources) {
  const source = path.replace(/^(packages\/[^/]+)\/dist\//, '$1/src/')
  const candidates = [source, source.replace(/\.js$/, '.ts'), `${source}.ts`, `${source}.tsx`]
  return candidates.find((candidate) => sources.has(candidate)) ?? null
}

/** @param {string} specifier */
export const isRelative = (specifier) => specifier.startsWith('.')

/** Path that a relative specifier means, without a bundler's `?query`. @param {string} file @param {string} specifier */
export const pathOf = (file, specifier) =>
  posix.join(posix.dirname(file), /** @type {string} */ (specifier.split('?')[0]))

/**
 * @param {Sources} sources
 * @param {Exports} exported
 * @returns {Edge[]}
 */
export function edgesOf(sources, exported) {
  return [...sources].flatMap(([file, text]) => {
    const { imports, byUrl } = importsOf(text)
    const edge = (/** @type {Import} */ { specifier, line }) => ({
      file,
      line,
      specifier,
      target: isRelative(specifier)
        ? sourceAt(pathOf(file, specifier), sources)
        : (exported.get(specifier) ?? null),
    })
    return [...imports.map(edge), ...byUrl.map(edge).filter(({ target }) => target !== null)]
  })
}

/**
 * Shortest cycle through each file that lies on one; each cycle once.
 * @param {readonly Edge[]} edges
 * @returns {string[][]}
 */
export function cyclesOf(edges) {
  /** @type {Map<string, Set<string>>} */
  const next = new Map()
  for (const { file, target } of edges) {
    if (target !== null) next.set(file, (next.get(file) ?? new Set()).add(target))
  }
  /** @type {Map<string, string[]>} */
  const cycles = new Map()
  for (const start of next.keys()) {
    const cycle = shortestWayBack(start, next)
    const key = [...(cycle ?? [])].sort().join()
    if (cycle !== null && !cycles.has(key)) cycles.set(key, cycle)
  }
  return [...cycles.values()]
}

/** @param {string} start @param {Map<string, Set<string>>} next @returns {string[] | null} */
function shortestWayBack(start, next) {
  /** @type {Map<string, string>} */
  const cameFrom = new Map()
  const queue = [start]
  for (const file of queue) {
    for (const target of next.get(file) ?? []) {
      if (target === start) {
        const cycle = [file]
        while (cycle[0] !== start)
          cycle.unshift(/** @type {string} */ (cameFrom.get(/** @type {string} */ (cycle[0]))))
        return cycle
      }
      if (cameFrom.has(target)) continue
      cameFrom.set(target, file)
      queue.push(target)
    }
  }
  return null
}

/**
 * Specifiers of the workspace packages and the source file behind each.
 * @param {readonly { folder: string, manifest: { name: string, exports?: Record<string, { source: string }> } }[]} packages
 * @returns {Exports}
 */
export function exportsOf(packages) {
  return new Map(
    packages.flatMap(({ folder, manifest }) =>
      Object.entries(manifest.exports ?? {}).map(([entry, { source }]) => [
        posix.join(manifest.name, entry),
        posix.join(folder, source),
      ]),
    ),
  )
}
