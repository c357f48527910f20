import { PRIVATE_LOG } from '@roomful/protocol'
import type { Connection, Open } from './connection.ts'
import type { Context } from './context.ts'
import type { Cursor } from './log.ts'
import { roomStateOf } from './moderation/room-state.ts'
import { partialOf } from './presence-report.ts'
import type { Resume } from './resume.ts'
import type { Membership } from './rooms.ts'

/** WE1-WE7, V1: the first frame of a connection in a room. The list of names is joined in as finished JSON. */
export function welcomeJson(
  context: Context,
  connection: Connection,
  open: Open,
  membership: Membership,
  resume: Resume | null = null,
): string {
  const { texts, heartbeat } = connection
  const { room } = membership
  const { name } = open.person
  const { options } = context
  const message =
    name === null ? texts.welcome : heartbeat ? texts.welcomeHeartbeat(name) : texts.welcomeNamed(name)
  const classic = JSON.stringify({
    type: 'system',
    event: 'welcome',
    message,
    ...(name === null ? null : { username: name }),
    room: room.name,
    connected_count: room.count,
    ...partialOf(context),
    ...(heartbeat ? { heartbeat_interval: options.heartbeatIntervalMs / 1000 } : null),
    ...(connection.audience.dialect === 'v1' ? v1Fields(context, connection, open, membership) : null),
    ...(resume === null ? null : { resume }),
  })
  if (name === null) return classic
  const truncated = room.truncated ? ',"connected_users_truncated":true' : ''
  return `${classic.slice(0, -1)},"connected_users":${room.namesJson()}${truncated}}`
}

/** V9: the answer to the resumption of the private log. */
export function inboxJson(
  context: Context,
  connection: Connection,
  { person }: Open,
  inbox: Cursor,
  resume: Resume,
): string {
  return JSON.stringify({
    type: 'system',
    event: 'welcome',
    message: connection.texts.inboxReady,
    room: PRIVATE_LOG,
    epoch: context.store.epoch,
    head_seq: inbox.log.head,
    read_seq: context.markers.of(person.id, inbox.log.name),
    resume,
  })
}

function v1Fields(
  context: Context,
  connection: Connection,
  open: Open,
  { room, cursor }: Membership,
): object {
  const { options, store, clock, people, markers } = context
  const moderation = roomStateOf(context, connection, room.name)
  return {
    connection_id: connection.id,
    epoch: store.epoch,
    head_seq: cursor.log.head,
    away_users: room.awayNames(),
    ...(open.inbox === null
      ? null
      : {
          resume_token: people.token(open.person) ?? undefined,
          person_id: open.person.id,
          private_head_seq: open.inbox.log.head,
          read_seq: markers.of(open.person.id, room.name),
        }),
    limits: {
      max_message_bytes: options.maxMessageBytes,
      max_frame_bytes: options.maxFrameBytes,
      messages_per_second: options.rateLimit,
      max_rooms: options.maxRooms,
    },
    heartbeat: { interval_ms: options.heartbeatIntervalMs, timeout_ms: options.heartbeatTimeoutMs },
    ...(connection.identity === null
      ? null
      : { token_expires_at: new Date(connection.identity.expiresAt).toISOString() }),
    ...(moderation === null ? null : { moderation }),
    server_time: new Date(clock.now()).toISOString(),
  }
}
