import type { IncomingMessage, Server } from 'node:http'
import { createServer } from 'node:http'
import type { Duplex } from 'node:stream'
import { V1_SUBPROTOCOL } from '@roomful/protocol'
import {
  type PerMessageDeflateOptions,
  type Server as WsServer,
  type ServerOptions,
  WebSocketServer,
} from 'ws'
import type { Clock } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import type { Family } from '../../ports/metrics.ts'
import type { ChatService } from '../../ports/service.ts'
import { Peer, wire } from './peer.ts'
import { Turnstile } from './turnstile.ts'
import { Upgrades } from './upgrades.ts'
import type { WsOptions } from './ws-options.ts'

/** Chunks of one inbound frame: a peer that sends it byte by byte is let in up to here. */
const MAX_BUFFERED_CHUNKS = 16_384

/** Milliseconds that a peer has for its close frame before it is cut off. */
const CLOSE_TIMEOUT_MS = 5000

/**
 * A broadcast is deflated once for all, so nobody's frames may lean on what only that connection was sent before, and a client
 * that wants a smaller window is served uncompressed.
 */
const DEFLATE: PerMessageDeflateOptions = {
  serverNoContextTakeover: true,
  clientNoContextTakeover: true,
  serverMaxWindowBits: 15,
}

/** Options of `ws` 8.23 that its published types do not know yet. */
interface NewerOptions {
  readonly maxFragments: number
  readonly maxBufferedChunks: number
  readonly closeTimeout: number
}

function createWebSocketServer(options: WsOptions): WsServer<typeof Peer> {
  const serverOptions: ServerOptions<typeof Peer> & NewerOptions = {
    noServer: true,
    clientTracking: false,
    WebSocket: Peer,
    autoPong: false,
    perMessageDeflate: options.compression === 'on' && DEFLATE,
    maxPayload: options.maxFrameBytes,
    maxFragments: options.maxFragments,
    maxBufferedChunks: MAX_BUFFERED_CHUNKS,
    closeTimeout: CLOSE_TIMEOUT_MS,
    handleProtocols: (offered) => (offered.has(V1_SUBPROTOCOL) ? V1_SUBPROTOCOL : false),
  }
  return new WebSocketServer(serverOptions)
}

/** Serves the WebSocket endpoints on an HTTP server's upgrades. Answers how its numbers are read. */
export function attachWebSockets(
  http: Server,
  service: ChatService,
  options: WsOptions,
  logger: Logger,
  clock: Clock,
): () => readonly Family[] {
  const server = createWebSocketServer(options)
  const upgrades = new Upgrades({ server, service, options, logger, clock })
  const turnstile = new Turnstile(clock)
  http.on('connection', () => turnstile.accepted())
  http.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    // Until `ws` takes over, the stream is ours and its errors too.
    stream.on('error', ignore)
    turnstile.enter(() => {
      if (!stream.destroyed) upgrades.take(request, stream, head)
    })
  })
  return () => [upgrades.family]
}

function ignore(): void {}

const NOTHING = { token: null, ticket: null, awaitsToken: false } as const

/**
 * A server that sends every message back byte for byte, over the same socket layer and its limits: what foreign
 * conformance suites are run against.
 */
export function createEchoTestee(service: ChatService, options: WsOptions): Server {
  const server = createWebSocketServer(options)
  const http = createServer((_request, response) => {
    response.writeHead(426, { Upgrade: 'websocket', Connection: 'Upgrade' }).end()
  })
  http.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    stream.on('error', ignore)
    server.handleUpgrade(request, stream, head, (peer) => {
      wire(peer, stream, options.maxFrameBytes)
      const address = request.socket.remoteAddress ?? ''
      peer.events = service.attach(peer, { endpoint: 'echo', address, echoPrefix: '', shown: NOTHING })
    })
  })
  return http
}
