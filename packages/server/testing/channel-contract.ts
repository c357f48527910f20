/** What every `HintChannel` must do over its real broker, alone and under a bus. */
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { createHintBus, type HintChannel } from '../src/adapters/bus/hint-bus.ts'
import { createHintCodec } from '../src/adapters/bus/hint-codec.ts'
import { createHmacSigner } from '../src/adapters/hmac-signer.ts'
import { createMemoryStore } from '../src/adapters/memory-store.ts'
import { noHints } from '../src/adapters/metrics/bus-counts.ts'
import type { Bus, Hint } from '../src/ports/bus.ts'
import { busContract } from './bus-contract.ts'
import { ManualClock } from './manual-clock.ts'
import type { Logger } from '../src/ports/logger.ts'
import { keepingLogger } from './sqlite.ts'
import { entry, numbersTo, shown } from './store-support.ts'
import { createTestHub } from './test-hub.ts'

/** A broker that the test has started. */
export interface TestBroker {
  readonly url: string
  start(): Promise<void>
  kill(): Promise<void>
  pause(): void
  resume(): void
  remove(): Promise<void>
}

export interface ChannelHost {
  /** Tests of a broker that is not there are skipped. */
  readonly isInstalled: boolean
  /** Whether the broker sends nodes what they have said themselves; default: true. */
  readonly hasEcho?: boolean
  /** Whether clusters on one broker have channels of their own; default: true. */
  readonly hasNames?: boolean
  readonly startBroker: () => Promise<TestBroker>
  readonly open: (url: string, name: string, logger?: Logger) => Promise<HintChannel>
  /** Further tests, of this broker only. */
  readonly more?: (broker: () => TestBroker) => void
  /** A stranger says something where nodes listen. */
  readonly say: (url: string, name: string, texts: readonly string[]) => Promise<void>
}

const signer = createHmacSigner(Buffer.alloc(32, 'a cluster'))
const hint = (seq: number): Hint => ({ entries: [shown(entry({ text: `m${seq}` }), seq)] })

/** Longest wait for a fact, on a machine that does other work. */
const patience = { timeout: 30_000, interval: 20 }

/** Milliseconds for which the broker stands still: longer than a node waits for an answer. */
const PAUSED_MS = 5_000

function hearing(bus: Bus): number[] {
  const seqs: number[] = []
  bus.subscribe(({ entries = [] }) => seqs.push(...entries.map(({ seq }) => seq)))
  return seqs
}

/** Says it again and again, each time under a new number from `from` on, until one is heard. */
function saidUntilHeard(bus: Bus, heard: readonly number[], from: number): Promise<void> {
  let seq = from
  return vi.waitFor(() => {
    bus.publish(hint(seq++))
    expect(heard.some((each) => each >= from)).toBe(true)
  }, patience)
}

/** Connections of this machine to it that nobody has ended (the state 01, proc(5)). */
function openTo({ url }: TestBroker): number {
  const port = Number(new URL(url).port).toString(16).toUpperCase().padStart(4, '0')
  const isOpen = new RegExp(`^ *\\d+: \\S+ [0-9A-F]+:${port} 01 `)
  return readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .filter((line) => isOpen.test(line)).length
}

/** Of what arrives, some is lost, some comes twice, and some behind what was sent after it. */
function faulty(channel: HintChannel): HintChannel {
  const late: string[] = []
  let arrived = 0
  return {
    send: (text) => channel.send(text),
    isLost: false,
    close: () => channel.close(),
    onHint(listener) {
      channel.onHint((text) => {
        const fate = arrived++ % 5
        if (fate === 1) return
        if (fate === 2 || fate === 3) return void late.unshift(text)
        for (const each of [text, text, ...late.splice(0)]) listener(each)
      })
    },
  }
}

export function channelContract(name: string, host: ChannelHost): void {
  describe.skipIf(!host.isInstalled)(`${name} with its broker`, () => contract(name, host))
}

