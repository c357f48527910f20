import type { SocketLike, WebSocketLike } from '../../packages/client/src/transport.ts'
import type { Link } from './link.ts'

/** The class that an SDK is given: each of its sockets is the client's end of a connection that is dialled. */
export function webSocketOf(dial: (url: string, protocols: string[]) => Link['clientEnd']): WebSocketLike {
  return class implements SocketLike {
    readonly #end: Link['clientEnd']
    constructor(url: string, protocols: string[]) {
      this.#end = dial(url, protocols)
    }
    get readyState(): number {
      return this.#end.readyState
    }
    send(data: string): void {
      this.#end.send(data)
    }
    close(code?: number): void {
      this.#end.close(code)
    }
    addEventListener(type: string, listener: (event: never) => void): void {
      this.#end.addEventListener(type, listener)
    }
  }
}
