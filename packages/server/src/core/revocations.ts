import type { Identity } from '../ports/auth.ts'
import type { Clock } from '../ports/clock.ts'
import { type Entry, StoreUnavailable } from '../ports/store.ts'
import { type Fold, FollowedLog, type FollowedLogDeps } from './followed-log.ts'
import type { HubOptions } from './options.ts'

/** The log of the server's own in which revocations are. No room and no person's log is called so. */
export const REVOCATION_LOG = '@!revoked'

/** Revocations that are kept at most; one more is refused. Some 200 bytes each. */
export const MAX_REVOCATIONS = 50_000

/** Revocations that one entry holds at most. */
const PER_ENTRY = 1_000

/** What is taken back: all that a subject was given so far, or one token. */
export type Revoked = readonly [kind: 'subject' | 'token', issuer: string, id: string]

/** In the log: with the wall time at which it was revoked, in milliseconds, and whether the token itself was seen, so that it ends in time. */
type Line = readonly [...Revoked, at: number, wasSeen?: boolean]

type Since = Readonly<{ at: number; wasSeen: boolean }>

/** AU10: tokens that hold no more before they end. Docs: docs/decisions/0019-revocations-are-a-log.md. */
export class Revocations implements Fold {
  /** By what is revoked. */
  readonly #since = new Map<string, Since>()
  readonly #deps: RevocationsDeps
  readonly #log: FollowedLog

  constructor(deps: RevocationsDeps) {
    this.#deps = deps
    this.#log = new FollowedLog(REVOCATION_LOG, this, deps)
  }

  /** Until what is revoked is known, nothing can be told: then it rejects with `StoreUnavailable`, after some seconds. */
  waitUntilKnown(): Promise<void> {
    return this.#log.known()
  }

  isRevoked({ issuer, subject, tokenId, issuedAt }: Identity): boolean {
    const since = this.#since.get(keyOf(['subject', issuer, subject]))
    // By a clock that is fast, a token of before says that it is of after. One that does not say is of before.
    if (since !== undefined && (issuedAt ?? 0) <= since.at + this.#deps.options.tokenLeewayMs) return true
    return tokenId !== null && this.#since.has(keyOf(['token', issuer, tokenId]))
  }

  /** Resolves with the time from which it holds, here; the other nodes follow. Rejects with `StoreUnavailable`. */
  async revoke(revoked: Revoked, by: Identity): Promise<number> {
    await this.#log.known()
    this.#forgetOld()
    if (this.#since.size >= MAX_REVOCATIONS) throw new StoreUnavailable('Too many revocations are kept.')
    const at = this.#deps.clock.now()
    const [kind, issuer, id] = revoked
    const wasSeen = kind === 'token' && issuer === by.issuer && id === by.tokenId
    const line: Line = wasSeen ? [...revoked, at, wasSeen] : [...revoked, at]
    await this.#log.append(JSON.stringify([line]), by, { at })
    return at
  }

  /** Before the store lets go of entries, as `FollowedLog.keep`. */
  keep(retention: Pick<HubOptions, 'retentionEntries' | 'retentionMs'>): Promise<void> {
    return this.#log.keep(retention)
  }

  stop(): void {
    this.#log.stop()
  }

  /** Nothing undoes a revocation, so what is known stays. */
  begin(): void {}

  known(): void {}

  take({ text }: Entry): void {
    for (const [kind, issuer, id, at, wasSeen = false] of JSON.parse(text) as Line[]) {
      const key = keyOf([kind, issuer, id])
      const known = this.#since.get(key)
      this.#since.set(key, {
        at: Math.max(known?.at ?? 0, at),
        wasSeen: wasSeen && (known?.wasSeen ?? true),
      })
    }
    this.#deps.onRevoked()
  }

  lasting(): readonly string[] {
    this.#forgetOld()
    const lines = [...this.#since].map(([key, { at, wasSeen }]): Line => {
      const revoked = JSON.parse(key) as Revoked
      return wasSeen ? [...revoked, at, wasSeen] : [...revoked, at]
    })
    const texts: string[] = []
    for (let i = 0; i < lines.length; i += PER_ENTRY)
      texts.push(JSON.stringify(lines.slice(i, i + PER_ENTRY)))
    return texts
  }

  /**
   * What they were given before is over by now: it was issued up to the leeway later, and held for the leeway longer. Of tokens that do not say when they were
   * issued, only those are over that were seen: another one may hold for longer, and not be good until it has become short enough.
   */
  #forgetOld(): void {
    const { tokenLifetimeMs, tokenLeewayMs, tokensSayWhen } = this.#deps.options
    const before = this.#deps.clock.now() - tokenLifetimeMs - 2 * tokenLeewayMs
    for (const [key, { at, wasSeen }] of this.#since)
      if (at < before && (tokensSayWhen || wasSeen)) this.#since.delete(key)
  }
}

export interface RevocationsDeps extends FollowedLogDeps {
  readonly clock: Clock
  readonly options: Pick<HubOptions, 'tokenLifetimeMs' | 'tokenLeewayMs' | 'tokensSayWhen'>
  /** Something more may be revoked. */
  readonly onRevoked: () => void
}

function keyOf(revoked: Revoked): string {
  return JSON.stringify(revoked)
}
