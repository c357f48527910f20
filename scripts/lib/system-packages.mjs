/** Debian packages that the tests use beside Node. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { pathOfProgram } from '../../packages/server/testing/daemon.mjs'
import { run, StepFailed, step } from './steps.mjs'

/** Whether each package's content is there, by whatever way it came. */
const PRESENT = {
  caddy: () => pathOfProgram('caddy') !== null,
  chromium: () => existsSync('/usr/bin/chromium'),
  'fonts-noto-cjk': () => existsSync('/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc'),
  iproute2: () => pathOfProgram('ip') !== null,
  'nats-server': () => existsSync('/usr/sbin/nats-server'),
  nginx: () => pathOfProgram('nginx') !== null,
  postgresql: () => existsSync('/usr/lib/postgresql'),
  prometheus: () => pathOfProgram('promtool') !== null,
  'rabbitmq-server': () => existsSync('/usr/lib/rabbitmq/bin/rabbitmq-server'),
  'redis-server': () => existsSync('/usr/bin/redis-server'),
  systemd: () => pathOfProgram('systemd-analyze') !== null,
  'python3-websockets': () => spawnSync('/usr/bin/python3', ['-c', 'import websockets']).status === 0,
}

/** @typedef {keyof typeof PRESENT} SystemPackage */

const inCi = () => process.env['CI'] === 'true'

/** @returns {SystemPackage[]} */
const missing = () => /** @type {SystemPackage[]} */ (Object.keys(PRESENT)).filter((name) => !PRESENT[name]())

/** @param {readonly string[]} names */
async function aptInstall(names) {
  // In run level 1 invoke-rc.d(8) starts no service: tests start their own.
  const env = { DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
  await run('apt-get', ['update', '-q'], { env })
  await run('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...names], { env })
}

/**
 * Installs what is missing where it can, as root on Debian; says what to install otherwise.
 * @returns {Promise<SystemPackage[]>} what is still missing
 */
export async function ensureSystemPackages() {
  const wanted = missing()
  if (wanted.length === 0) return []
  if (existsSync('/etc/debian_version') && process.getuid?.() === 0) {
    try {
      await step(`Installing ${wanted.join(', ')}`, () => aptInstall(wanted))
    } catch (error) {
      if (!(error instanceof StepFailed)) throw error
      process.stderr.write(`${error.output.trimEnd()}\n`)
    }
  }
  const left = missing()
  if (left.length > 0) {
    console.log(`Not there: ${left.join(', ')}. On Debian: sudo apt-get install ${left.join(' ')}`)
    console.log(inCi() ? 'With CI=true this is a failure.' : 'Tests that need them are skipped.')
  }
  return left
}
