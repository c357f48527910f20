/** How the process ends: what a signal starts, and when it is given up. */
import type { Http } from './adapters/http/app.ts'
import type { Traces } from './adapters/traces/open-traces.ts'
import type { PinoLogger } from './adapters/pino-logger.ts'
import type { DrainReason } from './core/drain-state.ts'
import type { Hub } from './core/hub.ts'
import { closeData, type Data } from './open-data.ts'

export interface Server extends Pick<Data, 'store' | 'bus' | 'registry'> {
  readonly http: Http
  readonly hub: Hub
  readonly logger: PinoLogger
  /** `null` where nobody asks for traces. */
  readonly traces: Traces | null
}

/** In seconds, as the settings say. */
export interface DrainTimes {
  readonly drainDelay: number
  readonly drainTimeout: number
}

/**
 * What sends SIGTERM nearly always starts the server again: an init system, a container platform, a deployment. SIGINT is a person
 * at a terminal. The exit codes are those of a second signal, 128 and its number.
 */
const SIGNALS = {
  SIGINT: { reason: 'shutdown', exitCode: 130 },
  SIGTERM: { reason: 'restart', exitCode: 143 },
} as const satisfies Record<string, { reason: DrainReason; exitCode: number }>

/** Exit code of a process that ends for a fault, or in which something that was said may not have been stored. */
const EXIT_UNFINISHED = 1

/** Share of the drain time-out in which the core is done, at most; in the rest peers answer and requests end. */
const CORE_SHARE = 0.75

/** Milliseconds in which the store closes, after the drain. */
export const FLUSH_WITHIN_MS = 3_000

/** Milliseconds between two looks for HTTP connections that nobody uses any more. */
const IDLE_LOOK_MS = 100

/** The end of a process, which comes once, whoever asks for it first. */
export class Ending {
  readonly #logger: PinoLogger
  #hasBegun = false

  constructor(logger: PinoLogger) {
    this.#logger = logger
  }

  get hasBegun(): boolean {
    return this.#hasBegun
  }

  /** Drains, and ends the process: with 0 when that resolves with true, and with a sentence and `EXIT_UNFINISHED` where there is a `fault`. */
  begin(drain: () => Promise<boolean>, fault: Error | null = null): void {
    if (this.#hasBegun) return
    this.#hasBegun = true
    drain().then(
      (finished) => {
        if (fault !== null) process.stderr.write(`roomful: ${fault.message}\n`)
        process.exit(finished && fault === null ? 0 : EXIT_UNFINISHED)
      },
      async (error: unknown) => {
        this.#logger.error('stop_failed', {}, error)
        await this.#logger.flush()
        process.exit(EXIT_UNFINISHED)
      },
    )
  }
}

/** The first signal drains and ends the process, the second one ends it at once. */
export function drainOnSignals(
  ending: Ending,
  logger: PinoLogger,
  drain: (reason: DrainReason) => Promise<boolean>,
): void {
  for (const [signal, { reason, exitCode }] of Object.entries(SIGNALS)) {
    process.on(signal, () => {
      if (ending.hasBegun) process.exit(exitCode)
      logger.info('draining', { signal })
      ending.begin(() => drain(reason))
    })
  }
}

/** When another process has become this node, everybody is sent elsewhere without delay. */
export function drainWhenReplaced(ending: Ending, server: Server, times: DrainTimes): void {
  void server.hub.replaced.then((error) =>
    ending.begin(() => drainServer(server, { ...times, drainDelay: 0 }, 'restart'), error),
  )
}

/** Resolves with false when something that was said may not be stored. Peers that do not answer are no such thing. */
export async function drainServer(server: Server, times: DrainTimes, reason: DrainReason): Promise<boolean> {
  const { http, hub, logger, traces } = server
  const deadline = performance.now() + times.drainTimeout * 1_000
  const delayMs = times.drainDelay * 1_000
  const withinMs = delayMs + (times.drainTimeout * 1_000 - delayMs) * CORE_SHARE
  const committed = await hub.drain({ reason, delayMs, withinMs })
  // Until here it listens, so that load balancers are told why they shall turn away.
  const ended = new Promise<void>((resolve) => http.server.close(() => resolve()))
  const looks = setInterval(() => http.server.closeIdleConnections(), IDLE_LOOK_MS)
  const allEnded = await inTime(ended, deadline - performance.now())
  clearInterval(looks)
  http.server.closeAllConnections()
  logger.info('stopped', { committed, cut_off: !allEnded })
  const traced = traces?.close()
  const flushed = await inTime(closeData(server), FLUSH_WITHIN_MS)
  await traced
  await logger.flush()
  return committed && flushed
}

/** Whether it was done within so many milliseconds. */
export async function inTime(work: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), Math.max(0, ms))
  })
  const first = await Promise.race([work.then(() => true), late])
  clearTimeout(timer)
  return first
}
