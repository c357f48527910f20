import type { Identity } from '../ports/auth.ts'
import type { Clock } from '../ports/clock.ts'
import { type Entry, type Store, StoreUnavailable } from '../ports/store.ts'
import type { Log } from './log.ts'
import type { LogBook } from './log-book.ts'
import type { LogWriter } from './log-writer.ts'
import type { HubOptions } from './options.ts'
import type { OutageLog } from './outage-log.ts'
import { ownEntry } from './own-entry.ts'

/** The log of the server's own in which revocations are. No room and no person's log is called so. */
export const REVOCATION_LOG = '@!revoked'

/** Revocations that are kept at most; one more is refused. Some 200 bytes each. */
export const MAX_REVOCATIONS = 50_000

/** Revocations that one entry holds at most, and entries that one read brings. */
const PER_ENTRY = 1_000
const PAGE = 50

/** Who writes once more what somebody revoked. */
const NOBODY = { name: '', person: null } as const

/** Milliseconds until the log is asked for again when the store did not answer. */
const RETRY_MS = 1_000

/** What is taken back: all that a subject was given so far, or one token. */
export type Revoked = readonly [kind: 'subject' | 'token', issuer: string, id: string]

/** In the log: with the wall time at which it was revoked, in milliseconds. */
type Line = readonly [...Revoked, at: number]

/**
 * AU10: tokens that hold no more before they end. They are entries of a log, so all nodes that share the history follow it as they follow a room, and a restart
 * finds it. Docs: docs/decisions/0019-revocations-are-a-log.md.
 */
export class Revocations {
  /** By what is revoked, the wall time at which it was. */
  readonly #at = new Map<string, number>()
  readonly #deps: Deps
  #log: Log | null = null
  /** Number and time of the oldest entry that still counts. */
  #oldest: { seq: number; at: number } | null = null
  #isStopped = false
  #isReady = false
  #onReady: () => void = () => {}
  /** Resolves when all that is revoked is known. */
  readonly #ready = new Promise<void>((resolve) => (this.#onReady = resolve))

  constructor(deps: Deps) {
    this.#deps = deps
    void this.#follow()
  }

  /** Until what is revoked is known, nothing can be told: then it rejects with `StoreUnavailable`, after some seconds. */
  async known(): Promise<void> {
    if (this.#isReady) return
    const { clock } = this.#deps
    await new Promise<void>((resolve, reject) => {
      const end = clock.after(RETRY_MS * 3, () =>
        reject(new StoreUnavailable('Revocations are not known yet.')),
      )
      void this.#ready.then(() => {
        end()
        resolve()
      })
    })
  }

  isRevoked({ issuer, subject, tokenId, issuedAt }: Identity): boolean {
    const since = this.#at.get(keyOf(['subject', issuer, subject]))
    if (since !== undefined && (issuedAt ?? 0) <= since) return true
    return tokenId !== null && this.#at.has(keyOf(['token', issuer, tokenId]))
  }

  /** Resolves with the time from which it holds, here; the other nodes follow. Rejects with `StoreUnavailable`. */
  async revoke(revoked: Revoked, by: Identity): Promise<number> {
    await this.known()
    this.#forgetOld()
    if (this.#at.size >= MAX_REVOCATIONS) throw new StoreUnavailable('Too many revocations are kept.')
    const at = this.#deps.clock.now()
    await this.#append([[...revoked, at]], by)
    return at
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
    this.#forgetOld()
    const oldest = this.#oldest
    if (oldest === null || this.#log === null || this.#at.size === 0) return
    const isOld = retentionMs !== null && this.#deps.clock.now() - oldest.at > retentionMs / 2
    const isFar = retentionEntries !== null && this.#log.head - oldest.seq >= retentionEntries / 2
    if (!isOld && !isFar) return
    const lines = [...this.#at].map(([key, at]): Line => [...(JSON.parse(key) as Revoked), at])
    const again = { seq: this.#log.head + 1, at: this.#deps.clock.now() }
    for (let i = 0; i < lines.length; i += PER_ENTRY) await this.#append(lines.slice(i, i + PER_ENTRY), null)
    this.#oldest = again
  }

  stop(): void {
    this.#isStopped = true
    if (this.#log !== null) this.#deps.logs.release(this.#log)
  }

  async #follow(): Promise<void> {
    const { logs, store, clock, logger } = this.#deps
    try {
      this.#log ??= await logs.open(REVOCATION_LOG)
      this.#log.follower = (entry) => this.#take(entry)
      const [first = 1] = await store.firsts([REVOCATION_LOG])
      for (let after = first - 1; ; ) {
        const page = await store.read(REVOCATION_LOG, { after }, PAGE)
        for (const entry of page) this.#take(entry)
        after = page.at(-1)?.seq ?? after
        if (page.length < PAGE) break
      }
      this.#isReady = true
      this.#onReady()
    } catch (error) {
      if (this.#isStopped) return
      logger.warn('revocations_not_read', {}, error)
      clock.after(RETRY_MS, () => void this.#follow())
    }
  }

  /** An entry twice, or out of order, changes nothing. */
  #take({ seq, at, text }: Entry): void {
    for (const [kind, issuer, id, since] of JSON.parse(text) as Line[]) {
      const key = keyOf([kind, issuer, id])
      this.#at.set(key, Math.max(this.#at.get(key) ?? 0, since))
    }
    this.#oldest ??= { seq, at }
    this.#deps.onRevoked()
  }

  /** What they were given before is over by now. */
  #forgetOld(): void {
    const before = this.#deps.clock.now() - this.#deps.options.tokenLifetimeMs
    for (const [key, at] of this.#at) if (at < before) this.#at.delete(key)
  }

  #append(lines: readonly Line[], by: Identity | null): Promise<void> {
    const { writer, clock, nextId } = this.#deps
    const entry = ownEntry(
      { log: REVOCATION_LOG, id: nextId(), at: clock.now(), text: JSON.stringify(lines) },
      by ?? NOBODY,
    )
    return new Promise((resolve, reject) => {
      writer.append(entry, (result) => {
        if (result?.outcome === 'appended') resolve()
        else reject(new StoreUnavailable('The revocation is not stored.'))
      })
    })
  }
}

interface Deps {
  readonly logs: LogBook
  readonly store: Store
  readonly writer: LogWriter
  readonly clock: Clock
  readonly logger: OutageLog
  readonly options: Pick<HubOptions, 'tokenLifetimeMs'>
  readonly nextId: () => string
  /** Something more may be revoked. */
  readonly onRevoked: () => void
}

function keyOf(revoked: Revoked): string {
  return JSON.stringify(revoked)
}
