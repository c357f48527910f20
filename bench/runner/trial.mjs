/** One trial: a fresh server, a fresh generator, each on its own core where the system allows it. */
import { fork, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../packages/server/testing/daemon.mjs'
import { inTree } from '../../scripts/lib/tree.mjs'
import { outputOf } from './tools.mjs'

/** @typedef {import('../peers/peers.mjs').Peer} Peer */
/** @typedef {import('../generator.mjs').Plan} Plan */
/** @typedef {import('../generator.mjs').Answer} Answer */
/** @typedef {import('node:child_process').ChildProcess} ChildProcess */

const GENERATOR = fileURLToPath(new URL('../generator.mjs', import.meta.url))
const READY_WITHIN_MS = 20_000
const POLL_MS = 10

/** @returns {string[]} the cores on which this process may run, where the system tells */
function allowedCores() {
  if (process.platform !== 'linux') return []
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? ''
  return list.split(',').flatMap((range) => {
    const [first = NaN, last = first] = range.split('-').map(Number)
    return Array.from({ length: last - first + 1 }, (_, i) => String(first + i))
  })
}

/** @returns {{ server: string, generator: string } | null} a core for each; null when they have to share */
export function ownCores() {
  const [server, generator] = allowedCores()
  const apart = server !== undefined && generator !== undefined && outputOf('taskset', ['-V']) !== null
  return apart ? { server, generator } : null
}

/** @type {Set<ChildProcess>} */
const children = new Set()
/** @type {Set<string>} */
const folders = new Set()
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL')
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(130))

/** @param {ChildProcess} child */
function watch(child) {
  children.add(child)
  child.once('exit', () => children.delete(child))
  return child
}

/** @param {ChildProcess} child */
export const ended = (child) =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve(undefined)
    else child.once('exit', resolve)
  })

/** @param {number} port @returns {Promise<boolean>} */
const listens = (port) =>
  new Promise((resolve) => {
    const probe = connect({ port, host: '127.0.0.1' })
    probe.once('connect', () => {
      probe.destroy()
      resolve(true)
    })
    probe.once('error', () => resolve(false))
  })

/** The caller's environment without what would change the settings of a server. */
const cleanEnvironment = () => ({
  ...Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(?:ROOMFUL_.*|PORT|HOST|NODE_OPTIONS)$/.test(name)),
  ),
  NODE_ENV: 'production',
})

/** @param {readonly string[]} command @param {number} port @param {string} folder where it runs */
export async function startServer(command, port, folder) {
  const cores = ownCores()
  const [program = '', ...args] = cores === null ? command : ['taskset', '-c', cores.server, ...command]
  const child = watch(
    spawn(program, args, { cwd: folder, env: cleanEnvironment(), stdio: ['ignore', 'pipe', 'pipe'] }),
  )
  let output = ''
  const gather = (/** @type {Buffer} */ chunk) => {
    output = (output + chunk.toString()).slice(-2000)
  }
  child.stdout?.on('data', gather)
  child.stderr?.on('data', gather)
  child.on('error', gather)
  const lastLine = () => output.trim().split('\n').at(-1) ?? ''
  const deadline = performance.now() + READY_WITHIN_MS
  while (!(await listens(port))) {
    if (child.exitCode !== null || child.pid === undefined || performance.now() > deadline) {
      child.kill('SIGKILL')
      throw new Error(`the server did not start: ${lastLine()}`)
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
  const end = ended(child).then(() => {
    const how = child.signalCode ?? `exit code ${child.exitCode}`
    throw new Error(`the server ended while it was measured (${how}): ${lastLine()}`)
  })
  // Ending it when all is done is no fault.
  end.catch(() => {})
  return { child, end }
}

/** Has a process of its own do the work, and waits for its answer. @param {Plan} plan @returns {Promise<Answer>} */
export function generate(plan) {
  const cores = ownCores()
  // The process becomes the generator itself, so pinning it costs no further process.
  const generator = watch(
    cores !== null
      ? spawn('taskset', ['-c', cores.generator, process.execPath, GENERATOR], {
          stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
        })
      : fork(GENERATOR, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] }),
  )
  return new Promise((resolve, reject) => {
    generator.once('message', (message) => resolve(/** @type {Answer} */ (message)))
    generator.once('error', reject)
    generator.once('exit', (code) => reject(new Error(`the generator ended with exit code ${code}`)))
    generator.send(plan)
  })
}

/** Where servers keep their data: in the repository, for the system's temporary folder may be no disk at all. */
function makeFolder() {
  mkdirSync(inTree('.cache'), { recursive: true })
  const folder = mkdtempSync(inTree('.cache', 'bench-'))
  folders.add(folder)
  return folder
}

/** @template {Plan} P @typedef {P extends Plan ? Omit<P, 'port' | 'pid' | 'dialect' | 'beats'> : never} Open */

/**
 * Starts a peer, has the generator do its work, ends both.
 * @param {Peer} peer
 * @param {Open<Plan>} open what the generator is to do
 * @returns {Promise<Answer>}
 */
export async function runTrial(peer, open) {
  const folder = makeFolder()
  const port = await freePort()
  try {
    const { child: server, end } = await startServer(
      peer.command({ port, folder, compress: open.compress }),
      port,
      folder,
    )
    try {
      const { dialect, beats } = peer
      const plan = /** @type {Plan} */ ({ ...open, port, pid: server.pid, dialect, beats })
      const answer = await Promise.race([generate(plan), end])
      // Its clients notice first, and say less.
      if ('error' in answer && (server.exitCode ?? server.signalCode) !== null) await end
      return answer
    } finally {
      server.kill('SIGKILL')
      await ended(server)
    }
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) }
  } finally {
    rmSync(folder, { recursive: true, force: true })
    folders.delete(folder)
  }
}
