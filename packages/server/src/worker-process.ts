/** A worker: a node on the data of its parent, or on a database of its own. Started by `workers.ts`, and gone with it. */
import cluster from 'node:cluster'
import { Socket } from 'node:net'
import { WorkerCensus } from './adapters/ipc/census.ts'
import { linkToParent } from './adapters/ipc/parent-link.ts'
import { ALIVE_EVERY_MS } from './adapters/ipc/pulse.ts'
import { Questions } from './adapters/ipc/questions.ts'
import { openMetrics, type ServerMetrics } from './adapters/metrics/open-metrics.ts'
import type { Collected } from './adapters/metrics/process-metrics.ts'
import { createPinoLogger, type PinoLogger } from './adapters/pino-logger.ts'
import { startServer } from './compose.ts'
import { OFF } from './config/off.ts'
import type { DrainReason } from './core/drain-state.ts'
import { growHeapFreely } from './heap.ts'
import { type Data, HEAD_WATCH_MS, openData } from './open-data.ts'
import { Refusal } from './ports/service.ts'
import { drainServer, drainWhenReplaced, Ending } from './shutdown.ts'
import {
  DATA_PIPE,
  type FromWorker,
  type ParentData,
  type ServeOrder,
  type ToWorker,
} from './worker-messages.ts'

const EXIT_FAILED = 1

/** Milliseconds in which the parent has asked all workers for their metrics. */
const GATHERED_WITHIN_MS = 3_000

// A terminal and a service manager signal all processes of the program; the parent says when this one ends, and `node:cluster` ends it when the parent is gone.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => undefined)

// The parent is gone, which shows here before the end of the channel does.
cluster.worker?.on('error', () => process.exit(EXIT_FAILED))

if (process.send === undefined) throw new Error('This file is started by the program with --workers.')
const tellParent = (message: FromWorker, onTold: () => void = () => {}): void =>
  void process.send?.(message, onTold)

const census = new WorkerCensus((here) => tellParent({ type: 'connections', here }))
const gathering = new Questions<readonly (readonly Collected[])[]>(GATHERED_WITHIN_MS)
let numbers: ServerMetrics | null = null
let drain: ((reason: DrainReason) => void) | null = null

process.on('message', (message) => hear(message as ToWorker))
tellParent({ type: 'awake' })
setInterval(() => tellParent({ type: 'alive' }), ALIVE_EVERY_MS).unref()

function hear(message: ToWorker): void {
  if (message.type === 'serve') void serve(message)
  else if (message.type === 'elsewhere') census.elsewhere = message.connections
  else if (message.type === 'collect') void tellMetrics(message.number)
  else if (message.type === 'gathered') gathering.answered(message.number, message.processes)
  else drain?.(message.reason)
}

async function tellMetrics(number: number): Promise<void> {
  tellParent({ type: 'collected', number, families: (await numbers?.collect()) ?? [] })
}

async function gather(): Promise<readonly (readonly Collected[])[]> {
  const processes = await gathering.ask((number) => tellParent({ type: 'gather', number }))
  if (processes === null) throw new Refusal('unavailable', 'The parent process does not answer.')
  return processes
}

async function serve({ worker, settings, data: parentData }: ServeOrder): Promise<void> {
  growHeapFreely()
  const logger = createPinoLogger(settings.logLevel, { base: { worker } })
  try {
    const metrics = await openMetrics(settings.metrics === OFF)
    numbers = metrics
    const data =
      parentData === null
        ? await openData(settings, logger, metrics)
        : dataOfParent(parentData, logger, metrics)
    const { server, port } = await startServer(settings, { data, logger, metrics, gather, census })
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

function dataOfParent({ epoch, node, secret }: ParentData, logger: PinoLogger, metrics: ServerMetrics): Data {
  const link = linkToParent({ stream: new Socket({ fd: DATA_PIPE }), epoch, node, logger, metrics })
  return { ...link, secret: Buffer.from(secret, 'base64'), headWatchMs: HEAD_WATCH_MS }
}
