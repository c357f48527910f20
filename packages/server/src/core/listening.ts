import { checkRoom } from '@roomful/protocol'
import type { Attach } from '../ports/service.ts'
import type { Connection } from './connection.ts'
import type { Context } from './context.ts'
import type { Log } from './log.ts'
import { hindranceOf, refusalOf } from './moderation/guard.ts'
import { closeRefused } from './permit.ts'
import { partialOf } from './presence-report.ts'
import { type Resume, resumeOf } from './resume.ts'

type EventsAttach = Extract<Attach, { endpoint: 'events' }>

const RETRY = { retry_after_ms: 5_000 }

/** SS1-SS6: a cursor on a room's log for somebody who only listens and is nobody in the room. */
export async function listen(context: Context, connection: Connection, request: EventsAttach): Promise<void> {
  const { logs, logger } = context
  const { texts } = connection
  const room = checkRoom(request.room)
  if (!room.ok) {
    const refusal = { code: 'invalid_room', message: texts.invalidRoom, details: { field: 'room' } } as const
    return connection.close('invalid_name', refusal)
  }
  if (isRefused(context, connection, room.name)) return
  let log: Log
  try {
    log = await logs.open(room.name, request.since?.epoch === context.store.epoch ? request.since.seq : 0)
  } catch (error) {
    logger.warn('open_failed', { connection: connection.id }, error)
    return connection.close('overload', {
      code: 'unavailable',
      message: texts.unavailable,
      details: RETRY,
    })
  }
  if (connection.state.phase === 'opening' && !isRefused(context, connection, room.name))
    openCursor(context, connection, log, request)
  logs.release(log)
}

function isRefused(context: Context, connection: Connection, room: string): boolean {
  const verdict = context.permissions.judge(connection, room, 'read')
  if (!verdict.allowed) {
    closeRefused(connection, verdict, 'read', room, 'invalid_name')
    return true
  }
  const hindrance = hindranceOf(context, connection, room, 'read')
  if (hindrance !== null)
    connection.close('banned', refusalOf(context, connection.audience.lang, hindrance, room))
  return hindrance !== null
}

function openCursor(context: Context, connection: Connection, log: Log, { since }: EventsAttach): void {
  const resume = since === null ? null : resumeOf(log, since, context.store.epoch)
  const after = resume?.outcome === 'full' ? resume.after : log.head
  const cursor = after === log.head ? log.open(connection) : log.openAfter(connection, after)
  connection.state = { phase: 'listening', cursor }
  // Each number is that of the last entry before what follows: whoever is cut off here comes back to the same place.
  connection.reply(welcomeJson(context, connection, log, resume), after)
  if (resume?.outcome === 'gap') connection.reply(gapJson(context, log, resume.first_available), after)
  if (after !== log.head) context.fanOut.begin(cursor)
}

function welcomeJson(context: Context, connection: Connection, log: Log, resume: Resume | null): string {
  return JSON.stringify({
    type: 'system',
    event: 'welcome',
    message: connection.texts.welcome,
    room: log.name,
    connected_count: context.rooms.get(log.name)?.count ?? 0,
    ...partialOf(context),
    epoch: context.store.epoch,
    head_seq: log.head,
    ...(resume === null ? null : { resume }),
  })
}

function gapJson({ store }: Context, log: Log, first_available: number): string {
  const { name: room, head: head_seq } = log
  return JSON.stringify({ type: 'gap', room, epoch: store.epoch, first_available, head_seq })
}
