import { duplexPair, type Duplex } from 'node:stream'
import { describe, expect, it, vi } from 'vitest'
import { busContract } from '../../../testing/bus-contract.ts'
import { ManualClock } from '../../../testing/manual-clock.ts'
import { registryContract } from '../../../testing/registry-contract.ts'
import { keepingLogger } from '../../../testing/sqlite.ts'
import { storeContract } from '../../../testing/store-contract.ts'
import { storeProperties } from '../../../testing/store-properties.ts'
import { altered, entries, entry, type OpenedStore, shown } from '../../../testing/store-support.ts'
import type { Hint } from '../../ports/bus.ts'
import { type Store, type StoreLimits, StoreUnavailable } from '../../ports/store.ts'
import { gatheredStore } from '../gathered-store.ts'
import { createMemoryRegistryHub } from '../memory-registry.ts'
import { createMemoryStore } from '../memory-store.ts'
import { Exchange } from './exchange.ts'
import { MAX_WAITING_BYTES } from './messages.ts'
import { linkToParent, type ParentLink } from './parent-link.ts'

/** A parent of one store, and how workers come to it. */
function parentOf(store: Store, clock = new ManualClock()) {
  const logger = keepingLogger()
  const exchange = new Exchange({ store, logger, metrics })
  const registry = createMemoryRegistryHub(clock)
  let workers = 0
  return {
    logger,
    worker(
      workerLogger = keepingLogger(),
      node = `worker-${++workers}`,
      leaseMs?: number,
    ): ParentLink & { readonly streams: readonly [Duplex, Duplex] } {
      const streams = duplexPair()
      exchange.connect(streams[0], registry.open(node, leaseMs))
      const link = linkToParent({
        stream: streams[1],
        epoch: store.epoch,
        node,
        logger: workerLogger,
        metrics,
      })
      return { ...link, streams: [streams[0], streams[1]] }
    },
  }
}

async function openRemote(limits?: StoreLimits): Promise<OpenedStore> {
  const owned = gatheredStore(createMemoryStore(limits))
  const { store } = parentOf(owned).worker()
  return { store, destroy: () => store.close().then(() => owned.close()) }
}

storeContract('a store of the parent process', openRemote)
storeProperties('a store of the parent process', openRemote, 60)

busContract('the bus of the workers', async () => {
  const parent = parentOf(createMemoryStore())
  const nodes = [parent.worker().bus, parent.worker().bus, parent.worker().bus] as const
  return { nodes, destroy: async () => void (await Promise.all(nodes.map((each) => each.close()))) }
})

registryContract('the registry of the parent process', async () => {
  const clock = new ManualClock()
  const parent = parentOf(createMemoryStore(), clock)
  return {
    open: async (node, leaseMs) => parent.worker(keepingLogger(), node, leaseMs).registry,
    pass: (ms) => clock.advance(ms),
    destroy: () => Promise.resolve(),
  }
})

/** Nobody asks. */
const metrics = { add() {} }

const hint = (seq: number, text = 'hello'): Hint => ({ entries: [shown(entry({ text }), seq)] })

describe('a worker whose parent is gone', () => {
  it('refuses what is under way and what is asked later, as the store that cannot be reached', async () => {
    const held = altered(createMemoryStore(), { append: () => new Promise<never>(() => undefined) })
    const { store, bus, registry, streams } = parentOf(held).worker()
    const underWay = store.append([entry()])
    streams[0].destroy()
    streams[1].destroy()
    await expect(underWay).rejects.toBeInstanceOf(StoreUnavailable)
    await expect(store.heads(['lobby'])).rejects.toMatchObject({ message: 'The parent process is gone.' })
    await expect(registry.beat(1)).rejects.toBeInstanceOf(StoreUnavailable)
    expect(() => bus.publish(hint(1))).not.toThrow()
    await Promise.all([store.close(), registry.close()])
  })
})

