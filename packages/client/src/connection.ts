import {
  afterClose,
  CLOSE_INACTIVE,
  CLOSE_INVALID_NAME,
  CLOSE_NAME_TAKEN,
  CLOSE_NORMAL,
  CLOSE_UNAUTHORIZED,
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

/**
 * Keeps one connection up:
 * idle -> connecting -> online, and from the latter two, after a close, waiting -> connecting or stopped.
 */
export class Connection {
  readonly #clock: Clock
  readonly #backoff: Backoff
  readonly #dial: (events: TransportEvents) => Transport | null
  readonly #showedToken: () => boolean
  readonly #renewsToken: boolean
  readonly #onData: (data: unknown) => ServerMessageOf<'error'> | null
  readonly #onState: (state: ConnectionState) => void
  #state: ConnectionState = { phase: 'idle' }
  /** While connecting and online. */
  #transport: Transport | null = null
  /** That of the welcome while connecting, that of the next try while waiting. */
  #cancelTimer: (() => void) | undefined
  #attempt = 0
  /** Monotonic milliseconds of the welcome. */
  #upAt = 0
  #lastError: ServerMessageOf<'error'> | null = null
  /** Milliseconds from the close to the next try, when the server has said so before it. */
  #slotMs: number | undefined
  /** Monotonic milliseconds of the first `name_taken` in a row. */
  #nameTakenAt: number | undefined

  /**
   * `dial` opens a socket; `null` when none can bear the name. That and what it throws stops the connection. `showedToken`: whether the last
   * dialling showed a resume token. `renewsToken`: whether each dialling shows a fresh token. `onData` returns an error frame, so that a close that follows it can be explained by it.
   */
  constructor(
    clock: Clock,
    backoff: Backoff,
    dial: (events: TransportEvents) => Transport | null,
    showedToken: () => boolean,
    renewsToken: boolean,
    onData: (data: unknown) => ServerMessageOf<'error'> | null,
    onState: (state: ConnectionState) => void,
  ) {
    this.#clock = clock
    this.#backoff = backoff
    this.#dial = dial
    this.#showedToken = showedToken
    this.#renewsToken = renewsToken
    this.#onData = onData
    this.#onState = onState
  }

  get state(): ConnectionState {
    return this.#state
  }

  /** From idle and stopped; otherwise nothing. */
  connect(): void {
    const { phase } = this.#state
    if (phase !== 'idle' && phase !== 'stopped') return
    this.#forgetFailures()
    this.#nameTakenAt = undefined
    this.#try()
  }

  /** To idle. */
  disconnect(): void {
    this.#hangUp(CLOSE_NORMAL)
    if (this.#state.phase !== 'idle') this.#enter({ phase: 'idle' })
  }

  /** A person wants it now. */
  retryNow(): void {
    if (this.#state.phase === 'waiting') this.#try()
    else if (this.#state.phase === 'stopped') this.connect()
  }

  /** A try is likelier to succeed now. It does not undercut a delay that the server asked for. */
  retryOnWake(): void {
    if (this.#state.phase !== 'waiting' || this.#slotMs !== undefined) return
    if (this.#state.reason.error?.retry_after_ms === undefined) this.#try()
  }

  /** Returns false when there is no open socket; the text is then not sent. */
  send(text: string): boolean {
    return this.#transport?.send(text) === true
  }

  /** The first welcome. */
  welcomed(welcome: ServerMessageOf<'system'>): void {
    if (this.#state.phase !== 'connecting') return
    this.#cancelTimer?.()
    this.#nameTakenAt = undefined
    this.#upAt = this.#clock.monotonic()
    this.#enter({ phase: 'online', since: this.#clock.now(), welcome })
  }

  /** The server is about to close: when it has, this is the delay, and nothing undercuts it but a person. */
  comeBackAfter(ms: number): void {
    this.#slotMs = ms
  }

  /** The server is not there although the socket says so. */
  abandon(reason: string): void {
    if (this.#transport === null) return
    this.#hangUp(CLOSE_INACTIVE)
    this.#lost({ code: 1006, reason, error: null })
  }

  #hangUp({ code, reason }: { readonly code: number; readonly reason: string }): void {
    this.#cancelTimer?.()
    this.#transport?.close(code, reason)
    this.#transport = null
  }

  #try(): void {
    this.#cancelTimer?.()
    this.#lastError = null
    this.#slotMs = undefined
    this.#attempt += 1
    try {
      this.#transport = this.#dial({
        onData: (data) => {
          this.#lastError = this.#onData(data)
        },
        onClosed: (code, reason) => this.#lost({ code, reason, error: this.#lastError }),
      })
    } catch (error) {
      return this.#stop({ code: 1006, reason: error instanceof Error ? error.message : String(error) })
    }
    if (this.#transport === null) return this.#stop(CLOSE_INVALID_NAME)
    this.#cancelTimer = this.#clock.after(CONNECT_TIMEOUT_MS, () => this.abandon('No welcome in time'))
    this.#enter({ phase: 'connecting', attempt: this.#attempt })
  }

  #lost(reason: DisconnectReason): void {
    this.#cancelTimer?.()
    this.#transport = null
    const wasStable = this.#state.phase === 'online' && this.#clock.monotonic() - this.#upAt >= STABLE_MS
    if (wasStable) this.#forgetFailures()
    if (!this.#mayRetry(reason)) return this.#stop(reason)
    // A slot of a server that hardly lets anybody in comes on top of the back-off.
    const slotMs = this.#slotMs
    const delay =
      wasStable && slotMs !== undefined ? slotMs : this.#backoff.next(slotMs ?? reason.error?.retry_after_ms)
    this.#cancelTimer = this.#clock.after(delay, () => this.#try())
    const retryAt = this.#clock.now() + delay
    this.#enter({ phase: 'waiting', attempt: this.#attempt + 1, retryAt, reason })
  }

  #mayRetry({ code, reason }: DisconnectReason): boolean {
    // Its token has ended.
    if (this.#renewsToken && this.#state.phase === 'online' && reason === CLOSE_UNAUTHORIZED.reason)
      return true
    if (code !== CLOSE_NAME_TAKEN.code || !this.#showedToken()) return afterClose(code, reason) === 'retry'
    const now = this.#clock.monotonic()
    this.#nameTakenAt ??= now
    return now - this.#nameTakenAt < NAME_RETRY_MS
  }

  #stop(reason: Omit<DisconnectReason, 'error'>): void {
    this.#enter({ phase: 'stopped', reason: { error: null, ...reason } })
  }

  #forgetFailures(): void {
    this.#attempt = 0
    this.#backoff.reset()
  }

  #enter(state: ConnectionState): void {
    this.#state = state
    this.#onState(state)
  }
}
