/** Brings node_modules to what the lock file says, and does nothing when it is there already. */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { run, StepFailed, step } from './steps.mjs'
import { inTree, readText } from './tree.mjs'

const STAMP = inTree('node_modules', '.roomful-install')

// Not `npm ci`: it refuses a lock file that does not name the native packages of every other platform.
// Development packages are needed also where NODE_ENV=production would leave them out.
const INSTALL = ['install', '--no-save', '--ignore-scripts', '--include=dev', '--include=optional']

/** What node_modules depends on. Native packages differ by platform, so a folder carried to another one is stale. */
function wanted() {
  const lock = createHash('sha256').update(readText('package-lock.json')).digest('hex')
  return `${process.platform}-${process.arch} ${lock}\n`
}

/** @returns {[command: string, args: string[], shell: boolean]} the npm that started us, or the one on the path */
export function npm() {
  const cli = process.env['npm_execpath'] ?? ''
  if (/npm-cli\.c?js$/.test(cli)) return [process.execPath, [cli], false]
  return process.platform === 'win32' ? ['npm.cmd', [], true] : ['npm', [], false]
}

async function install() {
  const [command, args, shell] = npm()
  try {
    await run(command, [...args, ...INSTALL], { shell })
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error
    throw new StepFailed('is the npm registry reachable?', error.output)
  }
}

/** Installs when node_modules is missing, incomplete, of another platform or older than the lock file. */
export async function ensureInstalled() {
  const key = wanted()
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === key) return
  await step('Installing packages', install)
  writeFileSync(STAMP, key)
}
