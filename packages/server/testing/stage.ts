/** A whole server in this process that listens on no port: bytes are handed to it as a connection would. */
import { randomBytes } from 'node:crypto'
import { type Duplex, duplexPair } from 'node:stream'
import { createHmacSigner } from '../src/adapters/hmac-signer.ts'
import { createHttp, type Http } from '../src/adapters/http/app.ts'
import type { HttpSettings } from '../src/adapters/http/options.ts'
import { createLoneBus } from '../src/adapters/local-bus.ts'
import { createMemoryStore } from '../src/adapters/memory-store.ts'
import { createSystemClock, createSystemRandom } from '../src/adapters/system-clock.ts'
import { attachWebSockets } from '../src/adapters/ws/ws-server.ts'
import type { WsOptions } from '../src/adapters/ws/ws-options.ts'
import { createHub, type Hub } from '../src/core/hub.ts'
import type { HubOptions } from '../src/core/options.ts'
import type { Auth } from '../src/ports/auth.ts'
import type { Clock } from '../src/ports/clock.ts'
import type { Fields, Logger } from '../src/ports/logger.ts'

export interface Stage {
  readonly hub: Hub
  readonly http: Http
  /** Warnings and errors that were logged, each as one line. */
  readonly complaints: string[]
  /** The client's end of a new connection, from this address. */
  dial(from?: string): Duplex
  close(): Promise<void>
}

/** Nothing is refused for being too much: what is refused is refused for what it is. */
export const UNLIMITED: Partial<HubOptions> = {
  rateLimit: null,
  byteRateLimit: null,
  joinRateLimit: null,
  signalRateLimit: null,
  logRateLimit: null,
  connectRateLimit: null,
  requestRateLimit: null,
  maxConnectionsPerAddress: null,
  maxUnprovenPerAddress: null,
}

export interface StageOptions {
  readonly hub?: Partial<HubOptions>
  readonly http?: Partial<HttpSettings>
  readonly ws?: Partial<WsOptions>
  readonly auth?: Auth
  readonly clock?: Clock
  /** Folder of the built page. Default: none. */
  readonly webRoot?: string
}

export async function openStage(options: StageOptions = {}): Promise<Stage> {
  const complaints: string[] = []
  const logger = complainer(complaints)
  const clock = options.clock ?? createSystemClock()
  const store = createMemoryStore()
  const hub = createHub({
    store,
    bus: createLoneBus(),
    clock,
    random: createSystemRandom(),
    signer: createHmacSigner(randomBytes(32)),
    logger,
    auth: options.auth ?? null,
    options: { ...UNLIMITED, lang: 'en', presenceGraceMs: 0, ...options.hub },
  })
  const settings: HttpSettings = {
    lang: 'en',
    origins: [],
    trustedProxies: [],
    metrics: 'loopback',
    auth: options.auth === undefined ? 'guest' : 'jwt',
    ...options.http,
  }
  const http = await createHttp({
    service: hub,
    settings,
    logger,
    version: '1.2.3',
    webRoot: options.webRoot ?? '/nowhere',
    scrape: async () => ({
      contentType: 'text/plain; version=0.0.4; charset=utf-8',
      text: 'numbers\n',
      families: [],
    }),
  })
  const ws = {
    maxFrameBytes: 65_536,
    maxFragments: 64,
    compression: 'on',
    jwtInQuery: 'off',
    ...settings,
    ...options.ws,
  } as const
  attachWebSockets(http.server, hub, ws, logger, clock)
  return {
    hub,
    http,
    complaints,
    dial(from = '192.0.2.1') {
      const [mine, theirs] = duplexPair()
      Object.assign(theirs, { remoteAddress: from })
      // A cut connection is an everyday thing.
      mine.on('error', () => {})
      mine.on('close', () => theirs.destroy())
      http.server.emit('connection', theirs)
      return mine
    },
    async close() {
      await http.app.close()
      await hub.stop('shutdown')
      await store.close()
    },
  }
}

function complainer(complaints: string[]): Logger {
  const complain = (event: string, fields?: Fields, cause?: unknown): void =>
    void complaints.push(
      `${event} ${JSON.stringify(fields)} ${cause instanceof Error ? cause.stack : String(cause)}`,
    )
  return { debug() {}, info() {}, warn: complain, error: complain }
}
