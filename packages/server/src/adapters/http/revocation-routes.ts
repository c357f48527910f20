import type { FastifyInstance } from 'fastify'
import type { Static } from 'typebox'
import type { HttpOptions } from './options.ts'
import { answer, answers } from './openapi.ts'
import { ref, RevocationBody, RevokedSince } from './schemas.ts'

/** AU10: `/api/v1/revocations`. */
export function addRevocationRoutes(app: FastifyInstance, { service }: HttpOptions): void {
  app.post<{ Body: Static<typeof RevocationBody> }>(
    '/api/v1/revocations',
    {
      schema: {
        tags: ['operations'],
        summary: 'Revoke tokens',
        description:
          'For administrators, as their own token says, and for everybody about themselves: that is how one signs out. With `subject`: every token that the subject was given so far; with `token_id`: the one that bears this `jti`. Their connections are closed, on all servers.',
        body: RevocationBody,
        response: answers(
          201,
          answer('Revoked.', ref(RevokedSince), { revoked_at: '2026-01-01T12:00:00.000Z' }),
          [
            'bad_message',
            'unauthorized',
            'rate_limited',
            'forbidden',
            'origin_refused',
            'unsupported_data',
            'unavailable',
          ],
        ),
      },
    },
    async ({ body, identity, lang }, reply) => {
      const { subject, token_id, issuer } = body
      return reply
        .code(201)
        .send(await service.inLanguage(lang).revoke({ identity, subject, token_id, issuer }))
    },
  )
}
