import { canonicalRoom, type ClientMessageOf, PRIVATE_LOG } from '@roomful/protocol'
import type { Connection, Open } from '../connection.ts'
import type { Context } from '../context.ts'
import { privateLogName } from '../frames.ts'
import { DEFAULT_HISTORY_PAGE, readHistory } from '../history.ts'
import { statusOf } from '../presence-report.ts'
import { shown } from '../shown.ts'

/** ST1: who is in a room one is in. */
export function handleStatus(
  context: Context,
  connection: Connection,
  open: Open,
  status: ClientMessageOf<'status'>,
): void {
  const room = status.room === undefined ? open.home : canonicalRoom(status.room)
  if (!open.memberships.has(room))
    return connection.refuse('not_in_room', connection.texts.notInRoom(shown(room)), {
      field: 'room',
      room: shown(room),
    })
  connection.reply(JSON.stringify({ type: 'status', room, ...statusOf(context, room) }))
}

/** HB3. */
export function handleHeartbeat(context: Context, connection: Connection): void {
  connection.reply(`{"type":"heartbeat_ack","timestamp":"${new Date(context.clock.now()).toISOString()}"}`)
}

/** HB2: a pong was activity already when it arrived. */
export function handlePong(): void {}

/** V5: a page of a log. One is read after the other, so that a peer which takes none cannot have many made. */
export function handleHistory(
  context: Context,
  connection: Connection,
  open: Open,
  request: ClientMessageOf<'history'>,
): void {
  const { texts } = connection
  const { request_id } = request
  const room = request.room === undefined ? open.home : canonicalRoom(request.room)
  const own = room === PRIVATE_LOG && open.person.name !== null
  if (!own && !open.memberships.has(room))
    return connection.refuse('not_in_room', texts.notInRoom(shown(room)), {
      field: 'room',
      room: shown(room),
      request_id,
    })
  if (request.before !== undefined && request.after !== undefined)
    return connection.refuse('bad_message', texts.field('before'), { field: 'before', request_id })
  const range =
    request.after === undefined ? { before: request.before ?? Infinity } : { after: request.after }
  const log = own ? privateLogName(open.person.id) : room
  connection.holdInput()
  const read = readHistory(context.store, log, range, request.limit ?? DEFAULT_HISTORY_PAGE).then(
    (page) =>
      connection.reply(
        `{"type":"history","room":${JSON.stringify(room)},"epoch":${JSON.stringify(context.store.epoch)},"first_available":${page.first},"head_seq":${page.head},` +
          `"complete":${page.complete}${request_id === undefined ? '' : `,"request_id":${JSON.stringify(request_id)}`},` +
          `"entries":[${page.frames.join(',')}]}`,
      ),
    (error: unknown) => {
      context.logger.warn('history_failed', { connection: connection.id }, error)
      connection.refuseForNow({ room, request_id })
    },
  )
  void read.finally(() => connection.resumeInput())
}
