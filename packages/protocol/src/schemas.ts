/**
 * Every frame as a schema. The server compiles them, the documents are generated from them; browsers get types only.
 * Unknown fields are ignored on the way in: a client may carry fields of its own, they are never relayed.
 */
import { type Static, Type } from 'typebox'
import { MAX_EMOJI_LENGTH, MAX_HISTORY_PAGE } from './limits.ts'
import {
  Timestamp,
  Username,
  RoomName,
  Seq,
  Id,
  Count,
  Partial,
  ClientId,
  AboutSeq,
  AboutEpoch,
  OfLog,
  ReplyTo,
  Target,
  Deleted,
} from './schema-parts.ts'
import { ServerAck, ServerConfirmation, ServerError } from './schema-answers.ts'
import { ClientAuth } from './schema-auth.ts'
import { ClientModerate, ServerModeration } from './schema-moderation.ts'
import { ServerSystem } from './schema-system.ts'

// ---- from the client -------------------------------------------------------------------------------------------------

export const ClientChat = Type.Object(
  {
    type: Type.Optional(Type.Literal('message')),
    message: Type.String({ minLength: 1, description: 'The text.' }),
    username: Type.Optional(Type.Unknown({ description: 'Read on the anonymous endpoint only.' })),
    timestamp: Type.Optional(Type.Unknown({ description: 'Relayed when it is a valid RFC 3339 time.' })),
    target_user: Type.Optional(Type.String({ description: 'Makes the message private.' })),
    room: Type.Optional(
      Type.String({ description: 'A room this connection is in; default: the room it connected to.' }),
    ),
    client_id: Type.Optional(ClientId),
    reply_to: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: Number.MAX_SAFE_INTEGER,
        description: 'v1: number of the message that this one answers, in the same log.',
      }),
    ),
    epoch: AboutEpoch,
  },
  { title: 'message', description: 'Says something in a room, or to one person.' },
)
export const ClientJoin = Type.Object(
  {
    type: Type.Literal('join'),
    room: RoomName,
    since: Type.Optional(
      Type.Object(
        { epoch: Type.String({ maxLength: 64 }), seq: Type.Integer({ minimum: 0 }) },
        { description: 'v1: the last entry that the client has; what came after it is sent next.' },
      ),
    ),
  },
  {
    title: 'join',
    description:
      'Enters one more room on this connection. With `since` it resumes: also a room it is in, and `@me`, the private log (v1).',
  },
)
export const ClientLeave = Type.Object(
  { type: Type.Literal('leave'), room: RoomName },
  { title: 'leave', description: 'Leaves a room; the connection stays.' },
)
export const ClientHistory = Type.Object(
  {
    type: Type.Literal('history'),
    room: OfLog,
    before: Type.Optional(
      Type.Integer({ minimum: 1, description: 'Entries with a lower number, nearest first served.' }),
    ),
    after: Type.Optional(Type.Integer({ minimum: 0, description: 'Entries with a higher number.' })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_HISTORY_PAGE, description: 'Default 50.' })),
    request_id: Type.Optional(Type.String({ maxLength: 64, description: 'Comes back in the answer.' })),
  },
  { title: 'history', description: 'Asks for a page of a log (v1).' },
)
export const ClientEdit = Type.Object(
  {
    type: Type.Literal('edit'),
    room: OfLog,
    seq: AboutSeq,
    epoch: AboutEpoch,
    message: Type.String({ minLength: 1, description: 'The text that takes the place of the former one.' }),
    client_id: Type.Optional(ClientId),
  },
  { title: 'edit', description: 'Gives a message of one’s own another text (v1).' },
)
export const ClientDelete = Type.Object(
  {
    type: Type.Literal('delete'),
    room: OfLog,
    seq: AboutSeq,
    epoch: AboutEpoch,
    client_id: Type.Optional(ClientId),
  },
  { title: 'delete', description: 'Deletes a message of one’s own: its text is gone for everybody (v1).' },
)
export const ClientReaction = Type.Object(
  {
    type: Type.Literal('reaction'),
    room: OfLog,
    seq: AboutSeq,
    epoch: AboutEpoch,
    emoji: Type.String({
      minLength: 1,
      description: `One emoji, at most ${MAX_EMOJI_LENGTH} UTF-16 units.`,
      examples: ['👍'],
    }),
    remove: Type.Optional(Type.Boolean({ description: 'Takes the reaction back.' })),
    client_id: Type.Optional(ClientId),
  },
  { title: 'reaction', description: 'Puts an emoji on a message, or takes it back (v1).' },
)
export const ClientTyping = Type.Object(
  {
    type: Type.Literal('typing'),
    room: Type.Optional(
      Type.String({ description: 'A room this connection is in; default: the room it connected to.' }),
    ),
    target_user: Type.Optional(Type.String({ description: 'Tells only this person.' })),
  },
  { title: 'typing', description: 'Says that somebody is writing; it is not stored (v1).' },
)
export const ClientRead = Type.Object(
  { type: Type.Literal('read'), room: OfLog, seq: AboutSeq },
  { title: 'read', description: 'Says up to which entry somebody has read; the highest number holds (v1).' },
)
export const ClientAway = Type.Object(
  { type: Type.Literal('away'), away: Type.Boolean({ description: 'False: back again.' }) },
  {
    title: 'away',
    description: 'Says that nobody looks at this connection, or that somebody does again (v1).',
  },
)
export const ClientStatus = Type.Object(
  { type: Type.Literal('status'), room: Type.Optional(RoomName) },
  { title: 'status', description: 'Asks who is here.' },
)
export const ClientHeartbeat = Type.Object(
  { type: Type.Literal('heartbeat') },
  { title: 'heartbeat', description: 'Answered with `heartbeat_ack`.' },
)
export const ClientPong = Type.Object(
  { type: Type.Literal('pong') },
  { title: 'pong', description: 'Answers a `ping`; not answered itself.' },
)

