import {
  afterClose,
  CLOSE_INACTIVE,
  CLOSE_NAME_TAKEN,
  CLOSE_NORMAL,
  type ServerMessageOf,
} from '@roomful/protocol'
import type { Backoff } from './backoff.ts'
import type { Clock } from './environment.ts'
import type { Transport, TransportEvents } from './transport.ts'

/** Milliseconds from dialling to the welcome; after it the try has failed. */
export const CONNECT_TIMEOUT_MS = 15_000

/** Milliseconds online after which earlier failures are forgotten, and a slot is taken as the server gives it. */
export const STABLE_MS = 10_000

/**
 * Milliseconds for which `name_taken` is tried again when a token was shown: until the server has given up a former connection
 * that it cannot tell to be ours. After it the name is somebody else's.
 */
export const NAME_RETRY_MS = 90_000

/** Why a connection ended or was not made. */
export interface DisconnectReason {
  /** Close code. 1006: no close frame, a silent server, or no welcome in time; `reason` then says which where it is known. */
  code: number
  reason: string
  /** The error frame that came last before the close. */
  error: ServerMessageOf<'error'> | null
}

/** `attempt` counts tries in a row from 1, the one to come or under way included. */
export type ConnectionState =
  | { phase: 'idle' }
  | { phase: 'connecting'; attempt: number }
  /** `since`: milliseconds since 1970. `welcome`: that of the room it connected to. */
  | { phase: 'online'; since: number; welcome: ServerMessageOf<'system'> }
  /** `retryAt`: milliseconds since 1970. */
  | { phase: 'waiting'; attempt: number; retryAt: number; reason: DisconnectReason }
  /** Will not come back by itself. */
  | { phase: 'stopped'; reason: DisconnectReason }

type StateOf<P extends ConnectionState['phase']> = Extract<ConnectionState, { phase: P }>

/** The state that others see, and what belongs to it alone. */
type Machine =
  | { readonly phase: 'resting'; readonly state: StateOf<'idle' | 'stopped'> }
  | {
      readonly phase: 'connecting'
      readonly state: StateOf<'connecting'>
      readonly transport: Transport
      readonly cancelTimeout: () => void
    }
  /** `upAt`: monotonic milliseconds. */
  | {
      readonly phase: 'online'
      readonly state: StateOf<'online'>
      readonly transport: Transport
      readonly upAt: number
    }
  | { readonly phase: 'waiting'; readonly state: StateOf<'waiting'>; readonly cancelRetry: () => void }

export interface ConnectionHooks {
  /** Opens a socket. What it throws stops the connection. */
  dial(events: TransportEvents): Transport
  /** Whether the last dialling showed a resume token. */
  showedToken(): boolean
  onData(data: unknown): void
  onState(state: ConnectionState): void
}

/**
 * Keeps one connection up:
 * idle -> connecting -> online, and from the latter two, after a close, waiting -> connecting or stopped.
 */
export class Connection {
  readonly #clock: Clock
  readonly #backoff: Backoff
  readonly #hooks: ConnectionHooks
  #machine: Machine = { phase: 'resting', state: { phase: 'idle' } }
  #attempt = 0
  #lastError: ServerMessageOf<'error'> | null = null
  /** Milliseconds from the close to the next try, when the server has said so before it. */
  #slotMs: number | null = null
  /** Monotonic milliseconds of the first `name_taken` in a row. */
  #nameTakenAt: number | null = null

  constructor(clock: Clock, backoff: Backoff, hooks: ConnectionHooks) {
    this.#clock = clock
    this.#backoff = backoff
    this.#hooks = hooks
  }

  get state(): ConnectionState {
    return this.#machine.state
  }

