import { type DestinationStream, destination, pino, stdTimeFunctions } from 'pino'
import type { Fields, Logger } from '../ports/logger.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

export interface PinoLogger extends Logger {
  /** Writes what is still in memory; for the end of the process. */
  flush(): void
}

const STANDARD_ERROR = 2

/** Longest text in a field; what is longer is cut. */
const MAX_FIELD_LENGTH = 1_000

/** Logs JSON lines to standard error, or to `stream`. They are written without blocking the event loop. `base`: fields of every line. */
export function createPinoLogger(
  level: LogLevel,
  { stream, base }: { stream?: DestinationStream; base?: Fields } = {},
): PinoLogger {
  const file = stream === undefined ? destination({ dest: STANDARD_ERROR, sync: false }) : undefined
  const log = pino({ level, base: base ?? null, timestamp: stdTimeFunctions.isoTime }, file ?? stream)
  return {
    debug: (event, fields) => log.debug(shortened(fields), event),
    info: (event, fields) => log.info(shortened(fields), event),
    warn: (event, fields, cause) => log.warn({ ...shortened(fields), err: cause }, event),
    error: (event, fields, cause) => log.error({ ...shortened(fields), err: cause }, event),
    flush: () => file?.flushSync(),
  }
}

function shortened(fields: Fields = {}): Fields {
  const entries = Object.entries(fields).map(([name, value]): [string, Fields[string]] => {
    const isLong = typeof value === 'string' && value.length > MAX_FIELD_LENGTH
    return [name, isLong ? `${value.slice(0, MAX_FIELD_LENGTH)}…` : value]
  })
  return Object.fromEntries(entries)
}
