import { EVERYWHERE } from '@roomful/protocol'
import type { FastifyInstance } from 'fastify'
import type { Static } from 'typebox'
import { AuditPage, AuditQuery, Moderated, ModerationBody } from './moderation-schemas.ts'
import { answer, answers } from './openapi.ts'
import type { HttpOptions } from './options.ts'
import { DEFAULT_PAGE, ref, RoomParams } from './schemas.ts'

const DONE = {
  id: 'b7f1c2d3e4f5-1',
  seq: 7,
  room: 'lobby',
  action: 'mute',
  username: 'Bob',
  until: '2024-01-01T12:10:00.000Z',
  timestamp: '2024-01-01T12:00:00.000Z',
}

const ACT = {
  id: DONE.id,
  seq: DONE.seq,
  action: DONE.action,
  username: DONE.username,
  by: 'Alice',
  timestamp: DONE.timestamp,
  seconds: 600,
  until: DONE.until,
  reason: 'Spam',
}

const REPEATED = answer('This `client_id` was known; this is its first answer again.', ref(Moderated), {
  ...DONE,
  created: false,
})

const POST = {
  tags: ['moderation'],
  body: ModerationBody,
  response: {
    200: REPEATED,
    ...answers(201, answer('Done, and in the audit trail.', ref(Moderated), { ...DONE, created: true }), [
      'bad_message',
      'invalid_room',
      'unauthorized',
      'rate_limited',
      'forbidden',
      'too_many_sanctions',
      'origin_refused',
      'user_not_found',
      'not_found',
      'conflict',
      'unsupported_data',
      'unavailable',
    ]),
  },
}

const GET = {
  tags: ['moderation'],
  querystring: AuditQuery,
  response: answers(
    200,
    answer('What holds, and what was done.', ref(AuditPage), {
      room: 'lobby',
      slow_seconds: 0,
      locked: false,
      read_only: false,
      sanctions: [ACT],
      acts: [ACT],
      next_before: null,
    }),
    ['bad_message', 'invalid_room', 'unauthorized', 'rate_limited', 'forbidden', 'unavailable'],
  ),
}

type Body = Static<typeof ModerationBody>
type Query = Static<typeof AuditQuery>

/** MO12: `/api/v1/rooms/{room}/moderation`, and `/api/v1/moderation` for the whole server. */
export function addModerationRoutes(app: FastifyInstance, { service }: HttpOptions): void {
  app.post<{ Params: Static<typeof RoomParams>; Body: Body }>(
    '/api/v1/rooms/:room/moderation',
    {
      schema: {
        ...POST,
        params: RoomParams,
        summary: 'Moderate a room',
        description:
          'Mutes, removes or bans somebody, deletes a message, or sets how the room may be used. For those who may moderate it.',
      },
    },
    async ({ params: { room }, body, identity, address, lang }, reply) => {
      const done = await service.inLanguage(lang).moderate({ ...body, room }, identity, address)
      return reply.code(done.created ? 201 : 200).send(done)
    },
  )
  app.post<{ Body: Body }>(
    '/api/v1/moderation',
    {
      schema: {
        ...POST,
        summary: 'Moderate the whole server',
        description: 'Mutes, removes or bans somebody on the whole server. For administrators.',
      },
    },
    async ({ body, identity, address, lang }, reply) => {
      const done = await service.inLanguage(lang).moderate({ ...body, room: EVERYWHERE }, identity, address)
      return reply.code(done.created ? 201 : 200).send(done)
    },
  )
  app.get<{ Params: Static<typeof RoomParams>; Querystring: Query }>(
    '/api/v1/rooms/:room/moderation',
    {
      schema: {
        ...GET,
        params: RoomParams,
        summary: 'What moderators did in a room',
        description:
          'How the room may be used, who is muted or banned, and what was done. For those who may moderate it.',
      },
    },
    async ({ params, query, identity, address, lang }) =>
      service.inLanguage(lang).moderation(params.room, ...pageOf(query), identity, address),
  )
  app.get<{ Querystring: Query }>(
    '/api/v1/moderation',
    {
      schema: {
        ...GET,
        summary: 'What administrators did on the whole server',
        description: 'Who is muted or banned on the whole server, and what was done. For administrators.',
      },
    },
    async ({ query, identity, address, lang }) =>
      service.inLanguage(lang).moderation(EVERYWHERE, ...pageOf(query), identity, address),
  )
}

function pageOf({ before = Number.MAX_SAFE_INTEGER, limit = DEFAULT_PAGE }: Query): [number, number] {
  return [before, limit]
}
