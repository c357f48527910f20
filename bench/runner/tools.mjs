/** Foreign programs that peers need, and whether they are there. */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { inTree } from '../../scripts/lib/tree.mjs'

/** Where the npm packages of peers are installed, apart from the product's own. */
export const PEERS_FOLDER = inTree('bench', '.peers')

/** @param {string} command @param {readonly string[]} args @returns {string | null} what it printed; null when it failed */
export function outputOf(command, args) {
  const { status, stdout } = spawnSync(command, args, { encoding: 'utf8' })
  return status === 0 ? stdout.trim() : null
}

/** @param {string} name @param {string} [folder] @returns {string | null} */
export function packageVersion(name, folder = PEERS_FOLDER) {
  const file = `${folder}/node_modules/${name}/package.json`
  if (!existsSync(file)) return null
  /** @type {{ version: string }} */
  const { version } = JSON.parse(readFileSync(file, 'utf8'))
  return version
}

/** Bun's package for this machine: it holds the program and has no install script. @returns {string | null} null when there is none */
export function bunPackage() {
  const arch = process.arch === 'arm64' ? 'aarch64' : process.arch
  if (process.platform === 'darwin') return `@oven/bun-darwin-${arch}`
  if (process.platform !== 'linux') return null
  const musl = existsSync('/etc/alpine-release') ? '-musl' : ''
  const old = arch === 'x64' && !readFileSync('/proc/cpuinfo', 'utf8').includes(' avx2') ? '-baseline' : ''
  return `@oven/bun-linux-${arch}${musl}${old}`
}

export const bunProgram = () => `${PEERS_FOLDER}/node_modules/${bunPackage()}/bin/bun`

/** Debian's Python first: that is where Debian's packages are. */
const PYTHONS = ['/usr/bin/python3', 'python3']

/** @param {readonly string[]} modules @returns {string | null} a Python that has them all */
export function pythonWith(modules) {
  const found = PYTHONS.find((python) => outputOf(python, ['-c', `import ${modules.join(', ')}`]) !== null)
  return found ?? null
}

/** @param {readonly string[]} names distributions @param {readonly string[]} modules @returns {Record<string, string>} */
export function pythonVersions(names, modules) {
  const python = pythonWith(modules)
  if (python === null) return {}
  const program = `import sys, json, importlib.metadata as m
print(json.dumps({"python": sys.version.split()[0], **{n: m.version(n) for n in sys.argv[1:]}}))`
  /** @type {Record<string, string>} */
  const versions = JSON.parse(outputOf(python, ['-c', program, ...names]) ?? '{}')
  return versions
}
