import { describe, expect, it } from 'vitest'
import { ManualClock } from '../../testing/manual-clock.ts'
import { createTestHub } from '../../testing/test-hub.ts'
import { createLoneBus } from '../adapters/local-bus.ts'
import { createMemoryStore } from '../adapters/memory-store.ts'
import type { Bus, Hint } from '../ports/bus.ts'
import type { Check } from '../ports/service.ts'
import { CANARY_LOG, type NewEntry, type Store, StoreUnavailable } from '../ports/store.ts'

const INTERVAL_MS = 10_000

/** A broker that sends everything back, unless it drops it. */
class EchoBus implements Bus {
  echoes = 0
  isLost = false
  isDropping = false
  readonly told: Hint[] = []

  publish(hint: Hint): void {
    this.told.push(hint)
    if (!this.isDropping && !this.isLost) this.echoes++
  }
  subscribe(): () => void {
    return () => undefined
  }
  async close(): Promise<void> {}
}

function fly(parts: { store?: Store; bus?: Bus } = {}) {
  const clock = new ManualClock()
  const test = createTestHub({ canaryMs: INTERVAL_MS }, { ...parts, clock })
  const intervals = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) await clock.advance(INTERVAL_MS)
  }
  const check = async (): Promise<Check | undefined> =>
    (await test.hub.readiness()).find(({ name }) => name === 'canary')
  return { ...test, intervals, check }
}

/** Says that it has taken what is never there again. */
function droppingStore(): Store & { isDropping: boolean } {
  const store = createMemoryStore()
  const append = store.append.bind(store)
  return Object.assign(store, {
    isDropping: false,
    async append(this: { isDropping: boolean }, batch: readonly NewEntry[]) {
      if (this.isDropping) return batch.map(() => ({ outcome: 'appended', seq: 9_999, copySeq: 0 }) as const)
      return append(batch)
    },
  })
}

describe('the canary', () => {
  it('OP5: comes back from the store and is told to the bus', async () => {
    const bus = new EchoBus()
    const { store, intervals, check, complaints } = fly({ bus })
    await intervals(4)
    expect(await check()).toMatchObject({ ok: true, detail: 'comes back', age_ms: 0 })
    expect(await store.heads([CANARY_LOG])).toEqual([4])
    expect(bus.told.map(({ entries }) => entries?.map(({ log, seq }) => [log, seq]))).toEqual(
      [1, 2, 3, 4].map((seq) => [[CANARY_LOG, seq]]),
    )
    expect(await store.rooms('', 10)).toEqual([])
    expect(complaints).toEqual([])
  })

  it('OP5: a store that drops in silence makes the server unready within three intervals, once in the log, until it is well', async () => {
    const store = droppingStore()
    const { intervals, check, complaints } = fly({ store })
    await intervals(2)
    store.isDropping = true
    await intervals(2)
    expect(await check()).toMatchObject({ ok: true })
    await intervals(1)
    expect(await check()).toMatchObject({ ok: false, detail: 'lost in silence: store', age_ms: 30_000 })
    await intervals(3)
    expect(complaints).toEqual(['canary_lost undefined'])
    store.isDropping = false
    await intervals(1)
    expect(await check()).toMatchObject({ ok: true, detail: 'comes back', age_ms: 0 })
  })

  it('OP5: so does one that never answers', async () => {
    const store = createMemoryStore()
    store.append = () => new Promise(() => {})
    const { intervals, check } = fly({ store })
    await intervals(3)
    expect(await check()).toMatchObject({ ok: false, detail: 'lost in silence: store' })
  })

  it('OP5: so does a bus that seems well and drops', async () => {
    const bus = new EchoBus()
    const { intervals, check } = fly({ bus })
    await intervals(2)
    bus.isDropping = true
    await intervals(5)
    expect(await check()).toMatchObject({ ok: false, detail: 'lost in silence: bus' })
    bus.isDropping = false
    await intervals(2)
    expect(await check()).toMatchObject({ ok: true })
  })

  it('OP5: what says that it is away is no silence', async () => {
    const bus = new EchoBus()
    const store = createMemoryStore()
    const { intervals, check } = fly({ bus, store })
    await intervals(1)
    bus.isLost = true
    await intervals(5)
    expect(await check()).toMatchObject({ ok: true })
    store.append = () => Promise.reject(new StoreUnavailable('away'))
    await intervals(5)
    expect(await check()).toMatchObject({ ok: true, age_ms: 50_000 })
  })

  it('OP5: a store that refuses it while nobody speaks is down, in the log once, until it is well', async () => {
    const store = createMemoryStore()
    const append = store.append.bind(store)
    const { hub, clock, intervals, check, complaints } = fly({ store })
    const storeCheck = async (): Promise<Check | undefined> =>
      (await hub.readiness()).find(({ name }) => name === 'store')
    await intervals(1)
    expect(await storeCheck()).toMatchObject({ ok: true })
    store.append = () => Promise.reject(new StoreUnavailable('full'))
    await intervals(5)
    expect(await storeCheck()).toMatchObject({ ok: false, detail: 'messages were refused' })
    expect(await check()).toMatchObject({ ok: true })
    expect(complaints).toEqual([expect.stringMatching(/^append_failed .*full/)])
    store.append = append
    await clock.advance(1_000)
    expect(await storeCheck()).toMatchObject({ ok: true })
    expect(await check()).toMatchObject({ age_ms: 0 })
  })

  it('OP5: of a bus that sends nothing back only the store is known', async () => {
    const { intervals, check } = fly({ bus: createLoneBus() })
    await intervals(5)
    expect(await check()).toMatchObject({ ok: true })
  })

  it('has no check where none flies, and ends with the server', async () => {
    const { hub } = createTestHub()
    expect((await hub.readiness()).map(({ name }) => name)).not.toContain('canary')
    const { hub: other, intervals, store } = fly()
    await intervals(1)
    await other.stop('shutdown')
    await intervals(2)
    expect(await store.heads([CANARY_LOG])).toEqual([1])
  })
})
