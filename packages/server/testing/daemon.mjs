/** A program that serves, as a process of one's own: on a free port, with its files in a folder, and ended by its own process id. */
import { spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { accessSync, chownSync, constants, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { LogFile } from './log-file.mjs'

/** @typedef {import('node:child_process').ChildProcess} ChildProcess */

/** Seconds are enough on a free machine. One that stands still is started again. The limits of hooks and tests are above the sum. */
const START_WITHIN_MS = 150_000
const READY_WITHIN_MS = 300_000
const POLL_MS = 20

/** What is kept of what it writes. */
const OUTPUT_CHARACTERS = 8_000

/** How often a start is tried that ends by itself, and how long after. */
const STARTS = 30
const BETWEEN_STARTS_MS = 100

/** @typedef {{ uid: number, gid: number }} Identity */
/** @typedef {Readonly<Record<string, string>>} Environment */

/**
 * @typedef {object} DaemonPlan
 * @property {string} name of its folder
 * @property {string} program
 * @property {(place: { folder: string, port: number }) => readonly string[]} args
 * @property {(place: { folder: string, port: number }) => Environment | Promise<Environment>} [env] of each start
 * @property {(place: { folder: string, port: number }) => void} [prepare] what is done once, before the first start
 * @property {Identity | null} [identity] whose process it is, where it does not run as root
 * @property {{ say: Buffer | string, answers: readonly string[] }} ready what a connection says, and how an answer of a server that serves begins
 * @property {NodeJS.Signals} [stopSignal] default: SIGTERM
 * @property {NodeJS.Signals} [removeSignal] default: SIGKILL; for one that would leave behind more than its folder
 * @property {string} [debian] package that has the program
 */

/** `network`: whom it lets in from there, in CIDR notation. @typedef {{ addresses: readonly string[], network: string }} Outside */

/**
 * @typedef {object} Place
 * @property {string} [folder] kept by `remove`; default: a temporary one, which is removed
 * @property {number} [port] default: a free one
 * @property {Outside} [outside] where it listens besides loopback, and is asked whether it serves; default: only on loopback
 * @property {readonly string[]} [wrapper] command that starts it
 * @property {string} [logFile] where what it writes is added, also when we are gone; default: only `output` has it
 * @property {boolean} [ownGroup] whether the Ctrl+C of a terminal reaches only us, who end it in its turn; default: false
 */

/** A program is not there. The message is one sentence that says how to get it. */
export class NotInstalled extends Error {
  /** @param {string} program @param {string} debian */
  constructor(program, debian) {
    super(`${program} is not installed: on Debian, sudo apt-get install ${debian}.`)
    this.name = 'NotInstalled'
  }
}

/** Where Debian has programs that are not on everybody's path. */
const SYSTEM_FOLDERS = ['/usr/sbin', '/usr/local/sbin', '/sbin']

/** Path of a program that may be run, `null` where there is none. @param {string} program @returns {string | null} */
export function pathOfProgram(program) {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...SYSTEM_FOLDERS].filter(Boolean)
  const isThere = (/** @type {string} */ path) => {
    try {
      accessSync(path, constants.X_OK)
      return true
    } catch {
      return false
    }
  }
  return (
    (program.includes('/') ? [program] : folders.map((folder) => join(folder, program))).find(isThere) ?? null
  )
}

/** What runs, and how it is ended when this process ends. @type {Map<ChildProcess, NodeJS.Signals>} */
const children = new Map()
process.once('exit', () => {
  for (const [child, signal] of children) child.kill(signal)
})

export class Daemon {
  port
  folder
  #plan
  #place
  /** @type {ChildProcess | null} */
  #child = null
  #output = ''
  /** @type {LogFile | null} */
  #log = null
  /** Resolves when its process ends. @type {Promise<number | null>} */
  ended = Promise.resolve(null)

  /** @param {DaemonPlan} plan @param {Place & { port: number }} place */
  constructor(plan, place) {
    this.#plan = plan
    this.#place = place
    this.port = place.port
    this.folder = place.folder ?? mkdtempSync(join(tmpdir(), `roomful-${plan.name}-`))
    mkdirSync(this.folder, { recursive: true })
    if (plan.identity) chownSync(this.folder, plan.identity.uid, plan.identity.gid)
  }

  /** Starts one, and resolves when it serves. Rejects with `NotInstalled`. @param {DaemonPlan} plan @param {Place} [place] */
  static async start(plan, place = {}) {
    if (pathOfProgram(plan.program) === null) throw new NotInstalled(plan.name, plan.debian ?? plan.name)
    const daemon = new Daemon(plan, { ...place, port: place.port ?? (await freePort()) })
    try {
      plan.prepare?.(daemon)
      await daemon.start()
      return daemon
    } catch (error) {
      await daemon.remove()
      throw error
    }
  }

  get pid() {
    return this.#child?.pid ?? 0
  }

  /** The end of what it has written since its last start. */
  get output() {
    return this.#output + (this.#log?.tail() ?? '')
  }

  /** How it has ended: its exit code, or the signal. */
  get end() {
    return this.#child?.signalCode ?? `exit code ${this.#child?.exitCode ?? 'unknown'}`
  }

  get alive() {
    return this.#child !== null && this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** Starts it, also again on the same port after it has ended, and resolves when it serves. @param {number} [tries] how often, when it ends by itself */
  async start(tries = STARTS) {
    const deadline = performance.now() + READY_WITHIN_MS
    const failures = []
    // One that was killed may leave behind for a moment what the next one cannot start with.
    while (failures.length < tries && performance.now() < deadline) {
      if (failures.length > 0) await new Promise((resolve) => setTimeout(resolve, BETWEEN_STARTS_MS))
      this.#spawn(await this.#plan.env?.(this))
      const patience = Math.min(deadline, performance.now() + START_WITHIN_MS)
      while (this.alive && performance.now() < patience) {
        if (await this.#isReady()) return
        await new Promise((resolve) => setTimeout(resolve, POLL_MS))
      }
      failures.push(this.alive ? 'did not answer' : `ended by itself with ${this.end}`)
      await this.kill()
    }
    const [last] = failures.slice(-1)
    throw new Error(
      `${this.#plan.name} is not ready on port ${this.port} after ${failures.length} starts, the last of which ${last}:\n${this.output}`,
    )
  }

  /** Asks it to end. */
  stop() {
    return this.#end(this.#plan.stopSignal ?? 'SIGTERM')
  }

  /** Ends it as a power cut would. */
  kill() {
    return this.#end('SIGKILL')
  }

  /** It stands still, with the processes that it has started. */
  pause() {
    this.#signal('SIGSTOP')
  }

  resume() {
    this.#signal('SIGCONT')
  }

  /** Ends it and removes its files. */
  async remove() {
    await this.#end(this.#plan.removeSignal ?? 'SIGKILL')
    if (this.#place.folder === undefined) rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 })
  }

  /** @param {Environment | undefined} env */
  #spawn(env) {
    const { program, args, identity } = this.#plan
    const { wrapper = [], ownGroup = false, logFile } = this.#place
    const [command = '', ...words] = [...wrapper, pathOfProgram(program) ?? program, ...args(this)]
    this.#log = logFile === undefined ? null : new LogFile(logFile)
    const writes = this.#log?.descriptor ?? 'pipe'
    const child = spawn(command, words, {
      ...(wrapper.length > 0 ? null : identity),
      cwd: this.folder,
      env: { ...process.env, ...env },
      detached: ownGroup,
      stdio: ['ignore', writes, writes],
    })
    this.#log?.handOver()
    this.#child = child
    children.set(child, this.#plan.removeSignal ?? 'SIGKILL')
    this.#output = ''
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
        this.#output = (this.#output + text).slice(-OUTPUT_CHARACTERS)
      })
    // Its end, and not that of its output: what it has started may hold that for longer.
    this.ended = once(child, 'exit').then(
      ([code]) => {
        children.delete(child)
        return code
      },
      (/** @type {Error} */ error) => {
        this.#output += error.message
        children.delete(child)
        return null
      },
    )
  }

  /** @param {NodeJS.Signals} signal */
  #signal(signal) {
    for (const pid of [this.pid, ...childrenOf(this.pid)]) {
      try {
        process.kill(pid, signal)
      } catch {
        // It has ended.
      }
    }
  }

  /** @param {NodeJS.Signals} signal */
  async #end(signal) {
    if (!this.alive) return
    this.#child?.kill(signal)
    await this.ended
  }

  /** @returns {Promise<boolean>} */
  #isReady() {
    const { say, answers } = this.#plan.ready
    return new Promise((resolve) => {
      const socket = connect({ port: this.port, host: addressesOf(this.#place).at(-1), timeout: 1_000 }, () =>
        socket.write(say),
      )
      const answered = (/** @type {boolean} */ isRight) => {
        socket.destroy()
        resolve(isRight)
      }
      socket.once('data', (bytes) =>
        answered(answers.some((each) => bytes.toString('latin1').startsWith(each))),
      )
      socket.once('error', () => answered(false))
      socket.once('end', () => answered(false))
      socket.once('timeout', () => answered(false))
    })
  }
}

/** Where a service listens. @param {Place} place @returns {readonly string[]} */
export function addressesOf({ outside }) {
  return ['127.0.0.1', ...(outside?.addresses ?? [])]
}

/** Processes that a process has started and that run. @param {number} pid @returns {number[]} */
export function childrenOf(pid) {
  try {
    const pids = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    return pids.split(' ').filter(Boolean).map(Number)
  } catch {
    return []
  }
}

/**
 * A port of the loopback interface on which nothing listens now. The kernel gives it to nobody who does not ask for it by its number,
 * so that what was killed can have it again.
 * @returns {Promise<number>}
 */
export async function freePort() {
  const ports = ephemeralFrom() - LOWEST_PORT
  const most = ports < LEAST_PORTS ? 0 : PORT_TRIES
  for (let tries = 0; tries < most; tries++) {
    const port = await listenOnce(LOWEST_PORT + randomInt(ports))
    if (port !== null) return port
  }
  const port = await listenOnce(0)
  if (port === null) throw new Error('no port')
  return port
}

/** Above what browsers refuse to open. */
const LOWEST_PORT = 11_000
const LEAST_PORTS = 1_000
const PORT_TRIES = 50

/** The first of the ports that the kernel gives to connections and to whoever does not care. */
function ephemeralFrom() {
  try {
    return Number.parseInt(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8'), 10)
  } catch {
    return 0
  }
}

/** Which port it was, `null` where that is taken. @param {number} port @returns {Promise<number | null>} */
async function listenOnce(port) {
  const probe = createServer().listen(port, '127.0.0.1')
  try {
    await once(probe, 'listening')
  } catch {
    return null
  }
  const address = probe.address()
  await new Promise((resolve) => probe.close(resolve))
  return address === null || typeof address === 'string' ? null : address.port
}
