import type { FastifyInstance } from 'fastify'
import type { Static } from 'typebox'
import { answer, answers } from './openapi.ts'
import type { HttpOptions } from './options.ts'
import { Explained, PermissionsQuery, ref } from './schemas.ts'

const EXAMPLE = {
  room: 'class-1',
  username: 'Ann',
  subject: 'u-1',
  issuer: 'https://school.example',
  may: ['join', 'read'],
  decided_by: { source: 'settings', rule: 'permissions[0]' },
  considered: [
    {
      source: 'administrator',
      rule: null,
      outcome: 'not_this_person',
      message: 'It is about somebody else.',
    },
    { source: 'hook', rule: null, outcome: 'not_configured', message: 'There is none.' },
    { source: 'claims', rule: null, outcome: 'not_configured', message: 'There is none.' },
    { source: 'settings', rule: 'permissions[0]', outcome: 'decided', message: 'This decides.' },
    { source: 'default', rule: null, outcome: 'not_reached', message: 'Something before it has decided.' },
  ],
}

/** PE10: `/api/v1/permissions`. */
export function addPermissionRoutes(app: FastifyInstance, { service }: HttpOptions): void {
  app.get<{ Querystring: Static<typeof PermissionsQuery> }>(
    '/api/v1/permissions',
    {
      schema: {
        tags: ['operations'],
        summary: 'What somebody may do in a room',
        description:
          'For administrators, as their own token says: what is allowed, which rule decided, and what became of each other one. Nothing happens. With `user`: somebody who is connected to this server; with `subject`: the bearer of a token that says nothing else; with neither: a guest.',
        querystring: PermissionsQuery,
        response: answers(200, answer('What is allowed, and why.', ref(Explained), EXAMPLE), [
          'bad_message',
          'invalid_room',
          'unauthorized',
          'forbidden',
          'user_not_found',
          'unavailable',
        ]),
      },
    },
    async ({ query: { lang: _asked, ...query }, identity, lang }) =>
      service.inLanguage(lang).explain({ ...query, identity }),
  )
}
