/** What a real PostgreSQL does for a cluster: processor time and time, without that of its disk. */
import { randomUUID } from 'node:crypto'
import { openPostgresRegistry } from '../../packages/server/dist/adapters/postgres/postgres-registry.js'
import { openPostgres } from '../../packages/server/dist/adapters/postgres/postgres-store.js'
import { processorSeconds } from './database.mjs'

const LARGE = 200
const LARGE_BATCHES = 60
const SMALL_BATCHES = 1_000
const ROOMS = 1_000
const LOOKS = 100
const NAMES = 200
const CLAIMS = 30

const MICROSECONDS = 1_000_000
const silent = { debug() {}, info() {}, warn() {}, error() {} }

/** @param {number} i @returns {import('../../packages/server/dist/ports/store.js').NewEntry} */
const entryOf = (i) => ({
  log: `room${i % ROOMS}`,
  copy: null,
  id: randomUUID(),
  kind: 'message',
  author: `Somebody ${i % ROOMS}`,
  authorId: 'c29tZXRoaW5nIHVuaXF1ZQ',
  target: null,
  text: 'What people say is some sixty characters long, more or less.',
  timestamp: '2026-01-01T00:00:00.000Z',
  at: 1_767_225_600_000 + i,
  clientId: randomUUID(),
  about: null,
})

/** @param {import('../../packages/server/testing/postgres-daemon.mjs').PostgresServer} postgres */
export async function databaseUnits(postgres) {
  /** Processor time of the database and time for one of so many. @param {number} times @param {(i: number) => Promise<unknown>} work */
  const each = async (times, work) => {
    const before = { cpu: processorSeconds(postgres.pid), at: performance.now() }
    for (let i = 0; i < times; i++) await work(i)
    return {
      microseconds: ((processorSeconds(postgres.pid) - before.cpu) * MICROSECONDS) / times,
      ms: (performance.now() - before.at) / times,
    }
  }
  const { store } = await openPostgres({ url: postgres.url, logger: silent })
  const registry = await openPostgresRegistry({ url: postgres.url, node: 'units', logger: silent })
  try {
    const names = Array.from({ length: ROOMS }, (_, i) => `room${i}`)
    await store.append(names.map((_, i) => entryOf(i)))
    const small = await each(SMALL_BATCHES, (i) => store.append([entryOf(i)]))
    const large = await each(LARGE_BATCHES, (i) =>
      store.append(Array.from({ length: LARGE }, (_, j) => entryOf(i * LARGE + j))),
    )
    const heads = await each(LOOKS, () => store.heads(names))
    const claims = await each(CLAIMS, async (round) => {
      const keys = Array.from({ length: NAMES }, (_, i) => `somebody ${round} ${i}`)
      await registry.claim(
        keys.map((key) => ({ key, name: key, shown: null, fresh: randomUUID(), shared: false })),
      )
      await registry.release(keys)
    })
    const rowMicroseconds = (large.microseconds - small.microseconds) / (LARGE - 1)
    const rowMs = (large.ms - small.ms) / (LARGE - 1)
    return {
      batchMs: small.ms - rowMs,
      rowMs,
      batchMicroseconds: small.microseconds - rowMicroseconds,
      rowMicroseconds,
      headMicroseconds: heads.microseconds / ROOMS,
      claimMicroseconds: claims.microseconds / (2 * NAMES),
    }
  } finally {
    await registry.close()
    await store.close()
  }
}
