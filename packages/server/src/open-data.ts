/** Where the history is, and how nodes that share it hear of each other. */
import { randomInt } from 'node:crypto'
import { type BusOptions, openBus } from './adapters/bus/open-bus.ts'
import { createLoneBus } from './adapters/local-bus.ts'
import { createMemoryStore } from './adapters/memory-store.ts'
import { busFamilies, noHints } from './adapters/metrics/bus-counts.ts'
import { diskFamilies } from './adapters/metrics/disk.ts'
import { randomSecret, secretOf } from './adapters/secret.ts'
import { loadDriver } from './adapters/sqlite/driver.ts'
import { openSqliteStore } from './adapters/sqlite/sqlite-store.ts'
import { isBroker } from './config/bus.ts'
import { busFault } from './config/bus-fault.ts'
import { IN_MEMORY, isDatabase } from './config/load.ts'
import { RANDOM, type Settings } from './config/settings.ts'
import type { Bus } from './ports/bus.ts'
import type { Logger } from './ports/logger.ts'
import type { Metrics } from './ports/metrics.ts'
import type { Registry } from './ports/registry.ts'
import type { Store } from './ports/store.ts'

const CONSONANTS = 'bdfghjklmnprstvz'
const VOWELS = 'aeiou'

/** Milliseconds between two looks for what the bus has lost, where there is one: a gap is closed within two of them. */
export const HEAD_WATCH_MS = 1_000

export interface Data {
  readonly store: Store
  readonly bus: Bus
  /** `null` where no other node can share the history. */
  readonly registry: Registry | null
  /** Goes with the history: what was signed with it holds as long. */
  readonly secret: Buffer
  /** `null` where no other node can share the history. */
  readonly headWatchMs: number | null
}

/** Rejects with an `Error` of one sentence for the operator: with a `NoDriverError` when SQLite is wanted and not there. */
export async function openData(settings: Settings, logger: Logger, metrics: Metrics): Promise<Data> {
  const { data, maxLogs } = settings
  const alone = { bus: createLoneBus(), registry: null, headWatchMs: null }
  if (!isDatabase(data)) metrics.add(() => busFamilies(noHints()))
  const folder = data === IN_MEMORY || isDatabase(data) ? null : data
  metrics.add(() => diskFamilies(folder))
  if (data === IN_MEMORY) return { ...alone, store: createMemoryStore({ maxLogs }), secret: randomSecret() }
  if (isDatabase(data)) return openShared(settings, logger, metrics)
  // Of its thread only the sentence would come over.
  await loadDriver()
  const store = await openSqliteStore({ folder: data, logger, maxLogs })
  try {
    return { ...alone, store, secret: await secretOf(data) }
  } catch (error) {
    await store.close()
    throw error
  }
}

/** Says good-bye to the other nodes, and closes the history last. */
export async function closeData({
  store,
  bus,
  registry,
}: Pick<Data, 'store' | 'bus' | 'registry'>): Promise<void> {
  await Promise.all([bus.close(), registry?.close()])
  await store.close()
}

/** Loaded only where it is used. */
async function openShared(settings: Settings, logger: Logger, metrics: Metrics): Promise<Data> {
  const { openPostgres } = await import('./adapters/postgres/postgres-store.ts')
  const { openPostgresRegistry } = await import('./adapters/postgres/postgres-registry.ts')
  const { data: url, maxLogs, node: given } = settings
  const { store, secret } = await openPostgres({ url, logger, maxLogs })
  let registry: Registry | null = null
  try {
    const node = given === RANDOM ? randomNode() : given
    registry = await openPostgresRegistry({ url, node, logger })
    logger.info('node_joined', { node })
    const bus = await openSharedBus(settings, { node, epoch: store.epoch, secret, logger, metrics })
    return { store, secret, registry, bus, headWatchMs: HEAD_WATCH_MS }
  } catch (error) {
    await registry?.close()
    await store.close()
    throw error
  }
}

async function openSharedBus({ data, bus }: Settings, options: Omit<BusOptions, 'url'>): Promise<Bus> {
  try {
    return await openBus({ ...options, url: isBroker(bus) ? bus : data })
  } catch (error) {
    throw new Error(busFault(error, bus), { cause: error })
  }
}

/** Three syllables and a number: people read it in logs. */
function randomNode(): string {
  const syllable = () => `${CONSONANTS[randomInt(CONSONANTS.length)]}${VOWELS[randomInt(VOWELS.length)]}`
  return `${syllable()}${syllable()}${syllable()}-${randomInt(100, 1_000)}`
}
