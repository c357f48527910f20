import type { CloseName, ErrorCode } from '@roomful/protocol'
import type { Connection, Open } from './connection.ts'
import type { Context } from './context.ts'
import { type ErrorDetails, errorJson } from './frames.ts'
import { closeRefused, entryVerdict } from './permit.ts'
import type { Verdict } from './permissions.ts'
import type { Membership } from './rooms.ts'

/** Why somebody is put out, in the client's language, and with which close where it is one. */
interface PutOut {
  readonly code: ErrorCode
  readonly message: string
  readonly details?: ErrorDetails
  readonly close: CloseName
}

/** The answer to whoever has left a room, or been put out of it. */
export function leftJson({ clock }: Context, { texts }: Connection, room: string): string {
  return JSON.stringify({
    type: 'confirmation',
    event: 'left',
    message: texts.roomLeft(room),
    room,
    timestamp: new Date(clock.now()).toISOString(),
  })
}

/**
 * Takes a connection out of a room in which it must not be any more: it is told why, and that it has left. Out of the room that it came for it goes with a close, since
 * it would come back to that one.
 */
export function putOut(
  context: Context,
  connection: Connection,
  open: Open,
  membership: Membership,
  { code, message, details: more, close }: PutOut,
): void {
  const { room } = membership
  const details = { field: 'room', room: room.name, ...more }
  if (room.name === open.home) return connection.close(close, { code, message, details })
  open.memberships.delete(room.name)
  context.rooms.exit(membership, open.person)
  connection.reply(errorJson(code, message, details))
  connection.reply(leftJson(context, connection, room.name))
}

/**
 * PE8: what a connection may do is judged again, because its token, the rules or the answer of the hook have changed. Where a hook does not answer any more, who
 * reads goes on to read, and writes nothing.
 */
export function judgeAgain(context: Context, connection: Connection): void {
  const { permissions } = context
  const { state } = connection
  if (state.phase === 'listening') {
    const room = state.cursor.log.name
    const verdict = permissions.judge(connection, room, 'read')
    if (isTakenAway(verdict)) closeRefused(connection, verdict, 'read', room, 'revoked')
  } else if (state.phase === 'open') {
    const { read: message } = connection.texts.notAllowed
    const refusal = { code: 'forbidden', message, close: 'revoked' } as const
    for (const [room, membership] of [...state.memberships]) {
      membership.write = permissions.judge(connection, room, 'write')
      if (isTakenAway(entryVerdict(context, connection, room)))
        putOut(context, connection, state, membership, refusal)
      if (!connection.live) return
    }
  }
}

function isTakenAway({ allowed, why }: Verdict): boolean {
  return !allowed && why.source !== 'unknown'
}
