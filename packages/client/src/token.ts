import { subprotocols } from './endpoint.ts'
import type { Timers } from './environment.ts'
import { openTransport, type Transport, type TransportEvents, type WebSocketLike } from './transport.ts'

/** A JSON Web Token, or what gets one. */
export type TokenSource = string | (() => string | Promise<string>)

/** Share of a token's time after which a fresh one is asked for. */
const RENEW_AT = 0.8

/** The token that is shown with each connection, and before it ends the next one (AU2, AU8). */
export class AccessToken {
  readonly #source: TokenSource | undefined
  readonly #timers: Timers
  readonly #send: (text: string) => void

  /** `timers` are those of the present connection, `send` sends on it. */
  constructor(source: TokenSource | undefined, timers: Timers, send: (text: string) => void) {
    this.#source = source
    this.#timers = timers
    this.#send = send
  }

  /** Whether each connection has a fresh one. */
  get isFresh(): boolean {
    return typeof this.#source === 'function'
  }

  /** Opens a transport when the token is there; `null` when there is no `url`. A source that fails is a connection that was not made. */
  dial(
    WebSocket: WebSocketLike,
    url: string | null,
    resumeToken: string | null,
    events: TransportEvents,
  ): Transport | null {
    const source = this.#source
    if (url === null) return null
    const open = (token?: string): Transport =>
      openTransport(WebSocket, url, subprotocols(resumeToken, token), events)
    if (typeof source !== 'function') return open(source)
    let transport: Transport | undefined
    let isWanted = true
    const begin = async (): Promise<void> => {
      try {
        const token = await Promise.resolve().then(source)
        if (isWanted) transport = open(token)
      } catch (error) {
        if (isWanted) events.onClosed(1006, String(error))
      }
    }
    void begin()
    return {
      send: (text) => transport?.send(text) === true,
      close: (code, reason) => {
        isWanted = false
        transport?.close(code, reason)
      },
    }
  }

  /** Shows the next one in time. When none is to be had, the next connection asks again. */
  renewLater(from = '', until = ''): void {
    const source = this.#source
    const ms = Date.parse(until) - Date.parse(from)
    if (typeof source !== 'function' || !(ms > 0)) return
    this.#timers.after(ms * RENEW_AT, () => {
      const renew = async (): Promise<void> =>
        this.#send(JSON.stringify({ type: 'auth', token: await source() }))
      renew().catch(() => undefined)
    })
  }
}
