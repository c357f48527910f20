/** Bodies and parameters of the HTTP API. Shared ones become components of the OpenAPI document. */
import { ANONYMOUS, ERRORS, MAX_HISTORY_PAGE } from '@roomful/protocol'
import {
  ClientChat,
  FirstAvailable,
  ServerChat,
  ServerDelete,
  ServerEdit,
  ServerError,
  ServerReaction,
  StatusBody,
} from '@roomful/protocol/schemas'
import { type TSchema, Type } from 'typebox'
import { AuditPage, Moderated } from './moderation-schemas.ts'

export const DEFAULT_PAGE = 50

const Count = StatusBody.connected_count
const HeadSeq = Type.Integer({
  minimum: 0,
  description: 'Number of the newest entry; 0 where nothing was said.',
})
const RoomName = Type.String({ description: 'Name of a room.', examples: ['lobby'] })

function component<T extends TSchema>($id: string, schema: T): T & { $id: string } {
  return Object.assign({}, schema, { $id })
}

export const ref = (schema: { readonly $id: string }): TSchema => Type.Ref(`${schema.$id}#`)

const { limit, scope, until, reason } = ServerError.properties

const Check = Type.Object({
  name: Type.String(),
  ok: Type.Boolean(),
  detail: Type.String(),
  age_ms: Type.Number({ minimum: 0, description: 'Milliseconds since the check last ran.' }),
})

export const Problem = component(
  'Problem',
  Type.Object(
    {
      type: Type.String({
        description: 'Where the code is explained.',
        examples: ['/docs/errors#invalid_room'],
      }),
      title: Type.String({ description: 'The same for every problem of this code.' }),
      status: Type.Integer({ minimum: 400, maximum: 599, description: 'HTTP status.' }),
      detail: Type.String({ description: 'What went wrong this time.' }),
      instance: Type.String({ description: 'Path of the request.' }),
      code: Type.Union(
        Object.keys(ERRORS).map((code) => Type.Literal(code)),
        { description: 'The word by which programs tell problems apart.' },
      ),
      retryable: Type.Boolean({ description: 'Whether the same request may succeed later.' }),
      field: Type.Optional(Type.String({ description: 'Which field or parameter was wrong.' })),
      retry_after_ms: Type.Optional(
        Type.Integer({ minimum: 0, description: 'How long to wait before the next try.' }),
      ),
      limit,
      scope,
      until,
      reason,
      checks: Type.Optional(
        Type.Array(Check, { description: 'Of `/readyz` only: every check, the failed ones too.' }),
      ),
    },
    { title: 'Problem', description: 'An error, as RFC 9457 says.' },
  ),
)

const Message = component('Message', ServerChat)
const Edit = component('Edit', ServerEdit)
const Deletion = component('Deletion', ServerDelete)
const Reaction = component('Reaction', ServerReaction)

export const Status = component(
  'Status',
  Type.Object(StatusBody, { title: 'Status', description: 'Who is connected.' }),
)

export const Room = component(
  'Room',
  Type.Object(
    { room: RoomName, connected_count: Count, head_seq: HeadSeq, partial: StatusBody.partial },
    { title: 'Room', description: 'A room in one line.' },
  ),
)

export const RoomPage = component(
  'RoomPage',
  Type.Object(
    {
      rooms: Type.Array(Type.Ref('Room#')),
      next_after: Type.Union([Type.String(), Type.Null()], {
        description: 'Give this as `after` for the next page; `null` when there is none.',
      }),
      truncated: Type.Optional(
        Type.Literal(true, {
          description: 'So many rooms may not be read that the list ends here although there are more.',
        }),
      ),
      partial: StatusBody.partial,
    },
    { title: 'RoomPage', description: 'A page of the list of rooms.' },
  ),
)

export const Members = component(
  'Members',
  Type.Object(
    {
      room: RoomName,
      connected_count: Count,
      connected_users: StatusBody.connected_users,
      truncated: Type.Boolean({ description: 'The list was cut; the count is exact.' }),
      partial: StatusBody.partial,
    },
    { title: 'Members', description: 'Who is in a room, in order of arrival.' },
  ),
)

