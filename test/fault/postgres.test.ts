import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { MIGRATIONS } from '../../packages/server/src/adapters/postgres/migrations.ts'
import { FaultProxy } from './proxy/proxy.mjs'
import {
  openInSchema,
  openPostgresStore,
  type PostgresServer,
  run,
  startPostgres,
} from '../../packages/server/testing/postgres.ts'
import { keepingLogger } from '../../packages/server/testing/sqlite.ts'
import {
  all,
  entries,
  entry,
  numbersTo,
  type OpenedStore,
  seqOf,
  seqsOf,
  textsOf,
} from '../../packages/server/testing/store-support.ts'
import { type Appended, type Store, StoreUnavailable } from '../../packages/server/src/ports/store.ts'
import { openPostgres } from '../../packages/server/src/adapters/postgres/postgres-store.ts'

let server: PostgresServer
beforeAll(async () => {
  server = await startPostgres()
})
afterAll(() => server.remove())

let opened: OpenedStore & { url: string }
const others: Store[] = []
beforeEach(async () => {
  opened = await openInSchema(server)
})
afterEach(async () => {
  await Promise.all(others.splice(0).map((store) => store.close()))
  await opened.destroy()
})

async function another(url = opened.url): Promise<Store> {
  const store = await openPostgresStore(url)
  others.push(store)
  return store
}

const pages = async (store: Store, log: string) => {
  const found = []
  for (let page = await store.read(log, { after: 0 }, 1_000); page.length > 0; ) {
    found.push(...page)
    page = await store.read(log, { after: found.at(-1)?.seq ?? 0 }, 1_000)
  }
  return found
}

describe('several nodes on one database', () => {
  it('number each log without a hole, and keep what is sent through two of them once', async () => {
    const nodes = [opened.store, await another(), await another()]
    const logs = ['a', 'b', '@c', '@d']
    const clientIds = numbersTo(300).map(() => randomUUID())
    const answers: Appended[] = []
    const speak = async (node: Store, speaker: number) => {
      for (let said = 0; said < 100; said++) {
        const at = (speaker + said) % 4
        const batch = clientIds
          .filter((_, i) => i % 100 === said)
          .map((clientId, i) => entry({ log: logs[(at + i) % 4] ?? '', text: clientId, clientId }))
        const whisper = entry({ log: '@c', copy: '@d', kind: 'private', text: `${speaker} ${said}` })
        answers.push(...(await node.append(speaker % 2 === 0 ? [...batch, whisper] : [whisper, ...batch])))
      }
    }
    await Promise.all([...nodes, ...nodes].map((node, speaker) => speak(node, speaker)))
    expect(answers.filter(({ outcome }) => outcome === 'conflict' || outcome === 'refused')).toEqual([])
    for (const log of logs) {
      const seen = await Promise.all(nodes.map((node) => pages(node, log)))
      expect(seqsOf(seen[0] ?? [])).toEqual(numbersTo(seen[0]?.length ?? 0))
      expect(seen[1]).toEqual(seen[0])
      expect(seen[2]).toEqual(seen[0])
      const known = (seen[0] ?? []).flatMap(({ clientId }) => clientId ?? [])
      expect(new Set(known).size).toBe(known.length)
    }
    expect(textsOf(await pages(nodes[0] as Store, '@d')).filter((text) => text.includes(' '))).toHaveLength(
      600,
    )
  })

  it('begin no more logs together than there may be', async () => {
    const few = await openInSchema(server, { maxLogs: 10 })
    const second = await openPostgresStore(few.url, { maxLogs: 10 })
    others.push(second)
    const begun = await Promise.all(
      numbersTo(20).flatMap((number) =>
        [few.store, second].map((store, i) => store.append([entry({ log: `r${number}-${i}` })])),
      ),
    )
    expect(begun.filter((results) => results[0]?.outcome === 'appended')).toHaveLength(10)
    expect(await second.rooms('', 100)).toHaveLength(10)
    await few.destroy()
  })

  it('have one epoch, also when they open an empty database at once', async () => {
    await run(server.url, 'CREATE SCHEMA fresh')
    const url = `${server.url}?options=-csearch_path%3Dfresh`
    const stores = await Promise.all(numbersTo(5).map(() => another(url)))
    expect(new Set(stores.map(({ epoch }) => epoch)).size).toBe(1)
    await Promise.all(stores.map((store) => store.append([entry()])))
    expect(await stores[0]?.heads(['lobby'])).toEqual([5])
  })

  it('have one secret', async () => {
    const opening = numbersTo(3).map(() => openPostgres({ url: opened.url, logger: keepingLogger() }))
    const nodes = await Promise.all(opening)
    others.push(...nodes.map(({ store }) => store))
    expect(nodes[0]?.secret).toHaveLength(32)
    for (const { secret } of nodes) expect(secret).toEqual(nodes[0]?.secret)
  })
})

