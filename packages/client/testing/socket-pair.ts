import type { SocketLike, WebSocketLike } from '../src/transport.ts'

type Listener = (event: never) => void

const CONNECTING = 0
const OPEN = 1
const CLOSING = 2
const CLOSED = 3

/** A network of socket pairs: what one side sends lies in a queue until the test flushes it. */
export class FakeNetwork {
  /** Every socket that was dialled, in order. */
  readonly pairs: SocketPair[] = []
  /** The class to inject. Its constructor throws this while it is set. */
  refusal: Error | null = null
  readonly WebSocket: WebSocketLike

  constructor() {
    const { pairs } = this
    const refusal = (): Error | null => this.refusal
    this.WebSocket = class implements SocketLike {
      readonly #pair: SocketPair
      constructor(url: string, protocols: string[]) {
        const error = refusal()
        if (error !== null) throw error
        this.#pair = new SocketPair(url, protocols)
        pairs.push(this.#pair)
      }
      get readyState(): number {
        return this.#pair.readyState
      }
      send(data: string): void {
        this.#pair.clientSends(data)
      }
      close(code?: number, reason?: string): void {
        this.#pair.clientCloses(code, reason)
      }
      addEventListener(type: string, listener: Listener): void {
        this.#pair.listen(type, listener)
      }
    }
  }

  /** The socket that was dialled last. */
  get last(): SocketPair {
    const pair = this.pairs.at(-1)
    if (pair === undefined) throw new Error('nothing was dialled')
    return pair
  }
}

/** One socket seen from the server's side. */
export class SocketPair {
  readonly url: URL
  readonly protocols: readonly string[]
  readyState = CONNECTING
  /** What reached the server, parsed. */
  readonly received: Record<string, unknown>[] = []
  /** What the client closed with. */
  clientClose: { code: number | undefined; reason: string | undefined } | null = null
  readonly #listeners = new Map<string, Listener[]>()
  readonly #toServer: string[] = []
  readonly #toClient: (() => void)[] = []

  constructor(url: string, protocols: string[]) {
    this.url = new URL(url)
    this.protocols = protocols
  }

  // ---- the client's side, called by the injected class

  clientSends(data: string): void {
    if (this.readyState === CONNECTING) throw new Error('InvalidStateError')
    if (this.readyState === OPEN) this.#toServer.push(data)
  }

  clientCloses(code: number | undefined, reason: string | undefined): void {
    if (code !== undefined && code !== 1000 && (code < 3000 || code > 4999))
      throw new Error('InvalidAccessError')
    this.clientClose = { code, reason }
    this.readyState = CLOSING
  }

  listen(type: string, listener: Listener): void {
    this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), listener])
  }

  // ---- the server's side, called by tests

  /** Opens the socket at once. */
  open(): this {
    this.readyState = OPEN
    return this
  }

  /** Queues a frame: an object as JSON, a string as it is. */
  say(frame: object | string): this {
    const data = typeof frame === 'string' ? frame : JSON.stringify(frame)
    this.#toClient.push(() => this.#tell('message', { data }))
    return this
  }

  /** Queues a binary frame. */
  sayBinary(bytes: Uint8Array): this {
    this.#toClient.push(() => this.#tell('message', { data: bytes }))
    return this
  }

  /** Queues the close. */
  close(code: number, reason = ''): this {
    this.#toClient.push(() => {
      this.readyState = CLOSED
      this.#tell('close', { code, reason })
    })
    return this
  }

  /** Queues a failure as `ws` reports it: an error with a message, then 1006. */
  fail(message: string): this {
    this.#toClient.push(() => this.#tell('error', { message }))
    return this.close(1006)
  }

  /** Delivers everything that waits for the client. */
  flushToClient(): this {
    for (let event = this.#toClient.shift(); event !== undefined; event = this.#toClient.shift()) event()
    return this
  }

  /** Delivers everything that waits for the server, and returns it. */
  flushToServer(): Record<string, unknown>[] {
    const arrived = this.#toServer.splice(0).map((text) => JSON.parse(text) as Record<string, unknown>)
    this.received.push(...arrived)
    return arrived
  }

  #tell(type: string, event: object): void {
    for (const listener of this.#listeners.get(type) ?? []) listener(event as never)
  }
}
