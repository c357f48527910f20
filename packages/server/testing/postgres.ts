/** Stores and statements on a PostgreSQL server of the test's own. */
import pg from 'pg'
import { openPostgres } from '../src/adapters/postgres/postgres-store.ts'
import type { Store, StoreLimits } from '../src/ports/store.ts'
import { type PostgresServer as Server, startPostgresDaemon } from './postgres-daemon.mjs'
import { keepingLogger } from './sqlite.ts'
import type { OpenedStore } from './store-support.ts'

export type PostgresServer = Server

export function startPostgres(): Promise<PostgresServer> {
  return startPostgresDaemon()
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
