import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import {
  type Bearer,
  type Claimed,
  LEASE_MS,
  type LivingNode,
  type NameClaim,
  NodeReplaced,
  type Registry,
} from '../ports/registry.ts'
import { StoreUnavailable } from '../ports/store.ts'

/** Milliseconds between two beats. */
const BEAT_MS = 1_000

/** Names that one call claims, releases or looks up at most; the others come with the next one. */
const NAMES_PER_CALL = 1_000

/** Beats without an answer after which the registry counts as away, and this node as unready. */
const SILENT_BEATS = 3

/** What the desk asks of the node it works for, and tells it. */
export interface NameDeskOwner {
  /** Changes of presence that this node has told. */
  version(): number
  /** The names that people bear here, as they would be claimed again: `fresh` is their id. */
  borne(): readonly NameClaim[]
  /** These people, by id, have lost their names to others: this node was dead for them. */
  onLost(people: ReadonlySet<string>): void
  /** After each beat: who lives, this node included. */
  onNodes(nodes: readonly LivingNode[]): void
  /** Another process is this node. Told once, and nothing is asked of the registry any more. */
  onReplaced(error: NodeReplaced): void
}

interface Asked<Question, Answer> {
  readonly question: Question
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: unknown) => void
}

/**
 * Deals with the registry for one node: gathers what is asked in one turn into one call, keeps claims and releases in order, releases again what could not
 * be released, and beats. What waits is bounded by the connections: each claims once, and looks up one name at a time.
 */
export class NameDesk {
  readonly #registry: Registry
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #owner: NameDeskOwner
  readonly #claims: Asked<NameClaim, Claimed>[] = []
  readonly #finds: Asked<string, Bearer | null>[] = []
  /** By name, who needs it here: claims under way, and people. */
  readonly #needed = new Map<string, number>()
  /** Names that nobody here needs any more, and the registry may still think so. */
  readonly #freed = new Set<string>()
  readonly #endTimer: () => void
  #isScheduled = false
  #isWorking = false
  #idle: (() => void)[] = []
  #isBeating = false
  #isStopped = false
  /** The registry has not answered: no claim is sent that it may carry out without our knowing, until it answers a beat. */
  #isAway = false
  /** What is borne here must be claimed anew, and that it is being done. */
  #isLost = false
  #isReclaiming = false
  /** Monotonic milliseconds. */
  #answeredAt: number
  /** Monotonic milliseconds from which on others may have found this node dead. */
  #leaseEndsAt: number

