import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import type { Check } from '../../ports/service.ts'
import type { HttpOptions } from './options.ts'
import { HTTP_TEXTS } from './error-texts.ts'
import { answers, answer } from './openapi.ts'
import { pathOf, problemOf, sendProblem } from './problem.ts'
import { Readiness, ref, Status, StatusQuery } from './schemas.ts'

/** What monitors of classic deployments read. */
const HEALTH = {
  status: 'healthy',
  websocket_support: true,
  features: {
    echo: true,
    broadcast: true,
    private_messages: true,
    rooms: true,
    heartbeat: true,
    connection_status: true,
    history: true,
  },
} as const

const Health = Type.Object({
  status: Type.Literal('healthy'),
  websocket_support: Type.Literal(true),
  features: Type.Record(Type.String(), Type.Boolean()),
})

const Alive = Type.Object({ status: Type.Literal('alive') })

/** Liveness, readiness and who is connected. None of them is cached. */
export function addHealthRoutes(app: FastifyInstance, { service }: HttpOptions): void {
  app.get(
    '/health',
    {
      schema: {
        tags: ['operations'],
        summary: 'Health, for monitors',
        description: 'Says what this server can do. It asks no dependency.',
        response: answers(200, answer('The server runs.', Health, HEALTH)),
      },
    },
    (_request, reply) => reply.header('cache-control', 'no-store').send(HEALTH),
  )
  app.get(
    '/livez',
    {
      schema: {
        tags: ['operations'],
        summary: 'Liveness',
        description: 'Answers as long as the process can answer at all. It asks no dependency.',
        response: answers(200, answer('The process lives.', Alive, { status: 'alive' })),
      },
    },
    (_request, reply) => reply.header('cache-control', 'no-store').send({ status: 'alive' }),
  )
  addReadiness(app, service)
  app.get<{ Querystring: { room?: string } }>(
    '/ws/status',
    {
      schema: {
        tags: ['operations'],
        summary: 'Who is connected',
        description:
          'Counts people, of all servers where there are several; a person with several connections counts once. Lists are capped, the count is exact. `connections` are those to this server.',
        querystring: StatusQuery,
        response: answers(
          200,
          answer('Who is connected now.', ref(Status), {
            connected_count: 1,
            connected_users: ['Alice'],
            heartbeat_timeout: 30,
            connections: [{ username: 'Alice', last_activity: '2024-01-01T12:00:00Z', idle_seconds: 4 }],
            status: 'active',
          }),
          ['bad_message', 'invalid_room'],
        ),
      },
    },
    (request, reply) =>
      reply
        .header('cache-control', 'no-store')
        .send(service.inLanguage(request.lang).status(request.query.room, request.identity, request.address)),
  )
}

function addReadiness(app: FastifyInstance, service: HttpOptions['service']): void {
  const example = { status: 'ready', checks: [{ name: 'store', ok: true, detail: 'writable', age_ms: 120 }] }
  app.get(
    '/readyz',
    {
      schema: {
        tags: ['operations'],
        summary: 'Readiness',
        description:
          'Whether this server should get traffic: each check and its age. A failed one is a 503 with the same list. Of several servers: a lost bus fails no check and shows in the detail of `bus`.',
        response: answers(200, answer('Every check is fine.', ref(Readiness), example), ['unavailable']),
      },
    },
    async (request, reply) => {
      reply.header('cache-control', 'no-store')
      const checks: readonly Check[] = await service.readiness()
      const failed = checks.filter(({ ok }) => !ok).map(({ name }) => name)
      if (failed.length === 0) return reply.send({ status: 'ready', checks })
      const { lang } = request
      const detail = HTTP_TEXTS[lang].notReady(failed.join(', '))
      const details = { detail, instance: pathOf(request), retryAfterMs: 1_000 }
      return sendProblem(reply, problemOf(lang, 'unavailable', details), { checks })
    },
  )
}
