import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { openInSchema, type PostgresServer, run, startPostgres } from '../../../testing/postgres.ts'
import { registryContract } from '../../../testing/registry-contract.ts'
import { keepingLogger } from '../../../testing/sqlite.ts'
import { StoreUnavailable } from '../../ports/store.ts'
import { openPostgresRegistry } from './postgres-registry.ts'

let server: PostgresServer
beforeAll(async () => {
  server = await startPostgres()
})
afterAll(() => server.remove())

const logger = keepingLogger()

/** Makes all that was noted so much older, as it is when so many milliseconds have passed. */
async function age(url: string, ms: number): Promise<void> {
  const set = ['seen', 'since'].map((column) => `${column} = ${column} - ${ms} * interval '1 ms'`).join()
  await run(url, `SET session_replication_role = replica; UPDATE living SET ${set}`)
}

registryContract('the PostgreSQL registry', async () => {
  const { url, destroy } = await openInSchema(server)
  return {
    open: (node, leaseMs) => openPostgresRegistry({ url, node, logger, ...(leaseMs && { leaseMs }) }),
    pass: (ms) => (ms < 1_000 ? new Promise((resolve) => setTimeout(resolve, ms)) : age(url, ms)),
    destroy,
  }
})

const claim = (key: string, fresh: string) => ({ key, name: key, shown: null, fresh, shared: false })

describe('the PostgreSQL registry', () => {
  it('removes with a beat what dead nodes have left', async () => {
    const { url, destroy } = await openInSchema(server)
    const dead = await openPostgresRegistry({ url, node: 'dead', logger, leaseMs: 1 })
    await dead.claim([claim('left', 'p-1')])
    const b = await openPostgresRegistry({ url, node: 'b', logger })
    await b.claim([claim('kept', 'p-2')])
    await vi.waitFor(async () => expect((await b.beat(0)).nodes).toHaveLength(1), 60_000)
    for (let beat = 0; beat < 60; beat++) await b.beat(0)
    expect((await run(url, 'SELECT key FROM names')).rows).toEqual([{ key: 'kept' }])
    await Promise.all([dead.close(), b.close()])
    await destroy()
  })

  it('refuses in time while the database is gone, keeps names and lives over its end, and a repeated claim is one', async () => {
    const { url, destroy } = await openInSchema(server)
    const open = (node: string) => openPostgresRegistry({ url, node, logger, leaseMs: 60_000 })
    const [a, b] = await Promise.all([open('a'), open('b')])
    await a.claim([claim('alice', 'p-a')])
    const under = a.claim([claim('bob', 'p-b')])
    await server.kill()
    const settled = await Promise.allSettled([under])
    await expect(b.find(['alice'])).rejects.toThrow(StoreUnavailable)
    await expect(b.beat(1)).rejects.toThrow(StoreUnavailable)
    await server.start()
    // As if it had been away for longer than the lease.
    await run(url, `UPDATE living SET seen = seen - interval '2 minutes'`)
    await vi.waitFor(async () => expect(await b.beat(1)).toMatchObject({ kept: true }), { timeout: 60_000 })
    expect(await b.claim([claim('alice', 'p-x')])).toEqual([{ outcome: 'taken' }])
    await vi.waitFor(async () => expect(await a.beat(1)).toMatchObject({ kept: true }), { timeout: 60_000 })
    expect(await a.claim([claim('bob', 'p-b')])).toEqual([{ outcome: 'yours', person: 'p-b' }])
    expect(await b.claim([claim('bob', 'p-x')])).toEqual([{ outcome: 'taken' }])
    expect(settled).toHaveLength(1)
    await Promise.all([a.close(), b.close()])
    await destroy()
  })
})
