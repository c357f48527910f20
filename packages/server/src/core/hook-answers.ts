import type { Identity } from '../ports/auth.ts'
import type { Clock } from '../ports/clock.ts'
import type { Grants } from '../ports/grants.ts'
import type { Logger } from '../ports/logger.ts'
import type { Asked, PermissionHook } from '../ports/permissions.ts'

/** Questions that the hook is asked at once. */
export const MAX_ASKED_AT_ONCE = 50

/** Questions that wait for their turn; one more is not answered. */
export const MAX_WAITING = 10_000

/** Answers that are kept, and as many more as there are people here. */
export const MAX_ANSWERS = 10_000

/** Shortest and longest time for which an answer holds, in milliseconds, whatever it says. */
const MIN_HOLD_MS = 5_000
const MAX_HOLD_MS = 3_600_000

/** Milliseconds after a failure in which the hook is not asked: whoever waits is told so at once. */
export const PAUSE_MS = 1_000

const TICK_MS = 1_000

/** Share of its time after which an answer is asked for again for those who are here. */
const RENEW_AFTER = 0.5

/** What a hook says of somebody cannot be told now. */
export class HookUnavailable extends Error {
  constructor(cause?: unknown) {
    super('The hook of permissions does not answer.', { cause })
    this.name = 'HookUnavailable'
  }
}

interface Answer {
  readonly asked: Asked
  readonly grants: Grants
  /** Monotonic milliseconds. */
  readonly renewAt: number
  readonly until: number
  /** It held no more when it was looked at last, and those who are here were told. */
  isOver: boolean
}

export interface HookAnswersDeps {
  readonly hook: PermissionHook
  readonly clock: Pick<Clock, 'monotonic' | 'every'>
  readonly logger: Logger
  /** Milliseconds for which an answer holds that does not say. */
  readonly holdMs: number
  /** Those who are here, by key. */
  readonly here: () => ReadonlySet<string>
  /** Of these people, by key, something else may hold now. */
  readonly onChanged: (keys: ReadonlySet<string>) => void
}

/** Tells people apart as far as a hook is asked about them. */
export function hookKey(identity: Identity | null): string {
  return identity?.person ?? ''
}

/** PE9: what a hook has said, for as long as it holds. Each person is asked about once, and again in time for as long as they are here; never for a message. */
export class HookAnswers {
  readonly #deps: HookAnswersDeps
  readonly #answers = new Map<string, Answer>()
  readonly #asking = new Map<string, Promise<void>>()
  readonly #waiting: (() => void)[] = []
  #changed = new Set<string>()
  #atOnce = 0
  /** Monotonic milliseconds up to which the hook is not asked. */
  #pausedUntil = -Infinity
  #isDown = false
  #mostKept = MAX_ANSWERS
  readonly stop: () => void

  constructor(deps: HookAnswersDeps) {
    this.#deps = deps
    this.stop = deps.clock.every(TICK_MS, () => this.#tick())
  }

  /** `null` when nothing that holds is known. */
  of(identity: Identity | null): Grants | null {
    const answer = this.#answers.get(hookKey(identity))
    return answer === undefined || answer.until <= this.#deps.clock.monotonic() ? null : answer.grants
  }

  /** Resolves when an answer is there that holds. Rejects with `HookUnavailable`. */
  async known(identity: Identity | null): Promise<void> {
    if (this.of(identity) === null) await this.#ask(hookKey(identity), askedOf(identity))
  }

  /** The same question is asked once at a time. */
  #ask(key: string, asked: Asked): Promise<void> {
    const underWay = this.#asking.get(key)
    if (underWay !== undefined) return underWay
    const asking = this.#askInTurn(key, asked).finally(() => this.#asking.delete(key))
    this.#asking.set(key, asking)
    return asking
  }

  async #askInTurn(key: string, asked: Asked): Promise<void> {
    const { clock, hook } = this.#deps
    if (this.#atOnce >= MAX_ASKED_AT_ONCE) {
      if (this.#waiting.length >= MAX_WAITING) throw new HookUnavailable()
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    } else this.#atOnce++
    try {
      if (clock.monotonic() < this.#pausedUntil) throw new HookUnavailable()
      const { grants, holdsMs } = await hook.ask(asked)
      this.#answered(key, asked, grants, holdsMs)
    } catch (error) {
      if (error instanceof HookUnavailable) throw error
      this.#failed(error)
      throw new HookUnavailable(error)
    } finally {
      // Whoever is next takes over the place.
      const next = this.#waiting.shift()
      if (next === undefined) this.#atOnce--
      else next()
    }
  }

  #answered(key: string, asked: Asked, grants: Grants, holdsMs: number | null): void {
    const { clock, logger, holdMs } = this.#deps
    if (this.#isDown) logger.info('permission_hook_answers')
    this.#isDown = false
    const now = clock.monotonic()
    const ms = Math.min(Math.max(MIN_HOLD_MS, holdsMs ?? holdMs), MAX_HOLD_MS)
    const before = this.#answers.get(key)
    if (before !== undefined && (before.isOver || !isSame(before.grants, grants))) this.#changed.add(key)
    this.#answers.delete(key)
    const answer = { asked, grants, renewAt: now + ms * RENEW_AFTER, until: now + ms, isOver: false }
    this.#answers.set(key, answer)
    if (this.#answers.size > this.#mostKept) this.#forgetAbsent()
  }

  #failed(error: unknown): void {
    const { clock, logger } = this.#deps
    this.#pausedUntil = clock.monotonic() + PAUSE_MS
    if (!this.#isDown) logger.warn('permission_hook_failed', {}, error)
    this.#isDown = true
  }

  #forgetAbsent(): void {
    const here = this.#deps.here()
    for (const key of this.#answers.keys()) if (!here.has(key)) this.#answers.delete(key)
    this.#mostKept = MAX_ANSWERS + this.#answers.size
  }

  #tick(): void {
    const now = this.#deps.clock.monotonic()
    const due = [...this.#answers].filter(([, { renewAt }]) => renewAt <= now)
    if (due.length > 0) this.#renew(due, now)
    if (this.#changed.size === 0) return
    const changed = this.#changed
    this.#changed = new Set()
    this.#deps.onChanged(changed)
  }

  #renew(due: readonly (readonly [string, Answer])[], now: number): void {
    const here = this.#deps.here()
    for (const [key, answer] of due) {
      if (here.has(key)) {
        if (answer.until <= now && !answer.isOver) {
          answer.isOver = true
          this.#changed.add(key)
        }
        // In later ticks come those for whom there is no room now; newcomers go first.
        if (this.#atOnce < MAX_ASKED_AT_ONCE && now >= this.#pausedUntil)
          this.#ask(key, answer.asked).catch(() => undefined)
      } else if (answer.until <= now) this.#answers.delete(key)
    }
  }
}

function askedOf(identity: Identity | null): Asked {
  if (identity === null) return { subject: null, issuer: null, username: null }
  return { subject: identity.subject, issuer: identity.issuer, username: identity.name }
}

function isSame(before: Grants, after: Grants): boolean {
  return JSON.stringify(before) === JSON.stringify(after)
}
