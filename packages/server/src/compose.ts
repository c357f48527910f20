/** Puts the parts of one server together, whoever starts it. */
import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { createHmacSigner } from './adapters/hmac-signer.ts'
import { createHttp } from './adapters/http/app.ts'
import { limitSockets } from './adapters/http/socket-limit.ts'
import { createScrape, type Gather } from './adapters/metrics/exposition.ts'
import type { ServerMetrics } from './adapters/metrics/open-metrics.ts'
import { trafficOf } from './adapters/metrics/traffic.ts'
import type { PinoLogger } from './adapters/pino-logger.ts'
import { openTraces } from './adapters/traces/open-traces.ts'
import { createSystemClock, createSystemRandom } from './adapters/system-clock.ts'
import { attachWebSockets } from './adapters/ws/ws-server.ts'
import { listenFault } from './config/listen-fault.ts'
import { IN_MEMORY } from './config/load.ts'
import { OFF } from './config/off.ts'
import { IN_MEMORY_MESSAGES, type Settings } from './config/settings.ts'
import { createHub } from './core/hub.ts'
import type { HubOptions } from './core/options.ts'
import { closeData, type Data } from './open-data.ts'
import type { Auth } from './ports/auth.ts'
import type { Census } from './ports/census.ts'
import type { Clock } from './ports/clock.ts'
import type { Logger } from './ports/logger.ts'
import type { Family } from './ports/metrics.ts'
import type { PermissionHook } from './ports/permissions.ts'
import type { Server } from './shutdown.ts'
import { versionOf } from './version.ts'
import { watchRules } from './watch-rules.ts'

/**
 * Connections that the kernel completes before they are accepted. When more come at once, their clients try again after 1, 3
 * and 7 seconds; Node.js has 511. The kernel may have a lower limit (Linux: net.core.somaxconn, 4096).
 */
const LISTEN_BACKLOG = 4096

const WEB_ROOT = fileURLToPath(new URL('../../web/dist/', import.meta.url))

const MS_PER_DAY = 86_400_000

export interface Started {
  readonly server: Server
  /** The one that it listens on: `settings.port`, or what the system chose. */
  readonly port: number
}

export interface Parts {
  readonly data: Data
  readonly logger: PinoLogger
  /** Those of this process. */
  readonly metrics: ServerMetrics
  /** Asks all processes of the server. Default: this one alone. */
  readonly gather?: Gather
  /** Where other processes share the limit of connections. */
  readonly census?: Census
}

/** A server that listens. `data` is closed with it, and when it does not come to that. Rejects with an `Error` of one sentence for the operator. */
export async function startServer(settings: Settings, parts: Parts): Promise<Started> {
  const server = await compose(settings, parts)
  try {
    await listen(server, settings)
  } catch (error) {
    await letGo(server)
    throw new Error(listenFault(error, settings), { cause: error })
  }
  watchRules(settings, server.hub, parts.logger)
  const address = server.http.server.address()
  const port = typeof address === 'object' && address !== null ? address.port : settings.port
  parts.logger.info('started', { version: versionOf(), node: process.version, host: settings.host, port })
  return { server, port }
}

async function compose(settings: Settings, parts: Parts): Promise<Server> {
  const { data, logger, metrics, census } = parts
  const clock = createSystemClock()
  const { store, bus, registry, secret, headWatchMs } = data
  try {
    const traces = await openTraces({
      collector: settings.traces === OFF ? null : settings.traces,
      ratio: settings.tracesRatio,
      version: versionOf(),
      node: registry?.node ?? randomUUID(),
      clock,
      logger,
      metrics,
    })
    const auth = await authOf(settings, clock, logger)
    const hub = createHub({
      store,
      bus,
      registry,
      clock,
      random: createSystemRandom(),
      signer: createHmacSigner(secret),
      logger,
      auth,
      permissionHook: await hookOf(settings),
      metrics,
      tracer: traces?.tracer ?? null,
      options: { ...hubOptionsOf(settings), headWatchMs },
      ...(census && { census }),
    })
    const scrape = createScrape(parts.gather ?? (async () => [await metrics.collect()]))
    const http = await createHttp({
      service: hub,
      settings,
      logger,
      scrape,
      version: versionOf(),
      webRoot: WEB_ROOT,
    })
    metrics.add(trafficOf(http.server))
    metrics.add(buildFamilies)
    limitSockets(http.server, hub, settings.trustedProxies)
    metrics.add(attachWebSockets(http.server, hub, settings, logger, clock))
    return { http, hub, store, bus, registry, logger, traces }
  } catch (error) {
    await closeData(data)
    throw error
  }
}

