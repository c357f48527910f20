/** A program of somebody else's that serves, as a process of the test's own: on a free port, with its files in a temporary folder. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** @typedef {import('node:child_process').ChildProcess} ChildProcess */

const READY_WITHIN_MS = 60_000
const POLL_MS = 20

/** @typedef {{ uid: number, gid: number }} Identity */

/**
 * @typedef {object} DaemonPlan
 * @property {string} name of its folder
 * @property {string} program
 * @property {(place: { folder: string, port: number }) => readonly string[]} args
 * @property {(place: { folder: string, port: number }) => Readonly<Record<string, string>>} [env]
 * @property {(place: { folder: string, port: number }) => void} [prepare] what is done once, before the first start
 * @property {Identity | null} [identity] whose process it is, where it does not run as root
 * @property {{ say: Buffer | string, answers: readonly string[] }} ready what a connection says, and how an answer of a server that serves begins
 * @property {NodeJS.Signals} [stopSignal] default: SIGTERM
 */

/** @type {Set<ChildProcess>} */
const children = new Set()
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL')
})

export class Daemon {
  port
  folder
  #plan
  /** @type {ChildProcess | null} */
  #child = null
  /** @type {Promise<unknown>} */
  #ended = Promise.resolve()
  #output = ''

  /** @param {DaemonPlan} plan @param {number} port */
  constructor(plan, port) {
    this.#plan = plan
    this.port = port
    this.folder = mkdtempSync(join(tmpdir(), `roomful-${plan.name}-`))
    if (plan.identity) chownSync(this.folder, plan.identity.uid, plan.identity.gid)
  }

  /** Starts one, and resolves when it serves. @param {DaemonPlan} plan */
  static async start(plan) {
    const daemon = new Daemon(plan, await freePort())
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

  /** Starts it, also again on the same port after it has ended, and resolves when it serves. */
  async start() {
    const deadline = performance.now() + READY_WITHIN_MS
    // One that was killed may leave behind for a moment what the next one cannot start with.
    do {
      this.#spawn()
      while (this.#isAlive) {
        if (await this.#isReady()) return
        if (performance.now() > deadline) break
        await new Promise((resolve) => setTimeout(resolve, POLL_MS))
      }
    } while (performance.now() < deadline)
    throw new Error(`${this.#plan.program} is not ready:\n${this.#output}`)
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
    await this.#end('SIGKILL')
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 })
  }

  get #isAlive() {
    return this.#child !== null && this.#child.exitCode === null && this.#child.signalCode === null
  }

  #spawn() {
    const { program, args, env, identity } = this.#plan
    const child = spawn(program, args(this), {
      ...identity,
      cwd: this.folder,
      env: { ...process.env, ...env?.(this) },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child = child
    children.add(child)
    this.#output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
        this.#output = (this.#output + text).slice(-4_000)
      })
    // Its end, and not that of its output: what it has started may hold that for longer.
    this.#ended = once(child, 'exit').then(
      () => children.delete(child),
      (/** @type {Error} */ error) => {
        this.#output += error.message
        children.delete(child)
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
    if (!this.#isAlive) return
    this.#child?.kill(signal)
    await this.#ended
  }

  /** @returns {Promise<boolean>} */
  #isReady() {
    const { say, answers } = this.#plan.ready
    return new Promise((resolve) => {
      const socket = connect({ port: this.port, host: '127.0.0.1', timeout: 1_000 }, () => socket.write(say))
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

/** @param {number} pid @returns {number[]} */
function childrenOf(pid) {
  try {
    const pids = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    return pids.split(' ').filter(Boolean).map(Number)
  } catch {
    return []
  }
}

/** A port of the loopback interface on which nothing listens now. @returns {Promise<number>} */
export async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  await new Promise((resolve) => probe.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
