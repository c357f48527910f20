import { checkRoom, type CloseName } from '@roomful/protocol'
import type { Action } from '../ports/grants.ts'
import type { Who } from '../ports/permissions.ts'
import { Refusal } from '../ports/service.ts'
import type { Connection } from './connection.ts'
import type { Context } from './context.ts'
import type { Verdict } from './permissions.ts'
import type { Person } from './person.ts'
import { closedByModeration, hindranceOf, type ModerationRefusal, refusalOf } from './moderation/guard.ts'
import { callerOf, type Marked } from './moderation/marks.ts'
import type { Membership } from './rooms.ts'
import { TEXTS } from './texts.ts'

/** Milliseconds after which whoever asks again may be told what they may. */
const RETRY_MS = 2_000

/** What a request is known by. */
interface RequestIds {
  readonly client_id?: string | undefined
}

/** PE4: whoever is in a room reads it, so both are asked; the verdict is the first that refuses. */
export function entryVerdict({ permissions }: Context, who: Who, room: string): Verdict {
  const verdict = permissions.judge(who, room, 'join')
  return verdict.allowed ? permissions.judge(who, room, 'read') : verdict
}

/** The room that a connection asked for with its upgrade, when it may enter it; otherwise the connection is closed and it is `null`. */
export function roomToEnter(context: Context, connection: Connection, raw: string): string | null {
  const check = checkRoom(raw)
  if (check.ok) return closedAtDoor(context, connection, check.name) ? null : check.name
  const message = connection.texts.invalidRoom
  connection.close('invalid_name', { code: 'invalid_room', message, details: { field: 'room' } })
  return null
}

/** Closes a connection that may not enter the room that it asked for with its upgrade. `person`: once it is known who comes. */
export function closedAtDoor(
  context: Context,
  connection: Connection,
  room: string,
  person: Person | null = null,
): boolean {
  const verdict = entryVerdict(context, connection, room)
  if (!verdict.allowed) closeRefused(connection, verdict, 'join', room, 'invalid_name')
  return !verdict.allowed || (person !== null && closedByModeration(context, connection, room, person))
}

/** Closes a connection that may not do what it is there for; with 1013 when it may only not be told now. */
export function closeRefused(
  connection: Connection,
  { why }: Verdict,
  action: Action,
  room: string,
  name: CloseName,
): void {
  const { texts } = connection
  if (why.source === 'unknown') return closeUnknown(connection)
  const details = { field: 'room', room }
  connection.close(name, { code: 'forbidden', message: texts.notAllowed[action], details })
}

/** What the connection may cannot be told now: it comes back later. */
export function closeUnknown(connection: Connection): void {
  const message = connection.texts.permissionsUnknown
  connection.close('overload', { code: 'unavailable', message, details: { retry_after_ms: RETRY_MS } })
}

/** Refuses a request for what a verdict says. */
export function refuseVerdict(
  connection: Connection,
  { why }: Verdict,
  action: Action,
  room: string,
  { client_id }: RequestIds = {},
): void {
  const { texts } = connection
  if (why.source === 'unknown')
    connection.refuse('unavailable', texts.permissionsUnknown, { room, client_id, retry_after_ms: RETRY_MS })
  else connection.refuse('forbidden', texts.notAllowed[action], { field: 'room', room, client_id })
}

/** PE6: answers whether something may be said in a room that the connection is in; otherwise the request is refused. */
export function mayWrite(connection: Connection, { room, write }: Membership, ids?: RequestIds): boolean {
  if (!write.allowed) refuseVerdict(connection, write, 'write', room.name, ids)
  return write.allowed
}

/** PE5, PE7: the same for whoever has no connection, and for what is read. Throws `Refusal`. */
export function demand(context: Context, who: Who & Partial<Marked>, room: string, action: Action): void {
  demandAllowed(context, who, room, action)
  const marked = { ...callerOf(who.identity, null), ...who }
  // Whoever is banned there does not moderate there.
  const hindrance = hindranceOf(context, marked, room, action === 'moderate' ? 'read' : action)
  if (hindrance !== null) throw thrown(refusalOf(context, context.options.lang, hindrance, room))
}

/** The same without what moderators have done there, which is nothing for those who may not know that there is such a room. */
export function demandAllowed(
  { permissions, options }: Context,
  who: Who,
  room: string,
  action: Action,
): void {
  const { allowed, why } = permissions.judge(who, room, action)
  const texts = TEXTS[options.lang]
  if (why.source === 'unknown')
    throw new Refusal('unavailable', texts.permissionsUnknown, { retryAfterMs: RETRY_MS })
  if (!allowed) throw new Refusal('forbidden', texts.notAllowed[action], { field: 'room' })
}

/** What moderation says, for whoever has no connection. */
export function thrown({ code, message, details }: ModerationRefusal): Refusal {
  const retryAfterMs = details.retry_after_ms
  const { until, reason } = details
  return new Refusal(code, message, {
    field: 'room',
    until,
    reason,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  })
}
