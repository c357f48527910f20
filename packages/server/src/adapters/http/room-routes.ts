import type { FastifyInstance } from 'fastify'
import type { Static } from 'typebox'
import { Refusal } from '../../ports/service.ts'
import type { Range } from '../../ports/store.ts'
import type { HttpOptions } from './options.ts'
import { HTTP_TEXTS } from './error-texts.ts'
import { answer, answers } from './openapi.ts'
import {
  DEFAULT_PAGE,
  HistoryPage,
  HistoryQuery,
  Members,
  PublishBody,
  Published,
  ref,
  Room,
  RoomPage,
  RoomParams,
  RoomsQuery,
} from './schemas.ts'

/** Above every number: the newest page. */
const NEWEST: Range = { before: Number.MAX_SAFE_INTEGER }

const ROOM_EXAMPLE = { room: 'lobby', connected_count: 2, head_seq: 42 }

const MESSAGE_EXAMPLE = {
  type: 'message',
  username: 'Alice',
  message: 'Hello',
  timestamp: '2024-01-01T12:00:00Z',
  id: 'b7f1c2d3e4f5-1',
  seq: 42,
  room: 'lobby',
}

/** `/api/v1/rooms`: rooms, members, history, publish. */
export function addRoomRoutes(app: FastifyInstance, options: HttpOptions): void {
  app.addHook('onSend', async (request, reply) => {
    if (request.routeOptions.url?.startsWith('/api/')) reply.header('cache-control', 'no-store')
  })
  addRoomList(app, options)
  addRoom(app, options)
  addHistory(app, options)
  addPublish(app, options)
}

function addRoomList(app: FastifyInstance, { service }: HttpOptions): void {
  app.get<{ Querystring: Static<typeof RoomsQuery> }>(
    '/api/v1/rooms',
    {
      schema: {
        tags: ['rooms'],
        summary: 'List rooms',
        description: 'Rooms in which something was said or somebody is, by name.',
        querystring: RoomsQuery,
        response: answers(
          200,
          answer('A page of rooms.', ref(RoomPage), { rooms: [ROOM_EXAMPLE], next_after: null }),
          ['bad_message', 'unauthorized', 'rate_limited', 'unavailable'],
        ),
      },
    },
    async ({ query, identity, address, lang }) => {
      const { after = '', limit = DEFAULT_PAGE } = query
      const found = await service.inLanguage(lang).rooms(after, limit + 1, identity, address)
      const rooms = found.rooms.slice(0, limit)
      const next_after = found.rooms.length > limit ? (rooms.at(-1)?.room ?? null) : null
      return { ...found, rooms, next_after }
    },
  )
}

function addRoom(app: FastifyInstance, { service }: HttpOptions): void {
  app.get<{ Params: Static<typeof RoomParams> }>(
    '/api/v1/rooms/:room',
    {
      schema: {
        tags: ['rooms'],
        summary: 'One room',
        description: 'A room exists as soon as it is named; an unused one has nobody in it and no entries.',
        params: RoomParams,
        response: answers(200, answer('The room.', ref(Room), ROOM_EXAMPLE), [
          'invalid_room',
          'unauthorized',
          'forbidden',
          'rate_limited',
          'unavailable',
        ]),
      },
    },
    async ({ params, identity, address, lang }) => {
      const speaking = service.inLanguage(lang)
      const { room, connected_count, partial } = speaking.members(params.room, identity, address)
      const { head_seq } = await speaking.history(room, NEWEST, 1, identity, address)
      return { room, connected_count, head_seq, ...(partial ? { partial } : null) }
    },
  )
  app.get<{ Params: Static<typeof RoomParams> }>(
    '/api/v1/rooms/:room/members',
    {
      schema: {
        tags: ['rooms'],
        summary: 'Who is in a room',
        description: 'Names in order of arrival; connections without a name are counted only.',
        params: RoomParams,
        response: answers(
          200,
          answer('The members.', ref(Members), {
            room: 'lobby',
            connected_count: 2,
            connected_users: ['Bob', 'Alice'],
            truncated: false,
          }),
          ['invalid_room', 'unauthorized', 'rate_limited', 'forbidden'],
        ),
      },
    },
    async ({ params, identity, address, lang }) =>
      service.inLanguage(lang).members(params.room, identity, address),
  )
}

function addHistory(app: FastifyInstance, { service }: HttpOptions): void {
  app.get<{ Params: Static<typeof RoomParams>; Querystring: Static<typeof HistoryQuery> }>(
    '/api/v1/rooms/:room/messages',
    {
      schema: {
        tags: ['messages'],
        summary: 'Read the history',
        description:
          'A page of the room’s log in rising order: below `before`, above `after`, or the newest entries.',
        params: RoomParams,
        querystring: HistoryQuery,
        response: answers(
          200,
          answer('A page of the log.', ref(HistoryPage), {
            room: 'lobby',
            epoch: 'V1StGXR8',
            entries: [MESSAGE_EXAMPLE],
            first_available: 1,
            head_seq: 42,
            complete: false,
          }),
          ['bad_message', 'invalid_room', 'unauthorized', 'rate_limited', 'forbidden', 'unavailable'],
        ),
      },
    },
    async ({ params, query, identity, address, lang }) => {
      const { before, after, limit = DEFAULT_PAGE } = query
      if (before !== undefined && after !== undefined)
        throw new Refusal('bad_message', HTTP_TEXTS[lang].beforeAndAfter, { field: 'after' })
      const range = after === undefined ? (before === undefined ? NEWEST : { before }) : { after }
      return service.inLanguage(lang).history(params.room, range, limit, identity, address)
    },
  )
}

function addPublish(app: FastifyInstance, { service }: HttpOptions): void {
  const example = { id: 'b7f1c2d3e4f5-1', seq: 42, room: 'lobby', timestamp: '2024-01-01T12:00:00Z' }
  const repeated = answer('This `client_id` was known; this is its first answer again.', ref(Published), {
    ...example,
    created: false,
  })
  app.post<{ Params: Static<typeof RoomParams>; Body: Static<typeof PublishBody> }>(
    '/api/v1/rooms/:room/messages',
    {
      schema: {
        tags: ['messages'],
        summary: 'Publish a message',
        description:
          'Says something in a room. The answer comes after the commit. With `client_id` a repeated request is the same message.',
        params: RoomParams,
        body: PublishBody,
        response: {
          200: repeated,
          ...answers(201, answer('Committed and numbered.', ref(Published), { ...example, created: true }), [
            'bad_message',
            'invalid_name',
            'invalid_room',
            'unauthorized',
            'rate_limited',
            'forbidden',
            'banned',
            'muted',
            'read_only',
            'slow_mode',
            'origin_refused',
            'name_taken',
            'conflict',
            'too_large',
            'unsupported_data',
            'unavailable',
          ]),
        },
      },
    },
    async ({ params, body, identity, address, lang }, reply) => {
      const { message, username, timestamp, client_id } = body
      const published = await service.inLanguage(lang).publish({
        room: params.room,
        identity,
        address,
        message,
        username,
        timestamp,
        client_id,
      })
      return reply.code(published.created ? 201 : 200).send(published)
    },
  )
}
