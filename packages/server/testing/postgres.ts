/** A PostgreSQL server of the test's own, on a free port, with its files in a temporary folder. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { openPostgres } from '../src/adapters/postgres/postgres-store.ts'
import type { Store, StoreLimits } from '../src/ports/store.ts'
import { keepingLogger } from './sqlite.ts'
import type { OpenedStore } from './store-support.ts'

const VERSIONS = '/usr/lib/postgresql'

/** Folder of the programs, `null` where PostgreSQL is not installed. */
const POSTGRES_BIN = existsSync(VERSIONS)
  ? join(VERSIONS, readdirSync(VERSIONS).toSorted((a, b) => Number(b) - Number(a))[0] ?? '', 'bin')
  : null

export interface PostgresServer {
  /** Of a database that is empty at first. */
  readonly url: string
  readonly pid: number
  stop(): Promise<void>
  /** Starts it again on the same port after it has ended. */
  start(): Promise<void>
  kill(): Promise<void>
  /** Ends it and removes its files. */
  remove(): Promise<void>
}

export async function startPostgres(): Promise<PostgresServer> {
  if (POSTGRES_BIN === null) throw new Error('PostgreSQL is not installed: sudo apt-get install postgresql')
  const bin = POSTGRES_BIN
  const folder = mkdtempSync(join(tmpdir(), 'roomful-postgres-'))
  const identity = unprivileged()
  if (identity !== null) chownSync(folder, identity.uid, identity.gid)
  const data = join(folder, 'data')
  execFileSync(
    join(bin, 'initdb'),
    ['-D', data, '-A', 'trust', '-U', 'roomful', '-E', 'UTF8', '--locale=C', '--no-sync'],
    {
      ...identity,
      cwd: folder,
      stdio: 'ignore',
    },
  )
  const port = await freePort()
  let child: ChildProcess
  let ended: Promise<unknown>
  const url = `postgres://roomful@127.0.0.1:${port}/postgres`
  const start = async () => {
    // A process that is killed takes nothing along that it has written: only the machine could, and that goes on.
    const options = [
      '-D',
      data,
      '-p',
      String(port),
      '-h',
      '127.0.0.1',
      '-k',
      folder,
      '-c',
      'max_connections=200',
      '-F',
    ]
    child = spawn(join(bin, 'postgres'), options, { ...identity, cwd: folder, stdio: 'ignore' })
    ended = once(child, 'exit')
    await ready(url, child)
  }
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal)
    await ended
  }
  await start()
  return {
    url,
    get pid() {
      return child.pid ?? 0
    },
    start,
    stop: () => end('SIGINT'),
    kill: () => end('SIGKILL'),
    async remove() {
      if (child.exitCode === null && child.signalCode === null) await end('SIGQUIT')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** PostgreSQL does not run as root. */
function unprivileged(): { uid: number; gid: number } | null {
  if (process.getuid?.() !== 0) return null
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

async function ready(url: string, child: ChildProcess): Promise<void> {
  const deadline = performance.now() + 30_000
  for (;;) {
    const client = new pg.Client({ connectionString: url })
    client.on('error', () => undefined)
    try {
      await client.connect()
      await client.end()
      return
    } catch (error) {
      if (child.exitCode !== null || performance.now() > deadline) throw error
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

let schemas = 0

/** For the contract suite: a store in a schema of its own. */
export async function openInSchema(
  server: PostgresServer,
  limits?: StoreLimits,
): Promise<OpenedStore & { url: string }> {
  const schema = `s${++schemas}`
  await run(server.url, `CREATE SCHEMA ${schema}`)
  const url = `${server.url}?options=-csearch_path%3D${schema}`
  const open = () => openPostgresStore(url, limits)
  let store = await open()
  return {
    url,
    store,
    async reopen() {
      await store.close()
      return (store = await open())
    },
    async destroy() {
      await store.close()
      await run(server.url, `DROP SCHEMA ${schema} CASCADE`)
    },
  }
}

export async function openPostgresStore(url: string, limits?: StoreLimits): Promise<Store> {
  return (await openPostgres({ url, logger: keepingLogger(), ...limits })).store
}

/** Runs a statement on a connection of its own. */
export async function run(url: string, sql: string, values: unknown[] = []): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await client.query(sql, values)
  } finally {
    await client.end()
  }
}
