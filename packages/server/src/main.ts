#!/usr/bin/env node
/** The program `roomful`: reads the settings, puts the parts together, serves until it is told to stop. */
import { readFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { fileURLToPath } from 'node:url'
import { createHmacSigner } from './adapters/hmac-signer.ts'
import { createHttp, type Http } from './adapters/http/app.ts'
import { createPinoLogger } from './adapters/pino-logger.ts'
import { createSystemClock, createSystemRandom } from './adapters/system-clock.ts'
import { attachWebSockets } from './adapters/ws/ws-server.ts'
import { runFileCommand } from './commands.ts'
import { readArgv } from './config/argv.ts'
import { banner } from './config/banner.ts'
import { SettingsError } from './config/error.ts'
import { listenFault } from './config/listen-fault.ts'
import { IN_MEMORY } from './config/load.ts'
import { settingsOfProcess } from './config/process.ts'
import { helpText } from './config/reference.ts'
import { IN_MEMORY_MESSAGES, OFF, type Settings } from './config/settings.ts'
import { createHub } from './core/hub.ts'
import type { HubOptions } from './core/options.ts'
import { closeData, openData } from './open-data.ts'
import { drainOnSignals, type Server } from './shutdown.ts'

/** Exit codes: the server could not start; the settings are not usable. */
const EXIT_FAILED = 1
const EXIT_SETTINGS = 2

/**
 * Connections that the kernel completes before they are accepted. When more come at once, their clients try again after 1, 3
 * and 7 seconds; Node.js has 511. The kernel may have a lower limit (Linux: net.core.somaxconn, 4096).
 */
const LISTEN_BACKLOG = 4096

const WEB_ROOT = fileURLToPath(new URL('../../web/dist/', import.meta.url))

const MS_PER_DAY = 86_400_000

try {
  await run()
} catch (error) {
  process.stderr.write(`roomful: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = error instanceof SettingsError ? EXIT_SETTINGS : EXIT_FAILED
}

async function run(): Promise<void> {
  const invocation = readArgv(process.argv.slice(2))
  if ('file' in invocation) process.stdout.write(await runFileCommand(invocation, settingsOfProcess()))
  else if (invocation.command === 'help') process.stdout.write(helpText())
  else if (invocation.command === 'version') process.stdout.write(`${versionOf()}\n`)
  else await serve(settingsOfProcess())
}

async function serve(settings: Settings): Promise<void> {
  const server = await compose(settings)
  try {
    await listen(server.http, settings)
  } catch (error) {
    await letGo(server)
    throw new Error(listenFault(error, settings), { cause: error })
  }
  drainOnSignals(server, settings)
  const address = server.http.server.address()
  const port = typeof address === 'object' && address !== null ? address.port : settings.port
  server.logger.info('started', { version: versionOf(), node: process.version, host: settings.host, port })
  const running = { settings, version: versionOf(), port, networkAddresses: networkAddresses() }
  process.stdout.write(banner({ ...running, nodeVersion: process.version }))
}

async function compose(settings: Settings): Promise<Server> {
  const logger = createPinoLogger(settings.logLevel)
  const clock = createSystemClock()
  const { store, bus, registry, secret, headWatchMs } = await openData(settings, logger)
  try {
    const hub = createHub({
      store,
      bus,
      registry,
      clock,
      random: createSystemRandom(),
      signer: createHmacSigner(secret),
      logger,
      options: { ...hubOptionsOf(settings), headWatchMs },
    })
    const http = await createHttp({ service: hub, settings, logger, version: versionOf(), webRoot: WEB_ROOT })
    attachWebSockets(http.server, hub, settings, logger, clock)
    return { http, hub, store, bus, registry, logger }
  } catch (error) {
    await closeData({ store, bus, registry })
    throw error
  }
}

function hubOptionsOf(settings: Settings): Partial<HubOptions> {
  const { lang, names, maxConnections, maxConnectionsPerUser, maxRooms, maxMessageBytes, maxFrameBytes } =
    settings
  return {
    lang,
    names,
    maxConnections,
    maxConnectionsPerUser,
    maxConnectionsPerAddress: unlessOff(settings.maxConnectionsPerAddress),
    maxRooms,
    maxMessageBytes,
    maxFrameBytes,
    rateLimit: unlessOff(settings.rateLimit),
    rateBurst: settings.rateBurst,
    heartbeatIntervalMs: settings.heartbeatInterval * 1_000,
    heartbeatTimeoutMs: settings.heartbeatTimeout * 1_000,
    noticesPerSecond: settings.noticesPerSecond,
    signalRoomPeople: settings.signalRoomPeople,
    markerRoomPeople: settings.markerRoomPeople,
    slowTimeoutMs: settings.slowTimeout * 1_000,
    tailBytes: settings.tailBytes,
    retentionEntries:
      unlessOff(settings.retentionMessages) ?? (settings.data === IN_MEMORY ? IN_MEMORY_MESSAGES : null),
    retentionMs: settings.retentionDays === OFF ? null : settings.retentionDays * MS_PER_DAY,
  }
}

function unlessOff(limit: number | typeof OFF): number | null {
  return limit === OFF ? null : limit
}

function listen({ server }: Http, { host, port }: Settings): Promise<void> {
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
  await closeData(server)
  server.logger.flush()
}

/** IPv4 addresses of this machine that others in the network can use. */
function networkAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((addresses = []) =>
    addresses.filter(({ internal, family }) => !internal && family === 'IPv4').map(({ address }) => address),
  )
}

function versionOf(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
