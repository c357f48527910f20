import { once } from 'node:events'
import { createConnection, type Socket } from 'node:net'
import type { TlsOptions, TLSSocket } from 'node:tls'
import { NodeTransport } from '@nats-io/transport-node/lib/node_transport.js'

/**
 * The library's own, in version 3.3.1, with two mends: it ends no socket on which the server has not said who it is (`close` returns then), which it does with the
 * signal; and where the server is named by an address, it asks for a certificate of `localhost`.
 */
export class EndingTransport extends NodeTransport {
  readonly #ending: AbortSignal
  #hostname = ''

  constructor(ending: AbortSignal) {
    super()
    this.#ending = ending
  }

  override async dial({ hostname, port }: { hostname: string; port: number }): Promise<Socket> {
    this.#ending.throwIfAborted()
    this.#hostname = hostname
    const socket = createConnection(port, hostname).setNoDelay(true)
    this.#ending.addEventListener('abort', () => socket.destroy())
    await once(socket, 'connect', { signal: this.#ending })
    return socket
  }

  override startTLS(): Promise<TLSSocket> {
    // What follows is asked only with settings for TLS.
    this.options = { ...this.options, tls: this.options.tls ?? {} }
    return super.startTLS()
  }

  override async loadClientCerts(): Promise<TlsOptions> {
    const options = { ...(await super.loadClientCerts()), host: this.#hostname }
    return options
  }
}