  /** From idle and stopped; otherwise nothing. */
  connect(): void {
    if (this.#machine.phase !== 'resting') return
    this.#forgetFailures()
    this.#nameTakenAt = null
    this.#dial()
  }

  /** To idle. */
  disconnect(): void {
    const machine = this.#machine
    if (machine.phase === 'connecting') machine.cancelTimeout()
    if (machine.phase === 'waiting') machine.cancelRetry()
    if (machine.phase === 'connecting' || machine.phase === 'online')
      machine.transport.close(CLOSE_NORMAL.code, CLOSE_NORMAL.reason)
    if (machine.state.phase !== 'idle') this.#enter({ phase: 'resting', state: { phase: 'idle' } })
  }

  /** To stopped, for a fault that no try can mend. */
  refuse(code: number, reason: string): void {
    this.#stop({ code, reason, error: null })
  }

  /** A person wants it now. */
  retryNow(): void {
    if (this.#machine.phase === 'waiting') this.#redial(this.#machine.cancelRetry)
    else if (this.#machine.state.phase === 'stopped') this.connect()
  }

  /** A try is likelier to succeed now. It does not undercut a delay that the server asked for. */
  retryOnWake(): void {
    if (this.#machine.phase !== 'waiting' || this.#slotMs !== null) return
    if (this.#machine.state.reason.error?.retry_after_ms === undefined)
      this.#redial(this.#machine.cancelRetry)
  }

  /** Returns false when there is no open socket; the text is then not sent. */
  send(text: string): boolean {
    const machine = this.#machine
    return (machine.phase === 'connecting' || machine.phase === 'online') && machine.transport.send(text)
  }

  /** The first welcome. */
  welcomed(welcome: ServerMessageOf<'system'>): void {
    const machine = this.#machine
    if (machine.phase !== 'connecting') return
    machine.cancelTimeout()
    this.#nameTakenAt = null
    const { transport } = machine
    const state = { phase: 'online', since: this.#clock.now(), welcome } as const
    this.#enter({ phase: 'online', state, transport, upAt: this.#clock.monotonic() })
  }

  /** Remembers what came last, so that a close that follows an error can be explained by it. */
  noteLast(error: ServerMessageOf<'error'> | null): void {
    this.#lastError = error
  }

  /** The server is about to close: when it has, this is the delay, and nothing undercuts it but a person. */
  comeBackAfter(ms: number): void {
    this.#slotMs = ms
  }

  /** The server is not there although the socket says so. */
  abandon(reason: string): void {
    const machine = this.#machine
    if (machine.phase !== 'connecting' && machine.phase !== 'online') return
    machine.transport.close(CLOSE_INACTIVE.code, CLOSE_INACTIVE.reason)
    this.#lost({ code: 1006, reason, error: null })
  }

  #redial(cancelRetry: () => void): void {
    cancelRetry()
    this.#dial()
  }

  #dial(): void {
    this.#lastError = null
    this.#slotMs = null
    this.#attempt += 1
    let transport: Transport
    try {
      transport = this.#hooks.dial({
        onData: (data) => this.#hooks.onData(data),
        onClosed: (code, reason) => this.#lost({ code, reason, error: this.#lastError }),
      })
    } catch (error) {
      return this.#stop({
        code: 1006,
        reason: error instanceof Error ? error.message : String(error),
        error: null,
      })
    }
    const cancelTimeout = this.#clock.after(CONNECT_TIMEOUT_MS, () => this.abandon('No welcome in time'))
    const state = { phase: 'connecting', attempt: this.#attempt } as const
    this.#enter({ phase: 'connecting', state, transport, cancelTimeout })
  }

  #lost(reason: DisconnectReason): void {
    const machine = this.#machine
    if (machine.phase === 'connecting') machine.cancelTimeout()
    const wasStable = machine.phase === 'online' && this.#clock.monotonic() - machine.upAt >= STABLE_MS
    if (wasStable) this.#forgetFailures()
    if (!this.#mayRetry(reason)) return this.#stop(reason)
    // A slot of a server that hardly lets anybody in comes on top of the back-off.
    const slotMs = this.#slotMs
    const delay =
      wasStable && slotMs !== null ? slotMs : this.#backoff.next(slotMs ?? reason.error?.retry_after_ms)
    const state = {
      phase: 'waiting',
      attempt: this.#attempt + 1,
      retryAt: this.#clock.now() + delay,
      reason,
    } as const
    this.#enter({ phase: 'waiting', state, cancelRetry: this.#clock.after(delay, () => this.#dial()) })
  }

  #mayRetry({ code, reason }: DisconnectReason): boolean {
    if (code !== CLOSE_NAME_TAKEN.code || !this.#hooks.showedToken())
      return afterClose(code, reason) === 'retry'
    const now = this.#clock.monotonic()
    this.#nameTakenAt ??= now
    return now - this.#nameTakenAt < NAME_RETRY_MS
  }

  #stop(reason: DisconnectReason): void {
    this.#enter({ phase: 'resting', state: { phase: 'stopped', reason } })
  }

  #forgetFailures(): void {
    this.#attempt = 0
    this.#backoff.reset()
  }

  #enter(machine: Machine): void {
    this.#machine = machine
    this.#hooks.onState(machine.state)
  }
}
