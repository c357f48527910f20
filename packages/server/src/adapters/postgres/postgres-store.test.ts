import { afterAll, beforeAll, vi } from 'vitest'
import { openInSchema, type PostgresServer, startPostgres } from '../../../testing/postgres.ts'
import { storeContract } from '../../../testing/store-contract.ts'
import { storeProperties } from '../../../testing/store-properties.ts'

vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 })

let server: PostgresServer
beforeAll(async () => {
  server = await startPostgres()
})
afterAll(() => server.remove())

storeContract('the PostgreSQL store', (limits) => openInSchema(server, limits))
storeProperties('the PostgreSQL store', () => openInSchema(server), 60)
