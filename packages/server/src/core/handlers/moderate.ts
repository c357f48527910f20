import { ANONYMOUS, canonicalRoom, type ClientMessageOf, type ErrorCode, EVERYWHERE } from '@roomful/protocol'
import { Refusal } from '../../ports/service.ts'
import { StoreUnavailable } from '../../ports/store.ts'
import type { Connection, Open } from '../connection.ts'
import type { Context } from '../context.ts'
import type { Moderator, Readings } from '../moderation/asked.ts'
import { mayModerate } from '../moderation/guard.ts'
import { sentenceOf } from '../moderation/notice.ts'
import { perform, type Performed } from '../moderation/perform.ts'
import { parseCommand, readingsOf } from '../moderation/slash.ts'
import { MODERATION_TEXTS } from '../moderation/texts.ts'
import { shown } from '../shown.ts'

/** MO1: a moderator does something. Where it is the whole server, it is said of the room that the connection entered first, unless that is said too. */
export function handleModerate(
  context: Context,
  connection: Connection,
  open: Open,
  { type: _type, room: named, client_id, ...asked }: ClientMessageOf<'moderate'>,
): void {
  const room = named === undefined ? open.home : canonicalRoom(named)
  const { said_in = room === EVERYWHERE ? open.home : undefined } = asked
  const readings: Readings = [{ ...asked, room, said_in: said_in && canonicalRoom(said_in) }]
  const onRefused = (refusal: Refusal): void => refuse(connection, readings, client_id, refusal)
  moderate(context, connection, open, { readings, client_id, onRefused })
}

/** MO11: answers whether a text was a moderator's command, and not said. */
export function tookCommand(
  context: Context,
  connection: Connection,
  open: Open,
  room: string,
  { message, client_id: asked }: ClientMessageOf<'message'>,
): boolean {
  if (!message.startsWith('/') || !mayModerate(context, connection, room)) return false
  const command = parseCommand(message)
  if (command === null) return false
  const client_id = connection.audience.dialect === 'v1' ? asked : undefined
  const refuseWritten = (): void => {
    const sentence = MODERATION_TEXTS[connection.audience.lang].usage(command.usage)
    connection.refuse('bad_message', sentence, { field: 'message', client_id })
  }
  const readings = readingsOf(command, room)
  if (readings === null) {
    refuseWritten()
    return true
  }
  const onRefused = (refusal: Refusal): void => {
    if (command.isDoubtful && NOT_KNOWN.has(refusal.code)) refuseWritten()
    else refuse(connection, readings, client_id, refusal)
  }
  moderate(context, connection, open, { readings, client_id, onRefused })
  return true
}

/** With what a name is refused that nobody has. */
const NOT_KNOWN: ReadonlySet<ErrorCode> = new Set(['user_not_found', 'not_found'])

interface Wanted {
  readonly readings: Readings
  readonly client_id: string | undefined
  readonly onRefused: (refusal: Refusal) => void
}

/** What the moderator says meanwhile waits, so it is about what holds then. */
function moderate(
  context: Context,
  connection: Connection,
  { person }: Open,
  { readings, client_id, onRefused }: Wanted,
): void {
  const { identity, marks, address, audience } = connection
  const id = person.name === null ? null : person.id
  const moderator: Moderator = {
    identity,
    marks,
    address,
    name: person.name ?? ANONYMOUS,
    person: id,
    lang: audience.lang,
  }
  connection.holdInput()
  perform(context, moderator, readings, client_id)
    .then(
      (performed) => answer(connection, client_id, performed),
      (error: unknown) => {
        if (error instanceof Refusal) return onRefused(error)
        if (error instanceof StoreUnavailable) return connection.refuseForNow({ client_id })
        context.logger.error('handler_failed', { connection: connection.id }, error)
        connection.close('internal', { code: 'internal', message: connection.texts.internal })
      },
    )
    .finally(() => connection.resumeInput())
}

function answer(connection: Connection, client_id: string | undefined, { act }: Performed): void {
  const { id, room, seq, at } = act
  const timestamp = new Date(at).toISOString()
  const frame =
    client_id === undefined
      ? {
          type: 'confirmation',
          event: 'moderated',
          message: sentenceOf(act, connection.audience.lang),
          room,
          timestamp,
          id,
        }
      : { type: 'ack', client_id, id, room, seq, timestamp, command: true }
  connection.reply(JSON.stringify(frame))
}

function refuse(
  connection: Connection,
  [{ room, target_user }]: Readings,
  client_id: string | undefined,
  { code, message, field }: Refusal,
): void {
  const whom =
    code === 'user_not_found' && target_user !== undefined ? { target_user: shown(target_user) } : null
  const where = field === 'room' ? { room: shown(room) } : null
  connection.refuse(code, message, { field, ...where, ...whom, client_id })
}
