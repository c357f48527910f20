import {
  type ClientMessageOf,
  type ClientMessageType,
  MAX_JSON_DEPTH,
  MAX_JSON_FIELDS,
} from '@roomful/protocol'
import { CLIENT_SCHEMAS } from '@roomful/protocol/schemas'
import { Compile } from 'typebox/compile'
import type { Metered } from '../ports/bus.ts'
import { handleAuth } from './authentication.ts'
import type { Connection, Open } from './connection.ts'
import type { Context } from './context.ts'
import { handleChat } from './handlers/chat.ts'
import { handleDelete } from './handlers/delete.ts'
import { handleEdit } from './handlers/edit.ts'
import { handleModerate } from './handlers/moderate.ts'
import { handleJoin, handleLeave } from './handlers/membership.ts'
import { handleHeartbeat, handleHistory, handlePong, handleStatus } from './handlers/queries.ts'
import { handleReaction } from './handlers/reaction.ts'
import { handleAway, handleRead, handleTyping } from './handlers/signals.ts'
import { refuseRate } from './inbound.ts'
import { guardJson, type JsonFault } from './json-guard.ts'
import { shown } from './shown.ts'
import { INVALID_FORMAT, type Texts } from './texts.ts'

type Handler<T extends ClientMessageType> = (
  context: Context,
  connection: Connection,
  open: Open,
  message: ClientMessageOf<T>,
) => void

/** One row per type of message: the check and the handler, joined so that neither is used without the other. */
type Row = (context: Context, connection: Connection, open: Open, message: object) => void

const V1_ONLY: ReadonlySet<string> = new Set<ClientMessageType>([
  'history',
  'edit',
  'delete',
  'reaction',
  'typing',
  'read',
  'away',
  'moderate',
])

/** NA8: what is said under one's name. */
const SAYS: ReadonlySet<string> = new Set<ClientMessageType>([
  'message',
  'edit',
  'delete',
  'reaction',
  'typing',
  'read',
  'away',
  'moderate',
])

/** DR3: what is answered to the end. */
const TO_THE_END: ReadonlySet<string> = new Set<ClientMessageType>(['heartbeat', 'pong'])

function row<T extends ClientMessageType>(type: T, handle: Handler<T>): [string, Row] {
  const check = Compile(CLIENT_SCHEMAS[type])
  return [
    type,
    (context, connection, open, message) => {
      if (check.Check(message)) handle(context, connection, open, message as ClientMessageOf<T>)
      else refuseFields(context, connection, message, check.Errors(message))
    },
  ]
}

/** LI1: what has a rate of its own besides that of messages. */
function rated<T extends ClientMessageType>(metered: Metered, handle: Handler<T>): Handler<T> {
  return (context, connection, open, message) => {
    const excess = context.limits.take(connection, metered)
    if (excess === null) handle(context, connection, open, message)
    else refuseRate(context, connection, excess, roomOf(message))
  }
}

const TABLE: ReadonlyMap<string, Row> = new Map([
  row('message', handleChat),
  row('join', rated('joins', handleJoin)),
  row('leave', handleLeave),
  row('history', handleHistory),
  row('edit', handleEdit),
  row('delete', handleDelete),
  row('reaction', handleReaction),
  row('typing', rated('signals', handleTyping)),
  row('read', rated('signals', handleRead)),
  row('away', rated('signals', handleAway)),
  row('status', handleStatus),
  row('heartbeat', handleHeartbeat),
  row('pong', handlePong),
  row('auth', handleAuth),
  row('moderate', handleModerate),
])

/** All that a client may send. */
export const MESSAGE_TYPES: readonly string[] = [...TABLE.keys()]

/** ER1-ER4: one text frame becomes a typed message here and nowhere else, or a refusal. */
export function dispatch(context: Context, connection: Connection, open: Open, text: string): void {
  const { texts } = connection
  const fault = guardJson(text)
  if (fault !== null) return connection.refuse('bad_message', faultSentence(texts, fault))
  let message: unknown
  try {
    message = JSON.parse(text)
  } catch {
    return connection.refuse('bad_message', INVALID_FORMAT)
  }
  if (typeof message !== 'object' || message === null || Array.isArray(message))
    return connection.refuse('bad_message', INVALID_FORMAT)
  const type: unknown = Object.hasOwn(message, 'type') ? (message as { type: unknown }).type : 'message'
  if (typeof type !== 'string')
    return connection.refuse('bad_message', texts.field('type'), { field: 'type' })
  const handle = TABLE.get(type)
  if (!handle || (V1_ONLY.has(type) && connection.audience.dialect !== 'v1')) {
    const sentence = handle ? texts.v1Only : texts.unknownType(shown(type))
    return connection.refuse('unknown_type', sentence, { field: 'type', ...requestIds(message) })
  }
  if (context.drain.closing && !TO_THE_END.has(type)) return refuseAtTheEnd(context, connection, message)
  // The name may be somebody else's on another node, until the registry has said otherwise: a beat later it has.
  if (context.desk !== null && !context.desk.isSure && open.person.name !== null && SAYS.has(type))
    return connection.refuseForNow({ ...roomOf(message), ...requestIds(message) })
  handle(context, connection, open, message)
}

function refuseAtTheEnd({ drain }: Context, connection: Connection, message: object): void {
  const details = { ...roomOf(message), ...requestIds(message), retry_after_ms: drain.backInMs() }
  connection.refuse('going_away', connection.texts.goingAway, details)
}

function roomOf(message: object): { room?: string } {
  return 'room' in message && typeof message.room === 'string' ? { room: shown(message.room) } : {}
}

function faultSentence(texts: Texts, fault: JsonFault): string {
  if (fault === 'deep') return texts.nested(MAX_JSON_DEPTH)
  return fault === 'fields' ? texts.manyFields(MAX_JSON_FIELDS) : texts.duplicateKey
}

/** Names the first field that is wrong. */
function refuseFields(
  context: Context,
  connection: Connection,
  message: object,
  errors: Iterable<{ instancePath: string; params: object }>,
): void {
  const [first] = errors
  const missing = first && 'requiredProperties' in first.params ? first.params.requiredProperties : undefined
  const outermost = first?.instancePath.split('/')[1]
  const name: unknown = outermost ?? (Array.isArray(missing) ? missing[0] : undefined)
  const field = typeof name === 'string' && name !== '' ? name : 'type'
  const { texts } = connection
  const sentence = field === 'message' ? texts.noMessage(context.options.maxMessageBytes) : texts.field(field)
  connection.refuse('bad_message', sentence, { field, ...requestIds(message) })
}

/** The ids by which the client knows its request, when they are usable. */
function requestIds(message: object): { client_id?: string; request_id?: string } {
  const ids: { client_id?: string; request_id?: string } = {}
  for (const key of ['client_id', 'request_id'] as const) {
    const value: unknown = Object.hasOwn(message, key) ? (message as Record<string, unknown>)[key] : undefined
    if (typeof value === 'string' && value.length <= 64) ids[key] = value
  }
  return ids
}
