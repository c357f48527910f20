import { Worker } from 'node:worker_threads'
import type { Logger } from '../../ports/logger.ts'
import {
  type Appended,
  type Entry,
  type NewEntry,
  type Range,
  type Retention,
  type RoomHead,
  type Store,
  type StoreLimits,
  StoreUnavailable,
} from '../../ports/store.ts'
import { flattenBatch, unflattenPage, unflattenResults } from '../store-codec.ts'
import type { InDoubt } from './engine.ts'
import type { Calls, CallName, Report, Setup } from './messages.ts'

export interface SqliteStoreOptions extends StoreLimits {
  /** Data folder; created when missing. One process at a time can have it open. */
  readonly folder: string
  readonly logger: Logger
  /** The built `worker.js`. Default: the one beside this file. */
  readonly workerUrl?: URL
  /**
   * How long a deleted text may stay in the write-ahead log, in milliseconds, unless another program, such as a backup, reads that.
   * Default: 2,000.
   */
  readonly renewAfterMs?: number
}

const RENEW_AFTER_MS = 2_000

/** Wait before a lost worker is replaced; doubled each time until one has committed something. */
const FIRST_RESTART_MS = 100
const LONGEST_RESTART_MS = 10_000

/**
 * Opens the `Store` in a data folder: SQLite on a thread of its own, each `append` one durable transaction.
 * Rejects with an `Error` whose message is one sentence for the operator when the folder cannot be used: no permission, not
 * a folder, full disk, open in another process, written by a newer version.
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  const store = new SqliteStore(options)
  await store.open()
  return store
}

interface Pending {
  readonly resolve: (answer: Calls[CallName]['answer']) => void
  readonly reject: (error: StoreUnavailable) => void
  /** Of an append: what is in doubt when its answer gets lost. */
  readonly batch: readonly NewEntry[]
}

interface Opened {
  readonly epoch: string
  readonly driver: string
}

class SqliteStore implements Store {
  readonly #folder: string
  readonly #logger: Logger
  readonly #workerUrl: URL
  readonly #limits: StoreLimits
  readonly #renewAfterMs: number
  readonly #pending = new Map<number, Pending>()
  #lastNumber = 0
  /** Known once the first worker has opened the database. */
  #epoch: string | null = null
  /** The worker that takes calls; `null` while there is none. */
  #worker: Worker | null = null
  /** Resolves when the worker last started has ended. */
  #ended: Promise<void> = Promise.resolve()
  #inDoubt: readonly InDoubt[] = []
  #restartMs = FIRST_RESTART_MS
  #restartTimer: NodeJS.Timeout | undefined
  #restarting: Promise<void> = Promise.resolve()
  #closing: Promise<void> | null = null

  constructor({ folder, logger, workerUrl, renewAfterMs, ...limits }: SqliteStoreOptions) {
    this.#folder = folder
    this.#logger = logger
    this.#limits = limits
    this.#workerUrl = workerUrl ?? new URL('./worker.js', import.meta.url)
    this.#renewAfterMs = renewAfterMs ?? RENEW_AFTER_MS
  }

  get epoch(): string {
    return this.#epoch ?? ''
  }

  async open(): Promise<void> {
    const { epoch, driver } = await this.#startWorker()
    this.#epoch = epoch
    this.#logger.info('store_opened', { driver })
  }

