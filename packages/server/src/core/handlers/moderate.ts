import { ANONYMOUS, canonicalRoom, type ClientMessageOf } from '@roomful/protocol'
import type { ModerationRequest } from '../../ports/moderation.ts'
import { Refusal } from '../../ports/service.ts'
import { StoreUnavailable } from '../../ports/store.ts'
import type { Connection, Open } from '../connection.ts'
import type { Context } from '../context.ts'
import { mayModerate } from '../moderation/guard.ts'
import { sentenceOf } from '../moderation/notice.ts'
import { perform, type Performed } from '../moderation/perform.ts'
import type { Moderator } from '../moderation/request.ts'
import { parseCommand, requestOf } from '../moderation/slash.ts'
import { MODERATION_TEXTS } from '../moderation/texts.ts'
import { shown } from '../shown.ts'

/** MO1: a moderator does something. */
export function handleModerate(
  context: Context,
  connection: Connection,
  open: Open,
  { type: _type, room, ...asked }: ClientMessageOf<'moderate'>,
): void {
  moderate(context, connection, open, {
    ...asked,
    room: room === undefined ? open.home : canonicalRoom(room),
  })
}

/** MO11: answers whether a text was a moderator's command, and not said. */
export function tookCommand(
  context: Context,
  connection: Connection,
  open: Open,
  room: string,
  { message, client_id }: ClientMessageOf<'message'>,
): boolean {
  if (!message.startsWith('/') || !mayModerate(context, connection, room)) return false
  const command = parseCommand(message)
  if (command === null) return false
  const id = connection.audience.dialect === 'v1' ? client_id : undefined
  if (command.kind === 'command') {
    moderate(context, connection, open, requestOf(command.asked, room, id))
    return true
  }
  const sentence = MODERATION_TEXTS[connection.audience.lang].usage(command.usage)
  connection.refuse('bad_message', sentence, { field: 'message', client_id: id })
  return true
}

/** What the moderator says meanwhile waits, so it is about what holds then. */
function moderate(
  context: Context,
  connection: Connection,
  { person }: Open,
  request: ModerationRequest,
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
  perform(context, moderator, request)
    .then(
      (performed) => answer(connection, request, performed),
      (error: unknown) => refuse(context, connection, request, error),
    )
    .finally(() => connection.resumeInput())
}

function answer(connection: Connection, { client_id }: ModerationRequest, { act }: Performed): void {
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

function refuse(context: Context, connection: Connection, request: ModerationRequest, error: unknown): void {
  const { client_id, target_user } = request
  if (error instanceof StoreUnavailable) return connection.refuseForNow({ client_id })
  if (!(error instanceof Refusal)) {
    context.logger.error('handler_failed', { connection: connection.id }, error)
    return connection.close('internal', { code: 'internal', message: connection.texts.internal })
  }
  const { code, message, field } = error
  const whom =
    code === 'user_not_found' && target_user !== undefined ? { target_user: shown(target_user) } : null
  const where = field === 'room' ? { room: shown(request.room) } : null
  connection.refuse(code, message, { field, ...where, ...whom, client_id })
}
