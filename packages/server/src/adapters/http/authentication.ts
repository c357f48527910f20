import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Identity } from '../../ports/auth.ts'
import { Refusal } from '../../ports/service.ts'
import { bearerToken } from '../bearer-token.ts'
import type { RouteOptions } from './options.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whether a ticket may be shown as `?ticket=` in the place of a token: where browsers send no header. */
    readonly takesTickets?: true
  }
  interface FastifyRequest {
    /** Who asks, on the routes of rooms; `null` for a guest. */
    identity: Identity | null
    /** From where, on the same routes. */
    address: string
  }
}

/** AU4: whatever reads or writes rooms is for those who are let in. Everything below `/api/` is, also what is added later. */
export function guardReading(app: FastifyInstance, { service, see }: RouteOptions): void {
  app.decorateRequest('identity', null)
  app.decorateRequest('address', '')
  app.addHook('onRequest', async (request, reply) => {
    const { url } = request.routeOptions
    if (url === undefined || !isOfRooms(url)) return
    const token = bearerToken(request.headers.authorization)
    const ticket = token === null ? ticketIn(request) : null
    const speaking = service.inLanguage(request.lang)
    try {
      request.address = see(request.raw).address
      request.identity = await (ticket === null
        ? speaking.identify(token, request.address)
        : speaking.redeem(ticket, request.address))
      if (request.identity !== null) speaking.admit({ identity: request.identity })
    } catch (error) {
      // RFC 6750 section 3.
      if (error instanceof Refusal && error.code === 'unauthorized')
        reply.header(
          'www-authenticate',
          (token ?? ticket) === null ? 'Bearer' : 'Bearer error="invalid_token"',
        )
      throw error
    }
  })
}

/** AU13: a token counts before it (AU2). */
function ticketIn({ routeOptions, url }: FastifyRequest): string | null {
  if (routeOptions.config.takesTickets !== true) return null
  const start = url.indexOf('?')
  return start === -1 ? null : new URLSearchParams(url.slice(start)).get('ticket')
}

function isOfRooms(route: string): boolean {
  return route.startsWith('/api/') || route === '/ws/status'
}
