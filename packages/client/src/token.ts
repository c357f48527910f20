import { subprotocols, withTicket } from './endpoint.ts'
import type { Timers } from './environment.ts'
import { openTransport, type Transport, type TransportEvents, type WebSocketLike } from './transport.ts'

/** A JSON Web Token, or a ticket that one was changed for: `fetchTicket`. */
export type Proof = string | { ticket: string }

/** A JSON Web Token, or what gets a proof of who one is. */
export type TokenSource = string | (() => Proof | Promise<Proof>)

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
    const open = (proof?: Proof): Transport =>
      typeof proof === 'object'
        ? openTransport(WebSocket, withTicket(url, proof.ticket), subprotocols(null), events)
        : openTransport(WebSocket, url, subprotocols(resumeToken, proof), events)
    if (typeof source !== 'function') return open(source)
    let transport: Transport | undefined
    let isWanted = true
    const begin = async (): Promise<void> => {
      try {
        const proof = await Promise.resolve().then(source)
        if (isWanted) transport = open(proof)
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
      const renew = async (): Promise<void> => {
        const token = await source()
        // A ticket is for a new connection only: when this one ends, the next shows another.
        if (typeof token === 'string') this.#send(JSON.stringify({ type: 'auth', token }))
      }
      renew().catch(() => undefined)
    })
  }
}
