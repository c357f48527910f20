import {
  type Appended,
  MAX_DIFFERENT_REACTIONS,
  type NewEntry,
  NOBODY,
  type Refused,
} from '../../ports/store.ts'
import type { Connection } from '../connection.ts'
import type { Context } from '../context.ts'
import { refuseRate } from '../inbound.ts'
import type { ModerationRefusal } from '../moderation/guard.ts'
import { shown } from '../shown.ts'

/**
 * What moderation forbids, or would be one new log too many (LI12), was perhaps said before, when it was not: that is answered as ever (V3), and only the store knows it.
 * `onNotSaid`: nothing new was said.
 */
export function appendUnless(
  context: Context,
  connection: Connection,
  refusal: ModerationRefusal | null,
  client_id: string | undefined,
  room: string,
  entry: NewEntry,
  onNotSaid?: () => void,
): void {
  const excess = refusal === null ? context.newLogs.begin(connection.accounts, entry) : null
  if (refusal === null && excess === null)
    return context.writer.append(entry, (result) => {
      context.newLogs.settled(entry, result)
      if (result?.outcome !== 'appended') onNotSaid?.()
      settle(context, connection, client_id, room, entry, result)
    })
  if (excess !== null) onNotSaid?.()
  const refuse = (): void => {
    if (excess !== null) refuseRate(context, connection, excess, { client_id })
    else if (refusal !== null)
      connection.refuse(refusal.code, refusal.message, { ...refusal.details, client_id })
  }
  if (entry.clientId === null) return refuse()
  context.writer.append({ ...entry, copy: NOBODY }, (result) => {
    if (result?.outcome === 'refused') refuse()
    else settle(context, connection, client_id, room, entry, result)
  })
}

/** After the commit, or after it failed: tells the sender. `room` is the name of the log on the wire. */
function settle(
  context: Context,
  connection: Connection,
  client_id: string | undefined,
  room: string,
  entry: NewEntry,
  result: Appended | null,
): void {
  const { texts } = connection
  if (result === null) return connection.refuseForNow({ client_id })
  if (result.outcome === 'conflict') return connection.refuse('conflict', texts.conflict, { client_id })
  if (result.outcome === 'refused') return refuseReference(connection, client_id, entry, result.why)
  if (entry.clientId !== null) {
    const { id, timestamp } = result.outcome === 'duplicate' ? result : entry
    connection.reply(JSON.stringify({ type: 'ack', client_id, id, room, seq: result.seq, timestamp }))
  } else if (entry.target !== null) {
    connection.reply(
      JSON.stringify({
        type: 'confirmation',
        event: 'private_sent',
        message: texts.privateSent(entry.target),
        target_user: entry.target,
        timestamp: new Date(context.clock.now()).toISOString(),
        id: entry.id,
      }),
    )
  }
}

/** What an entry is about does not allow it (V11-V13), nobody bears the name that it is for (PM3), or there are too many logs (ER16). */
function refuseReference(
  connection: Connection,
  client_id: string | undefined,
  { kind, target }: NewEntry,
  why: Refused,
): void {
  const { texts } = connection
  const field = kind === 'message' || kind === 'private' ? 'reply_to' : 'seq'
  switch (why) {
    case 'not_found':
      return connection.refuse('not_found', texts.noSuchMessage, { field, client_id })
    case 'forbidden':
      return connection.refuse('forbidden', texts.notTheAuthor, { field, client_id })
    case 'too_many_reactions': {
      const message = texts.tooManyReactions(MAX_DIFFERENT_REACTIONS)
      return connection.refuse('too_many_reactions', message, { field: 'emoji', client_id })
    }
    case 'too_many_logs':
      return connection.refuse('too_many_logs', texts.tooManyLogs, { client_id })
    case 'nobody': {
      const target_user = shown(target ?? '')
      return connection.refuse('user_not_found', texts.userNotFound(target_user), { target_user, client_id })
    }
    default:
      return why satisfies never
  }
}
