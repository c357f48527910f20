#!/usr/bin/env node
/** The program `roomful`: reads the settings, puts the parts together, serves until it is told to stop. */
import { availableParallelism } from 'node:os'
import { openMetrics } from './adapters/metrics/open-metrics.ts'
import { workerFamilies } from './adapters/metrics/worker-families.ts'
import { createPinoLogger, type PinoLogger } from './adapters/pino-logger.ts'
import { NoDriverError } from './adapters/sqlite/driver.ts'
import { runAskingCommand } from './asking-commands.ts'
import { runFileCommand } from './commands.ts'
import { readArgv } from './config/argv.ts'
import { banner } from './config/banner.ts'
import { SettingsError, source } from './config/error.ts'
import type { SettingsFound } from './config/load.ts'
import { settingsFoundByProcess, settingsOfProcess } from './config/process.ts'
import { namesProxy } from './config/production.ts'
import { helpText, settingsTable, settingsVerdict } from './config/reference.ts'
import { networkAddresses } from './config/network-addresses.ts'
import { OFF } from './config/off.ts'
import { AUTO, type Settings } from './config/settings.ts'
import { growHeapFreely } from './heap.ts'
import { printedToken } from './token-command.ts'
import { openData } from './open-data.ts'
import { drainOnSignals, drainServer, drainWhenReplaced, Ending } from './shutdown.ts'
import { versionOf } from './version.ts'

/** Exit codes: the server could not start; the settings are not usable here, which trying again does not change. */
const EXIT_FAILED = 1
const EXIT_SETTINGS = 2
/** As a shell says of a program that SIGPIPE has ended. */
const EXIT_UNREAD = 141

try {
  await run()
} catch (error) {
  const isUnusable = error instanceof SettingsError || error instanceof NoDriverError
  const exitCode = isUnusable ? EXIT_SETTINGS : EXIT_FAILED
  // Ends also when something that was opened holds on.
  process.stderr.write(`roomful: ${error instanceof Error ? error.message : String(error)}\n`, () =>
    process.exit(exitCode),
  )
}

async function run(): Promise<void> {
  const invocation = readArgv(process.argv.slice(2))
  const serves = 'command' in invocation && invocation.command === 'serve'
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    // Nobody reads on, as behind `head`: a command has nothing left to do, a server has people.
    if (!serves) process.exit(EXIT_UNREAD)
  })
  if ('claims' in invocation) process.stdout.write(await printedToken(invocation.claims, settingsOfProcess()))
  else if ('asked' in invocation) process.exitCode = await runAskingCommand(invocation)
  else if ('file' in invocation) process.stdout.write(await runFileCommand(invocation, settingsOfProcess()))
  else if (invocation.command === 'help') process.stdout.write(helpText())
  else if (invocation.command === 'version') process.stdout.write(`${versionOf()}\n`)
  else if (invocation.command === 'config print')
    process.stdout.write(settingsTable(settingsFoundByProcess()))
  else if (invocation.command === 'config check')
    process.stdout.write(settingsVerdict(settingsFoundByProcess()))
  else await serve(settingsFoundByProcess())
}

async function serve({ settings, origins }: SettingsFound): Promise<void> {
  growHeapFreely()
  const logger = createPinoLogger(settings.logLevel)
  const workers = settings.workers === AUTO ? availableParallelism() : settings.workers
  const port = await portOnceServing(settings, workers, logger)
  const hasProxy = namesProxy(settings, origins.get('trustedProxies') ?? source.fallback)
  const running = {
    settings,
    hasProxy,
    workers,
    version: versionOf(),
    port,
    networkAddresses: networkAddresses(),
  }
  process.stdout.write(banner({ ...running, nodeVersion: process.version }))
}

async function portOnceServing(settings: Settings, workers: number, logger: PinoLogger): Promise<number> {
  try {
    return await (workers === 1 ? serveAlone(settings, logger) : serveTogether(settings, workers, logger))
  } catch (error) {
    await logger.flush()
    throw error
  }
}

/** Resolves with the port, as the other does. Each loads what it needs: the process that owns the data for workers serves nobody. */
async function serveAlone(settings: Settings, logger: PinoLogger): Promise<number> {
  const { startServer } = await import('./compose.ts')
  const metrics = await openMetrics(settings.metrics === OFF)
  metrics.add(() => workerFamilies({ wanted: 1, serving: 1, lost: 0 }))
  const data = await openData(settings, logger, metrics)
  const { server, port } = await startServer(settings, { data, logger, metrics })
  const ending = new Ending(logger)
  drainOnSignals(ending, logger, (reason) => drainServer(server, settings, reason))
  drainWhenReplaced(ending, server, settings)
  return port
}

async function serveTogether(settings: Settings, count: number, logger: PinoLogger): Promise<number> {
  const { openWorkers } = await import('./workers.ts')
  const { started, drain } = await openWorkers(settings, count, logger)
  drainOnSignals(new Ending(logger), logger, drain)
  return await started
}
