import type { WebSocketLike } from './transport.ts'

/** Time is passed in, so that a test can own it. */
export interface Clock {
  /** Wall clock, milliseconds since 1970. It may jump; a jump tells of a sleep. */
  now(): number
  /** Monotonic milliseconds: for deadlines. */
  monotonic(): number
  /** Calls `task` once after `ms` milliseconds unless the returned function is called first. */
  after(ms: number, task: () => void): () => void
}

/** What the surroundings know of the network and the person. */
export interface Environment {
  /** Calls `listener` when the network came back or went away, or the page became visible. Returns the end of it. */
  onWake(listener: () => void): () => void
}

/** Timers that are ended together. */
export class Timers implements Pick<Clock, 'after'> {
  readonly #clock: Clock
  readonly #cancels = new Set<() => void>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  after(ms: number, task: () => void): () => void {
    const cancel = this.#clock.after(ms, () => {
      this.#cancels.delete(cancel)
      task()
    })
    this.#cancels.add(cancel)
    return cancel
  }

  cancelAll(): void {
    for (const cancel of this.#cancels) cancel()
    this.#cancels.clear()
  }
}

export const SYSTEM_CLOCK: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after: (ms, task) => {
    const timer = setTimeout(task, ms)
    return () => clearTimeout(timer)
  },
}

/** The browser's `online`, `offline` and `visibilitychange` events. Where there are none, as in Node, nothing ever happens. */
export const BROWSER_ENVIRONMENT: Environment = {
  onWake: (listener) => {
    const ending = new AbortController()
    const { signal } = ending
    const page = globalThis.document
    for (const event of ['online', 'offline']) globalThis.addEventListener?.(event, listener, { signal })
    page?.addEventListener(
      'visibilitychange',
      () => {
        if (page.visibilityState === 'visible') listener()
      },
      { signal },
    )
    return () => ending.abort()
  },
}

/** The runtime's own WebSocket class. Throws a `TypeError` that says what to do where there is none: Node before 22. */
export function ownWebSocket(): WebSocketLike {
  const { WebSocket } = globalThis
  if (WebSocket === undefined)
    throw new TypeError("No WebSocket. Pass a class: import { WebSocket } from 'ws'")
  return WebSocket
}