  constructor(deps: { registry: Registry; clock: Clock; logger: Logger; owner: NameDeskOwner }) {
    this.#registry = deps.registry
    this.#clock = deps.clock
    this.#logger = deps.logger
    this.#owner = deps.owner
    this.#answeredAt = this.#clock.monotonic()
    this.#leaseEndsAt = this.#answeredAt + LEASE_MS
    this.#endTimer = this.#clock.every(BEAT_MS, () => {
      if (!this.#isBeating) void this.#beat()
    })
  }

  /** A name that was claimed is needed until it is released, once for each claim. Rejects with `StoreUnavailable`. */
  claim(claim: NameClaim): Promise<Claimed> {
    if (this.#isAway) return Promise.reject(new StoreUnavailable('The registry does not answer.'))
    return this.#ask(this.#claims, claim)
  }

  /** One claim of this name has ended. */
  release(key: string): void {
    this.#drop(key)
    if (this.#freed.has(key)) this.#schedule()
  }

  /** Who bears a name, as it is after all that was released here. Rejects with `StoreUnavailable`. */
  find(key: string): Promise<Bearer | null> {
    return this.#ask(this.#finds, key)
  }

  /** Resolves when nothing waits for an answer. */
  idle(): Promise<void> {
    if (!this.#isScheduled && !this.#isWorking) return Promise.resolve()
    return new Promise((resolve) => this.#idle.push(resolve))
  }

  /** Whether the names that are borne here are nobody else's: not from the end of a lease until they are claimed anew. */
  get isSure(): boolean {
    return !this.#isLost && !this.#isReclaiming && this.#clock.monotonic() < this.#leaseEndsAt
  }

  /** Whether the registry answers, and milliseconds since it last did. */
  state(): { readonly ok: boolean; readonly ageMs: number } {
    const ageMs = this.#clock.monotonic() - this.#answeredAt
    return { ok: !this.#isAway && ageMs < SILENT_BEATS * BEAT_MS, ageMs }
  }

  /** Ends the beats. What is freed from now on is left to the closing of the registry. */
  stop(): void {
    this.#isStopped = true
    this.#endTimer()
    const stopped = new StoreUnavailable('The node has ended.')
    for (const { reject } of [...this.#claims.splice(0), ...this.#finds.splice(0)]) reject(stopped)
  }

  #ask<Question, Answer>(queue: Asked<Question, Answer>[], question: Question): Promise<Answer> {
    if (this.#isStopped) return Promise.reject(new StoreUnavailable('The node has ended.'))
    return new Promise((resolve, reject) => {
      queue.push({ question, resolve, reject })
      this.#schedule()
    })
  }

  #schedule(): void {
    if (this.#isScheduled || this.#isWorking || this.#isStopped) return
    this.#isScheduled = true
    this.#clock.endOfTurn(() => void this.#work())
  }

  async #work(): Promise<void> {
    this.#isScheduled = false
    this.#isWorking = true
    while (!this.#isStopped) {
      const freed = this.#isAway ? [] : [...this.#freed].slice(0, NAMES_PER_CALL)
      const claims = this.#claims.splice(0, NAMES_PER_CALL)
      const finds = this.#finds.splice(0, NAMES_PER_CALL)
      if (freed.length + claims.length + finds.length === 0) break
      if (freed.length > 0) await this.#releaseAll(freed)
      await Promise.all([this.#claimAll(claims), this.#findAll(finds)])
    }
    this.#isWorking = false
    for (const resolve of this.#idle.splice(0)) resolve()
  }

  async #releaseAll(keys: readonly string[]): Promise<void> {
    try {
      await this.#registry.release(keys)
      for (const key of keys) this.#freed.delete(key)
    } catch (error) {
      this.#away(error)
    }
  }

  async #claimAll(asked: readonly Asked<NameClaim, Claimed>[]): Promise<void> {
    if (asked.length === 0) return
    for (const { question } of asked)
      this.#needed.set(question.key, (this.#needed.get(question.key) ?? 0) + 1)
    try {
      const answers = await this.#registry.claim(asked.map(({ question }) => question))
      asked.forEach(({ question: { key }, resolve }, i) => {
        const answer = answers[i] ?? { outcome: 'taken' }
        if (answer.outcome === 'yours') this.#freed.delete(key)
        else this.#unneed(key)
        resolve(answer)
      })
    } catch (error) {
      this.#away(error)
      for (const { question, reject } of asked) {
        // It may have been carried out.
        this.#drop(question.key)
        reject(error)
      }
    }
  }

  async #findAll(asked: readonly Asked<string, Bearer | null>[]): Promise<void> {
    if (asked.length === 0) return
    try {
      const found = await this.#registry.find(asked.map(({ question }) => question))
      asked.forEach(({ resolve }, i) => resolve(found[i] ?? null))
    } catch (error) {
      for (const { reject } of asked) reject(error)
    }
  }

  /** Answers whether nobody here needs the name any more. */
  #unneed(key: string): boolean {
    const left = (this.#needed.get(key) ?? 1) - 1
    if (left > 0) this.#needed.set(key, left)
    else this.#needed.delete(key)
    return left <= 0
  }

  #drop(key: string): void {
    if (this.#unneed(key)) this.#freed.add(key)
  }

  #away(error: unknown): void {
    if (this.#isAway || this.#isStopped) return
    this.#isAway = true
    this.#logger.warn('registry_lost', {}, error)
  }

  async #beat(): Promise<void> {
    this.#isBeating = true
    const askedAt = this.#clock.monotonic()
    try {
      const { nodes, kept } = await this.#registry.beat(this.#owner.version())
      if (this.#isStopped) return
      this.#answeredAt = this.#clock.monotonic()
      if (this.#isAway) this.#logger.info('registry_back', {})
      this.#isAway = false
      this.#leaseEndsAt = askedAt + LEASE_MS
      if (!kept) {
        this.#isLost = true
        this.#logger.warn('lease_lost', {})
      }
      this.#owner.onNodes(nodes)
      if (this.#isLost && !this.#isReclaiming) void this.#reclaim()
      if (this.#freed.size > 0) this.#schedule()
    } catch (error) {
      if (error instanceof NodeReplaced) this.#replaced(error)
      else this.#away(error)
    } finally {
      this.#isBeating = false
    }
  }

  #replaced(error: NodeReplaced): void {
    if (this.#isStopped) return
    this.#logger.error('node_replaced', { node: this.#registry.node }, error)
    this.#isAway = true
    this.#isLost = true
    this.stop()
    this.#owner.onReplaced(error)
  }

  /** Claims anew what is borne here. The people need their names on, so each of these claims ends as soon as it is answered. */
  async #reclaim(): Promise<void> {
    this.#isLost = false
    this.#isReclaiming = true
    const lost = new Set<string>()
    const claims = this.#owner.borne().map(async (claim) => {
      try {
        const { outcome } = await this.#ask(this.#claims, claim)
        if (outcome === 'yours') this.release(claim.key)
        else lost.add(claim.fresh)
      } catch {
        this.#isLost = true
      }
    })
    await Promise.all(claims)
    this.#isReclaiming = false
    if (lost.size > 0) this.#owner.onLost(lost)
  }
}
