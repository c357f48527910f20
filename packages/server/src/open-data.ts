/** Where the history is, and how nodes that share it hear of each other. */
import { createHmac } from 'node:crypto'
import { createHmacSigner } from './adapters/hmac-signer.ts'
import { createLoneBus } from './adapters/local-bus.ts'
import { createMemoryStore } from './adapters/memory-store.ts'
import { randomSecret, secretOf } from './adapters/secret.ts'
import { openSqliteStore } from './adapters/sqlite/sqlite-store.ts'
import { IN_MEMORY, isDatabase } from './config/load.ts'
import type { Settings } from './config/settings.ts'
import type { Bus } from './ports/bus.ts'
import type { Logger } from './ports/logger.ts'
import type { Store } from './ports/store.ts'

/** Milliseconds between two looks for what the bus has lost, where there is one: a gap is closed within two of them. */
const HEAD_WATCH_MS = 1_000

export interface Data {
  readonly store: Store
  readonly bus: Bus
  /** Goes with the history: what was signed with it holds as long. */
  readonly secret: Buffer
  /** `null` where no other node can share the history. */
  readonly headWatchMs: number | null
}

/** Rejects with an `Error` of one sentence for the operator. */
export async function openData({ data, maxLogs }: Settings, logger: Logger): Promise<Data> {
  const alone = { bus: createLoneBus(), headWatchMs: null }
  if (data === IN_MEMORY) return { ...alone, store: createMemoryStore({ maxLogs }), secret: randomSecret() }
  if (isDatabase(data)) return openShared(data, maxLogs, logger)
  const store = await openSqliteStore({ folder: data, logger, maxLogs })
  try {
    return { ...alone, store, secret: await secretOf(data) }
  } catch (error) {
    await store.close()
    throw error
  }
}

/** Loaded only where it is used. */
async function openShared(url: string, maxLogs: number, logger: Logger): Promise<Data> {
  const { openPostgres } = await import('./adapters/postgres/postgres-store.ts')
  const { openPostgresBus } = await import('./adapters/postgres/postgres-bus.ts')
  const { store, secret } = await openPostgres({ url, logger, maxLogs })
  // A secret of its own for hints: nothing that was signed for one purpose can be shown for the other.
  const signer = createHmacSigner(createHmac('sha256', secret).update('bus').digest())
  return { store, secret, bus: await openPostgresBus({ url, signer, logger }), headWatchMs: HEAD_WATCH_MS }
}
