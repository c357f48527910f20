import type { Clock, Environment } from './environment.ts'

/** Milliseconds of patience beyond two heartbeat intervals before a silent server counts as gone. */
const SILENCE_GRACE_MS = 5_000

/** Milliseconds within which a probed server must give a sign of life. */
export const PROBE_TIMEOUT_MS = 5_000

/** Heartbeat interval that is assumed when a welcome names none or an absurd one. */
const DEFAULT_INTERVAL_MS = 10_000
const MIN_INTERVAL_MS = 1_000
const MAX_INTERVAL_MS = 300_000

/** Milliseconds between two looks at the clock. */
const TICK_MS = 5_000

/** A look this much late means that the device slept, or that a hidden tab's timers run once a minute. */
const SLEEP_GAP_MS = 10_000

export interface MonitorEvents {
  /** Ask the server for a sign of life. */
  probe(): void
  /** The server is silent: the connection is dead, whatever the socket says. */
  onSilent(): void
  /** While not online: woke from sleep, the network came back, or the page became visible. */
  onWake(): void
}

/** An online connection: `deadline` and `askAt` are monotonic milliseconds. */
interface Watch {
  readonly intervalMs: number
  /** Whether the server pings by itself, so that silence needs no question. */
  readonly pings: boolean
  deadline: number
  /** A sign of life was asked for, and none came since. */
  asked: boolean
  /** `deadline` is that of a probe. */
  probing: boolean
  askAt: number
}

/** Notices what a socket does not tell: a silent server, and that the device slept or the network changed. */
export class Monitor {
  readonly #clock: Clock
  readonly #environment: Environment
  readonly #events: MonitorEvents
  #watch: Watch | null = null
  #cancelTick: (() => void) | null = null
  #unsubscribe: (() => void) | null = null

  constructor(clock: Clock, environment: Environment, events: MonitorEvents) {
    this.#clock = clock
    this.#environment = environment
    this.#events = events
  }

  /** Begins to look at clock and environment. Twice is the same as once. */
  start(): void {
    if (this.#unsubscribe !== null) return
    this.#unsubscribe = this.#environment.onWake(() => this.#wake())
    this.#schedule()
  }

  /** Ends everything. */
  stop(): void {
    this.#watch = null
    this.#cancelTick?.()
    this.#cancelTick = null
    this.#unsubscribe?.()
    this.#unsubscribe = null
  }

  /** The connection is online; `pings` when the server has a heartbeat of its own, `intervalMs` as its welcome says. */
  up(intervalMs: number | undefined, pings: boolean): void {
    const usable = intervalMs !== undefined && intervalMs >= MIN_INTERVAL_MS && intervalMs <= MAX_INTERVAL_MS
    this.#watch = {
      intervalMs: usable ? intervalMs : DEFAULT_INTERVAL_MS,
      pings,
      deadline: 0,
      asked: false,
      probing: false,
      askAt: 0,
    }
    this.heard()
    this.#schedule()
  }

  /** The connection is no longer online. */
  down(): void {
    this.#watch = null
  }

  /** Something came from the server. */
  heard(): void {
    const watch = this.#watch
    if (watch === null) return
    const now = this.#clock.monotonic()
    watch.deadline = now + watch.intervalMs * 2 + SILENCE_GRACE_MS
    watch.askAt = now + watch.intervalMs
    watch.asked = false
    watch.probing = false
  }

  #schedule(): void {
    this.#cancelTick?.()
    const toDeadline = this.#watch === null ? TICK_MS : this.#watch.deadline - this.#clock.monotonic()
    const delay = Math.max(0, Math.min(TICK_MS, toDeadline))
    const due = this.#clock.now() + delay
    this.#cancelTick = this.#clock.after(delay, () => this.#tick(this.#clock.now() - due))
  }

  #tick(lateMs: number): void {
    // A late look says nothing of the server: its frames may wait behind this timer. It is asked first.
    if (lateMs > SLEEP_GAP_MS) this.#wake()
    else if (this.#watch !== null) this.#check(this.#watch)
    if (this.#unsubscribe !== null) this.#schedule()
  }

  #check(watch: Watch): void {
    const now = this.#clock.monotonic()
    if (now >= watch.deadline) {
      this.#watch = null
      this.#events.onSilent()
    } else if (!watch.pings && !watch.asked && now >= watch.askAt) {
      watch.asked = true
      this.#events.probe()
    }
  }

  #wake(): void {
    const watch = this.#watch
    if (watch === null) return this.#events.onWake()
    if (watch.probing) return
    watch.probing = true
    watch.asked = true
    watch.deadline = this.#clock.monotonic() + PROBE_TIMEOUT_MS
    this.#events.probe()
    this.#schedule()
  }
}
