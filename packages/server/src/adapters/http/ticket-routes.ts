import type { FastifyInstance } from 'fastify'
import type { HttpOptions } from './options.ts'
import { answer, answers } from './openapi.ts'
import { IssuedTicket, ref } from './schemas.ts'

/** AU13: `/api/v1/tickets`. */
export function addTicketRoutes(app: FastifyInstance, { service }: HttpOptions): void {
  app.post(
    '/api/v1/tickets',
    {
      schema: {
        tags: ['operations'],
        summary: 'Change a token for a ticket',
        description:
          'Answers with what an upgrade, or a stream of events, may show as `?ticket=` in the place of the bearer’s token: once, on any server, within 30 seconds.',
        response: answers(
          201,
          answer('A ticket.', ref(IssuedTicket), {
            ticket: 'eyJ0aWNrZXQiOiJ2aG.5oT1qHk0',
            expires_at: '2026-01-01T12:00:30.000Z',
          }),
          ['unauthorized', 'forbidden', 'origin_refused', 'too_large', 'unsupported_data', 'unavailable'],
        ),
      },
    },
    async ({ identity, lang }, reply) =>
      reply
        .code(201)
        .header('cache-control', 'no-store')
        .send(await service.inLanguage(lang).issueTicket(identity)),
  )
}
