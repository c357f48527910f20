import {
  ANONYMOUS,
  canonicalRoom,
  checkUsername,
  type ClientMessageOf,
  type ErrorCode,
  EVERYWHERE,
  type NameCheck,
  PRIVATE_LOG,
} from '@roomful/protocol'
import type { Bearer } from '../../ports/registry.ts'
import { type NewEntry, NOBODY } from '../../ports/store.ts'
import { withBearer, withFreeName } from '../bearer.ts'
import type { Connection, Open } from '../connection.ts'
import type { Context } from '../context.ts'
import { privateLogName } from '../frames.ts'
import { turnRefusal, turnsOf, writeRefusal } from '../moderation/guard.ts'
import { underName } from '../moderation/marks.ts'
import { mayWrite } from '../permit.ts'
import { shown } from '../shown.ts'
import { textFault } from '../text-fault.ts'
import { timestampOr } from '../timestamps.ts'
import { tookCommand } from './moderate.ts'
import { isOfThisLog } from './of-this-log.ts'
import { appendUnless } from './settle.ts'

type Chat = ClientMessageOf<'message'>

/** MS1-MS10, PM1-PM6, V10, V21: something is said, in a room or to one person. */
export function handleChat(context: Context, connection: Connection, open: Open, chat: Chat): void {
  const { texts } = connection
  const refuse: Refuse = (code, message, details) =>
    connection.refuse(code, message, { ...details, client_id: chat.client_id })
  const fault = textFault(texts, context.options.maxMessageBytes, chat.message)
  if (fault !== null) return refuse(fault.code, fault.message, { field: 'message' })
  if (chat.target_user !== undefined)
    return whisper(context, connection, open, chat, chat.target_user, refuse)

  const room = chat.room === undefined ? open.home : canonicalRoom(chat.room)
  const membership = open.memberships.get(room)
  if (membership === undefined)
    return refuse('not_in_room', texts.notInRoom(shown(room)), { field: 'room', room: shown(room) })
  if (tookCommand(context, connection, open, room, chat)) return
  withAuthor(context, connection, open, chat, refuse, (author) => {
    const who = open.person.name === null ? underName(connection, author) : connection
    if (!mayWrite(connection, membership, chat)) return
    if (!answersThisLog(context, connection, chat)) return
    const { id, name } = open.person
    const { moderation } = context
    const turns = turnsOf(context, who, room, open.person)
    const refusal =
      writeRefusal(context, connection, room, who) ??
      turnRefusal(context, connection, room, turns, connection.audience.lang)
    const entry = newEntry(context, connection, chat, room, author, name === null ? null : id)
    if (name === null && refusal === null) moderation.saidNameless(entry.id, connection.address)
    appendUnless(context, connection, refusal, chat.client_id, room, entry, () =>
      moderation.giveTurnBack(room, turns),
    )
  })
}

type Refuse = (
  code: ErrorCode,
  message: string,
  details?: { field?: string; target_user?: string; room?: string },
) => void

function whisper(
  context: Context,
  connection: Connection,
  open: Open,
  chat: Chat,
  targetName: string,
  refuse: Refuse,
): void {
  const { texts } = connection
  const { person } = open
  const from = person.name
  if (from === null) return refuse('name_required', texts.nameRequired, { field: 'target_user' })
  const say = (target: Bearer | null): void => {
    // Whoever asks again may have been heard while the addressee was here (V3), which only the store knows.
    if (target === null && (chat.client_id === undefined || connection.audience.dialect !== 'v1'))
      return refuse('user_not_found', texts.userNotFound(shown(targetName)), {
        target_user: shown(targetName),
      })
    if (!answersThisLog(context, connection, chat)) return
    const ownLog = privateLogName(person.id)
    const refusal = writeRefusal(context, connection, EVERYWHERE)
    const addressee =
      target === null
        ? { copy: NOBODY, name: targetName }
        : { copy: copyOf(privateLogName(target.person), ownLog), name: target.name }
    const entry = newEntry(context, connection, chat, ownLog, from, person.id, addressee)
    appendUnless(context, connection, refusal, chat.client_id, PRIVATE_LOG, entry)
  }
  withBearer(context, connection, targetName, say, { client_id: chat.client_id })
}

/** The classic dialect answers nothing. */
function answersThisLog(context: Context, connection: Connection, chat: Chat): boolean {
  const answers = chat.reply_to !== undefined && connection.audience.dialect === 'v1'
  return !answers || isOfThisLog(context, connection, chat)
}

/** One's own log holds it once. */
function copyOf(log: string, ownLog: string): string | null {
  return log === ownLog ? null : log
}

const NO_TEXT: NameCheck = { ok: false, fault: 'characters' }

/** On the anonymous endpoint a message names its author; nobody speaks under a living person's name (MS4). */
function withAuthor(
  context: Context,
  connection: Connection,
  open: Open,
  chat: Chat,
  refuse: Refuse,
  then: (author: string) => void,
): void {
  if (open.person.name !== null) return then(open.person.name)
  const { username } = chat
  const { texts } = connection
  if (username === undefined || username === ANONYMOUS) return then(ANONYMOUS)
  const check = typeof username === 'string' ? checkUsername(username) : NO_TEXT
  if (!check.ok) return refuse('invalid_name', texts.invalidName[check.fault], { field: 'username' })
  const { name } = check
  const say = (isFree: boolean): void => {
    if (isFree) then(name)
    else refuse('name_taken', texts.nameTaken(name), { field: 'username' })
  }
  withFreeName(context, connection, name, say, { client_id: chat.client_id })
}

/** An entry for a room; a private one names its second log and its addressee. */
function newEntry(
  context: Context,
  connection: Connection,
  chat: Chat,
  log: string,
  author: string,
  authorId: string | null,
  target: { readonly copy: string | null; readonly name: string } | null = null,
): NewEntry {
  const at = context.clock.now()
  const v1 = connection.audience.dialect === 'v1'
  return {
    log,
    copy: target === null ? null : target.copy,
    id: context.nextId(),
    kind: target === null ? 'message' : 'private',
    author,
    authorId,
    target: target === null ? null : target.name,
    text: chat.message,
    timestamp: chat.timestamp === undefined ? context.isoClock.at(at) : timestampOr(chat.timestamp, at),
    at,
    clientId: v1 ? (chat.client_id?.toLowerCase() ?? null) : null,
    about: v1 ? (chat.reply_to ?? null) : null,
  }
}