  async append(batch: readonly NewEntry[]): Promise<readonly Appended[]> {
    return unflattenResults(await this.#call('append', flattenBatch(batch), batch))
  }

  async read(log: string, range: Range, limit: number): Promise<readonly Entry[]> {
    return unflattenPage(log, await this.#call('read', { log, range, limit }))
  }

  heads(logs: readonly string[]): Promise<readonly number[]> {
    return this.#call('heads', logs)
  }

  firsts(logs: readonly string[]): Promise<readonly number[]> {
    return this.#call('firsts', logs)
  }

  trim(retention: Retention, limit: number): Promise<boolean> {
    return this.#call('trim', { retention, limit })
  }

  rooms(after: string, limit: number): Promise<readonly RoomHead[]> {
    return this.#call('rooms', { after, limit })
  }

  async check(): Promise<void> {
    await this.#call('check', null)
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    clearTimeout(this.#restartTimer)
    await this.#restarting
    if (this.#worker !== null) {
      // The worker ends after this call in any case, and the operating system's locks with it.
      await this.#send(this.#worker, 'close', null).catch((error: unknown) => {
        this.#logger.warn('store_close_failed', { reason: error instanceof Error ? error.message : '' })
      })
    }
    await this.#ended
  }

  #call<Name extends CallName>(
    name: Name,
    ask: Calls[Name]['ask'],
    batch: readonly NewEntry[] = [],
  ): Promise<Calls[Name]['answer']> {
    if (this.#closing !== null) return Promise.reject(new StoreUnavailable('The store is closed.'))
    if (this.#worker === null) return Promise.reject(new StoreUnavailable('The store is being restarted.'))
    return this.#send(this.#worker, name, ask, batch)
  }

  #send<Name extends CallName>(
    worker: Worker,
    name: Name,
    ask: Calls[Name]['ask'],
    batch: readonly NewEntry[] = [],
  ): Promise<Calls[Name]['answer']> {
    return new Promise<Calls[Name]['answer']>((resolve, reject) => {
      const number = ++this.#lastNumber
      this.#pending.set(number, { resolve, reject, batch })
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
      worker.postMessage({ number, name, ask })
    })
  }

  /** Resolves when it takes calls; rejects with a sentence for the operator when it does not come to that. */
  #startWorker(): Promise<Opened> {
    const setup: Setup = {
      folder: this.#folder,
      epoch: this.#epoch,
      inDoubt: this.#inDoubt,
      limits: this.#limits,
      renewAfterMs: this.#renewAfterMs,
    }
    const worker = new Worker(this.#workerUrl, { workerData: setup, name: 'store' })
    let fault: Error | undefined
    worker.on('error', (error) => {
      fault = error instanceof Error ? error : new Error(String(error))
    })
    this.#ended = new Promise((resolve) => {
      worker.on('exit', () => {
        if (worker === this.#worker) this.#lose(fault)
        resolve()
      })
    })
    return new Promise((resolve, reject) => {
      worker.on('exit', () => {
        const why = fault?.message ?? 'no reason given'
        reject(new Error(`The thread of the store ended while it started (${why}).`, { cause: fault }))
      })
      worker.on('message', (report: Report) => {
        if (report.type === 'refused') {
          reject(new Error(report.message))
        } else if (report.type === 'ready') {
          this.#worker = worker
          this.#inDoubt = []
          resolve(report)
        } else {
          this.#settle(report)
        }
      })
    })
  }

  #settle(report: Extract<Report, { number: number }>): void {
    const pending = this.#pending.get(report.number)
    if (pending === undefined) return
    this.#pending.delete(report.number)
    if (report.type === 'answer') {
      if (pending.batch.length > 0) this.#restartMs = FIRST_RESTART_MS
      pending.resolve(report.answer)
    } else {
      pending.reject(new StoreUnavailable(report.message, { cause: new Error(report.detail) }))
    }
  }

  /** The worker that took calls has ended, as asked for or not. */
  #lose(fault: Error | undefined): void {
    this.#worker = null
    const lost = [...this.#pending.values()]
    this.#pending.clear()
    this.#inDoubt = lost.flatMap(({ batch }) => batch.flatMap(placesOf))
    for (const { reject } of lost)
      reject(new StoreUnavailable('The thread of the store ended.', { cause: fault }))
    if (this.#closing !== null) return
    this.#logger.error('store_worker_lost', { calls: lost.length, restart_ms: this.#restartMs }, fault)
    this.#restartLater()
  }

  #restartLater(): void {
    this.#restartTimer = setTimeout(() => {
      this.#restarting = this.#restart()
    }, this.#restartMs)
    this.#restartMs = Math.min(this.#restartMs * 2, LONGEST_RESTART_MS)
  }

  async #restart(): Promise<void> {
    try {
      await this.#startWorker()
      this.#logger.info('store_worker_restarted')
    } catch (error) {
      this.#logger.error('store_worker_restart_failed', {}, error)
      if (this.#closing === null) this.#restartLater()
    }
  }
}

/** The logs in which an entry would be found if it was written. */
function placesOf({ log, copy, id }: NewEntry): InDoubt[] {
  return copy === null
    ? [{ log, id }]
    : [
        { log, id },
        { log: copy, id },
      ]
}
