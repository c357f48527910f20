import { canonicalRoom, checkRoom, type ClientMessageOf, PRIVATE_LOG } from '@roomful/protocol'
import type { Connection, Open } from '../connection.ts'
import type { Context } from '../context.ts'
import type { Log } from '../log.ts'
import { entryRefusal } from '../moderation/guard.ts'
import { entryVerdict, refuseVerdict } from '../permit.ts'
import { leftJson } from '../put-out.ts'
import { resumeOf, type Since } from '../resume.ts'
import type { Membership } from '../rooms.ts'
import { shown } from '../shown.ts'
import { inboxJson, welcomeJson } from '../welcome.ts'

/** RO2, V8, V9: one more room on this connection; or a log that it reads already, read again from where the client stands. */
export function handleJoin(
  context: Context,
  connection: Connection,
  open: Open,
  join: ClientMessageOf<'join'>,
): void {
  const { texts } = connection
  const since = connection.audience.dialect === 'v1' ? (join.since ?? null) : null
  if (join.room === PRIVATE_LOG && since !== null && open.inbox !== null)
    return resumeOpen(context, connection, open, open.inbox.log, since, () =>
      resumeInbox(context, connection, open, since),
    )
  const check = checkRoom(join.room)
  if (!check.ok)
    return connection.refuse('invalid_room', texts.invalidRoom, { field: 'room', room: shown(join.room) })
  const known = open.memberships.get(check.name)
  if (known)
    return since === null
      ? connection.reply(welcomeJson(context, connection, open, known))
      : resumeOpen(context, connection, open, known.cursor.log, since, () =>
          resumeRoom(context, connection, open, known, since),
        )
  const { maxRooms } = context.options
  if (open.memberships.size >= maxRooms)
    return connection.refuse('too_many_rooms', texts.tooManyRooms(maxRooms), {
      field: 'room',
      room: check.name,
    })
  if (!mayEnter(context, connection, open, check.name)) return
  if (context.limits.hasNoRoomFor(open.person, check.name))
    return connection.refuse(
      'too_many_rooms',
      texts.tooManyRoomsOfUser(context.options.maxRoomsPerUser ?? 0),
      { field: 'room', room: check.name },
    )
  enterRoom(context, connection, open, check.name, since)
}

/** PE4, PE7: asked before anything is looked up, so the refusal of a room that exists is that of one that does not. */
function mayEnter(context: Context, connection: Connection, { person }: Open, room: string): boolean {
  const verdict = entryVerdict(context, connection, room)
  if (!verdict.allowed) {
    refuseVerdict(connection, verdict, 'join', room)
    return false
  }
  const refusal = entryRefusal(context, connection, room, person)
  if (refusal !== null) connection.refuse(refusal.code, refusal.message, refusal.details)
  return refusal === null
}

function enterRoom(
  context: Context,
  connection: Connection,
  open: Open,
  name: string,
  since: Since | null,
): void {
  // What the client says behind its `join` may be meant for that room, so it waits.
  connection.holdInput()
  context.logs.open(name, reachOf(context, since)).then(
    (log) => {
      if (connection.state === open && mayEnter(context, connection, open, name)) {
        const resume = since === null ? null : resumeOf(log, since, context.store.epoch)
        const after = resume?.outcome === 'full' ? resume.after : null
        const write = context.permissions.judge(connection, name, 'write')
        const membership = context.rooms.enter(log, open.person, connection, write, after)
        open.memberships.set(log.name, membership)
        context.grace.returned(open.person, membership.room)
        connection.reply(welcomeJson(context, connection, open, membership, resume))
        if (after !== null) context.fanOut.begin(membership.cursor)
      }
      context.logs.release(log)
      connection.resumeInput()
    },
    (error: unknown) => {
      context.logger.warn('join_failed', { connection: connection.id }, error)
      connection.refuseForNow({ room: name })
      connection.resumeInput()
    },
  )
}

/** How far a log must reach to know whether `since` is a place in it. */
function reachOf(context: Context, since: Since | null): number {
  return since?.epoch === context.store.epoch ? since.seq : 0
}

/** Resumes a log that the connection reads already: at once, or when it has been read on as far as `since`. */
function resumeOpen(
  context: Context,
  connection: Connection,
  open: Open,
  log: Log,
  since: Since,
  resume: () => void,
): void {
  const upTo = reachOf(context, since)
  if (upTo <= log.head) return resume()
  connection.holdInput()
  context.logs.reach(log, upTo).then(
    () => {
      if (connection.state === open) resume()
      connection.resumeInput()
    },
    (error: unknown) => {
      context.logger.warn('resume_failed', { connection: connection.id }, error)
      connection.refuseForNow({ room: log.wireName })
      connection.resumeInput()
    },
  )
}

function resumeRoom(
  context: Context,
  connection: Connection,
  open: Open,
  membership: Membership,
  since: Since,
): void {
  const { log } = membership.cursor
  const resume = resumeOf(log, since, context.store.epoch)
  connection.reply(welcomeJson(context, connection, open, membership, resume))
  if (resume.outcome === 'gap') return
  membership.cursor = log.reopenAfter(membership.cursor, resume.after)
  context.fanOut.begin(membership.cursor)
}

function resumeInbox(context: Context, connection: Connection, open: Open, since: Since): void {
  const { inbox } = open
  if (inbox === null) return
  const resume = resumeOf(inbox.log, since, context.store.epoch)
  connection.reply(inboxJson(context, connection, open, inbox, resume))
  if (resume.outcome === 'gap') return
  open.inbox = inbox.log.reopenAfter(inbox, resume.after)
  context.fanOut.begin(open.inbox)
}

/** RO3: out of a room; the connection stays. */
export function handleLeave(
  context: Context,
  connection: Connection,
  open: Open,
  leave: ClientMessageOf<'leave'>,
): void {
  const name = canonicalRoom(leave.room)
  const membership = open.memberships.get(name)
  if (!membership)
    return connection.refuse('not_in_room', connection.texts.notInRoom(shown(name)), {
      field: 'room',
      room: shown(name),
    })
  open.memberships.delete(name)
  context.rooms.exit(membership, open.person)
  connection.reply(leftJson(context, connection, name))
}
