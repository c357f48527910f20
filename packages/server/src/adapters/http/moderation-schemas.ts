/** Bodies and answers of the routes of moderation. */
import { MAX_HISTORY_PAGE } from '@roomful/protocol'
import { CLIENT_SCHEMAS } from '@roomful/protocol/schemas'
import { type TSchema, Type } from 'typebox'

const { type: _type, room: _room, ...asked } = CLIENT_SCHEMAS.moderate.properties

export const ModerationBody = Type.Object(asked, { description: 'Unknown fields are ignored.' })

export const AuditQuery = Type.Object({
  before: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: Number.MAX_SAFE_INTEGER,
      description: 'Acts with a lower number; the `next_before` of the page before.',
    }),
  ),
  limit: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: MAX_HISTORY_PAGE,
      default: 50,
      description: 'How many acts at most.',
    }),
  ),
})

const Seq = Type.Integer({ minimum: 1, description: 'Number in the audit trail.' })
const Room = Type.String({ description: 'Name of the room; `*` is the whole server.' })
const Timestamp = Type.String({ description: 'RFC 3339 time.', examples: ['2024-01-01T12:00:00Z'] })
const Until = Type.Optional(
  Type.String({ description: 'When it ends, RFC 3339; missing when it holds for good.' }),
)

function component<T extends TSchema>($id: string, schema: T): T & { $id: string } {
  return Object.assign({}, schema, { $id })
}

export const Moderated = component(
  'Moderated',
  Type.Object(
    {
      id: Type.String({ description: 'Unique id of the act.' }),
      seq: Seq,
      room: Room,
      action: asked.action,
      username: Type.Optional(Type.String({ description: 'Who was meant.' })),
      until: Until,
      timestamp: Timestamp,
      created: Type.Boolean({ description: 'False when this `client_id` was known already.' }),
    },
    { title: 'Moderated', description: 'It is done, and in the audit trail.' },
  ),
)

const Act = Type.Object({
  id: Type.String({ description: 'Unique id of the act.' }),
  seq: Seq,
  action: asked.action,
  username: Type.Optional(Type.String({ description: 'Who was meant.' })),
  by: Type.String({ description: 'Who did it.' }),
  timestamp: Timestamp,
  seconds: Type.Optional(Type.Integer({ minimum: 0, description: 'For how long.' })),
  until: Until,
  reason: Type.Optional(Type.String({ description: 'Why, as the moderator wrote.' })),
  message_seq: Type.Optional(
    Type.Integer({ minimum: 1, description: 'Number of the message that it is about.' }),
  ),
  said_in: asked.said_in,
  by_address: Type.Optional(Type.Literal(true, { description: 'Addresses are banned too.' })),
})

export const AuditPage = component(
  'AuditPage',
  Type.Object(
    {
      room: Room,
      slow_seconds: Type.Integer({
        minimum: 0,
        description: 'Between two messages of one person; 0: no slow mode.',
      }),
      locked: Type.Boolean({ description: 'Nobody new is let in.' }),
      read_only: Type.Boolean({ description: 'Only moderators say something.' }),
      sanctions: Type.Array(Act, { description: 'Mutes and bans that hold, newest first, at most 1,000.' }),
      truncated: Type.Optional(Type.Literal(true, { description: 'More hold than are listed.' })),
      acts: Type.Array(Act, { description: 'What was done, newest first.' }),
      next_before: Type.Union([Type.Integer(), Type.Null()], {
        description: 'Give this as `before` for the next page; `null` when there is none.',
      }),
    },
    {
      title: 'AuditPage',
      description: 'How a room may be used, who is muted or banned, and a page of the audit trail.',
    },
  ),
)
