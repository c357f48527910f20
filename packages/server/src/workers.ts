/** `--workers N`: one process that owns the data, and N that serve. Docs: docs/decisions/0017-workers.md. */
import cluster, { type Worker } from 'node:cluster'
import { Duplex } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { gatheredStore } from './adapters/gathered-store.ts'
import { Tally } from './adapters/ipc/census.ts'
import { Exchange } from './adapters/ipc/exchange.ts'
import { ALIVE_EVERY_MS, Pulse } from './adapters/ipc/pulse.ts'
import { Questions } from './adapters/ipc/questions.ts'
import { createMemoryRegistryHub, type MemoryRegistryHub } from './adapters/memory-registry.ts'
import { Departed } from './adapters/metrics/departed.ts'
import { openMetrics, type ServerMetrics } from './adapters/metrics/open-metrics.ts'
import type { Collected } from './adapters/metrics/process-metrics.ts'
import { workerFamilies } from './adapters/metrics/worker-families.ts'
import type { PinoLogger } from './adapters/pino-logger.ts'
import { createSystemClock } from './adapters/system-clock.ts'
import { isDatabase } from './config/load.ts'
import { OFF } from './config/off.ts'
import { RANDOM, type Settings } from './config/settings.ts'
import type { DrainReason } from './core/drain-state.ts'
import { openData } from './open-data.ts'
import type { Store } from './ports/store.ts'
import { FLUSH_WITHIN_MS, inTime } from './shutdown.ts'
import {
  DATA_PIPE,
  type FromWorker,
  type ParentData,
  type ServeOrder,
  type ToWorker,
} from './worker-messages.ts'

const PROGRAM = fileURLToPath(new URL('./worker-process.js', import.meta.url))

/** Pause before a worker that has died is replaced, in milliseconds; doubled each time, until one has lived for `STEADY_MS`. */
const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 10_000
const STEADY_MS = 10_000

/** Milliseconds behind the time for a drain after which a worker that has not ended is killed. */
const KILL_AFTER_MS = 1_000

/** Milliseconds in which a worker tells its metrics. */
const COLLECTED_WITHIN_MS = 2_000

export interface Workers {
  /** Resolves with the port when all workers listen. Rejects with an `Error` of one sentence for the operator. */
  readonly started: Promise<number>
  /** Has all drain, and closes the data. Resolves with false when something that was said may not be stored. */
  drain(reason: DrainReason): Promise<boolean>
}

/** Opens the data and begins to start the workers. The first of them serve before all do. */
export async function openWorkers(settings: Settings, count: number, logger: PinoLogger): Promise<Workers> {
  const metrics = await openMetrics(settings.metrics === OFF)
  const owned = isDatabase(settings.data) ? null : await ownData(settings, logger, metrics)
  const crew = new Crew({ settings, count, logger, metrics, owned })
  const started = crew.start().catch(async (error: unknown) => {
    await crew.kill()
    await owned?.store.close()
    await logger.flush()
    throw error
  })
  return {
    started,
    async drain(reason) {
      const finished = await crew.drain(reason)
      const flushed = owned === null || (await inTime(owned.store.close(), FLUSH_WITHIN_MS))
      await logger.flush()
      return finished && flushed
    },
  }
}

/** What the parent has opened for all. */
interface Owned {
  readonly store: Store
  readonly exchange: Exchange
  readonly registry: MemoryRegistryHub
  readonly told: Omit<ParentData, 'node'>
}

async function ownData(settings: Settings, logger: PinoLogger, metrics: ServerMetrics): Promise<Owned> {
  const { store: opened, secret } = await openData(settings, logger, metrics)
  const store = gatheredStore(opened)
  return {
    store,
    exchange: new Exchange({ store, logger, metrics }),
    registry: createMemoryRegistryHub(createSystemClock()),
    told: { epoch: store.epoch, secret: secret.toString('base64') },
  }
}

/** One worker after the other under one number. */
class Place {
  readonly number: number
  readonly node: string
  worker: Worker | null = null
  /** Takes it off the living. */
  leave: () => void = () => {}
  /** Monotonic milliseconds since when it serves; `null` while it does not. */
  readySince: number | null = null
  pauseMs = FIRST_PAUSE_MS
  pause: NodeJS.Timeout | undefined

