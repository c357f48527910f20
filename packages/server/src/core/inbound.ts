import { refusalOf } from './admission.ts'
import type { Connection } from './connection.ts'
import type { Context } from './context.ts'
import type { ErrorDetails } from './frames.ts'
import type { Excess } from './limits.ts'
import { TokenBucket } from './token-bucket.ts'

/** Refusals by the rate limit that are forgiven: so many at once, so many a second (ER10). */
const REFUSALS = 50
const REFUSALS_PER_SECOND = 5

/** Refused frames that are forgiven: so many at once, so many a second (ER12). */
const ERRORS = 100
const ERRORS_PER_SECOND = 5

/** The id of a message that is refused unread, so that its sender knows which one. */
const CLIENT_ID = /"client_id"\s*:\s*"([0-9a-fA-F-]{36})"/

/** Counts an inbound frame against the rates (LI1). Returns false when it must not be looked at. */
export function admitFrame(context: Context, connection: Connection, text: string, bytes: number): boolean {
  connection.lastActivity = context.wheel.now
  context.counts.framesReceived++
  const { limits } = context
  const excess = limits.takeFrame(connection, bytes)
  if (excess === null) return true
  const client_id = connection.audience.dialect === 'v1' ? CLIENT_ID.exec(text)?.[1] : undefined
  refuseRate(context, connection, excess, { client_id })
  return false
}

/** Refuses what exceeds a rate; who goes on and on is closed (ER10). */
export function refuseRate(
  context: Context,
  connection: Connection,
  excess: Excess,
  ids: ErrorDetails = {},
): void {
  const now = context.clock.monotonic()
  const { code, message, details } = refusalOf(connection.texts, excess)
  connection.refusals ??= new TokenBucket(REFUSALS, now)
  if (connection.refusals.take(now, REFUSALS_PER_SECOND, REFUSALS) > 0)
    connection.close('rate_limited', { code, message, details })
  else {
    connection.refuse(code, message, { ...details, ...ids })
    context.turnQueue.add(connection)
  }
}

/** Counts a frame that was refused for what it says. */
export function countError(context: Context, connection: Connection): void {
  const now = context.clock.monotonic()
  connection.errors ??= new TokenBucket(ERRORS, now)
  if (connection.errors.take(now, ERRORS_PER_SECOND, ERRORS) > 0)
    connection.close('too_many_errors', { code: 'too_many_errors', message: connection.texts.tooManyErrors })
}
