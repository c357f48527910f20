/** What the tests of the SQLite store share: folders, the built worker, and workers and processes that die when told to. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { openSqliteStore, type SqliteStoreOptions } from '../src/adapters/sqlite/sqlite-store.ts'
import type { Fields, Logger } from '../src/ports/logger.ts'
import type { Store, StoreLimits } from '../src/ports/store.ts'
import type { OpenedStore } from './store-support.ts'

const BUILT = new URL('../dist/adapters/sqlite/', import.meta.url)

/** The worker as it is built: Node.js 20 runs no TypeScript. */
export const BUILT_WORKER = new URL('worker.js', BUILT)
if (!existsSync(BUILT_WORKER))
  throw new Error('The server is not built: run npx tsc -b packages/server first.')

export interface Logged {
  readonly level: keyof Logger
  readonly event: string
  readonly fields: Fields
  readonly cause: unknown
}

/** A logger that keeps what it is told. */
export function keepingLogger(): Logger & { readonly logged: Logged[] } {
  const logged: Logged[] = []
  const at =
    (level: keyof Logger) =>
    (event: string, fields: Fields = {}, cause?: unknown): void =>
      void logged.push({ level, event, fields, cause })
  return { logged, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

/** What the store writes, and not what a disk makes of it: many tests wait for that alone. Not every container has much of it. */
const MEMORY = '/dev/shm'
const MEMORY_BYTES = 2 ** 30
const PLACE = hasRoom(MEMORY) ? MEMORY : tmpdir()

function hasRoom(folder: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(folder)
    return bavail * bsize >= MEMORY_BYTES
  } catch {
    return false
  }
}

/** `place`: where it is made. */
export function temporaryFolder(place = PLACE): { readonly folder: string; readonly remove: () => void } {
  const folder = mkdtempSync(join(place, 'roomful-store-'))
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

export function openIn(
  folder: string,
  logger: Logger = keepingLogger(),
  workerUrl = BUILT_WORKER,
  limits: Omit<SqliteStoreOptions, 'folder' | 'logger' | 'workerUrl'> = {},
): Promise<Store> {
  return openSqliteStore({ folder, logger, workerUrl, ...limits })
}

/** Bytes of a write-ahead log before its first frame, and of a frame. */
export const WAL_HEADER = 32
export const WAL_FRAME = 24 + 4_096

/** The write-ahead log of a data folder, without the place behind it that is reserved. */
export function writtenWal(folder: string): Buffer {
  const wal = readFileSync(join(folder, 'roomful.db-wal'))
  let frames = Math.ceil((wal.length - WAL_HEADER) / WAL_FRAME)
  const end = () => WAL_HEADER + frames * WAL_FRAME
  while (frames > 0 && wal.subarray(end() - WAL_FRAME, end()).every((byte) => byte === 0)) frames--
  return wal.subarray(0, end())
}

/** For the contract suite: a store in a folder of its own. */
export async function openTemporary(limits: StoreLimits = {}): Promise<OpenedStore> {
  const { folder, remove } = temporaryFolder()
  const open = () => openIn(join(folder, 'data'), keepingLogger(), BUILT_WORKER, limits)
  let store = await open()
  return {
    store,
    async reopen() {
      await store.close()
      return (store = await open())
    },
    async destroy() {
      await store.close()
      remove()
    },
  }
}

/**
 * The built worker, but while the file `exit` or `throw` is in `folder` it dies that way instead of reporting, once; while `refuse`
 * is there it does not start; while `hold` is there it waits before it opens anything, and says so with the file `holding`.
 */
export function mortalWorker(folder: string): { readonly url: URL; readonly flag: (name: string) => string } {
  const flag = (name: string) => join(folder, name)
  const file = flag('mortal-worker.mjs')
  writeFileSync(
    file,
    `import { existsSync, rmSync, writeFileSync } from 'node:fs'
    import { parentPort } from 'node:worker_threads'
    const post = parentPort.postMessage.bind(parentPort)
    const told = (file) => existsSync(file) && (rmSync(file), true)
    parentPort.postMessage = (report) => {
      if (told(${JSON.stringify(flag('exit'))})) process.exit(3)
      if (told(${JSON.stringify(flag('throw'))})) throw new Error('planted')
      post(report)
    }
    while (existsSync(${JSON.stringify(flag('hold'))})) {
      writeFileSync(${JSON.stringify(flag('holding'))}, '')
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    if (existsSync(${JSON.stringify(flag('refuse'))})) post({ type: 'refused', message: 'refused as told' })
    else await import(${JSON.stringify(BUILT_WORKER.href)})`,
  )
  return { url: pathToFileURL(file), flag }
}

export interface Writer {
  readonly child: ChildProcess
  /** Texts of the batches that it has reported as committed. */
  readonly acknowledged: string[]
  /** Ends it as a power cut would, and resolves when it is gone. */
  readonly kill: () => Promise<void>
}

/**
 * A process of its own that writes to the store in `folder` without end: batches of three, to `a`, to `b`, and to `@c` with a copy
 * in `@d`, all with the text `start + 1`, `start + 2` …. Its write-ahead log is never renewed. `pauseMs`: after
 * each batch, so that what is there does not grow faster than a slow machine reads it.
 */
export function startWriter(folder: string, start: number, pauseMs = 0): Writer {
  const script = join(folder, '..', 'writer.mjs')
  writeFileSync(
    script,
    `import { writeSync } from 'node:fs'
    import { openSqliteStore } from ${JSON.stringify(new URL('sqlite-store.js', BUILT).href)}
    const quiet = () => {}
    const logger = { debug: quiet, info: quiet, warn: quiet, error: quiet }
    const store = await openSqliteStore({ folder: ${JSON.stringify(folder)}, logger, renewAfterMs: 2 ** 31 - 1 })
    let last = ${start}
    const next = async () => {
      for (;;) {
        const text = String(++last)
        const entry = (log, copy = null) => ({ log, copy, id: log + text, kind: 'message', author: 'A', authorId: null,
          target: null, text, timestamp: '2024-01-01T12:00:00Z', at: last, clientId: 'c' + text, about: null })
        await store.append([entry('a'), entry('b'), entry('@c', '@d')])
        writeSync(1, text + '\\n')
        if (${pauseMs} > 0) await new Promise((resolve) => setTimeout(resolve, ${pauseMs}))
      }
    }
    await Promise.all([next(), next(), next()])`,
  )
  const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] })
  const acknowledged: string[] = []
  let rest = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    acknowledged.push(...lines)
  })
  return {
    child,
    acknowledged,
    async kill() {
      const gone = once(child, 'close')
      child.kill('SIGKILL')
      await gone
    },
  }
}
