/** The real server as a child process: the built program, a free port, a data folder of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BROKER_SILENT } from '../../packages/server/testing/brokers.mjs'
import { freePort } from '../../packages/server/testing/daemon.mjs'

export interface ServerOptions {
  /** Further flags. With `--port` among them no port is chosen. */
  readonly args?: readonly string[]
  /** Further environment. `ROOMFUL_*`, `PORT` and `HOST` of the caller are not passed on. */
  readonly env?: Readonly<Record<string, string>>
  /** Folder of an earlier server. Without it a new one is made, and removed when the server has ended. */
  readonly dataFolder?: string
}

export interface RunningServer {
  readonly port: number
  /** `http://127.0.0.1:PORT` */
  readonly url: string
  /** `ws://127.0.0.1:PORT` */
  readonly wsUrl: string
  readonly dataFolder: string
  readonly pid: number
  /** All that it has written to standard output and standard error. */
  output(): string
  /** From now on nobody reads its standard error. */
  deafen(): void
  /** Whether the process runs. */
  alive(): boolean
  /** Asks it to end (SIGTERM). Resolves with its exit code, `null` when a signal ended it. Cut off after a minute. */
  stop(): Promise<number | null>
  /** Ends it as a power cut would (SIGKILL). */
  kill(): Promise<void>
}

const PACKAGE = fileURLToPath(new URL('../../packages/server/', import.meta.url))
const READY_WITHIN_MS = 120_000
const STOP_WITHIN_MS = 60_000
const POLL_MS = 20
/** How often a server is started whose broker does not answer in time. */
const BROKER_STARTS = 3

const children = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL')
})

/** Makes an empty folder that outlives a server, for tests that restart one. The caller removes it. */
export function makeDataFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'roomful-test-'))
}

/** Starts the built server and resolves when `/readyz` answers 200. Rejects with its output when it ends before. */
export async function startServer(options: ServerOptions = {}): Promise<RunningServer> {
  for (let starts = 1; ; starts++) {
    try {
      return await startOnce(options)
    } catch (error) {
      if (starts === BROKER_STARTS || !String(error).includes(BROKER_SILENT)) throw error
    }
  }
}

async function startOnce(options: ServerOptions): Promise<RunningServer> {
  const dataFolder = options.dataFolder ?? (await makeDataFolder())
  const args = [...(options.args ?? [])]
  const fixed = args.indexOf('--port')
  const port = fixed === -1 ? await freePort() : Number(args[fixed + 1])
  if (fixed === -1) args.push('--port', String(port))
  const program = startProgram('bundle/main.js', [...args, '--data', dataFolder], options.env)
  const discard = async (): Promise<void> => {
    if (options.dataFolder === undefined) await rm(dataFolder, { recursive: true, force: true })
  }
  const url = `http://127.0.0.1:${port}`
  try {
    await program.until(() => answersOk(`${url}/readyz`))
  } catch (cause) {
    await program.kill()
    await discard()
    throw cause
  }
  return {
    port,
    url,
    wsUrl: `ws://127.0.0.1:${port}`,
    dataFolder,
    pid: program.pid,
    output: program.output,
    deafen: program.deafen,
    alive: program.alive,
    stop: async () => {
      const code = await program.stop()
      await discard()
      return code
    },
    kill: async () => {
      await program.kill()
      await discard()
    },
  }
}

/** A data folder, and servers on it one after the other. */
export interface KeptData {
  /** Starts the next one, with these flags besides those that all have. */
  start(...args: string[]): Promise<RunningServer>
  /** Ends the last one and removes the folder. */
  remove(): Promise<void>
}

/** For tests that start a server again on what it holds. `always`: flags of each. */
export function keepData(...always: string[]): KeptData {
  const made = makeDataFolder()
  let last: RunningServer | null = null
  return {
    start: async (...args) => {
      last = await startServer({ dataFolder: await made, args: [...always, ...args] })
      return last
    },
    remove: async () => {
      await last?.kill()
      await rm(await made, { recursive: true, force: true })
    },
  }
}

export interface RunningProgram {
  readonly pid: number
  output(): string
  deafen(): void
  alive(): boolean
  /** Asks again and again until the answer is true. Rejects with the output when the program ends or two minutes pass. */
  until(fact: () => boolean | Promise<boolean>): Promise<void>
  stop(): Promise<number | null>
  kill(): Promise<void>
}

/** Starts a built file, by its path from the server package or an absolute one, as a child process and gathers what it writes. */
export function startProgram(
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): RunningProgram {
  const path = isAbsolute(file) ? file : join(PACKAGE, file)
  if (!existsSync(path)) throw new Error(`${path} is missing: run "npm run build" first`)
  const child = spawn(process.execPath, [path, ...args], {
    // It would count among what tests count, on a slow machine.
    env: { ...cleanEnvironment(), ROOMFUL_CANARY: 'off', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.add(child)
  let written = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8')
    stream.on('data', (text: string) => {
      written += text
    })
  }
  let over = false
  const ended = new Promise<number | null>((resolve) => {
    child.once('close', (code) => {
      over = true
      children.delete(child)
      resolve(code)
    })
  })
  child.once('error', (error) => {
    written += `${error.message}\n`
  })
  const alive = (): boolean => !over && child.exitCode === null && child.signalCode === null
  return {
    pid: child.pid ?? 0,
    output: () => written,
    deafen: () => void child.stderr.destroy(),
    alive,
    until: async (fact) => {
      const deadline = performance.now() + READY_WITHIN_MS
      while (!(await fact())) {
        if (!alive()) throw new Error(`${file} ended with ${await ended}:\n${written}`)
        if (performance.now() > deadline) throw new Error(`${file} is not ready:\n${written}`)
        await new Promise((resolve) => setTimeout(resolve, POLL_MS))
      }
    },
    stop: async () => {
      child.kill('SIGTERM')
      const cut = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS)
      const code = await ended
      clearTimeout(cut)
      return code
    },
    kill: async () => {
      child.kill('SIGKILL')
      await ended
    },
  }
}

function cleanEnvironment(): Record<string, string> {
  const clean: Record<string, string> = {}
  for (const [name, value] of Object.entries(process.env)) {
    if (value === undefined || name.startsWith('ROOMFUL_') || name === 'PORT' || name === 'HOST') continue
    if (name.startsWith('VITEST') || name === 'NODE_OPTIONS' || name === 'NODE_ENV') continue
    clean[name] = value
  }
  return clean
}

async function answersOk(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) })
    await response.body?.cancel()
    return response.status === 200
  } catch {
    return false
  }
}