/** By `type`: what a client may send. */
export const CLIENT_SCHEMAS = {
  message: ClientChat,
  join: ClientJoin,
  leave: ClientLeave,
  history: ClientHistory,
  edit: ClientEdit,
  delete: ClientDelete,
  reaction: ClientReaction,
  typing: ClientTyping,
  read: ClientRead,
  away: ClientAway,
  status: ClientStatus,
  heartbeat: ClientHeartbeat,
  pong: ClientPong,
  auth: ClientAuth,
  moderate: ClientModerate,
} as const

// ---- from the server -------------------------------------------------------------------------------------------------

export { ServerError }

export const ServerChat = Type.Object(
  {
    type: Type.Literal('message'),
    username: Username,
    message: Type.String(),
    timestamp: Timestamp,
    id: Id,
    seq: Seq,
    room: RoomName,
    reply_to: Type.Optional(ReplyTo),
    deleted: Deleted,
  },
  { title: 'message', description: 'Something that was said in a room. Its sender receives it too.' },
)
export const ServerPrivate = Type.Object(
  {
    type: Type.Literal('private'),
    from: Username,
    to: Username,
    message: Type.String(),
    timestamp: Timestamp,
    id: Id,
    seq: Seq,
    room: Type.Literal('@me'),
    reply_to: Type.Optional(ReplyTo),
    deleted: Deleted,
  },
  {
    title: 'private',
    description: 'A private message. In v1 the sender’s own connections receive their copy too.',
  },
)
/** What every entry about another one carries. */
const CHANGE = {
  username: Username,
  target: Target,
  timestamp: Timestamp,
  id: Id,
  seq: Seq,
  room: Type.String({ description: 'Name of the room; `@me` is the private log.' }),
}
export const ServerEdit = Type.Object(
  {
    type: Type.Literal('edit'),
    ...CHANGE,
    message: Type.String({ description: 'The text that holds from now on.' }),
    deleted: Deleted,
  },
  { title: 'edit', description: 'v1: the author gave a message another text. An entry of the log.' },
)
export const ServerDelete = Type.Object(
  { type: Type.Literal('delete'), ...CHANGE },
  {
    title: 'delete',
    description: 'v1: the author, or a moderator, deleted a message; its text is gone. An entry of the log.',
  },
)
export const ServerReaction = Type.Object(
  {
    type: Type.Literal('reaction'),
    ...CHANGE,
    emoji: Type.String(),
    removed: Type.Optional(Type.Literal(true, { description: 'The reaction was taken back.' })),
  },
  { title: 'reaction', description: 'v1: somebody put an emoji on a message. An entry of the log.' },
)
export const ServerTyping = Type.Object(
  {
    type: Type.Literal('typing'),
    room: Type.String({ description: 'Name of the room; `@me`: to this person only.' }),
    usernames: Type.Array(Username, { description: 'Some of them; oneself may be among them.' }),
    count: Type.Integer({ minimum: 1, description: 'How many are writing.' }),
  },
  { title: 'typing', description: 'v1: who is writing, at most once a second; not stored.' },
)
export const ServerRead = Type.Object(
  {
    type: Type.Literal('read'),
    room: Type.String({ description: 'Name of the room; `@me` is the private log.' }),
    markers: Type.Array(Type.Object({ username: Username, seq: Seq })),
  },
  {
    title: 'read',
    description: 'v1: up to which entry people have read, at most once a second; not stored.',
  },
)
export const ServerPresence = Type.Object(
  {
    type: Type.Literal('presence'),
    room: RoomName,
    event: Type.Union([Type.Literal('away'), Type.Literal('back')]),
    username: Username,
  },
  { title: 'presence', description: 'v1: somebody of the room is away, or back; not stored.' },
)
export const FirstAvailable = Type.Integer({
  minimum: 1,
  description: 'Number of the oldest entry that is kept; one above `head_seq` when there is none.',
})
export const ServerHistory = Type.Object(
  {
    type: Type.Literal('history'),
    room: RoomName,
    epoch: Type.String(),
    entries: Type.Array(Type.Union([ServerChat, ServerPrivate, ServerEdit, ServerDelete, ServerReaction]), {
      description: 'Rising numbers.',
    }),
    first_available: Type.Optional(FirstAvailable),
    head_seq: Type.Integer({ minimum: 0 }),
    complete: Type.Boolean({ description: 'Nothing more lies in the direction asked for.' }),
    request_id: Type.Optional(Type.String()),
  },
  { title: 'history', description: 'v1: a page of a log.' },
)
export const ServerPing = Type.Object(
  { type: Type.Literal('ping'), timestamp: Timestamp },
  { title: 'ping', description: 'Heartbeat endpoint: are you there?' },
)
export const ServerHeartbeatAck = Type.Object(
  { type: Type.Literal('heartbeat_ack'), timestamp: Timestamp },
  { title: 'heartbeat_ack' },
)
export const ServerGoingAway = Type.Object(
  {
    type: Type.Literal('going_away'),
    retry_after_ms: Type.Integer({
      minimum: 0,
      description: 'When to come back, counted from the close: a slot of this connection’s own.',
    }),
    reason: Type.Union([Type.Literal('restart'), Type.Literal('shutdown')]),
  },
  { title: 'going_away', description: 'v1: the server is about to close this connection.' },
)
export const StatusBody = {
  connected_count: Count,
  connected_users: Type.Array(Username),
  connected_users_truncated: Type.Optional(
    Type.Literal(true, { description: 'The list was cut; the count is exact.' }),
  ),
  heartbeat_timeout: Type.Number({
    description: 'Seconds without activity after which a connection is closed.',
  }),
  connections: Type.Array(
    Type.Object({
      username: Username,
      last_activity: Timestamp,
      idle_seconds: Type.Number({ minimum: 0 }),
    }),
    { description: 'Of several servers: those to this one.' },
  ),
  status: Type.Literal('active'),
  partial: Partial,
}
export const ServerStatus = Type.Object(
  { type: Type.Literal('status'), room: RoomName, ...StatusBody },
  { title: 'status', description: 'Who is in a room.' },
)

/** By `type`: what a server may send. */
export const SERVER_SCHEMAS = {
  system: ServerSystem,
  message: ServerChat,
  private: ServerPrivate,
  edit: ServerEdit,
  delete: ServerDelete,
  reaction: ServerReaction,
  typing: ServerTyping,
  read: ServerRead,
  presence: ServerPresence,
  moderation: ServerModeration,
  confirmation: ServerConfirmation,
  ack: ServerAck,
  history: ServerHistory,
  ping: ServerPing,
  heartbeat_ack: ServerHeartbeatAck,
  going_away: ServerGoingAway,
  error: ServerError,
  status: ServerStatus,
} as const

export type ClientMessages = { [T in keyof typeof CLIENT_SCHEMAS]: Static<(typeof CLIENT_SCHEMAS)[T]> }
export type ServerMessages = { [T in keyof typeof SERVER_SCHEMAS]: Static<(typeof SERVER_SCHEMAS)[T]> }