  constructor(number: number) {
    this.number = number
    this.node = `worker-${number}`
  }
}

interface CrewDeps {
  readonly settings: Settings
  readonly count: number
  readonly logger: PinoLogger
  /** Those of this process. */
  readonly metrics: ServerMetrics
  readonly owned: Owned | null
}

/** Starts the workers, replaces those that die, and ends them. */
class Crew {
  readonly #settings: Settings
  readonly #logger: PinoLogger
  readonly #metrics: ServerMetrics
  readonly #collecting = new Questions<readonly Collected[]>(COLLECTED_WITHIN_MS)
  readonly #departed = new Departed<Place>()
  readonly #owned: Owned | null
  readonly #places: readonly Place[]
  readonly #tally = new Tally<Place>((place, connections) => tell(place, { type: 'elsewhere', connections }))
  readonly #pulse = new Pulse<Place>(createSystemClock())
  #phase: 'starting' | 'serving' | 'ending' = 'starting'
  /** A worker was killed or died while all were to end. */
  #isUnfinished = false
  #lost = 0
  #onReady: (port: number) => void = () => {}
  #onFailed: (error: Error) => void = () => {}
  #onAllGone: () => void = () => {}

  constructor(deps: CrewDeps) {
    this.#settings = deps.settings
    this.#logger = deps.logger
    this.#metrics = deps.metrics
    this.#owned = deps.owned
    this.#places = Array.from({ length: deps.count }, (_, i) => new Place(i + 1))
    this.#metrics.add(() => {
      const serving = this.#places.filter(({ readySince }) => readySince !== null).length
      return workerFamilies({ wanted: this.#places.length, serving, lost: this.#lost })
    })
  }

