import type { IncomingMessage } from 'node:http'
import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { type ErrorCode, ERRORS } from '@roomful/protocol'
import type { Server as WsServer } from 'ws'
import type { Clock } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import type { Family } from '../../ports/metrics.ts'
import { limitedAddress } from '../../ports/networks.ts'
import { type Attach, type ChatService, Refusal } from '../../ports/service.ts'
import { SECURITY_LINES } from '../http/headers.ts'
import { PROBLEM_TYPE } from '../http/problem.ts'
import { originAllowed } from '../origin.ts'
import { type Seen, trustedProxies } from '../proxies.ts'
import { namesWebSocket } from '../upgrade-header.ts'
import { LateAnswers } from './late-answers.ts'
import { type Peer, wire } from './peer.ts'
import { readUpgrade } from './upgrade-request.ts'
import type { WsOptions } from './ws-options.ts'

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

export interface UpgradesDeps {
  readonly server: WsServer<typeof Peer>
  readonly service: ChatService
  readonly options: WsOptions
  readonly logger: Logger
  readonly clock: Clock
}

/** Judges those who want to become a WebSocket, and lets them in or says why not. */
export class Upgrades {
  readonly #deps: UpgradesDeps
  readonly #see: (request: IncomingMessage) => Seen
  readonly #late: LateAnswers
  readonly #refusals: UpgradeRefusals = {
    not_found: 0,
    origin_refused: 0,
    rate_limited: 0,
    unavailable: 0,
    bad_handshake: 0,
  }

  constructor(deps: UpgradesDeps) {
    const { server, options, logger, clock } = deps
    this.#deps = deps
    this.#late = new LateAnswers(clock)
    this.#see = trustedProxies(options.trustedProxies, () =>
      logger.warn('proxy_not_trusted', { setting: 'trusted-proxies' }),
    )
    // RFC 6455 section 4.4: whoever asked for another version learns which one is served.
    server.on('wsClientError', (_error, stream) =>
      refuse(stream, NO_HANDSHAKE, 'Sec-WebSocket-Version: 13\r\n'),
    )
  }

  get family(): Family {
    return refusalFamily(this.#refusals)
  }

  take(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    const { service, options } = this.#deps
    const seen = this.#see(request)
    const attach = readUpgrade(request, seen.address, options.jwtInQuery === 'on')
    const answer = (refusal: Refusal | null): void => {
      if (refusal !== null) this.#refuse(stream, refusal)
      // Only before Node.js 22.21 and 24.9; the body, if there is one, cannot be handed to the HTTP server any more.
      else if (!namesWebSocket(request)) this.#refuse(stream, OTHER_PROTOCOL)
      else if (attach === null) this.#refuse(stream, NO_ENDPOINT)
      else if (!originAllowed(request.headers.origin, seen, options.origins))
        this.#refuse(stream, WRONG_ORIGIN)
      else this.#letIn(request, stream, head, attach)
    }
    const refusal = service.refusal(seen.address)
    const late = (): void => {
      if (!stream.destroyed) answer(service.refusal(seen.address))
    }
    const network = limitedAddress(seen.address) ?? ''
    if (refusal?.code !== 'rate_limited' || !this.#late.give(network, late)) answer(refusal)
  }

  #letIn(request: IncomingMessage, stream: Duplex, head: Buffer, attach: Attach): void {
    const { server, service, options, clock } = this.#deps
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
    if (!isTaken) this.#count('bad_handshake')
  }

  #refuse(stream: Duplex, refusal: Refusal): void {
    this.#count(refusal.code)
    this.#deps.logger.debug('upgrade_refused', { code: refusal.code })
    refuse(stream, refusal)
  }

  #count(why: keyof UpgradeRefusals): void {
    this.#refusals[why] = (this.#refusals[why] ?? 0) + 1
  }
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
const OTHER_PROTOCOL = new Refusal(
  'bad_message',
  'The header Upgrade names a protocol that is not served here: only websocket is. Send the request without it, as HTTP/1.1.',
)
const NO_HANDSHAKE = new Refusal(
  'bad_message',
  'This is no opening handshake of a WebSocket. RFC 6455 section 4.1 has its headers.',
)
const WRONG_ORIGIN = new Refusal(
  'origin_refused',
  'This Origin may not connect. The setting origins lets further ones in.',
)

/** `more`: further header lines. */
function refuse(stream: Duplex, refusal: Refusal, more = ''): void {
  const { code, message: detail, retryAfterMs, members } = refusal
  const { status, retryable } = ERRORS[code]
  const title = STATUS_CODES[status]
  const retry = retryAfterMs === undefined ? null : { retryable, retry_after_ms: retryAfterMs }
  const body = JSON.stringify({ type: 'about:blank', title, status, detail, code, ...retry, ...members })
  const after = retryAfterMs === undefined ? '' : `Retry-After: ${Math.ceil(retryAfterMs / 1000)}\r\n`
  stream.once('finish', () => stream.destroy())
  stream.end(
    `HTTP/1.1 ${status} ${title}\r\n${SECURITY_LINES}Connection: close\r\nContent-Type: ${PROBLEM_TYPE}\r\n${after}${more}` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
}
