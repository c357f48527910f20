import type { Clock } from './environment.ts'

/** Milliseconds between two questions of a follower whether the leader lives, where there are no Web Locks. */
export const ASK_LEADER_MS = 400

/** Milliseconds within which it has to answer. */
export const LEADER_ANSWER_MS = 300

/** Most milliseconds that are added by chance, so that of several followers one is the first. */
export const LEADER_JITTER_MS = 150

/** Milliseconds between two signs of life that a leader gives unasked. */
const ANNOUNCE_MS = 2_000

/** The part of `navigator.locks` that is used. */
export interface LocksLike {
  request(name: string, options: { signal: AbortSignal }, hold: () => Promise<void>): Promise<unknown>
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
 * By a lock that the leader holds as long as it lives: the browser gives it on at once, also after a crash. Where the page may not use
 * locks, as in a sandboxed frame, by asking.
 */
export function electByLock(locks: LocksLike, name: string, hooks: ElectionHooks): Election {
  const ending = new AbortController()
  const { signal } = ending
  let instead: Election | null = null
  let held = false
  const hold = (): Promise<void> => {
    held = true
    hooks.onLead(true)
    return new Promise((resolve) => signal.addEventListener('abort', () => resolve()))
  }
  locks.request(name, { signal }, hold).catch(() => {
    if (!held && !signal.aborted) instead = new ElectionByAsking(hooks)
  })
  return {
    heard: (from, note) => instead?.heard(from, note),
    stop: () => {
      ending.abort()
      instead?.stop()
    },
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