describe('a connection that fails', () => {
  let proxy: FaultProxy
  let store: Store
  beforeEach(async () => {
    proxy = await FaultProxy.open({ to: Number(new URL(server.url).port) })
    const url = new URL(opened.url)
    url.port = String(proxy.port)
    store = await another(url.href)
  })
  afterEach(async () => {
    proxy.clear()
    await store.close()
    await proxy.close()
  })

  it('in the moment of the answer loses and doubles nothing, without client ids too', async () => {
    await store.append([entry({ text: 'first' })])
    for (let round = 0; round < 5; round++) {
      proxy.set({ blackHole: true }, 'down')
      const appended = store.append(entries(3, { text: `round ${round}` }))
      await vi.waitFor(
        async () => expect(await opened.store.heads(['lobby'])).toEqual([4 + 3 * round]),
        3_000,
      )
      proxy.clear()
      proxy.cut()
      expect((await appended).map(seqOf)).toEqual([2, 3, 4].map((seq) => seq + 3 * round))
    }
    expect(seqsOf(await all(opened.store))).toEqual(numbersTo(16))
  })

  it('and is silent refuses within seconds, the next sooner, and works again by itself', async () => {
    await store.append([entry({ text: 'first' })])
    proxy.set({ blackHole: true })
    const began = performance.now()
    await expect(store.append([entry({ text: 'swallowed' })])).rejects.toBeInstanceOf(StoreUnavailable)
    const tookMs = performance.now() - began
    await expect(store.append([entry({ text: 'swallowed' })])).rejects.toBeInstanceOf(StoreUnavailable)
    expect(tookMs).toBeLessThan(30_000)
    expect(performance.now() - began - tookMs).toBeLessThan(tookMs / 2)
    // What the network still holds is lost with the connection.
    proxy.cut()
    proxy.clear()
    await vi.waitFor(() => store.append([entry({ text: 'again' })]), { timeout: 60_000, interval: 100 })
    expect(textsOf(await all(opened.store))).toEqual(['first', 'again'])
  })

  it('because the database ends it, is made anew for writing and reading', async () => {
    await store.append([entry()])
    await store.read('lobby', { after: 0 }, 1)
    await run(
      server.url,
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()',
    )
    expect(await store.append([entry()])).toMatchObject([{ outcome: 'appended', seq: 2 }])
    await vi.waitFor(async () => expect(seqsOf(await all(store))).toEqual([1, 2]), 60_000)
  })
})

