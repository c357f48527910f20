import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { openInSchema, type PostgresServer, startPostgres } from '../../../testing/postgres.ts'
import { storeContract } from '../../../testing/store-contract.ts'
import { storeProperties } from '../../../testing/store-properties.ts'
import { entry } from '../../../testing/store-support.ts'
import { StoreUnavailable } from '../../ports/store.ts'

vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 })

let server: PostgresServer
beforeAll(async () => {
  server = await startPostgres()
})
afterAll(() => server.remove())

storeContract('the PostgreSQL store', (limits) => openInSchema(server, limits))
storeProperties('the PostgreSQL store', () => openInSchema(server), 60)

it('refuses a read 4 s after it was called, what it waits for included', async () => {
  const { store, url, destroy } = await openInSchema(server)
  await store.append([entry()])
  const other = new pg.Client({ connectionString: url })
  await other.connect()
  await other.query('BEGIN; LOCK TABLE entries, logs')
  const append = store.append([entry()]).catch((error: unknown) => error)
  const read = store.read('lobby', { after: 0 }, 1).catch((error: unknown) => error)
  const late = sleep(6_000, 'late')
  expect(await Promise.race([read, late])).toBeInstanceOf(StoreUnavailable)
  expect(await append).toBeInstanceOf(StoreUnavailable)
  await other.end()
  await vi.waitFor(() => store.check(), { timeout: 20_000 })
  await destroy()
})
