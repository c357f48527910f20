/** Brings node_modules to what the lock file says, and does nothing when it is there already. */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { run, StepFailed, step } from './steps.mjs'
import { inTree, readText } from './tree.mjs'

const STAMP = inTree('node_modules', '.roomful-install')

/** Native packages differ by platform, so a folder that was carried to another one is stale. */
const PLATFORM = `${process.platform}-${process.arch}`

/** What npm wrote down about the last install that ran to its end; `{}` without one. */
function installedPackages() {
  const file = inTree('node_modules', '.package-lock.json')
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).packages : {}
}

/** Whether a developer's own `npm install` has brought everything already. Optional packages depend on the platform. */
function installedByHand() {
  const installed = installedPackages()
  return Object.entries(JSON.parse(readText('package-lock.json')).packages).every(
    ([path, entry]) =>
      !path.startsWith('node_modules/') ||
      entry.optional === true ||
      (installed[path] !== undefined && installed[path].version === entry.version),
  )
}

/** @returns {[command: string, args: string[], shell: boolean]} the npm that started us, or the one on the path */
function npm() {
  const cli = process.env['npm_execpath'] ?? ''
  if (/npm-cli\.c?js$/.test(cli)) return [process.execPath, [cli], false]
  return process.platform === 'win32' ? ['npm.cmd', [], true] : ['npm', [], false]
}

async function install() {
  const [command, args, shell] = npm()
  // The build needs the development packages also where NODE_ENV=production would leave them out.
  const ci = ['ci', '--ignore-scripts', '--include=dev', '--include=optional', '--no-audit', '--no-fund']
  try {
    await run(command, [...args, ...ci], { shell })
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error
    throw new StepFailed('The packages could not be installed: is the npm registry reachable?', error.output)
  }
}

/** Installs when node_modules is missing, incomplete, of another platform or older than the lock file. */
export async function ensureInstalled() {
  const lock = createHash('sha256').update(readText('package-lock.json')).digest('hex')
  const [platform, installed] = existsSync(STAMP) ? readFileSync(STAMP, 'utf8').split(' ') : [PLATFORM, '']
  if (platform === PLATFORM && installed === lock) return
  if (platform !== PLATFORM || !installedByHand()) await step('Installing packages', install)
  writeFileSync(STAMP, `${PLATFORM} ${lock}`)
}