describe('the database', () => {
  it('killed in the middle of a burst loses and doubles nothing that was acknowledged', async () => {
    const { store } = opened
    const acknowledged: string[] = []
    const over = new AbortController()
    const speak = async (speaker: number) => {
      for (let said = 1; !over.signal.aborted; said++) {
        const text = `${speaker}-${said}`
        const sent = entry({ log: `r${speaker % 2}`, text, clientId: text })
        // Asked for again until it is known: as a client does.
        for (;;) {
          const results = await store.append([sent]).catch((error: unknown) => {
            expect(error).toBeInstanceOf(StoreUnavailable)
            return null
          })
          if (results?.[0]?.outcome === 'appended' || results?.[0]?.outcome === 'duplicate') break
          await new Promise((resolve) => setTimeout(resolve, 50))
        }
        acknowledged.push(text)
      }
    }
    const speakers = numbersTo(6).map(speak)
    for (let kills = 1; kills <= 3; kills++) {
      const enough = acknowledged.length + 200
      await vi.waitFor(() => expect(acknowledged.length).toBeGreaterThan(enough), 60_000)
      await server.kill()
      await server.start()
    }
    over.abort()
    await Promise.all(speakers)
    await store.close()
    const after = await another()
    const kept = [...(await pages(after, 'r0')), ...(await pages(after, 'r1'))]
    expect(textsOf(kept).toSorted()).toEqual(acknowledged.toSorted())
    expect(seqsOf(await pages(after, 'r0'))).toEqual(numbersTo((await after.heads(['r0']))[0] ?? 0))
  })

  it('that acknowledges before it has written is told to write first', async () => {
    await run(opened.url, 'CREATE TABLE seen (value text)')
    await run(
      opened.url,
      `CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN INSERT INTO seen VALUES (current_setting('synchronous_commit')); RETURN NULL; END $$`,
    )
    await run(opened.url, 'CREATE TRIGGER see AFTER INSERT ON entries EXECUTE FUNCTION see()')
    await run(server.url, 'ALTER ROLE roomful SET synchronous_commit = off')
    const careless = await another()
    await careless.append([entry()])
    await run(server.url, 'ALTER ROLE roomful SET synchronous_commit = remote_apply')
    const strict = await another()
    await strict.append([entry()])
    await run(server.url, 'ALTER ROLE roomful RESET synchronous_commit')
    expect((await run(opened.url, 'SELECT value FROM seen')).rows).toEqual([
      { value: 'on' },
      { value: 'remote_apply' },
    ])
  })

  it('is named, without password, where it cannot be opened', async () => {
    const { host } = new URL(server.url)
    await expect(openPostgresStore('postgres://me:secret@127.0.0.1:1/chat')).rejects.toThrow(
      'PostgreSQL at 127.0.0.1:1/chat cannot be used: connect ECONNREFUSED 127.0.0.1:1.',
    )
    await expect(openPostgresStore(`postgres://roomful:secret@${host}/nowhere`)).rejects.toThrow(
      `PostgreSQL at ${host}/nowhere cannot be used: database "nowhere" does not exist.`,
    )
    await expect(openPostgresStore(`postgres://stranger:secret@${host}/postgres`)).rejects.toThrow(
      `PostgreSQL at ${host}/postgres cannot be used: role "stranger" does not exist.`,
    )
    await run(server.url, 'CREATE DATABASE latin ENCODING LATIN1 TEMPLATE template0')
    await expect(openPostgresStore(`postgres://roomful@${host}/latin`)).rejects.toThrow(
      `PostgreSQL at ${host}/latin cannot be used: its encoding is LATIN1: create a database with ENCODING UTF8.`,
    )
  })

  it.each(['logs', 'meta', 'migrations', 'nodes'])(
    'that holds a table %s of another program is refused, says so, and is not changed',
    async (table) => {
      const { host } = new URL(server.url)
      const url = `postgres://roomful@${host}/foreign_${table}`
      await run(server.url, `CREATE DATABASE foreign_${table}`)
      await run(url, `CREATE TABLE ${table} (line int)`)
      await expect(openPostgresStore(url)).rejects.toThrow(
        /^PostgreSQL at 127\.0\.0\.1:\d+\/foreign_\w+ cannot be used: it holds tables of another program \([^\n()]+\): name a database that is Roomful's alone\.$/,
      )
      const tables = await run(
        url,
        `SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace`,
      )
      expect(tables.rows).toEqual([{ relname: table }])
    },
  )

  it('that says nothing is named, and what to look for', async () => {
    const silent = createServer(() => undefined).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const { port } = silent.address() as AddressInfo
    await expect(openPostgresStore(`postgres://me:secret@127.0.0.1:${port}/chat`)).rejects.toThrow(
      `PostgreSQL at 127.0.0.1:${port}/chat cannot be used: no answer in time: see that PostgreSQL listens there.`,
    )
    silent.close()
  })

  it('of a newer version, or with other tables, is refused, and nothing is changed', async () => {
    const { host, pathname } = new URL(server.url)
    await opened.store.append([entry()])
    await run(opened.url, `INSERT INTO migrations VALUES (99, 'from the future', 'x')`)
    await expect(another()).rejects.toThrow(
      `PostgreSQL at ${host}${pathname} cannot be used: it was written by a newer Roomful (schema 99, this one knows ${MIGRATIONS.length}): start that version, or restore a backup that was made before the upgrade.`,
    )
    await run(opened.url, `DELETE FROM migrations WHERE number = 99`)
    await run(opened.url, `UPDATE migrations SET checksum = 'x'`)
    await expect(another()).rejects.toThrow('another schema than this Roomful writes (step 1 differs)')
    expect(await opened.store.heads(['lobby'])).toEqual([1])
  })
})
