/** The built server as a process that can be killed, stopped, stalled and started again on the same port and data. */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BROKER_SILENT } from '../../../packages/server/testing/brokers.mjs'
import { freePort } from '../../../packages/server/testing/daemon.mjs'
import { statusOf } from './status.mjs'
import { until } from './wait.mjs'

/** @typedef {import('node:child_process').ChildProcess} ChildProcess */

const serverFile = (/** @type {string} */ name) =>
  fileURLToPath(new URL(`../../../packages/server/${name}`, import.meta.url))

const MAIN = serverFile('bundle/main.js')
/** The same program file by file: a mutant takes the place of one of them. */
const MAIN_IN_FILES = serverFile('dist/main.js')
const MUTATE = new URL('../mutants/install.mjs', import.meta.url).href
const READY_WITHIN_MS = 120_000
const STOP_WITHIN_MS = 60_000

/** What Linux counts processor time in, a second. */
const CLOCK_TICKS = 100

/** Characters of its output that are kept. */
const MAX_OUTPUT = 1_000_000

/** @type {Set<ChildProcess>} */
const children = new Set()
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL')
})

/**
 * @typedef {object} ServerPlan
 * @property {readonly string[]} [args] further flags
 * @property {string | null} [mutant] a deliberate fault, see `mutants/install.mjs`
 * @property {string} [lossFile] with the share of hints between nodes that it loses, see `mutants/hints.mjs`
 * @property {string | undefined} [dataFolder] default: a new one, removed by `dispose`
 * @property {Readonly<Record<string, string>>} [env]
 * @property {readonly string[]} [nodeArgs]
 * @property {readonly string[]} [wrapper] command that starts it
 * @property {string | undefined} [program] another build of it
 */

export class TestServer {
  port = 0
  /** How often it was started. */
  starts = 0
  dataFolder
  output = ''
  /** Most memory that any of its processes used, in MiB. */
  peakMiB = 0
  #plan
  #owned
  /** @type {ChildProcess | null} */
  #child = null
  /** @type {Promise<number | null>} */
  #ended = Promise.resolve(null)

  /** @param {ServerPlan} plan @param {string} dataFolder */
  constructor(plan, dataFolder) {
    this.#plan = plan
    this.dataFolder = dataFolder
    this.#owned = plan.dataFolder === undefined
  }

  /** @param {ServerPlan} [plan] */
  static async start(plan = {}) {
    const server = new TestServer(plan, plan.dataFolder ?? (await mkdtemp(join(tmpdir(), 'roomful-fault-'))))
    try {
      server.port = await freePort()
      await server.start()
      return server
    } catch (error) {
      await server.dispose()
      throw error
    }
  }

  get url() {
    return `http://127.0.0.1:${this.port}`
  }

  get pid() {
    return this.#child?.pid ?? 0
  }

  get alive() {
    return this.#child !== null && this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** Starts it and waits until it is ready. @param {ServerPlan} [change] to what it was started with @returns {Promise<number>} ms */
  async start(change = {}) {
    this.#plan = { ...this.#plan, ...change }
    this.starts += 1
    const started = performance.now()
    try {
      await this.#launch()
    } catch (error) {
      if (this.alive || !String(error).includes(BROKER_SILENT)) throw error
      await this.#launch()
    }
    return performance.now() - started
  }

  async #launch() {
    const {
      args = [],
      mutant = null,
      lossFile,
      env = {},
      nodeArgs = [],
      wrapper = [],
      program: other,
    } = this.#plan
    const isReal = mutant === null && lossFile === undefined
    const main = isReal || other !== undefined ? [other ?? MAIN] : ['--import', MUTATE, MAIN_IN_FILES]
    const [program = process.execPath, ...rest] = [
      ...wrapper,
      process.execPath,
      ...nodeArgs,
      ...main,
      ...['--port', String(this.port), '--data', this.dataFolder, ...args],
    ]
    const child = spawn(program, rest, {
      env: {
        ...cleanEnvironment(),
        ...env,
        ...(mutant === null ? {} : { MUTANT: mutant }),
        ...(lossFile === undefined ? {} : { HINT_LOSS: lossFile }),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child = child
    children.add(child)
    this.#ended = new Promise((resolve) => {
      child.once('close', (code) => {
        children.delete(child)
        resolve(code)
      })
    })
    child.once('error', (error) => this.#write(`${error.message}\n`))
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (/** @type {string} */ text) => this.#write(text))
    await until(
      'the server is ready',
      async () => {
        if (!this.alive) throw new Error(`the server has ended:\n${this.output.slice(-2_000)}`)
        return this.isReady()
      },
      READY_WITHIN_MS,
      5,
    )
  }

  /** Ends it as a power cut would. */
  async kill() {
    this.sample()
    this.#child?.kill('SIGKILL')
    await this.#ended
  }

  /** Asks it to end. @returns {Promise<number | null>} exit code; `null` when it had to be killed */
  async stop() {
    this.sample()
    this.#child?.kill('SIGTERM')
    const cut = setTimeout(() => this.#child?.kill('SIGKILL'), STOP_WITHIN_MS)
    const code = await this.#ended
    clearTimeout(cut)
    return code
  }

  /** @param {NodeJS.Signals} signal */
  signal(signal) {
    this.#child?.kill(signal)
  }

  /** Kills it and removes its data. */
  async dispose() {
    await this.kill()
    if (this.#owned) await rm(this.dataFolder, { recursive: true, force: true })
  }

  /** @returns {Promise<boolean>} */
  isReady() {
    return this.status('/readyz').then((status) => status === 200)
  }

  /** Status of a GET; 0 when there was no answer in 2 s. @param {string} path @returns {Promise<number>} */
  status(path) {
    return statusOf(this.url + path)
  }

  /** MiB of memory that it uses now; also notes its peak. 0 when it does not run. */
  sample() {
    try {
      const status = readFileSync(`/proc/${this.pid}/status`, 'utf8')
      const kib = (/** @type {string} */ name) =>
        Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0)
      this.peakMiB = Math.max(this.peakMiB, Math.round(kib('VmHWM') / 1024))
      return Math.round(kib('VmRSS') / 1024)
    } catch {
      return 0
    }
  }

  /** Processor time that all its threads have used since it was started, in seconds; 0 when it does not run. */
  cpuSeconds() {
    try {
      // Behind the name in brackets comes the third field; user and system time are the 14th and 15th.
      const fields = (readFileSync(`/proc/${this.pid}/stat`, 'utf8').split(') ').at(-1) ?? '').split(' ')
      return (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS
    } catch {
      return 0
    }
  }

  /** @param {string} text */
  #write(text) {
    this.output = (this.output + text).slice(-MAX_OUTPUT)
  }
}

function cleanEnvironment() {
  /** @type {Record<string, string>} */
  const clean = {}
  for (const [name, value] of Object.entries(process.env)) {
    if (
      value === undefined ||
      /^(ROOMFUL_|VITEST)|^(PORT|HOST|NODE_OPTIONS|NODE_ENV|MUTANT|HINT_LOSS)$/.test(name)
    )
      continue
    clean[name] = value
  }
  return clean
}
