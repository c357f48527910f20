import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { openInSchema, type PostgresServer, run, startPostgres } from '../../../testing/postgres.ts'
import { storeContract } from '../../../testing/store-contract.ts'
import { storeProperties } from '../../../testing/store-properties.ts'
import { entry } from '../../../testing/store-support.ts'
import { StoreUnavailable } from '../../ports/store.ts'

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
  await vi.waitFor(() => store.check(), { timeout: 60_000 })
  await destroy()
})

it('has its batches planned once, by no plan that reads a whole table', async () => {
  const { store, url, destroy } = await openInSchema(server)
  await run(
    url,
    `CREATE TABLE settings (plans text, whole text);
      CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO settings VALUES (current_setting('plan_cache_mode'), current_setting('enable_seqscan'));
        RETURN NULL;
      END $$;
      CREATE TRIGGER note AFTER UPDATE ON nodes EXECUTE FUNCTION note()`,
  )
  await store.append([entry()])
  const { rows } = await run(url, 'SELECT DISTINCT * FROM settings')
  expect(rows).toEqual([{ plans: 'force_generic_plan', whole: 'off' }])
  await destroy()
})
