import type { FastifyInstance, FastifyReply } from 'fastify'
import type { Static } from 'typebox'
import { Refusal } from '../../../ports/service.ts'
import { originAllowed } from '../../origin.ts'
import { HTTP_TEXTS } from '../error-texts.ts'
import type { RouteOptions } from '../options.ts'
import { answers } from '../openapi.ts'
import { EventStream, EventsQuery, RoomParams } from '../schemas.ts'
import { EventSocket } from './event-socket.ts'
import { createEventEncoder, positionOf } from './event-stream.ts'

/** Milliseconds after which readers come back whose stream broke, spread so that they do not come all at once. */
const FIRST_RETRY_MS = 1_000
const RETRY_STEP_MS = 200
const RETRY_STEPS = 20

const EXAMPLE = `retry: 1000

id: V1StGXR8:41
event: system
data: {"type":"system","event":"welcome","message":"Welcome to the chat room!","room":"lobby","connected_count":2,"epoch":"V1StGXR8","head_seq":41}

id: V1StGXR8:42
event: message
data: {"type":"message","username":"Alice","message":"Hello","timestamp":"2024-01-01T12:00:00Z","id":"b7f1c2d3e4f5-1","seq":42,"room":"lobby"}

`

const SCHEMA = {
  tags: ['messages'],
  summary: 'Follow a room',
  description:
    'What is said in a room, as server-sent events, for readers that only listen: `new EventSource(url)` or `curl -N url`. The `event` is the type of the frame, `data` the frame of dialect v1, `id` the epoch and number of the entry. With `Last-Event-ID` everything that was said since comes first. An `EventSource` shows a ticket as `?ticket=`, once; when it ends, a new one is made with another ticket and `?last_event_id=`.',
  params: RoomParams,
  querystring: EventsQuery,
  response: answers(
    200,
    {
      description: 'A stream of events that does not end by itself.',
      content: { 'text/event-stream': { schema: EventStream, example: EXAMPLE } },
    },
    [
      'bad_message',
      'invalid_room',
      'unauthorized',
      'rate_limited',
      'forbidden',
      'origin_refused',
      'server_full',
      'unavailable',
    ],
  ),
}

/** SS1-SS7: `/api/v1/rooms/{room}/events`, one more transport of the core. */
export function addEventRoutes(app: FastifyInstance, { service, settings, see }: RouteOptions): void {
  const encoder = createEventEncoder(service.epoch)
  let streams = 0
  app.get<{ Params: Static<typeof RoomParams>; Querystring: Static<typeof EventsQuery> }>(
    '/api/v1/rooms/:room/events',
    { schema: SCHEMA, exposeHeadRoute: false, config: { takesTickets: true } },
    async (request, reply) => {
      const { origin, 'last-event-id': id } = request.headers
      const seen = see(request.raw)
      if (!originAllowed(origin, seen, settings.origins))
        throw new Refusal('origin_refused', HTTP_TEXTS[request.lang].originRefused)
      const { last_event_id } = request.query
      const retryMs = FIRST_RETRY_MS + (streams++ % RETRY_STEPS) * RETRY_STEP_MS
      const socket = new EventSocket(encoder, reply.raw, () => beginStream(reply, origin, retryMs))
      const events = service.attach(socket, {
        endpoint: 'events',
        address: seen.address,
        room: request.params.room,
        lang: request.lang,
        identity: request.identity,
        // The header is the newer one: a polyfill repeats its address when it comes back.
        since: positionOf(typeof id === 'string' ? id : last_event_id),
      })
      socket.report(events)
      await socket.begun
      return reply
    },
  )
}

function beginStream(reply: FastifyReply, origin: string | undefined, retryMs: number): void {
  reply.headers({
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store, no-transform',
    // nginx would gather events before it passes them on.
    'x-accel-buffering': 'no',
    vary: 'origin, accept-language',
  })
  if (origin !== undefined) reply.header('access-control-allow-origin', origin)
  reply.hijack()
  for (const [name, value] of Object.entries(reply.getHeaders()))
    if (value !== undefined) reply.raw.setHeader(name, value)
  reply.raw.writeHead(200).write(`retry: ${retryMs}\n\n`)
}
