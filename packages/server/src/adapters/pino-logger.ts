import type { Writable } from 'node:stream'
import { pino, stdTimeFunctions } from 'pino'
import type { Fields, Logger } from '../ports/logger.ts'
import { loggedError } from './logged-error.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

export interface PinoLogger extends Logger {
  /** Resolves when what is still in memory was written or cannot be, after a second at the latest; for the end of the process. */
  flush(): Promise<void>
}

/** Bytes that wait for a reader who is slow; beyond it lines are lost. */
const MAX_WAITING_BYTES = 1024 * 1024

const FLUSH_WITHIN_MS = 1_000

/** Longest text in a field; what is longer is cut. */
const MAX_FIELD_LENGTH = 1_000

/** Logs JSON lines to standard error, or to `stream`; what cannot be written is lost, and nobody waits for it. `base`: fields of every line. */
export function createPinoLogger(
  level: LogLevel,
  { stream = process.stderr, base }: { stream?: Writable; base?: Fields } = {},
): PinoLogger {
  // Nobody may be left who reads it. pino's own destination tries again for ever when it flushes, also while the process exits.
  stream.on('error', () => undefined)
  const lines = {
    write(line: string) {
      if (stream.writableLength < MAX_WAITING_BYTES) attempt(() => stream.write(line))
    },
  }
  const log = pino(
    { level, base: base ?? null, timestamp: stdTimeFunctions.isoTime, serializers: { err: loggedError } },
    lines,
  )
  return {
    debug: (event, fields) => {
      if (log.isLevelEnabled('debug')) log.debug(shortened(fields), event)
    },
    info: (event, fields) => log.info(shortened(fields), event),
    warn: (event, fields, cause) => log.warn({ ...shortened(fields), err: cause }, event),
    error: (event, fields, cause) => log.error({ ...shortened(fields), err: cause }, event),
    flush: () => written(stream),
  }
}

/** A file is written at once, and a full disk may show as an exception. */
function attempt(write: () => void): void {
  try {
    write()
  } catch {
    // There is no other place to tell it.
  }
}

function written(stream: Writable): Promise<void> {
  if (stream.writableLength === 0) return Promise.resolve()
  return new Promise((resolve) => {
    const late = setTimeout(resolve, FLUSH_WITHIN_MS)
    attempt(() =>
      stream.write('', () => {
        clearTimeout(late)
        resolve()
      }),
    )
  })
}

function shortened(fields: Fields = {}): Fields {
  const entries = Object.entries(fields).map(([name, value]): [string, Fields[string]] => {
    const isLong = typeof value === 'string' && value.length > MAX_FIELD_LENGTH
    return [name, isLong ? `${value.slice(0, MAX_FIELD_LENGTH)}…` : value]
  })
  return Object.fromEntries(entries)
}