export const HistoryPage = component(
  'HistoryPage',
  Type.Object(
    {
      room: RoomName,
      epoch: Type.String({
        description: 'Changes when the store was replaced; numbers of another epoch mean nothing.',
      }),
      entries: Type.Array(Type.Union([Message, Edit, Deletion, Reaction].map(ref)), {
        description: 'Rising numbers.',
      }),
      first_available: FirstAvailable,
      head_seq: HeadSeq,
      complete: Type.Boolean({ description: 'Nothing more lies in the direction asked for.' }),
    },
    { title: 'HistoryPage', description: 'A page of a room’s log.' },
  ),
)

export const Published = component(
  'Published',
  Type.Object(
    {
      id: ServerChat.properties.id,
      seq: ServerChat.properties.seq,
      room: RoomName,
      timestamp: ServerChat.properties.timestamp,
      created: Type.Boolean({ description: 'False when this `client_id` was known already.' }),
    },
    { title: 'Published', description: 'The message is committed in the store and numbered.' },
  ),
)

export const Readiness = component(
  'Readiness',
  Type.Object(
    {
      status: Type.Literal('ready'),
      checks: Type.Array(Check),
    },
    { title: 'Readiness', description: 'Whether this server should get traffic.' },
  ),
)

export const RevokedSince = component(
  'RevokedSince',
  Type.Object(
    { revoked_at: Type.String({ format: 'date-time' }) },
    { title: 'RevokedSince', description: 'From when on the tokens hold no more.' },
  ),
)

export const Session = component(
  'Session',
  Type.Object(
    {
      username: Type.Union([Type.String(), Type.Null()], {
        description: 'The name that the token gives; `null` without a token.',
      }),
      administrator: Type.Boolean({ description: 'Whether its bearer may administer this server.' }),
      expires_at: Type.Union([Type.String({ format: 'date-time' }), Type.Null()], {
        description: 'When the token ends; `null` without one.',
      }),
      takes_tokens: Type.Boolean({ description: 'Whether people may sign in with a token here.' }),
    },
    { title: 'Session', description: 'Whom this server takes the caller for.' },
  ),
)

const Text = Type.Union([Type.String(), Type.Null()])

export const Explained = component(
  'Explained',
  Type.Object(
    {
      room: RoomName,
      username: Text,
      subject: Text,
      issuer: Text,
      may: Type.Array(Type.String(), { description: 'What is allowed: of join, read, write and moderate.' }),
      decided_by: Type.Object(
        { source: Type.String(), rule: Text },
        { description: 'The source, and the rule of it by pattern or place.' },
      ),
      considered: Type.Array(
        Type.Object({ source: Type.String(), rule: Text, outcome: Type.String(), message: Type.String() }),
        { description: 'Everything that is asked, in its order, and what became of it.' },
      ),
    },
    { title: 'Explained', description: 'What somebody may do in a room, and why.' },
  ),
)

export const PermissionsQuery = Type.Object(
  {
    room: Type.String({ description: 'Name of the room, which need not exist.' }),
    user: Type.Optional(Type.String({ maxLength: 256, description: 'Name of somebody who is here.' })),
    subject: Type.Optional(
      Type.String({ minLength: 1, maxLength: 256, description: 'Subject (`sub`) of a token.' }),
    ),
    issuer: Type.Optional(Type.String({ maxLength: 256, description: 'Issuer (`iss`) of that token.' })),
    lang: Type.Optional(
      Type.Union([Type.Literal('zh-Hant'), Type.Literal('en')], {
        description: 'Language of the sentences.',
      }),
    ),
  },
  { additionalProperties: false },
)

export const Stats = component(
  'Stats',
  Type.Object(
    {
      time: Type.String({ format: 'date-time', description: 'When the numbers were taken.' }),
      nodes: Type.Array(
        Type.Object({
          node: Type.Union([Type.String(), Type.Null()], {
            description: 'Name of the node; `null` where there is one only.',
          }),
          people: Type.Integer({ minimum: 0, description: 'People connected to it.' }),
          answers: Type.Boolean({ description: 'Whether it is the one that answers.' }),
          complete: Type.Boolean({
            description: 'False while not all that it has told of its people has arrived.',
          }),
        }),
        { description: 'Processes that share the history.' },
      ),
      rooms: Type.Array(Type.Ref('Room#'), { description: 'Those with most people, the fullest first.' }),
      metrics: Type.Array(
        Type.Object({
          name: Type.String(),
          help: Type.String(),
          type: Type.String(),
          samples: Type.Array(
            Type.Object({
              name: Type.String({ description: 'That of the family, or of a part of a histogram.' }),
              labels: Type.Record(Type.String(), Type.String()),
              value: Type.Number(),
            }),
          ),
        }),
        { description: 'What `/metrics` says; empty where that is off.' },
      ),
      partial: StatusBody.partial,
    },
    { title: 'Stats', description: 'A server in numbers.' },
  ),
)

