import type { IncomingMessage, Server } from 'node:http'
import { createServer, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { type ErrorCode, ERRORS, V1_SUBPROTOCOL } from '@roomful/protocol'
import {
  type PerMessageDeflateOptions,
  type Server as WsServer,
  type ServerOptions,
  WebSocketServer,
} from 'ws'
import type { Clock } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import type { Family } from '../../ports/metrics.ts'
import { type Attach, type ChatService, Refusal } from '../../ports/service.ts'
import { SECURITY_LINES } from '../http/headers.ts'
import { PROBLEM_TYPE } from '../http/problem.ts'
import { originAllowed } from '../origin.ts'
import { type Seen, trustedProxies } from '../proxies.ts'
import { LateAnswers } from './late-answers.ts'
import { Peer, wire } from './peer.ts'
import { Turnstile } from './turnstile.ts'
import { readUpgrade } from './upgrade-request.ts'

export interface WsOptions {
  /** Bytes of one inbound message; more closes with 1009. */
  readonly maxFrameBytes: number
  /** Fragments of one inbound message; more closes with 1009. */
  readonly maxFragments: number
  /** Whether clients that offer permessage-deflate get their messages compressed. */
  readonly compression: 'on' | 'off'
  /** Origins let in besides the server's own host and loopback. */
  readonly origins: readonly string[]
  /** Peers whose word on a client's address, host and scheme is taken, as in `trustedProxies`. */
  readonly trustedProxies: readonly string[]
  /** Whether `?token=` is taken. */
  readonly jwtInQuery: 'on' | 'off'
}

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

/** Why upgrades were refused before there was a connection: an error code, or a handshake that is none. */
type UpgradeRefusals = Partial<Record<ErrorCode | 'bad_handshake', number>>

function refusalFamily(refusals: UpgradeRefusals): Family {
  return {
    type: 'counter',
    name: 'roomful_upgrades_refused_total',
    help: 'Upgrades to a WebSocket that were refused, by error code; bad_handshake stands for those that were no handshake.',
    merge: 'sum',
    samples: Object.entries(refusals).map(([reason, value]) => ({ labels: { reason }, value })),
  }
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
  // RFC 6455 section 4.4: whoever asked for another version learns which one is served.
  server.on('wsClientError', (_error, stream) =>
    refuse(stream, NO_HANDSHAKE, 'Sec-WebSocket-Version: 13\r\n'),
  )
  const refusals: UpgradeRefusals = {
    not_found: 0,
    origin_refused: 0,
    rate_limited: 0,
    unavailable: 0,
    bad_handshake: 0,
  }
  const turnstile = new Turnstile(clock)
  const late = new LateAnswers(clock)
  const see = trustedProxies(options.trustedProxies, () =>
    logger.warn('proxy_not_trusted', { setting: 'trusted-proxies' }),
  )
  http.on('connection', () => turnstile.accepted())
  http.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    // Until `ws` takes over, the stream is ours and its errors too.
    stream.on('error', ignore)
    turnstile.enter(() => {
      if (!stream.destroyed) upgrade(request, stream, head)
    })
  })
  const upgrade = (request: IncomingMessage, stream: Duplex, head: Buffer): void => {
    const seen = see(request)
    const attach = readUpgrade(request, seen.address, options.jwtInQuery === 'on')
    const judge = (): Refusal | null => service.refusal(seen.address)
    const answer = (refusal: Refusal | null): void => {
      if (refusal === null) return letIn(request, stream, head, attach as Attach)
      refusals[refusal.code] = (refusals[refusal.code] ?? 0) + 1
      logger.debug('upgrade_refused', { code: refusal.code })
      refuse(stream, refusal)
    }
    const refusal = refusalOf(request.headers.origin, seen, attach, options) ?? judge()
    const waits = refusal?.code === 'rate_limited' && late.give(() => stream.destroyed || answer(judge()))
    if (!waits) answer(refusal)
  }
  const letIn = (request: IncomingMessage, stream: Duplex, head: Buffer, attach: Attach): void => {
    declineSmallWindow(request)
    // The answer to the upgrade goes out with the welcome, in one write, when that need not wait for the store.
    stream.cork()
    let isTaken = false
    server.handleUpgrade(request, stream, head, (peer) => {
      isTaken = true
      wire(peer, stream, options.maxFrameBytes)
      clock.endOfTurn(() => clock.endOfTurn(() => peer.begin()))
      peer.events = service.attach(peer, attach)
    })
    // `ws` has answered it by now.
    if (!isTaken) refusals.bad_handshake = (refusals.bad_handshake ?? 0) + 1
  }
  return () => [refusalFamily(refusals)]
}

/** `ws` would refuse the whole upgrade of a client whose only offer asks for a smaller window; it is served uncompressed. */
function declineSmallWindow({ headers }: IncomingMessage): void {
  if (headers['sec-websocket-extensions']?.includes('server_max_window_bits'))
    delete headers['sec-websocket-extensions']
}

const NO_ENDPOINT = new Refusal(
  'not_found',
  'There is no WebSocket endpoint here. Try /ws, /ws/chat or /ws/chat/{username}.',
)
const NO_HANDSHAKE = new Refusal(
  'bad_message',
  'This is no opening handshake of a WebSocket. RFC 6455 section 4.1 has its headers.',
)
const WRONG_ORIGIN = new Refusal(
  'origin_refused',
  'This Origin may not connect. The setting origins lets further ones in.',
)

function refusalOf(
  origin: string | undefined,
  seen: Seen,
  attach: Attach | null,
  options: WsOptions,
): Refusal | null {
  if (attach === null) return NO_ENDPOINT
  return originAllowed(origin, seen, options.origins) ? null : WRONG_ORIGIN
}

function ignore(): void {}

/** `more`: further header lines. */
function refuse(stream: Duplex, { code, message: detail, retryAfterMs }: Refusal, more = ''): void {
  const { status, retryable } = ERRORS[code]
  const title = STATUS_CODES[status]
  const retry = retryAfterMs === undefined ? null : { retryable, retry_after_ms: retryAfterMs }
  const body = JSON.stringify({ type: 'about:blank', title, status, detail, code, ...retry })
  const after = retryAfterMs === undefined ? '' : `Retry-After: ${Math.ceil(retryAfterMs / 1000)}\r\n`
  stream.once('finish', () => stream.destroy())
  stream.end(
    `HTTP/1.1 ${status} ${title}\r\n${SECURITY_LINES}Connection: close\r\nContent-Type: ${PROBLEM_TYPE}\r\n${after}${more}` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
}

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
