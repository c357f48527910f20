import { once } from 'node:events'
import { createConnection, type Socket } from 'node:net'
import { NodeTransport } from '@nats-io/transport-node/lib/node_transport.js'

/** The library's own, which ends no socket on which the server has not said who it is (`close` of version 3.3.1 returns then): with the signal it does. */
export class EndingTransport extends NodeTransport {
  readonly #ending: AbortSignal

  constructor(ending: AbortSignal) {
    super()
    this.#ending = ending
  }

  override async dial({ hostname, port }: { hostname: string; port: number }): Promise<Socket> {
    this.#ending.throwIfAborted()
    const socket = createConnection(port, hostname).setNoDelay(true)
    this.#ending.addEventListener('abort', () => socket.destroy())
    await once(socket, 'connect', { signal: this.#ending })
    return socket
  }
}
