import { Type } from 'typebox'
import { RoomState } from './schema-moderation.ts'
import { Timestamp, Username, RoomName, Count, Partial } from './schema-parts.ts'

export const ServerSystem = Type.Object(
  {
    type: Type.Literal('system'),
    message: Type.String(),
    event: Type.Optional(
      Type.Union([
        Type.Literal('welcome'),
        Type.Literal('join'),
        Type.Literal('leave'),
        Type.Literal('moderation'),
      ]),
    ),
    username: Type.Optional(Username),
    users: Type.Optional(
      Type.Array(Username, { description: 'Folded notice: some of those whom it is about.' }),
    ),
    count: Type.Optional(Type.Integer({ minimum: 2, description: 'Folded notice: how many it stands for.' })),
    room: Type.Optional(RoomName),
    connected_count: Type.Optional(Count),
    connected_users: Type.Optional(Type.Array(Username, { description: 'Order of arrival.' })),
    connected_users_truncated: Type.Optional(Type.Literal(true)),
    partial: Partial,
    heartbeat_interval: Type.Optional(Type.Number({ description: 'Seconds between two pings.' })),
    connection_id: Type.Optional(Type.String({ description: 'v1' })),
    resume_token: Type.Optional(Type.String({ description: 'v1: shows that it is the same person.' })),
    person_id: Type.Optional(
      Type.String({ description: 'v1: the same as long as one is the same person to the server.' }),
    ),
    epoch: Type.Optional(Type.String({ description: 'v1: changes when the store was replaced.' })),
    head_seq: Type.Optional(Type.Integer({ minimum: 0, description: 'v1: number of the newest entry.' })),
    private_head_seq: Type.Optional(
      Type.Integer({ minimum: 0, description: 'v1: the same of the private log.' }),
    ),
    away_users: Type.Optional(Type.Array(Username, { description: 'v1: those of the room who are away.' })),
    read_seq: Type.Optional(
      Type.Integer({
        minimum: 0,
        description: 'v1: up to which entry one has read here, as far as is known.',
      }),
    ),
    resume: Type.Optional(
      Type.Union(
        [
          Type.Object({ outcome: Type.Literal('full'), after: Type.Integer({ minimum: 0 }) }),
          Type.Object({ outcome: Type.Literal('gap'), first_available: Type.Integer({ minimum: 1 }) }),
        ],
        {
          description:
            'v1, answer to `since`: `full`, every entry above `after` follows, then what is new; `gap`, none of them does, and what can still be read begins at `first_available`.',
        },
      ),
    ),
    limits: Type.Optional(
      Type.Object({
        max_message_bytes: Type.Integer(),
        max_frame_bytes: Type.Integer(),
        messages_per_second: Type.Union([Type.Number(), Type.Null()]),
        max_rooms: Type.Integer(),
      }),
    ),
    heartbeat: Type.Optional(Type.Object({ interval_ms: Type.Integer(), timeout_ms: Type.Integer() })),
    server_time: Type.Optional(Timestamp),
    moderation: Type.Optional(RoomState),
    token_expires_at: Type.Optional(Timestamp),
  },
  {
    title: 'system',
    description:
      'Welcome, who came and went, and to classic clients what a moderator did. Only the server sends it.',
  },
)
