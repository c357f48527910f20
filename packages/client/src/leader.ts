import type { Clock } from './environment.ts'

/** Milliseconds between two questions of a follower whether the leader lives, where there are no Web Locks. */
export const ASK_LEADER_MS = 400

/** Milliseconds within which it has to answer. */
export const LEADER_ANSWER_MS = 300

/** Most milliseconds that are added by chance, so that of several followers one is the first. */
export const LEADER_JITTER_MS = 150

/** Milliseconds between two questions whether the holder of the lock is awake. */
export const ASK_HOLDER_MS = 2_000

/** Milliseconds without an answer after which it is taken for frozen and its lock is taken away. */
export const FROZEN_MS = 5_000

/** Most milliseconds that are added to it by chance. */
export const FROZEN_JITTER_MS = 1_000

/** Milliseconds between two signs of life that a leader gives unasked. */
const ANNOUNCE_MS = 2_000

/** The part of `navigator.locks` that is used. */
export interface LocksLike {
  request(
    name: string,
    options: { signal: AbortSignal } | { steal: boolean },
    hold: () => Promise<void>,
  ): Promise<unknown>
}

/** What the tabs say to each other about who leads. */
export type ElectionNote = { readonly about: 'who' | 'here' | 'bye' }

export interface ElectionHooks {
  readonly clock: Clock
  /** No two tabs have the same. */
  readonly id: string
  /** Numbers in [0, 1). */
  random(): number
  tell(note: ElectionNote): void
  /** This tab leads from now on, or no longer. */
  onLead(leads: boolean): void
}

/** One tab's part in the election of a leader. */
export interface Election {
  /** What another tab said. */
  heard(from: string, note: ElectionNote): void
  /** No longer stands; another one leads. */
  stop(): void
}

/**
 * By a lock that the leader holds as long as it lives: the browser gives it on at once, also after a crash. A frozen tab holds it too,
 * so the others ask it now and then, and take it away when there is no answer. Where the page may not use locks, as in a
 * sandboxed frame, by asking alone.
 */
export class ElectionByLock implements Election {
  readonly #locks: LocksLike
  readonly #name: string
  readonly #hooks: ElectionHooks
  readonly #ending = new AbortController()
  #leads = false
  /** Its request for the lock waits. */
  #stands = false
  #instead: Election | null = null
  #cancelTimer: () => void = () => undefined

  constructor(locks: LocksLike, name: string, hooks: ElectionHooks) {
    this.#locks = locks
    this.#name = name
    this.#hooks = hooks
    this.#stand()
  }

  heard(from: string, note: ElectionNote): void {
    if (this.#instead !== null) return this.#instead.heard(from, note)
    if (note.about === 'who' && this.#leads) this.#hooks.tell({ about: 'here' })
    if (note.about === 'here' && !this.#leads) this.#watch()
  }

  stop(): void {
    this.#cancelTimer()
    this.#ending.abort()
    this.#instead?.stop()
  }

  /** Waits for its turn. */
  #stand(): void {
    this.#watch()
    if (this.#stands) return
    this.#stands = true
    const { signal } = this.#ending
    this.#locks
      .request(this.#name, { signal }, () => {
        this.#stands = false
        return this.#hold()
      })
      .catch(() => {
        const forbidden = this.#stands
        this.#stands = false
        if (signal.aborted) return
        if (!forbidden) return this.#robbed()
        this.#cancelTimer()
        this.#instead = new ElectionByAsking(this.#hooks)
      })
  }

  #steal(): void {
    this.#locks.request(this.#name, { steal: true }, () => this.#hold()).catch(() => this.#robbed())
  }

  #hold(): Promise<void> {
    const { signal } = this.#ending
    if (signal.aborted) return Promise.resolve()
    this.#cancelTimer()
    this.#leads = true
    this.#hooks.tell({ about: 'here' })
    this.#hooks.onLead(true)
    return new Promise((resolve) => signal.addEventListener('abort', () => resolve()))
  }

  /** It was frozen, and another one leads now. */
  #robbed(): void {
    if (this.#ending.signal.aborted) return
    const led = this.#leads
    this.#leads = false
    if (led) this.#hooks.onLead(false)
    this.#stand()
  }

  #watch(): void {
    this.#after(ASK_HOLDER_MS, () => {
      this.#hooks.tell({ about: 'who' })
      this.#after(FROZEN_MS + this.#hooks.random() * FROZEN_JITTER_MS, () => this.#steal())
    })
  }

  #after(ms: number, act: () => void): void {
    this.#cancelTimer()
    this.#cancelTimer = this.#hooks.clock.after(ms, act)
  }
}

/**
 * By asking: a follower that gets no answer leads. The answer is given inside the message handler, because timers of a hidden
 * tab run once a second. When two lead, the one with the lower id stays.
 */
export class ElectionByAsking implements Election {
  readonly #hooks: ElectionHooks
  #leads = false
  #cancelTimer: () => void

  constructor(hooks: ElectionHooks) {
    this.#hooks = hooks
    this.#cancelTimer = hooks.clock.after(0, () => this.#ask())
  }

  heard(from: string, { about }: ElectionNote): void {
    if (about === 'who' && this.#leads) this.#hooks.tell({ about: 'here' })
    if (about === 'bye' && !this.#leads) this.#ask()
    if (about !== 'here') return
    if (!this.#leads) this.#wait()
    else if (from > this.#hooks.id) this.#hooks.tell({ about: 'here' })
    else this.#lead(false)
  }

  stop(): void {
    const led = this.#leads
    this.#leads = false
    this.#cancelTimer()
    if (led) this.#hooks.tell({ about: 'bye' })
  }

  #ask(): void {
    const patience = LEADER_ANSWER_MS + this.#hooks.random() * LEADER_JITTER_MS
    this.#after(patience, () => this.#lead(true))
    this.#hooks.tell({ about: 'who' })
  }

  #wait(): void {
    this.#after(ASK_LEADER_MS, () => this.#ask())
  }

  /** Again and again, so that two that lead hear of each other although nobody follows. */
  #announce(): void {
    this.#after(ANNOUNCE_MS, () => this.#announce())
    this.#hooks.tell({ about: 'here' })
  }

  #lead(leads: boolean): void {
    this.#leads = leads
    if (leads) this.#announce()
    else this.#wait()
    this.#hooks.onLead(leads)
  }

  #after(ms: number, act: () => void): void {
    this.#cancelTimer()
    this.#cancelTimer = this.#hooks.clock.after(ms, act)
  }
}
