/** Moderation: who may do what to whom, and what a room is told of it. */
import { Type } from 'typebox'
import {
  EVERYWHERE,
  MAX_REASON_LENGTH,
  MAX_SANCTION_SECONDS,
  MODERATION_ACTIONS,
  type ModerationAction,
} from './limits.ts'
import { AboutEpoch, AboutSeq, ClientId, RoomName, Timestamp, Username } from './schema-parts.ts'

const Action = Type.Unsafe<ModerationAction>(
  Type.Union(
    MODERATION_ACTIONS.map((action) => Type.Literal(action)),
    { description: 'What a moderator does.' },
  ),
)

/** What a moderator asks for, in a frame and over HTTP. */
const MODERATION_REQUEST = {
  action: Action,
  target_user: Type.Optional(Type.String({ description: 'Name of the person that is meant.' })),
  target_address: Type.Optional(
    Type.String({
      maxLength: 64,
      description: '`ban` and `unban`: an IP address, without a person. Of IPv6 its /64 is meant.',
    }),
  ),
  with_address: Type.Optional(
    Type.Boolean({ description: '`ban`: the addresses of the person are banned too.' }),
  ),
  beforehand: Type.Optional(
    Type.Boolean({
      description: '`mute`, `ban`: also a name that nobody has had.',
    }),
  ),
  seq: Type.Optional(AboutSeq),
  epoch: AboutEpoch,
  said_in: Type.Optional(
    Type.String({
      description: 'With `*`: the room in which it was said.',
    }),
  ),
  seconds: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: MAX_SANCTION_SECONDS,
      description:
        '`mute`, `ban`: for how long; default: 600 for a mute, for good for a ban. `slow`: between two messages of one person; 0 ends it, default 10, at most 3,600.',
    }),
  ),
  reason: Type.Optional(
    Type.String({ description: `At most ${MAX_REASON_LENGTH} characters; the room is told.` }),
  ),
}

export const ClientModerate = Type.Object(
  {
    type: Type.Literal('moderate'),
    room: Type.Optional(
      Type.String({
        description: `Default: the room it connected to. \`${EVERYWHERE}\`: the whole server.`,
      }),
    ),
    ...MODERATION_REQUEST,
    client_id: Type.Optional(ClientId),
  },
  {
    title: 'moderate',
    description:
      'Mutes, removes or bans somebody, deletes a message, or sets how a room may be used; for moderators (v1).',
  },
)

const Until = Type.Optional(
  Type.String({
    description: 'When it ends, RFC 3339; missing when it holds for good.',
    examples: ['2024-01-01T12:10:00Z'],
  }),
)

/** What everybody may know of what a moderator did. */
const ACT = {
  action: Action,
  username: Type.Optional(Username),
  by: Username,
  seconds: Type.Optional(Type.Integer({ minimum: 0 })),
  until: Until,
  reason: Type.Optional(Type.String()),
}

export const ServerModeration = Type.Object(
  {
    type: Type.Literal('moderation'),
    room: RoomName,
    ...ACT,
    everywhere: Type.Optional(
      Type.Literal(true, { description: 'It holds on the whole server, not only in this room.' }),
    ),
    message: Type.String({ description: 'The same as a sentence.' }),
    timestamp: Timestamp,
  },
  {
    title: 'moderation',
    description:
      'v1: what a moderator did, to all in the room; not an entry. Classic clients get a `system` frame.',
  },
)

/** How a room may be used now, and by whom it is asked. What is not so is missing. */
export const RoomState = Type.Object(
  {
    may_moderate: Type.Optional(Type.Literal(true)),
    slow_seconds: Type.Optional(
      Type.Integer({ minimum: 1, description: 'Between two messages of one person.' }),
    ),
    locked: Type.Optional(Type.Literal(true, { description: 'Nobody new is let in.' })),
    read_only: Type.Optional(Type.Literal(true, { description: 'Only moderators say something.' })),
    muted: Type.Optional(Type.Literal(true, { description: 'Whoever asks is muted.' })),
    muted_until: Until,
  },
  { description: 'v1: how the room may be used.' },
)
