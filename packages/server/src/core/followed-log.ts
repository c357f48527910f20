import type { Identity } from '../ports/auth.ts'
import type { Clock } from '../ports/clock.ts'
import { type Appended, type Entry, type Store, StoreUnavailable } from '../ports/store.ts'
import type { Log } from './log.ts'
import type { LogBook } from './log-book.ts'
import type { LogWriter } from './log-writer.ts'
import type { HubOptions } from './options.ts'
import type { OutageLog } from './outage-log.ts'
import { ownEntry } from './own-entry.ts'

/** Entries that one read brings. */
const PAGE = 50

/** Milliseconds until the log is asked for again when the store did not answer. */
const RETRY_MS = 1_000

/** Who writes once more what somebody has written. */
const NOBODY = { name: '', person: null } as const

/** What the entries of such a log amount to. */
export interface Fold {
  /** All that the log has comes now, from its beginning. What was taken before need not count any more: the log may have let go of what undid it. */
  begin(): void
  /** Each entry once and in order. `isNew`: it was said while the log was followed. */
  take(entry: Entry, isNew: boolean): void
  /** All that the log had has been taken. */
  known(): void
  /** What still counts, as texts that may stand for it when the log has let go of the entries themselves. */
  lasting(): readonly string[]
}

/** Who says something in it. */
export type Sayer = Pick<Identity, 'name'> & { readonly person: string | null }

/**
 * A log of the server's own: every node that shares the history follows it as it follows a room, and reads it from its beginning when it starts. Before retention
 * lets go of what still counts, that is written again. Docs: docs/decisions/0019-revocations-are-a-log.md.
 */
export class FollowedLog {
  readonly #name: string
  readonly #fold: Fold
  readonly #deps: FollowedLogDeps
  #log: Log | null = null
  /** Number of the newest entry that was taken, and of the newest that came in meanwhile. */
  #taken = 0
  #heard = 0
  /** Number and time of the oldest entry that still counts. */
  #oldest: { seq: number; at: number } | null = null
  #isStopped = false
  #isKnown = false
  #onKnown: (() => void)[] = []

  /** `name`: begins with `@!`, so no room and no person's log is called so. */
  constructor(name: string, fold: Fold, deps: FollowedLogDeps) {
    this.#name = name
    this.#fold = fold
    this.#deps = deps
    void this.#follow()
  }

  get isKnown(): boolean {
    return this.#isKnown
  }

  /** Until the log has been read, nothing can be told: then it rejects with `StoreUnavailable`, after some seconds. */
  async known(): Promise<void> {
    if (this.#isKnown) return
    await new Promise<void>((resolve, reject) => {
      const end = this.#deps.clock.after(RETRY_MS * 3, () =>
        reject(new StoreUnavailable(`${this.#name} is not known yet.`)),
      )
      this.#onKnown.push(() => {
        end()
        resolve()
      })
    })
  }

  /** Resolves after the commit; the other nodes follow. `clientId`: by which a repeat is known. Rejects with `StoreUnavailable`. */
  append(
    text: string,
    by: Sayer,
    { at = this.#deps.clock.now(), clientId = null }: { at?: number; clientId?: string | null } = {},
  ): Promise<Appended & { readonly id: string }> {
    const { writer, nextId } = this.#deps
    const id = nextId()
    const entry = ownEntry({ log: this.#name, id, at, text, clientId }, by)
    return new Promise((resolve, reject) => {
      writer.append(entry, (result) => {
        if (result === null || result.outcome === 'refused')
          reject(new StoreUnavailable(`${this.#name} was not written.`))
        else resolve({ id, ...result })
      })
    })
  }

  /**
   * Before the store lets go of entries: writes what still counts once more when the first half of its time, or of its place, is over. Rejects with
   * `StoreUnavailable`.
   */
  async keep({
    retentionEntries,
    retentionMs,
  }: Pick<HubOptions, 'retentionEntries' | 'retentionMs'>): Promise<void> {
    await this.known()
    const oldest = this.#oldest
    if (oldest === null || this.#log === null) return
    const { clock } = this.#deps
    const isOld = retentionMs !== null && clock.now() - oldest.at > retentionMs / 2
    const isFar = retentionEntries !== null && this.#log.head - oldest.seq >= retentionEntries / 2
    if (!isOld && !isFar) return
    const again = { seq: this.#log.head + 1, at: clock.now() }
    const texts = this.#fold.lasting()
    for (const text of texts) await this.append(text, NOBODY)
    if (texts.length > 0) this.#oldest = again
  }

  stop(): void {
    this.#isStopped = true
    if (this.#log !== null) this.#deps.logs.release(this.#log)
  }

  async #follow(): Promise<void> {
    const { logs, store, clock, logger } = this.#deps
    try {
      this.#log ??= await logs.open(this.#name)
      this.#log.follower = (entry) => this.#hear(entry)
      const [first = 1] = await store.firsts([this.#name])
      this.#fold.begin()
      for (this.#taken = first - 1; ; ) {
        const page = await store.read(this.#name, { after: this.#taken }, PAGE)
        for (const entry of page) this.#take(entry, false)
        // What came in while that was read may be too young for it.
        if (page.length === 0 || (page.length < PAGE && this.#taken >= this.#heard)) break
      }
      this.#isKnown = true
      this.#fold.known()
      for (const tell of this.#onKnown.splice(0)) tell()
    } catch (error) {
      if (this.#isStopped) return
      logger.warn('own_log_not_read', { log: this.#name }, error)
      clock.after(RETRY_MS, () => void this.#follow())
    }
  }

  #hear(entry: Entry): void {
    this.#heard = Math.max(this.#heard, entry.seq)
    if (!this.#isKnown || entry.seq <= this.#taken) return
    if (entry.seq === this.#taken + 1) return this.#take(entry, true)
    // The store has let go of some that never came here. What still counts of them was written again.
    this.#isKnown = false
    void this.#follow()
  }

  #take(entry: Entry, isNew: boolean): void {
    this.#taken = entry.seq
    this.#oldest ??= { seq: entry.seq, at: entry.at }
    this.#fold.take(entry, isNew)
  }
}

export interface FollowedLogDeps {
  readonly logs: LogBook
  readonly store: Store
  readonly writer: LogWriter
  readonly clock: Clock
  readonly logger: OutageLog
  readonly nextId: () => string
}
