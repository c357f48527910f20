import { checkRoom } from '@roomful/protocol'
import type { Action } from '../ports/grants.ts'
import type { Who } from '../ports/permissions.ts'
import { Refusal } from '../ports/service.ts'
import type { Connection } from './connection.ts'
import type { Context } from './context.ts'
import type { Verdict } from './permissions.ts'
import type { Membership } from './rooms.ts'
import { TEXTS } from './texts.ts'

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

/** Closes a connection that may not enter the room that it asked for with its upgrade. */
export function closedAtDoor(context: Context, connection: Connection, room: string): boolean {
  if (entryVerdict(context, connection, room).allowed) return false
  connection.close('invalid_name', {
    code: 'forbidden',
    message: connection.texts.notAllowed.join,
    details: { field: 'room', room },
  })
  return true
}

/** PE6: answers whether something may be said in a room that the connection is in; otherwise the request is refused. */
export function mayWrite(
  connection: Connection,
  { room, write }: Membership,
  { client_id }: RequestIds = {},
): boolean {
  if (write.allowed) return true
  const details = { field: 'room', room: room.name, client_id }
  connection.refuse('forbidden', connection.texts.notAllowed.write, details)
  return false
}

/** PE5, PE7: the same for whoever has no connection, and for what is read. Throws `Refusal`. */
export function demand({ permissions, options }: Context, who: Who, room: string, action: Action): void {
  if (permissions.judge(who, room, action).allowed) return
  throw new Refusal('forbidden', TEXTS[options.lang].notAllowed[action], { field: 'room' })
}
