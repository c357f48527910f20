/** A worker: a node on the data of its parent, or on a database of its own. Started by `workers.ts`, and gone with it. */
import cluster from 'node:cluster'
import { Socket } from 'node:net'
import { WorkerCensus } from './adapters/ipc/census.ts'
import { linkToParent } from './adapters/ipc/parent-link.ts'
import { ALIVE_EVERY_MS } from './adapters/ipc/pulse.ts'
import { createPinoLogger, type PinoLogger } from './adapters/pino-logger.ts'
import { startServer } from './compose.ts'
import type { DrainReason } from './core/drain-state.ts'
import { type Data, HEAD_WATCH_MS, openData } from './open-data.ts'
import { drainServer, drainWhenReplaced, Ending } from './shutdown.ts'
import {
  DATA_PIPE,
  type FromWorker,
  type ParentData,
  type ServeOrder,
  type ToWorker,
} from './worker-messages.ts'

const EXIT_FAILED = 1

// A terminal and a service manager signal all processes of the program; the parent says when this one ends, and `node:cluster` ends it when the parent is gone.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => undefined)

// The parent is gone, which shows here before the end of the channel does.
cluster.worker?.on('error', () => process.exit(EXIT_FAILED))

if (process.send === undefined) throw new Error('This file is started by the program with --workers.')
const tellParent = (message: FromWorker, onTold: () => void = () => {}): void =>
  void process.send?.(message, onTold)

const census = new WorkerCensus((here) => tellParent({ type: 'connections', here }))
let drain: ((reason: DrainReason) => void) | null = null

process.on('message', (message) => hear(message as ToWorker))
tellParent({ type: 'awake' })
setInterval(() => tellParent({ type: 'alive' }), ALIVE_EVERY_MS).unref()

function hear(message: ToWorker): void {
  if (message.type === 'serve') void serve(message)
  else if (message.type === 'elsewhere') census.elsewhere = message.connections
  else drain?.(message.reason)
}

async function serve({ worker, settings, data: parentData }: ServeOrder): Promise<void> {
  const logger = createPinoLogger(settings.logLevel, { base: { worker } })
  try {
    const data = parentData === null ? await openData(settings, logger) : dataOfParent(parentData, logger)
    const { server, port } = await startServer(settings, { data, logger, census })
    const ending = new Ending(logger)
    drain = (reason) => ending.begin(() => drainServer(server, settings, reason))
    drainWhenReplaced(ending, server, settings)
    tellParent({ type: 'ready', port })
  } catch (error) {
    await logger.flush()
    const message = error instanceof Error ? error.message : String(error)
    tellParent({ type: 'failed', message }, () => process.exit(EXIT_FAILED))
  }
}

function dataOfParent({ epoch, node, secret }: ParentData, logger: PinoLogger): Data {
  const link = linkToParent({ stream: new Socket({ fd: DATA_PIPE }), epoch, node, logger })
  return { ...link, secret: Buffer.from(secret, 'base64'), headWatchMs: HEAD_WATCH_MS }
}
