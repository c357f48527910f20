import type { Identity } from '../ports/auth.ts'
import type { Clock } from '../ports/clock.ts'
import { type Entry, StoreUnavailable } from '../ports/store.ts'
import { type Fold, FollowedLog, type FollowedLogDeps } from './followed-log.ts'
import type { HubOptions } from './options.ts'

/** The log of the server's own in which revocations are. No room and no person's log is called so. */
export const REVOCATION_LOG = '@!revoked'

/** Revocations that are kept at most; one more is refused. Some 200 bytes each. */
export const MAX_REVOCATIONS = 50_000

/** Of them, those that only administrators can fill: else the logouts of everybody would take the place of a revocation that is urgent. */
export const RESERVED_REVOCATIONS = 5_000

/** From so many on the log warns: before logouts are refused. */
export const MANY_REVOCATIONS = 0.8 * (MAX_REVOCATIONS - RESERVED_REVOCATIONS)

/** Revocations that one entry holds at most. */
const PER_ENTRY = 1_000

/** What is taken back: all that a subject was given so far, or one token. */
export type Revoked = readonly [kind: 'subject' | 'token', issuer: string, id: string]

/** In the log: with the wall time at which it was revoked, in milliseconds, and whether it ends with the tokens that held then, as a logout does. */
type Line = readonly [...Revoked, at: number, ends?: boolean]

type Since = Readonly<{ at: number; ends: boolean }>

/** AU10: tokens that hold no more before they end. Docs: docs/decisions/0019-revocations-are-a-log.md. */
export class Revocations implements Fold {
  /** By what is revoked. */
  readonly #since = new Map<string, Since>()
  readonly #deps: RevocationsDeps
  readonly #log: FollowedLog
  #hasWarned = false

  constructor(deps: RevocationsDeps) {
    this.#deps = deps
    this.#log = new FollowedLog(REVOCATION_LOG, this, deps)
  }

  /** Until what is revoked is known, nothing can be told: then it rejects with `StoreUnavailable`, after some seconds. */
  waitUntilKnown(): Promise<void> {
    return this.#log.known()
  }

  /** How many are kept. */
  get size(): number {
    return this.#since.size
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
    const most = by.isAdmin ? MAX_REVOCATIONS : MAX_REVOCATIONS - RESERVED_REVOCATIONS
    if (this.size >= most && !this.#since.has(keyOf(revoked)))
      throw new StoreUnavailable('Too many revocations are kept.')
    const at = this.#deps.clock.now()
    const [kind, issuer, id] = revoked
    // Whoever may revoke only what is their own signs out.
    const ends = !by.isAdmin || (kind === 'token' && issuer === by.issuer && id === by.tokenId)
    const line: Line = ends ? [...revoked, at, ends] : [...revoked, at]
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

  known(): void {
    this.#warnIfMany()
  }

  take({ text }: Entry, isNew: boolean): void {
    for (const [kind, issuer, id, at, ends = false] of JSON.parse(text) as Line[]) {
      const key = keyOf([kind, issuer, id])
      const known = this.#since.get(key)
      this.#since.set(key, {
        at: Math.max(known?.at ?? 0, at),
        ends: ends && (known?.ends ?? true),
      })
    }
    if (isNew) this.#warnIfMany()
    this.#deps.onRevoked()
  }

  lasting(): readonly string[] {
    this.#forgetOld()
    const lines = [...this.#since].map(([key, { at, ends }]): Line => {
      const revoked = JSON.parse(key) as Revoked
      return ends ? [...revoked, at, ends] : [...revoked, at]
    })
    const texts: string[] = []
    for (let i = 0; i < lines.length; i += PER_ENTRY)
      texts.push(JSON.stringify(lines.slice(i, i + PER_ENTRY)))
    return texts
  }

  /**
   * What held by then is over by now: it was issued up to the leeway later, and held for the leeway longer. Of tokens that do not say when they were issued,
   * another one may hold for longer, and not be good until it has become short enough: only an administrator’s revocation waits for that.
   */
  #forgetOld(): void {
    const { tokenLifetimeMs, tokenLeewayMs, tokensSayWhen } = this.#deps.options
    const before = this.#deps.clock.now() - tokenLifetimeMs - 2 * tokenLeewayMs
    for (const [key, { at, ends }] of this.#since)
      if (at < before && (tokensSayWhen || ends)) this.#since.delete(key)
  }

  /** Once for each time that they become many. */
  #warnIfMany(): void {
    if (this.size >= MANY_REVOCATIONS) this.#forgetOld()
    const areMany = this.size >= MANY_REVOCATIONS
    const [kept, limit, reserved] = [this.size, MAX_REVOCATIONS, RESERVED_REVOCATIONS]
    if (areMany && !this.#hasWarned)
      this.#deps.logger.warn('revocations_nearly_full', { kept, limit, reserved })
    this.#hasWarned = areMany
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