describe('a parent', () => {
  it('does what a worker has asked for that dies before the answer, and serves the others', async () => {
    const store = createMemoryStore()
    const parent = parentOf(store)
    const [dying, other] = [parent.worker(), parent.worker()]
    const lost = dying.store.append(entries(3))
    await vi.waitFor(async () => expect(await store.heads(['lobby'])).toEqual([3]))
    for (const stream of dying.streams) stream.destroy()
    await lost.catch(() => undefined)
    expect((await other.registry.beat(1)).nodes).toEqual([{ node: 'worker-2', version: 1 }])
    expect(await other.store.heads(['lobby'])).toEqual([3])
    expect(parent.logger.logged).toEqual([])
  })

  it('answers a call that its store refuses, with the sentence of that, and logs what is no such refusal', async () => {
    const store = altered(createMemoryStore(), {
      check: () => Promise.reject(new StoreUnavailable('The disk of the data folder is full.')),
      rooms: () => Promise.reject(new TypeError('planted')),
    })
    const parent = parentOf(store)
    const worker = parent.worker()
    await expect(worker.store.check()).rejects.toMatchObject({
      code: 'unavailable',
      message: 'The disk of the data folder is full.',
    })
    expect(parent.logger.logged).toEqual([])
    await expect(worker.store.rooms('', 1)).rejects.toBeInstanceOf(StoreUnavailable)
    expect(parent.logger.logged).toMatchObject([{ event: 'call_failed', fields: { call: 'rooms' } }])
  })

  it('loses hints for a worker that takes nothing, says so once, and tells the others', async () => {
    const parent = parentOf(createMemoryStore())
    const [from, stuck, other] = [parent.worker(), parent.worker(), parent.worker()]
    stuck.streams[1].pause()
    const heard: number[] = []
    other.bus.subscribe(({ entries: told = [] }) => heard.push(...told.map(({ seq }) => seq)))
    const text = 'x'.repeat(4 * 1024 * 1024)
    const count = MAX_WAITING_BYTES / text.length + 4
    for (let seq = 1; seq <= count; seq++) {
      from.bus.publish(hint(seq, text))
      await vi.waitFor(() => expect(heard.at(-1)).toBe(seq))
    }
    expect(parent.logger.logged).toMatchObject([{ event: 'hints_lost' }])
    expect(stuck.streams[0].writableLength).toBeLessThan(MAX_WAITING_BYTES + 2 * text.length)
    for (const stream of stuck.streams) stream.destroy()
  })
})

describe('a worker', () => {
  it('loses its hints while the parent takes nothing, says so once, and publishes on later', async () => {
    const logger = keepingLogger()
    const parent = parentOf(createMemoryStore())
    const [from, other] = [parent.worker(logger), parent.worker()]
    const heard: number[] = []
    other.bus.subscribe(({ entries: told = [] }) => heard.push(...told.map(({ seq }) => seq)))
    from.streams[0].pause()
    const text = 'x'.repeat(MAX_WAITING_BYTES / 4)
    for (let seq = 1; seq <= 8; seq++) {
      from.bus.publish(hint(seq, text))
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(logger.logged).toMatchObject([{ event: 'hints_lost' }])
    from.streams[0].resume()
    await vi.waitFor(() => expect(from.streams[1].writableLength).toBe(0))
    from.bus.publish(hint(9))
    await vi.waitFor(() => expect(heard.at(-1)).toBe(9))
    expect(heard.length).toBeLessThan(9)
    expect(logger.logged).toHaveLength(1)
  })

  it('outlives a listener that throws', async () => {
    const logger = keepingLogger()
    const parent = parentOf(createMemoryStore())
    const [from, to] = [parent.worker(), parent.worker(logger)]
    const heard: number[] = []
    to.bus.subscribe(() => {
      throw new Error('planted')
    })
    to.bus.subscribe(({ entries: told = [] }) => heard.push(told.length))
    from.bus.publish(hint(1))
    await vi.waitFor(() => expect(heard).toEqual([1]))
    expect(logger.logged).toMatchObject([{ event: 'hint_failed' }])
  })
})