  /** Resolves with the port when all listen; rejects when one cannot. */
  start(): Promise<number> {
    // The parent accepts and deals them out in turn: where each worker takes what it can get, one may get most, and connections stay.
    cluster.schedulingPolicy = cluster.SCHED_RR
    cluster.setupPrimary({ exec: PROGRAM, args: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc', 'pipe'] })
    return new Promise((resolve, reject) => {
      this.#onReady = (port) => {
        if (this.#phase !== 'starting' || this.#places.some(({ readySince }) => readySince === null)) return
        this.#phase = 'serving'
        resolve(port)
      }
      this.#onFailed = reject
      setInterval(() => this.#killHung(), ALIVE_EVERY_MS).unref()
      // However this process ends in an orderly way: one that stands still would outlive it.
      process.once('exit', () => this.#killAll())
      for (const place of this.#places) this.#fork(place)
    })
  }

  async drain(reason: DrainReason): Promise<boolean> {
    const late = setTimeout(
      () => {
        this.#isUnfinished = true
        this.#killAll()
      },
      this.#settings.drainTimeout * 1_000 + KILL_AFTER_MS,
    )
    await this.#end((place) => {
      // One that does not serve yet has nothing to finish.
      if (place.readySince === null) place.worker?.process.kill('SIGKILL')
      else tell(place, { type: 'drain', reason })
    })
    clearTimeout(late)
    return !this.#isUnfinished
  }

  /** Ends all at once. */
  async kill(): Promise<void> {
    await this.#end((place) => place.worker?.process.kill('SIGKILL'))
  }

  /** Resolves when no worker is left. */
  async #end(end: (place: Place) => void): Promise<void> {
    this.#phase = 'ending'
    const allGone = new Promise<void>((resolve) => {
      this.#onAllGone = () => {
        if (this.#places.every(({ worker }) => worker === null)) resolve()
      }
    })
    for (const place of this.#places) {
      clearTimeout(place.pause)
      end(place)
    }
    this.#onAllGone()
    await allGone
  }

  #killAll(): void {
    for (const { worker } of this.#places) worker?.process.kill('SIGKILL')
  }

  #killHung(): void {
    for (const place of this.#pulse.hung()) {
      this.#logger.error('worker_hung', { worker: place.number, pid: place.worker?.process.pid })
      place.worker?.process.kill('SIGKILL')
    }
  }

  #fork(place: Place): void {
    const worker = cluster.fork()
    place.worker = worker
    worker.on('message', (message: FromWorker) => {
      if (place.worker === worker) this.#hear(place, message)
    })
    worker.on('error', (error) => {
      this.#logger.warn('worker_not_reached', { worker: place.number }, error)
      // Without a process there is no end to hear of: the system had none left.
      if (worker.process.pid === undefined) this.#lose(place, null, null)
    })
    worker.once('exit', (code, signal) => this.#lose(place, code, signal))
    const pipe = worker.process.stdio[DATA_PIPE]
    if (this.#owned === null || !(pipe instanceof Duplex)) return
    const { exchange, registry } = this.#owned
    place.leave = exchange.connect(pipe, registry.open(place.node))
  }

  #hear(place: Place, message: FromWorker): void {
    this.#pulse.hear(place)
    if (message.type === 'alive') return
    if (message.type === 'awake') {
      tell(place, this.#order(place))
      this.#tally.set(place, 0)
    } else if (message.type === 'connections') {
      this.#tally.set(place, message.here)
    } else if (message.type === 'gather') {
      void this.#gather(place, message.number)
    } else if (message.type === 'collected') {
      this.#collecting.answered(message.number, message.families)
    } else if (message.type === 'ready') {
      // One that was killed before it could be heard of has served nobody.
      if (this.#phase === 'ending') return
      place.readySince = performance.now()
      this.#logger.info('worker_started', { worker: place.number, pid: place.worker?.process.pid })
      this.#onReady(message.port)
    } else if (this.#phase === 'starting') {
      this.#onFailed(new Error(message.message))
    } else if (this.#phase === 'serving') {
      this.#logger.error('worker_failed', { worker: place.number, reason: message.message })
    }
  }

  /** Asks all workers for their metrics and tells them to the one that wants them. One that does not answer is left out. */
  async #gather(asker: Place, number: number): Promise<void> {
    const serving = this.#places.filter(({ readySince }) => readySince !== null)
    const told = await Promise.all([this.#metrics.collect(), ...serving.map((place) => this.#collect(place))])
    const processes = [...told.filter((families) => families !== null), this.#departed.collect()]
    tell(asker, { type: 'gathered', number, processes })
  }

  async #collect(place: Place): Promise<readonly Collected[] | null> {
    const { worker } = place
    const families = await this.#collecting.ask((asked) => tell(place, { type: 'collect', number: asked }))
    // One that has died since counts as it told before: its place may be another's by now.
    if (families === null || place.worker !== worker) return null
    this.#departed.remember(place, families)
    return families
  }

  #order({ number, node }: Place): ServeOrder {
    const given = this.#settings.node
    const settings = given === RANDOM ? this.#settings : { ...this.#settings, node: `${given}-${number}` }
    return { type: 'serve', worker: number, settings, data: this.#owned && { ...this.#owned.told, node } }
  }

  #lose(place: Place, code: number | null, signal: string | null): void {
    const { number, readySince } = place
    place.worker = null
    place.readySince = null
    place.leave()
    this.#tally.delete(place)
    this.#pulse.delete(place)
    this.#departed.lose(place)
    if (this.#phase === 'ending') {
      if (readySince !== null && code !== 0) this.#isUnfinished = true
      return this.#onAllGone()
    }
    if (this.#phase === 'starting')
      return this.#onFailed(new Error(`A worker ended while it started (${signal ?? `code ${code}`}).`))
    if (readySince !== null && performance.now() - readySince >= STEADY_MS) place.pauseMs = FIRST_PAUSE_MS
    this.#lost++
    this.#logger.error('worker_lost', { worker: number, code, signal, restart_ms: place.pauseMs })
    place.pause = setTimeout(() => this.#fork(place), place.pauseMs)
    place.pauseMs = Math.min(place.pauseMs * 2, LONGEST_PAUSE_MS)
  }
}

/** What cannot be sent any more is for a worker that is gone. */
function tell({ worker }: Place, message: ToWorker): void {
  worker?.send(message, () => undefined)
}
