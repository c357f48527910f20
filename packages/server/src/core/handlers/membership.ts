import { checkRoom, type ClientMessageOf } from '@roomful/protocol'
import type { Connection, Open } from '../connection.ts'
import type { Context } from '../context.ts'
import { shown } from '../shown.ts'
import { welcomeJson } from '../welcome.ts'

/** RO2: one more room on this connection. */
export function handleJoin(
  context: Context,
  connection: Connection,
  open: Open,
  join: ClientMessageOf<'join'>,
): void {
  const { texts } = connection
  const check = checkRoom(join.room)
  if (!check.ok)
    return connection.refuse('invalid_room', texts.invalidRoom, { field: 'room', room: shown(join.room) })
  const known = open.memberships.get(check.name)
  if (known) return connection.reply(welcomeJson(context, connection, open, known))
  const { maxRooms } = context.options
  if (open.memberships.size >= maxRooms)
    return connection.refuse('too_many_rooms', texts.tooManyRooms(maxRooms), {
      field: 'room',
      room: check.name,
    })
  // What the client says behind its `join` may be meant for that room, so it waits.
  connection.holdInput()
  context.logs.open(check.name).then(
    (log) => {
      if (connection.state === open) {
        const membership = context.rooms.enter(log, open.person, connection)
        open.memberships.set(log.name, membership)
        connection.reply(welcomeJson(context, connection, open, membership))
      }
      context.logs.release(log)
      connection.resumeInput()
    },
    (error: unknown) => {
      context.logger.warn('join_failed', { connection: connection.id }, error)
      connection.refuse('unavailable', texts.unavailable, { room: check.name, retry_after_ms: 1000 })
      connection.resumeInput()
    },
  )
}

/** RO3: out of a room; the connection stays. */
export function handleLeave(
  context: Context,
  connection: Connection,
  open: Open,
  leave: ClientMessageOf<'leave'>,
): void {
  const name = leave.room.normalize('NFC')
  const membership = open.memberships.get(name)
  if (!membership)
    return connection.refuse('not_in_room', connection.texts.notInRoom(shown(name)), {
      field: 'room',
      room: shown(name),
    })
  open.memberships.delete(name)
  context.rooms.exit(membership, open.person)
  connection.reply(
    JSON.stringify({
      type: 'confirmation',
      event: 'left',
      message: connection.texts.roomLeft(name),
      room: name,
      timestamp: new Date(context.clock.now()).toISOString(),
    }),
  )
}
