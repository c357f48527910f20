import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { busContract } from '../../../testing/bus-contract.ts'
import { type PostgresServer, run, startPostgres } from '../../../testing/postgres.ts'
import { keepingLogger } from '../../../testing/sqlite.ts'
import { entry, shown } from '../../../testing/store-support.ts'
import type { Bus, Hint } from '../../ports/bus.ts'
import { createHmacSigner } from '../hmac-signer.ts'
import { openPostgresBus } from './postgres-bus.ts'

vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 })

let server: PostgresServer
beforeAll(async () => {
  server = await startPostgres()
})
afterAll(() => server.remove())

const signer = createHmacSigner(Buffer.alloc(32, 'a cluster'))
let opened = 0
const node = (logger = keepingLogger()) =>
  openPostgresBus({ node: `node-${++opened}`, url: server.url, signer, logger })

busContract('the PostgreSQL bus', async () => {
  const nodes = await Promise.all([node(), node(), node()])
  return {
    nodes,
    destroy: async () => void (await Promise.all(nodes.map((each) => each.close()))),
  }
})

const hint = (seq: number): Hint => ({ entries: [shown(entry(), seq)] })

async function heard(from: Bus, by: Bus, seq: number): Promise<void> {
  const seqs: number[] = []
  const end = by.subscribe(({ entries = [] }) => seqs.push(...entries.map((each) => each.seq)))
  await vi.waitFor(
    () => {
      from.publish(hint(seq))
      expect(seqs).toContain(seq)
    },
    { timeout: 15_000, interval: 50 },
  )
  end()
}

describe('the PostgreSQL bus', () => {
  it('comes back after the database was killed, and says once that it loses hints', async () => {
    const logger = keepingLogger()
    const [one, two] = await Promise.all([node(logger), node()])
    await heard(one, two, 1)
    await server.kill()
    one.publish(hint(2))
    await vi.waitFor(() => expect(logger.logged).toMatchObject([{ event: 'hints_lost' }]))
    one.publish(hint(3))
    await server.start()
    await heard(one, two, 4)
    await heard(two, one, 5)
    expect(logger.logged).toHaveLength(1)
    await Promise.all([one.close(), two.close()])
  })

  it('believes nothing that no node of its cluster has signed, and says so', async () => {
    const logger = keepingLogger()
    const [one, two] = await Promise.all([node(logger), node()])
    const foreign = await openPostgresBus({
      node: 'foreign',
      url: server.url,
      signer: createHmacSigner(Buffer.alloc(32, 'another')),
      logger: keepingLogger(),
    })
    const told: Hint[] = []
    one.subscribe((heardHint) => told.push(heardHint))
    await heard(two, one, 1)
    const forged = [
      '',
      ' ',
      'x 0 1 y',
      'x 0 1',
      'x -1 0 y',
      'x 1 2 y',
      'x 0 99999999 y',
      `x 0 1 ${signer.sign('{}')}`,
    ]
    forged.push(`x 0 1 ${signer.sign(JSON.stringify({ node: 'n', entries: [{ log: 'lobby', seq: -1 }] }))}`)
    for (const payload of forged) await run(server.url, 'SELECT pg_notify($1, $2)', ['roomful', payload])
    for (let seq = 100; seq < 120; seq++) foreign.publish(hint(seq))
    await vi.waitFor(() => expect(logger.logged).toMatchObject([{ event: 'hints_refused' }]))
    await heard(two, one, 2)
    expect(new Set(told.flatMap(({ entries = [] }) => entries.map(({ seq }) => seq)))).toEqual(
      new Set([1, 2]),
    )
    await Promise.all([one, two, foreign].map((each) => each.close()))
  })
})
