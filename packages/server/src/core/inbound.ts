import type { Connection } from './connection.ts'
import type { Context } from './context.ts'
import { TokenBucket } from './token-bucket.ts'

/** Refusals by the rate limit that are forgiven: so many at once, so many a second (ER10). */
const REFUSALS = 50
const REFUSALS_PER_SECOND = 5

/** Refused frames that are forgiven: so many at once, so many a second (ER12). */
const ERRORS = 100
const ERRORS_PER_SECOND = 5

/** The id of a message that is refused unread, so that its sender knows which one. */
const CLIENT_ID = /"client_id"\s*:\s*"([0-9a-fA-F-]{36})"/

/** Counts an inbound frame against the connection's rate. Returns false when it must not be looked at. */
export function admitFrame(context: Context, connection: Connection, text = ''): boolean {
  connection.lastActivity = context.wheel.now
  context.counts.framesReceived++
  const { rateLimit, rateBurst } = context.options
  if (rateLimit === null) return true
  const now = context.clock.monotonic()
  connection.bucket ??= new TokenBucket(rateBurst, now)
  const waitMs = connection.bucket.take(now, rateLimit, rateBurst)
  if (waitMs === 0) return true
  const { texts } = connection
  connection.refusals ??= new TokenBucket(REFUSALS, now)
  if (connection.refusals.take(now, REFUSALS_PER_SECOND, REFUSALS) > 0)
    connection.close('rate_limited', { code: 'rate_limited', message: texts.rateLimited })
  else {
    const client_id = connection.audience.dialect === 'v1' ? CLIENT_ID.exec(text)?.[1] : undefined
    connection.refuse('rate_limited', texts.rateLimited, { retry_after_ms: waitMs, client_id })
  }
  return false
}

/** Counts a frame that was refused for what it says. */
export function countError(context: Context, connection: Connection): void {
  const now = context.clock.monotonic()
  connection.errors ??= new TokenBucket(ERRORS, now)
  if (connection.errors.take(now, ERRORS_PER_SECOND, ERRORS) > 0)
    connection.close('too_many_errors', { code: 'too_many_errors', message: connection.texts.tooManyErrors })
}
