import { checkUsername } from '@roomful/protocol'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Refusal } from '../../ports/service.ts'
import { HTTP_TEXTS } from './error-texts.ts'
import { answer, answers } from './openapi.ts'
import type { HttpOptions } from './options.ts'
import { ref, Session, Stats } from './schemas.ts'

/** Most rooms that the statistics name. */
const MAX_ROOMS = 20

const TIME = '2026-01-01T12:00:00.000Z'

const SESSION_EXAMPLE = { username: 'Alice', administrator: false, expires_at: TIME, takes_tokens: true }

const STATS_EXAMPLE = {
  time: TIME,
  nodes: [{ node: null, people: 41, answers: true, complete: true }],
  rooms: [{ room: 'lobby', connected_count: 41, head_seq: 812 }],
  metrics: [
    {
      name: 'roomful_people',
      help: 'People connected to this process, each once.',
      type: 'gauge',
      samples: [{ name: 'roomful_people', labels: {}, value: 41 }],
    },
  ],
}

/** AU12, OP6: what the page asks before it lets somebody in, and the numbers of `/admin`. */
export function addAdminRoutes(app: FastifyInstance, { service, settings, scrape }: HttpOptions): void {
  app.get('/api/v1/session', { schema: SESSION_SCHEMA }, ({ identity }, reply) => {
    const name = identity === null ? null : checkUsername(identity.name)
    reply.header('cache-control', 'no-store')
    return reply.send({
      username: name?.ok === true ? name.name : null,
      administrator: identity?.isAdmin === true,
      expires_at: identity === null ? null : new Date(identity.expiresAt).toISOString(),
      takes_tokens: settings.auth !== 'guest',
    })
  })
  app.get('/api/v1/stats', { schema: STATS_SCHEMA }, async (request, reply) => {
    if (!isAdministrator(request)) throw new Refusal('forbidden', HTTP_TEXTS[request.lang].adminsOnly)
    const [overview, numbers] = await Promise.all([
      service.inLanguage(request.lang).overview(MAX_ROOMS),
      settings.metrics === 'off' ? null : scrape(),
    ])
    reply.header('cache-control', 'no-store')
    return reply.send({ time: new Date().toISOString(), ...overview, metrics: numbers?.families ?? [] })
  })
}

function isAdministrator({ identity }: FastifyRequest): boolean {
  return identity?.isAdmin === true
}

const SESSION_SCHEMA = {
  tags: ['operations'],
  summary: 'Who one is',
  description: 'Whom the server takes the caller for: a guest, or the bearer of the token.',
  response: answers(200, answer('Who the caller is.', ref(Session), SESSION_EXAMPLE), [
    'unauthorized',
    'unavailable',
  ]),
}

const STATS_SCHEMA = {
  tags: ['operations'],
  summary: 'Statistics',
  description:
    'For administrators, as their own token says: the numbers of `/metrics` as JSON, the nodes, and the rooms with most people. The page `/admin` draws them.',
  response: answers(200, answer('The numbers now.', ref(Stats), STATS_EXAMPLE), [
    'unauthorized',
    'forbidden',
    'unavailable',
  ]),
}
