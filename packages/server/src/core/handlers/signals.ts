/** What people do at this moment (V16-V18). Nothing of it is stored. */
import { canonicalRoom, type ClientMessageOf, EVERYWHERE, PRIVATE_LOG } from '@roomful/protocol'
import type { Bearer } from '../../ports/registry.ts'
import { withBearer } from '../bearer.ts'
import type { Connection, Open } from '../connection.ts'
import type { Context } from '../context.ts'
import { privateLogName } from '../frames.ts'
import { tellMarker } from '../hearing.ts'
import { hindranceOf } from '../moderation/guard.ts'
import { mayWrite } from '../permit.ts'
import type { Person } from '../person.ts'
import { tellPresence } from '../presence.ts'
import type { Membership } from '../rooms.ts'
import { shown } from '../shown.ts'

/** V16: somebody is writing, in a room or to one person. */
export function handleTyping(
  context: Context,
  connection: Connection,
  open: Open,
  typing: ClientMessageOf<'typing'>,
): void {
  const { person } = open
  if (typing.target_user !== undefined) return typeTo(context, connection, open, typing.target_user)
  const membership = membershipOf(connection, open, typing.room)
  if (membership === null || membership.room.count > context.options.signalRoomPeople) return
  if (hindranceOf(context, connection, membership.room.name, 'write') !== null) return
  tellTyping(context, membership.room.name, person)
}

function tellTyping(context: Context, log: string, { id, name }: Person): void {
  context.signals.typing(log, id, name)
  context.cluster?.signals.tell({ kind: 'typing', log, person: id, name })
}

function typeTo(context: Context, connection: Connection, { person }: Open, name: string): void {
  const { texts } = connection
  if (person.name === null)
    return connection.refuse('name_required', texts.nameRequired, { field: 'target_user' })
  const tell = (target: Bearer | null): void => {
    if (target === null)
      return connection.refuse('user_not_found', texts.userNotFound(shown(name)), {
        target_user: shown(name),
      })
    if (hindranceOf(context, connection, EVERYWHERE, 'write') === null)
      tellTyping(context, privateLogName(target.person), person)
  }
  withBearer(context, connection, name, tell)
}

/** V17: somebody has read up to an entry. */
export function handleRead(
  context: Context,
  connection: Connection,
  open: Open,
  { room: name, seq }: ClientMessageOf<'read'>,
): void {
  const { texts } = connection
  const { person, inbox } = open
  if (person.name === null || inbox === null)
    return connection.refuse('name_required', texts.markersNeedName, { field: 'room' })
  const membership = name === PRIVATE_LOG ? null : membershipOf(connection, open, name)
  if (name !== PRIVATE_LOG && membership === null) return
  const { log } = membership === null ? inbox : membership.cursor
  if (seq > log.head) return connection.refuse('not_found', texts.noSuchMessage, { field: 'seq' })
  if (!context.markers.raise(person.id, log.name, seq)) return
  const read = { log: log.name, person: person.id, name: person.name, seq }
  tellMarker(context, read)
  context.cluster?.signals.tell({ kind: 'read', ...read })
}

/** V18: nobody looks at this connection, or somebody does again. */
export function handleAway(
  context: Context,
  connection: Connection,
  open: Open,
  { away }: ClientMessageOf<'away'>,
): void {
  const { person } = open
  if (person.name === null)
    return connection.refuse('name_required', connection.texts.presenceNeedsName, { field: 'away' })
  if (away === open.away) return
  open.away = away
  person.awayConnections += away ? 1 : -1
  tellPresence(context, person)
}

/** The room that is meant, by default the one that the connection entered first; `null` when it was refused. */
function membershipOf(connection: Connection, open: Open, name: string | undefined): Membership | null {
  const room = name === undefined ? open.home : canonicalRoom(name)
  const membership = open.memberships.get(room)
  if (membership !== undefined) return mayWrite(connection, membership) ? membership : null
  connection.refuse('not_in_room', connection.texts.notInRoom(shown(room)), {
    field: 'room',
    room: shown(room),
  })
  return null
}
