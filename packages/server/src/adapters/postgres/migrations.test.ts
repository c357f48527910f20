import pg from 'pg'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import {
  openInSchema,
  openPostgresStore,
  type PostgresServer,
  run,
  startPostgres,
} from '../../../testing/postgres.ts'
import { all, entry, seqsOf } from '../../../testing/store-support.ts'
import type { Store } from '../../ports/store.ts'
import { migrate, type Migration, MIGRATIONS } from './migrations.ts'

let server: PostgresServer
const stores: Store[] = []
beforeAll(async () => {
  server = await startPostgres()
})
afterEach(() => Promise.all(stores.splice(0).map((store) => store.close())))
afterAll(() => server.remove())

/** What the next version does when it is started. */
async function upgrade(url: string, ...more: Migration[]): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await migrate(client, [...MIGRATIONS, ...more])
  } finally {
    await client.end()
  }
}

const COLOURS = { name: 'colours', sql: 'ALTER TABLE entries ADD COLUMN colour text' }

it('a newer schema that only adds serves those who run and those who start', async () => {
  const { url, store } = await openInSchema(server)
  stores.push(store)
  await store.append([entry()])
  await upgrade(url, COLOURS)
  await store.append([entry()])
  const joining = await openPostgresStore(url)
  stores.push(joining)
  await joining.append([entry()])
  expect(seqsOf(await all(store))).toEqual([1, 2, 3])
  expect(seqsOf(await all(joining))).toEqual([1, 2, 3])
})

it('a newer schema that breaks with this version lets those go on who run, and nobody start', async () => {
  const { url, store } = await openInSchema(server)
  stores.push(store)
  await upgrade(url, COLOURS, { name: 'other numbers', sql: 'SELECT 1', breaks: true })
  await expect(openPostgresStore(url)).rejects.toThrow(
    `it was written by a newer Roomful (schema ${MIGRATIONS.length + 2}, this one knows ${MIGRATIONS.length})`,
  )
  await store.append([entry()])
  expect(seqsOf(await all(store))).toEqual([1])
})

it('a newer schema is not touched by an older version', async () => {
  const { url, store } = await openInSchema(server)
  stores.push(store)
  await upgrade(url, COLOURS)
  await upgrade(url)
  await expect(upgrade(url, { ...COLOURS, sql: 'SELECT 2' })).rejects.toThrow(
    'another schema than this Roomful writes',
  )
  await upgrade(url, COLOURS)
})

it('every function that a batch of new messages goes through keeps its plans', async () => {
  const { url, store } = await openInSchema(server)
  stores.push(store)
  const { rows } = await run(
    url,
    `SELECT proname, lanname FROM pg_proc JOIN pg_language ON pg_language.oid = prolang
      WHERE pronamespace = current_schema()::regnamespace
        AND proname IN ('append_v1', 'lock_logs_v1', 'append_run_v1', 'fresh_v1', 'append_plain_v1')`,
  )
  expect(rows).toHaveLength(5)
  expect(rows.filter(({ lanname }) => lanname !== 'plpgsql')).toEqual([])
})