export const IssuedTicket = component(
  'IssuedTicket',
  Type.Object(
    {
      ticket: Type.String({ description: 'What is shown as `?ticket=`.' }),
      expires_at: Type.String({ format: 'date-time' }),
    },
    { title: 'IssuedTicket', description: 'Shown once, and until when.' },
  ),
)

export const COMPONENTS: ReadonlyArray<TSchema & { $id: string }> = [
  Problem,
  RevokedSince,
  Session,
  Stats,
  Explained,
  IssuedTicket,
  Moderated,
  AuditPage,
  Message,
  Edit,
  Deletion,
  Reaction,
  Status,
  Room,
  RoomPage,
  Members,
  HistoryPage,
  Published,
  Readiness,
]

export const PublishBody = Type.Object(
  {
    message: Type.String({ minLength: 1, description: 'The text.', examples: ['The build is green.'] }),
    username: Type.Optional(
      Type.String({
        description: `Author; a name that nobody here bears. Default: ${ANONYMOUS}.`,
        examples: ['build-bot'],
      }),
    ),
    timestamp: Type.Optional(Type.String({ description: 'Relayed when it is a valid RFC 3339 time.' })),
    client_id: ClientChat.properties.client_id,
  },
  { description: 'Unknown fields are ignored.' },
)

const RevokedId = Type.Optional(Type.String({ minLength: 1, maxLength: 256 }))

export const RevocationBody = Type.Object({
  subject: RevokedId,
  token_id: RevokedId,
  issuer: Type.Optional(
    Type.String({
      maxLength: 256,
      description: 'Who gave the tokens. Default: who gave that of the administrator.',
    }),
  ),
})

export const RoomParams = Type.Object({
  room: Type.String({ minLength: 1, description: 'Name of the room, percent-encoded.', examples: ['lobby'] }),
})

const Limit = Type.Optional(
  Type.Integer({
    minimum: 1,
    maximum: MAX_HISTORY_PAGE,
    default: DEFAULT_PAGE,
    description: `Most entries of the answer; default ${DEFAULT_PAGE}.`,
  }),
)

export const RoomsQuery = Type.Object({
  after: Type.Optional(
    Type.String({ description: 'Rooms behind this name; the `next_after` of the page before.' }),
  ),
  limit: Limit,
})

export const HistoryQuery = Type.Object({
  before: Type.Optional(
    Type.Integer({ minimum: 1, description: 'Entries with a lower number, the nearest ones.' }),
  ),
  after: Type.Optional(
    Type.Integer({ minimum: 0, description: 'Entries with a higher number, the nearest ones.' }),
  ),
  limit: Limit,
})

export const EventStream = Type.String({ description: 'Events, as the HTML standard says.' })

export const StatusQuery = Type.Object({
  room: Type.Optional(Type.String({ description: 'Only this room; default: the whole server.' })),
})

export const LangQuery = Type.Object({
  lang: Type.Optional(
    Type.Union([Type.Literal('zh-Hant'), Type.Literal('en')], { description: 'Language of the page.' }),
  ),
})

export const EventsQuery = Type.Object({
  last_event_id: Type.Optional(
    Type.String({ description: 'What `Last-Event-ID` says, for readers that cannot send it.' }),
  ),
  ticket: Type.Optional(
    Type.String({ description: 'What a token was changed for, for readers that can send no header.' }),
  ),
  lang: Type.Optional(
    Type.Union([Type.Literal('zh-Hant'), Type.Literal('en')], {
      description: 'Language of the server’s sentences.',
    }),
  ),
})
