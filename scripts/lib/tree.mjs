/** Where things are in this repository. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Absolute path of the repository. */
export const root = fileURLToPath(new URL('../../', import.meta.url))

/** @param {...string} parts path inside the repository */
export const inTree = (...parts) => join(root, ...parts)

/**
 * The file behind an installed command, so that it can be run by this very Node on every system.
 * @param {string} name of the package
 * @param {string} [command] when the package has several
 */
export function binOf(name, command = name.replace(/^@.*\//, '')) {
  const bin = JSON.parse(readFileSync(inTree('node_modules', name, 'package.json'), 'utf8')).bin
  return inTree('node_modules', name, typeof bin === 'string' ? bin : bin[command])
}

const NEVER = new Set(['node_modules', 'dist', 'bundle', 'data', '.git', '.cache', 'test-results'])

/**
 * Files below a folder as paths from the repository's top with `/`, sorted. Leaves out what is installed or built.
 * @param {string} folder path from the top; `''` is the whole repository
 * @returns {string[]}
 */
export function filesBelow(folder) {
  const found = []
  for (const entry of readdirSync(inTree(folder), { withFileTypes: true })) {
    if (NEVER.has(entry.name)) continue
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`
    if (entry.isDirectory()) found.push(...filesBelow(path))
    else if (entry.isFile()) found.push(path)
  }
  return found.sort()
}

/** @param {string} path from the top */
export const readText = (path) => readFileSync(inTree(path), 'utf8')
