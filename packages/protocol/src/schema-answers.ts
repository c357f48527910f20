/** How the server answers a request. */
import { Type } from 'typebox'
import { ERROR_CODES, type ErrorCode } from './codes.ts'
import { ClientId, Id, RoomName, Seq, Timestamp, Username } from './schema-parts.ts'

export const ServerConfirmation = Type.Object(
  {
    type: Type.Literal('confirmation'),
    message: Type.String(),
    event: Type.Optional(
      Type.Union([
        Type.Literal('private_sent'),
        Type.Literal('left'),
        Type.Literal('authenticated'),
        Type.Literal('moderated'),
      ]),
    ),
    target_user: Type.Optional(Username),
    timestamp: Timestamp,
    id: Type.Optional(Id),
    room: Type.Optional(RoomName),
    expires_at: Type.Optional(Timestamp),
  },
  { title: 'confirmation', description: 'What was asked for has happened.' },
)
export const ServerAck = Type.Object(
  {
    type: Type.Literal('ack'),
    client_id: ClientId,
    id: Id,
    room: RoomName,
    seq: Seq,
    timestamp: Timestamp,
    command: Type.Optional(
      Type.Literal(true, {
        description:
          'It was a moderator’s command, carried out and not said: `seq` is its number in the audit trail.',
      }),
    ),
  },
  { title: 'ack', description: 'v1: the message is committed in the store and numbered.' },
)
export const ServerError = Type.Object(
  {
    type: Type.Literal('error'),
    code: Type.Unsafe<ErrorCode>(Type.Union(ERROR_CODES.map((code) => Type.Literal(code)))),
    message: Type.String(),
    field: Type.Optional(Type.String({ description: 'Which field was wrong.' })),
    retryable: Type.Optional(Type.Boolean()),
    retry_after_ms: Type.Optional(Type.Integer({ minimum: 0 })),
    limit: Type.Optional(
      Type.String({
        description:
          'Which limit was reached: `messages`, `bytes`, `joins`, `signals`, `logs`, `connects`, `requests`, `connections` or `unproven`.',
      }),
    ),
    scope: Type.Optional(
      Type.String({ description: 'Whose limit it is: of a `connection`, a `user` or an `address`.' }),
    ),
    until: Type.Optional(
      Type.String({ description: '`muted` and `banned`: when it ends; missing when it holds for good.' }),
    ),
    reason: Type.Optional(
      Type.String({ description: '`kicked` and `banned`: why, as the moderator wrote.' }),
    ),
    target_user: Type.Optional(Type.String()),
    room: Type.Optional(Type.String()),
    client_id: Type.Optional(Type.String()),
    request_id: Type.Optional(Type.String()),
  },
  { title: 'error', description: 'A request was refused; nothing of it happened.' },
)