function contract(
  name: string,
  { startBroker, hasNames = true, hasEcho = true, open, say, more }: ChannelHost,
): void {
  let broker: TestBroker
  beforeAll(async () => {
    broker = await startBroker()
  }, 120_000)
  afterAll(() => broker.remove())

  const opened: { close(): Promise<void> }[] = []
  afterEach(() => Promise.all(opened.splice(0).map((each) => each.close())))

  /** A cluster's own name, as the epoch of its history makes it. */
  const freshName = () => `roomful.${randomUUID()}`
  const node = async (
    cluster: string,
    { logger = keepingLogger(), by = signer, over = (channel: HintChannel) => channel } = {},
  ): Promise<Bus> => {
    const channel = over(await open(broker.url, cluster, logger))
    const counts = noHints()
    const codec = createHintCodec({ node: randomUUID(), signer: by, logger, counts })
    const bus = createHintBus({ codec, channel, logger, counts, hasEcho })
    opened.push(bus)
    return bus
  }
  const pair = async (logger = keepingLogger()) => {
    const cluster = freshName()
    return [await node(cluster, { logger }), await node(cluster)] as const
  }

  busContract(name, async () => {
    const cluster = freshName()
    const nodes = [await node(cluster), await node(cluster), await node(cluster)] as const
    return { nodes, destroy: async () => void (await Promise.all(nodes.map((each) => each.close()))) }
  })

  more?.(() => broker)

  describe(`the channel of ${name}`, () => {
    it('counts what comes back of its own, and tells it to nobody here', async () => {
      const [one, two] = await pair()
      const heard = [hearing(one), hearing(two)]
      const before = one.echoes
      one.publish(hint(1))
      await vi.waitFor(() => expect(heard).toEqual([[], [1]]), patience)
      if (hasEcho) await vi.waitFor(() => expect(one.echoes).toBe((before ?? 0) + 1), patience)
      else expect(one.echoes).toBeNull()
      expect(heard[0]).toEqual([])
    })

    it('carries hints of any size whole, and keeps the order of one node', async () => {
      const [one, two] = await pair()
      const heard: Hint[] = []
      two.subscribe((said) => heard.push(said))
      const long = { entries: [shown(entry({ text: '大'.repeat(1_048_576) }), 1)] }
      const wide = {
        entries: numbersTo(2_000).map((seq) => shown(entry({ text: '房'.repeat(200) }), seq + 1)),
      }
      one.publish(long)
      one.publish(wide)
      for (let seq = 2_002; seq <= 3_000; seq++) one.publish(hint(seq))
      const seqs = () => heard.flatMap(({ entries = [] }) => entries.map(({ seq }) => seq))
      await vi.waitFor(() => expect(seqs().at(-1)).toBe(3_000), patience)
      expect(seqs()).toEqual(numbersTo(3_000))
      expect(heard.flatMap(({ entries = [] }) => entries).slice(0, 2_001)).toEqual([
        ...long.entries,
        ...wide.entries,
      ])
    })

    it.skipIf(!hasNames)('lets two clusters on one broker hear nothing of each other', async () => {
      const [one, two] = await pair()
      const [other, another] = await pair()
      const [here, there] = [hearing(two), hearing(another)]
      await saidUntilHeard(one, here, 1)
      await saidUntilHeard(other, there, 1_000_000)
      expect(here.every((seq) => seq < 1_000_000)).toBe(true)
      expect(there.every((seq) => seq >= 1_000_000)).toBe(true)
    })

    it('believes nothing that no node of its cluster has signed, and says so once', async () => {
      const cluster = freshName()
      const logger = keepingLogger()
      const one = await node(cluster, { logger })
      const two = await node(cluster)
      const stranger = await node(cluster, { by: createHmacSigner(Buffer.alloc(32, 'another')) })
      const heard = hearing(one)
      const unfit = signer.sign(JSON.stringify({ node: 'n', entries: [{ log: 'lobby', seq: -1 }] }))
      await say(broker.url, cluster, ['no hint', '{}', '*', '>', '#', signer.sign('{}'), unfit])
      for (let seq = 2_000_000; seq < 2_000_020; seq++) stranger.publish(hint(seq))
      await vi.waitFor(() => expect(logger.logged).toMatchObject([{ event: 'hints_refused' }]), patience)
      await saidUntilHeard(two, heard, 1)
      expect(heard.every((seq) => seq < 2_000_000)).toBe(true)
      expect(logger.logged).toHaveLength(1)
    })

    it('carries what is said in rooms whose names mean something to brokers, to those rooms only', async () => {
      const [one, two] = await pair()
      const rooms = ['.', '..', 'a.b', '_', '-', '$SYS', '大廳.一', 'roomful', '@Bob']
      const heard: string[] = []
      two.subscribe(({ entries = [] }) => heard.push(...entries.map(({ log, text }) => `${log} ${text}`)))
      for (const log of rooms) one.publish({ entries: [shown(entry({ log, text: log }), 1)] })
      await vi.waitFor(() => expect(heard).toHaveLength(rooms.length), patience)
      expect(heard).toEqual(rooms.map((log) => `${log} ${log}`))
    })

    it('under loss, repetition and reordering every node comes to one order, without a hole', async () => {
      const cluster = freshName()
      const clock = new ManualClock()
      const store = createMemoryStore()
      const people = await Promise.all(
        ['A', 'B', 'C'].map(async (username) => {
          const bus = await node(cluster, { over: faulty })
          const hub = createTestHub({ rateLimit: null, headWatchMs: 1_000 }, { clock, store, bus })
          return hub.connect({ username, room: 'a.b' })
        }),
      )
      for (let round = 0; round < 100; round++) {
        for (const one of people) one.say({ message: `m${round}` })
        await clock.settle()
        await new Promise((resolve) => setImmediate(resolve))
      }
      const told = (one: (typeof people)[number]) =>
        one.all().flatMap((frame) => (frame.type === 'message' ? [frame] : []))
      await vi.waitFor(async () => {
        await clock.advance(1_000)
        for (const one of people) expect(told(one).length).toBeGreaterThanOrEqual(300)
      }, patience)
      for (const one of people) {
        expect(told(one).map(({ seq }) => seq)).toEqual(numbersTo(300))
        expect(told(one)).toEqual(told(people[0] ?? one))
      }
    })

    it('goes on by itself after its broker was killed under traffic, and says once that it loses hints', async () => {
      const logger = keepingLogger()
      const [one, two] = await pair(logger)
      const [here, there] = [hearing(one), hearing(two)]
      let seq = 1
      const traffic = setInterval(() => one.publish(hint(seq++)), 5)
      await vi.waitFor(() => expect(there.length).toBeGreaterThan(0), patience)
      await broker.kill()
      const events = () => logger.logged.map(({ event }) => event)
      await vi.waitFor(() => expect(events().toSorted()).toEqual(['bus_lost', 'hints_lost']), patience)
      await broker.start()
      const lost = seq
      await vi.waitFor(() => expect(there.at(-1)).toBeGreaterThan(lost), patience)
      clearInterval(traffic)
      await saidUntilHeard(two, here, 1_000_000)
      expect(there).toEqual([...there].toSorted((a, b) => a - b))
      await vi.waitFor(() => expect(events().slice(2)).toEqual(['bus_back']), patience)
      expect(Number(logger.logged.at(-1)?.fields['away_ms'])).toBeGreaterThan(0)
    }, 120_000)

    it('goes on by itself after its broker stood still', async () => {
      const [one, two] = await pair()
      const [here, there] = [hearing(one), hearing(two)]
      await saidUntilHeard(one, there, 1)
      const before = openTo(broker)
      broker.pause()
      const paused = performance.now()
      const refused = async () => {
        // It goes on for a moment.
        for (;;) await (await open(broker.url, freshName())).close()
      }
      const late = await Promise.allSettled([refused(), refused(), refused(), refused(), refused()])
      expect(late.map(({ status }) => status)).toEqual(Array(5).fill('rejected'))
      // What was given up is gone, though the broker has not said so; the two are still trying, each with one at a time.
      await vi.waitFor(() => expect(openTo(broker)).toBeLessThanOrEqual(before), patience)
      let seq = 1_000
      await vi.waitFor(() => {
        one.publish(hint(seq++))
        expect(performance.now() - paused).toBeGreaterThan(PAUSED_MS)
      }, patience)
      broker.resume()
      await saidUntilHeard(one, there, 1_000_000)
      await saidUntilHeard(two, here, 1_000_000)
    }, 120_000)

    it('closes while its broker is away, and lets a hint that is under way be lost', async () => {
      const cluster = freshName()
      const channel = await open(broker.url, cluster)
      broker.pause()
      const lost = channel.send('under way').then(
        () => 'sent',
        () => 'lost',
      )
      await channel.close()
      expect(await lost).toBe('lost')
      await expect(channel.send('too late')).rejects.toThrow('The broker cannot be reached.')
      broker.resume()
    }, 60_000)

    it('rejects where nothing listens', async () => {
      const nowhere = Object.assign(new URL(broker.url), { port: '1' }).href
      await expect(open(nowhere, freshName())).rejects.toThrow(/ECONNREFUSED|refused/i)
    })
  })
}
