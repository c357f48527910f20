import type { FastifyInstance } from 'fastify'
import type { RouteOptions } from './options.ts'
import { HTTP_TEXTS } from './error-texts.ts'
import { shownHost } from './headers.ts'
import { pathOf, problemOf, sendProblem } from './problem.ts'

const ENDPOINTS = {
  echo: '/ws',
  anonymous: '/ws/chat',
  named: '/ws/chat/{username}',
  heartbeat: '/ws/chat/{username}/heartbeat',
  status: '/ws/status',
  rooms: '/api/v1/rooms',
  events: '/api/v1/rooms/{room}/events',
  health: '/health',
  livez: '/livez',
  readyz: '/readyz',
  websocket_docs: '/docs/ws',
  openapi: '/openapi.json',
  asyncapi: '/asyncapi.json',
} as const

const WEBSOCKET_ROUTES = ['/ws', '/ws/chat', '/ws/chat/:username', '/ws/chat/:username/heartbeat']

/** `/`, and a hint for those who open a WebSocket endpoint without a WebSocket. */
export function addIndexRoutes(app: FastifyInstance, { version, see }: RouteOptions): void {
  app.get('/', { schema: { hide: true } }, (request, reply) => {
    reply.header('vary', 'accept').header('cache-control', 'no-cache')
    const query = request.url.slice(pathOf(request).length)
    if (prefersHtml(request.headers.accept)) return reply.redirect(`/chat${query}`, 302)
    return reply.send({ name: 'Roomful', version, chat: '/chat', docs: '/docs', endpoints: ENDPOINTS })
  })
  for (const route of WEBSOCKET_ROUTES) {
    app.get(route, { schema: { hide: true } }, (request, reply) => {
      const instance = pathOf(request)
      const seen = see(request.raw)
      const host = shownHost(seen.host)
      const detail = HTTP_TEXTS[request.lang].upgradeRequired(
        host === undefined ? instance : `${seen.scheme === 'https' ? 'wss' : 'ws'}://${host}${instance}`,
      )
      // RFC 9110 section 15.5.22
      reply.header('upgrade', 'websocket').header('connection', 'upgrade, close')
      return sendProblem(reply, problemOf(request.lang, 'bad_message', { detail, instance, status: 426 }))
    })
  }
}

/** Whether `Accept` names HTML and does not like JSON better (RFC 9110 section 12.5.1). */
function prefersHtml(accept: string | undefined): boolean {
  const html = qualityOf('text/html', accept)
  return html > 0 && html >= qualityOf('application/json', accept)
}

function qualityOf(type: string, accept: string | undefined): number {
  for (const range of accept?.split(',') ?? []) {
    const [name, ...parameters] = range.split(';').map((part) => part.trim().toLowerCase())
    if (name !== type) continue
    const quality = parameters.find((parameter) => parameter.startsWith('q='))
    return quality === undefined ? 1 : Number(quality.slice(2)) || 0
  }
  return 0
}
