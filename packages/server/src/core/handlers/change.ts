import { ANONYMOUS, canonicalRoom, type ClientMessageOf, EVERYWHERE, PRIVATE_LOG } from '@roomful/protocol'
import type { EntryKind, NewEntry } from '../../ports/store.ts'
import type { Connection, Open } from '../connection.ts'
import type { Context } from '../context.ts'
import { privateLogName } from '../frames.ts'
import { turnRefusal, turnsOf, writeRefusal } from '../moderation/guard.ts'
import { mayWrite } from '../permit.ts'
import { shown } from '../shown.ts'
import { isOfThisLog } from './of-this-log.ts'
import { appendUnless } from './settle.ts'

type Change = ClientMessageOf<'edit' | 'delete' | 'reaction'>

/**
 * Appends an entry about another one. What that is, and whether it may be changed, the store finds out with the commit: so the
 * sender's order is kept, nobody waits, and nothing can come in between.
 */
export function appendChange(
  context: Context,
  connection: Connection,
  open: Open,
  change: Change,
  kind: Exclude<EntryKind, 'message' | 'private'>,
  text: string,
): void {
  const { person } = open
  const { client_id } = change
  const room = change.room === undefined ? open.home : canonicalRoom(change.room)
  const log = logOf(connection, open, room, client_id)
  if (log === null || !isOfThisLog(context, connection, change)) return
  // Whoever is muted may still take back what they said.
  const place = room === PRIVATE_LOG ? EVERYWHERE : room
  // An edit is read by everybody as a message is (MO6); one of a private message is in no room.
  const takesTurn = kind === 'edit' && room !== PRIVATE_LOG
  const turns = takesTurn ? turnsOf(context, connection, room, person) : []
  const refusal =
    kind === 'delete'
      ? null
      : (writeRefusal(context, connection, place) ??
        (takesTurn ? turnRefusal(context, connection, room, turns, connection.audience.lang) : null))
  const at = context.clock.now()
  const entry: NewEntry = {
    log,
    copy: null,
    id: context.nextId(),
    kind,
    author: person.name ?? ANONYMOUS,
    authorId: person.name === null ? null : person.id,
    target: null,
    text,
    timestamp: context.isoClock.at(at),
    at,
    clientId: client_id?.toLowerCase() ?? null,
    about: change.seq,
  }
  appendUnless(context, connection, refusal, client_id, room, entry, () =>
    context.moderation.giveTurnBack(room, turns),
  )
}

/** Name in the store of a log that the connection reads; `null` when it was refused. */
function logOf(
  connection: Connection,
  open: Open,
  room: string,
  client_id: string | undefined,
): string | null {
  const { texts } = connection
  if (room === PRIVATE_LOG) {
    if (open.person.name !== null) return privateLogName(open.person.id)
    connection.refuse('name_required', texts.nameRequired, { field: 'room', client_id })
    return null
  }
  const membership = open.memberships.get(room)
  if (membership !== undefined) return mayWrite(connection, membership, { client_id }) ? room : null
  connection.refuse('not_in_room', texts.notInRoom(shown(room)), {
    field: 'room',
    room: shown(room),
    client_id,
  })
  return null
}
