import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { BenchFault } from './fault.ts'

const READY_WITHIN_MS = 30_000
const ENDS_WITHIN_MS = 5_000
const POLL_MS = 20
const MAX_OUTPUT = 4_096

export interface OwnServerPlan {
  readonly program: string
  readonly args: readonly string[]
  /** Folder in which that of its data is made; `null`: it keeps nothing. */
  readonly beside: string | null
}

export interface OwnServer {
  readonly url: string
  /** Processor seconds that all its processes have used; `null` when it does not say. */
  usage(): Promise<number | null>
  /** Ends it, and removes what it kept. */
  remove(): Promise<void>
}

/** A server of its own on a free port of this machine, with nothing of our environment. Rejects with a `BenchFault`. */
export async function startOwnServer({ program, args, beside }: OwnServerPlan): Promise<OwnServer> {
  const folder = beside === null ? null : folderIn(beside)
  const data = folder === null ? ':memory:' : join(folder, 'data')
  const port = await freePort()
  const child = spawn(
    process.execPath,
    [program, '--host', '127.0.0.1', '--port', String(port), '--data', data, ...args],
    { env: {}, cwd: folder ?? undefined, stdio: ['ignore', 'ignore', 'pipe'] },
  )
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-MAX_OUTPUT)))
  const ended = once(child, 'close')
  const discard = (): void => {
    if (folder !== null) rmSync(folder, { recursive: true, force: true })
  }
  // Also when we are ended in the middle.
  const cut = (): void => {
    child.kill('SIGKILL')
    discard()
  }
  process.once('exit', cut)
  const remove = async (): Promise<void> => {
    child.kill('SIGTERM')
    const late = setTimeout(() => child.kill('SIGKILL'), ENDS_WITHIN_MS)
    await ended
    clearTimeout(late)
    process.off('exit', cut)
    discard()
  }
  const url = `http://127.0.0.1:${port}`
  const deadline = performance.now() + READY_WITHIN_MS
  while ((await textAt(`${url}/readyz`)) === null) {
    if (child.exitCode === null && child.signalCode === null && performance.now() < deadline) {
      await sleep(POLL_MS)
      continue
    }
    await remove()
    throw new BenchFault(
      'not_started',
      `The server to be measured does not start: ${said.trim()}`,
      `要測量的伺服器無法啟動：${said.trim()}`,
    )
  }
  return { url, usage: async () => usageIn(await textAt(`${url}/metrics`)), remove }
}

function folderIn(place: string): string {
  try {
    return mkdtempSync(join(place, '.roomful-bench-'))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new BenchFault(
      'not_started',
      `No folder can be made beside the data folder: ${reason}.`,
      `無法在資料夾旁建立暫存資料夾：${reason}。`,
    )
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** `null` unless it answers 200. */
async function textAt(url: string): Promise<string | null> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(3_000) })
    const text = await response.text()
    return response.ok ? text : null
  } catch {
    return null
  }
}

function usageIn(metrics: string | null): number | null {
  const [, seconds] = /^process_cpu_seconds_total(?:\{[^}]*\})? (\S+)$/m.exec(metrics ?? '') ?? []
  return seconds === undefined ? null : Number(seconds)
}
