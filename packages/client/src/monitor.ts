import type { ServerMessageOf } from '@roomful/protocol'
import type { ConnectionState } from './connection.ts'
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

/** An online connection; all in monotonic milliseconds. */
interface Watch {
  readonly intervalMs: number
  /** Whether the server pings by itself, so that silence needs no question. */
  readonly pings: boolean
  /** When it is given up. */
  deadline: number
  /** `deadline` is that of a probe. */
  probing: boolean
  /** When it is asked for a sign of life. */
  askAt: number
}

/** Notices what a socket does not tell: a silent server, and that the device slept or the network changed. */
export class Monitor {
  readonly #clock: Clock
  readonly #environment: Environment
  readonly #probe: () => void
  readonly #onSilent: () => void
  readonly #onWake: () => void
  #watch: Watch | null = null
  #cancelTick: (() => void) | undefined
  #unsubscribe: (() => void) | undefined

  /**
   * `probe` asks the server for a sign of life. `onSilent`: the connection is dead, whatever the socket says. `onWake`: while not online,
   * it woke from sleep, the network came back, or the page became visible.
   */
  constructor(
    clock: Clock,
    environment: Environment,
    probe: () => void,
    onSilent: () => void,
    onWake: () => void,
  ) {
    this.#clock = clock
    this.#environment = environment
    this.#probe = probe
    this.#onSilent = onSilent
    this.#onWake = onWake
  }

  /** The connection has another state: it looks at clock and environment unless that is one of rest. */
  follow(state: ConnectionState): void {
    this.#watch = state.phase === 'online' ? watchOf(state.welcome) : null
    if (state.phase === 'idle' || state.phase === 'stopped') {
      this.#cancelTick?.()
      this.#unsubscribe?.()
      this.#unsubscribe = undefined
      return
    }
    this.heard()
    // A tick that is late already must tell so.
    if (this.#unsubscribe === undefined || this.#watch !== null) this.#schedule()
    this.#unsubscribe ??= this.#environment.onWake(() => this.#wake())
  }

  /** Something came from the server. */
  heard(): void {
    const watch = this.#watch
    if (watch === null) return
    const now = this.#clock.monotonic()
    watch.deadline = now + watch.intervalMs * 2 + SILENCE_GRACE_MS
    watch.askAt = watch.pings ? Number.POSITIVE_INFINITY : now + watch.intervalMs
    watch.probing = false
  }

  #schedule(): void {
    this.#cancelTick?.()
    const toDeadline = this.#watch === null ? TICK_MS : this.#watch.deadline - this.#clock.monotonic()
    const delay = Math.max(0, Math.min(TICK_MS, toDeadline))
    const due = this.#clock.now() + delay
    this.#cancelTick = this.#clock.after(delay, () => {
      // A late look says nothing of the server: its frames may wait behind this timer. It is asked first.
      if (this.#clock.now() - due > SLEEP_GAP_MS) this.#wake()
      else this.#check()
      if (this.#unsubscribe !== undefined) this.#schedule()
    })
  }

  #check(): void {
    const now = this.#clock.monotonic()
    if (this.#watch === null) return
    if (now >= this.#watch.deadline) this.#onSilent()
    else if (now >= this.#watch.askAt) this.#ask(this.#watch)
  }

  #wake(): void {
    const watch = this.#watch
    if (watch === null) return this.#onWake()
    if (watch.probing) return
    watch.probing = true
    watch.deadline = this.#clock.monotonic() + PROBE_TIMEOUT_MS
    this.#ask(watch)
    this.#schedule()
  }

  #ask(watch: Watch): void {
    watch.askAt = Number.POSITIVE_INFINITY
    this.#probe()
  }
}

function watchOf({ heartbeat, heartbeat_interval }: ServerMessageOf<'system'>): Watch {
  const named = heartbeat?.interval_ms ?? (heartbeat_interval ?? 0) * 1_000
  return {
    intervalMs: named >= MIN_INTERVAL_MS && named <= MAX_INTERVAL_MS ? named : DEFAULT_INTERVAL_MS,
    pings: heartbeat_interval !== undefined,
    deadline: 0,
    probing: false,
    askAt: 0,
  }
}
