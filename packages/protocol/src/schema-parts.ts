/** What several frames hold. */
import { Type } from 'typebox'

export const Timestamp = Type.String({ description: 'RFC 3339 time.', examples: ['2024-01-01T12:00:00Z'] })
export const Username = Type.String({
  description: 'Name of a person, canonical (NFC).',
  examples: ['Alice'],
})
export const RoomName = Type.String({ description: 'Name of a room.', examples: ['lobby'] })
export const Seq = Type.Integer({
  minimum: 1,
  description: 'Number of the entry in its room: 1, 2, 3, … without holes.',
})
export const Id = Type.String({ description: 'Unique id of the entry.' })
export const Count = Type.Integer({ minimum: 0, description: 'People and anonymous connections present.' })
export const Partial = Type.Optional(
  Type.Literal(true, {
    description:
      'Of several servers: not all that the others have told has arrived here yet, so people may be missing.',
  }),
)
export const ClientId = Type.String({
  pattern: '^[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$',
  description: 'UUID chosen by the sender; the same id again is the same message.',
})

export const AboutSeq = Type.Integer({
  minimum: 1,
  maximum: Number.MAX_SAFE_INTEGER,
  description: 'Number of the entry that is meant, in the same log.',
})
export const OfLog = Type.Optional(
  Type.String({ description: 'Default: the room it connected to. `@me` is the private log.' }),
)
export const AboutEpoch = Type.Optional(
  Type.String({
    maxLength: 64,
    description:
      'v1: epoch of the log in which the number was seen. When it is another one now, nothing happens.',
  }),
)
export const ReplyTo = Type.Object(
  { id: Id, seq: Type.Optional(Seq) },
  { description: 'v1: the entry that it answers; `seq` where its number in this log is known.' },
)
export const Target = Type.Object(
  { id: Id, seq: Type.Optional(Seq) },
  { description: 'The entry that it is about; `seq` where its number in this log is known.' },
)
export const Deleted = Type.Optional(
  Type.Literal(true, { description: 'v1: its author, or a moderator, deleted it; `message` is empty.' }),
)