/** Loaded only where it is used. */
async function authOf(settings: Settings, clock: Clock, logger: Logger): Promise<Auth | null> {
  if (settings.auth === 'guest') return null
  const { openAuth } = await import('./adapters/jwt/open-auth.ts')
  return openAuth(settings, clock, logger)
}

/** Loaded only where it is used. */
async function hookOf(settings: Settings): Promise<PermissionHook | null> {
  const { permissionsHook: url, permissionsHookSecret: secret, permissionsHookTimeout } = settings
  if (url === '') return null
  const { createPermissionHook } = await import('./adapters/permission-hook.ts')
  return createPermissionHook({ url, secret, timeoutMs: permissionsHookTimeout * 1_000 })
}

function buildFamilies(): readonly Family[] {
  return [
    {
      type: 'gauge',
      name: 'roomful_build_info',
      help: 'Always 1; the label says which version runs.',
      merge: 'max',
      samples: [{ labels: { version: versionOf() }, value: 1 }],
    },
  ]
}

function hubOptionsOf(settings: Settings): Partial<HubOptions> {
  const { lang, names } = settings
  return {
    lang,
    names,
    ...limitsOf(settings),
    heartbeatIntervalMs: settings.heartbeatInterval * 1_000,
    heartbeatTimeoutMs: settings.heartbeatTimeout * 1_000,
    noticesPerSecond: settings.noticesPerSecond,
    signalRoomPeople: settings.signalRoomPeople,
    markerRoomPeople: settings.markerRoomPeople,
    presenceGraceMs: settings.presenceGrace * 1_000,
    presenceRoomPeople: settings.presenceRoomPeople,
    slowTimeoutMs: settings.slowTimeout * 1_000,
    canaryMs: settings.canary === OFF ? null : settings.canary * 1_000,
    tailBytes: settings.tailBytes,
    tokenLifetimeMs: settings.jwtMaxLifetime * 3_600_000,
    tokensSayWhen: settings.jwtIat === 'required',
    tokenLeewayMs: settings.jwtLeeway * 1_000,
    retentionEntries:
      unlessOff(settings.retentionMessages) ?? (settings.data === IN_MEMORY ? IN_MEMORY_MESSAGES : null),
    rules: settings.permissions,
    hookHoldMs: settings.permissionsHookTtl * 1_000,
    retentionMs: settings.retentionDays === OFF ? null : settings.retentionDays * MS_PER_DAY,
  }
}

function limitsOf(settings: Settings): Partial<HubOptions> {
  const { maxConnections, maxConnectionsPerUser, maxRooms, maxMessageBytes, maxFrameBytes, rateBurst } =
    settings
  return {
    maxConnections,
    maxConnectionsPerUser,
    maxConnectionsPerAddress: unlessOff(settings.maxConnectionsPerAddress),
    maxSocketsPerAddress: unlessOff(settings.maxSocketsPerAddress),
    maxUnprovenPerAddress: unlessOff(settings.maxUnprovenPerAddress),
    authTimeoutMs: settings.authTimeout * 1_000,
    maxUnprovenFrames: settings.maxUnprovenFrames,
    maxUnprovenFrameLength: settings.maxUnprovenFrameLength,
    maxRooms,
    maxRoomsPerUser: unlessOff(settings.maxRoomsPerUser),
    maxMessageBytes,
    maxFrameBytes,
    rateLimit: unlessOff(settings.rateLimit),
    rateBurst,
    byteRateLimit: unlessOff(settings.byteRateLimit),
    joinRateLimit: unlessOff(settings.joinRateLimit),
    signalRateLimit: unlessOff(settings.signalRateLimit),
    logRateLimit: unlessOff(settings.logRateLimit),
    connectRateLimit: unlessOff(settings.connectRateLimit),
    requestRateLimit: unlessOff(settings.requestRateLimit),
    ratePerUser: unlessOff(settings.ratePerUser),
    ratePerAddress: unlessOff(settings.ratePerAddress),
  }
}

function unlessOff(limit: number | typeof OFF): number | null {
  return limit === OFF ? null : limit
}

function listen({ http }: Server, { host, port }: Settings): Promise<void> {
  const { server } = http
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port, backlog: LISTEN_BACKLOG }, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

async function letGo(server: Server): Promise<void> {
  await server.http.app.close()
  await server.hub.stop('shutdown')
  await server.traces?.close()
  await closeData(server)
  await server.logger.flush()
}
