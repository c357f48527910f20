import { createServer, type Server } from 'node:http'
import type { Socket } from 'node:net'
import type { Lang } from '@roomful/protocol'
import fastify, { type FastifyInstance } from 'fastify'
import { Refusal } from '../../ports/service.ts'
import { languageOf } from '../language.ts'
import { originAllowed } from '../origin.ts'
import { trustedProxies } from '../proxies.ts'
import { namesWebSocket } from '../upgrade-header.ts'
import { addAdminRoutes } from './admin-routes.ts'
import { clientFault } from './client-fault.ts'
import { guardReading } from './authentication.ts'
import { addDocumentRoutes } from './docs/routes.ts'
import { addEventRoutes } from './events/event-routes.ts'
import { HTTP_TEXTS } from './error-texts.ts'
import { SECURITY_HEADERS } from './headers.ts'
import { addHealthRoutes } from './health-routes.ts'
import { addIndexRoutes } from './index-routes.ts'
import { addMetricsRoute } from './metrics-route.ts'
import { addModerationRoutes } from './moderation-routes.ts'
import { addNotFound, type Route } from './not-found.ts'
import { addOpenApi } from './openapi.ts'
import type { HttpOptions, RouteOptions } from './options.ts'
import { addPageRoutes } from './page-routes.ts'
import { pathOf, problemOf, problemOfError, sendProblem } from './problem.ts'
import { addPermissionRoutes } from './permission-routes.ts'
import { addRevocationRoutes } from './revocation-routes.ts'
import { addRoomRoutes } from './room-routes.ts'
import { limitUnanswered, STALLED_MS } from './slow-clients.ts'
import { addTicketRoutes } from './ticket-routes.ts'
import { createValidator } from './validation.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Of what is answered. */
    lang: Lang
  }
}

/** Longest request body, in bytes. */
const MAX_BODY_BYTES = 65_536

/** Longest path parameter: a room of 64 code points, each percent-encoded from four bytes. */
const MAX_PARAM_LENGTH = 1_024

/** As `node:http` names them: time and size limits of a request, in milliseconds and bytes, and from Node.js 22.21 and 24.9 on which upgrades are none (EP10). */
const SERVER_OPTIONS = {
  headersTimeout: 10_000,
  requestTimeout: 15_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 5_000,
  maxHeaderSize: 8_192,
  shouldUpgradeCallback: namesWebSocket,
} as const

export interface Http {
  readonly app: FastifyInstance
  /** The server to listen with. Its `upgrade` event is the WebSocket adapter's. */
  readonly server: Server
  /** All that is served. */
  readonly routes: readonly Route[]
}

/** Builds the HTTP side: pages, documents, status and the REST API. It does not listen yet. */
export async function createHttp(given: HttpOptions): Promise<Http> {
  const { settings } = given
  const options = { ...given, see: trustedProxies(settings.trustedProxies) }
  const app = fastify({
    logger: false,
    bodyLimit: MAX_BODY_BYTES,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    serverFactory: (handler) => createServer(SERVER_OPTIONS, limitUnanswered(handler)).setTimeout(STALLED_MS),
    schemaController: { compilersFactory: { buildValidator: notBuilt, buildSerializer: notBuilt } },
    clientErrorHandler: (error: Error, socket: Socket) => clientFault(settings.lang, error, socket),
    frameworkErrors: (error, request, reply) => {
      reply.headers(SECURITY_HEADERS)
      const problem = problemOfError(
        languageOf(request.raw, settings.lang),
        error,
        pathOf(request),
        MAX_BODY_BYTES,
      )
      if (problem !== null) sendProblem(reply, problem)
    },
  })
  app.setValidatorCompiler(createValidator())
  app.setSerializerCompiler(() => (body: unknown) => JSON.stringify(body))
  acceptJsonOnly(app)
  speak(app, settings.lang)
  guardRequests(app, options)
  guardReading(app, options)
  answerErrors(app, options)
  const routes = addNotFound(app)
  await addOpenApi(app, options.version)
  addIndexRoutes(app, options)
  addHealthRoutes(app, options)
  addMetricsRoute(app, options)
  addRoomRoutes(app, options)
  addEventRoutes(app, options)
  addRevocationRoutes(app, options)
  addModerationRoutes(app, options)
  addAdminRoutes(app, options)
  addTicketRoutes(app, options)
  addPermissionRoutes(app, options)
  addDocumentRoutes(app, options)
  await addPageRoutes(app, options)
  await app.ready()
  return { app, server: app.server, routes: routes() }
}

/** In the place of Fastify's own compilers, which it would load before ours are set: 0.05 s of a start. */
function notBuilt(): never {
  throw new Error('the compilers of schemas are set before the first route')
}

/** Bodies are JSON objects in UTF-8, never compressed. */
function acceptJsonOnly(app: FastifyInstance): void {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    try {
      const value: unknown = JSON.parse(typeof body === 'string' ? body : decoder.decode(body))
      done(null, value)
    } catch {
      done(new Refusal('bad_message', HTTP_TEXTS[request.lang].notJson))
    }
  })
}

/** EP6: the language of each answer. */
function speak(app: FastifyInstance, fallback: Lang): void {
  app.decorateRequest('lang', fallback)
  app.addHook('onRequest', async (request) => {
    request.lang = languageOf(request.raw, fallback)
  })
}

/** Methods that change nothing (RFC 9110 section 9.2.1): any origin may use them, none can read the answer. */
const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE'])

/** Whoever balances loads asks these on behalf of all. */
const UNCOUNTED: ReadonlySet<string | undefined> = new Set(['/health', '/livez', '/readyz'])

function guardRequests(app: FastifyInstance, { settings, see, service }: RouteOptions): void {
  app.addHook('onRequest', async (request, reply) => {
    const texts = HTTP_TEXTS[request.lang]
    reply.headers(SECURITY_HEADERS)
    if (!UNCOUNTED.has(request.routeOptions.url))
      service.inLanguage(request.lang).admit({ address: see(request.raw).address })
    const { origin, 'content-encoding': encoding } = request.headers
    if (!SAFE_METHODS.has(request.method) && !originAllowed(origin, see(request.raw), settings.origins))
      throw new Refusal('origin_refused', texts.originRefused)
    if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
      // RFC 9110 section 15.5.16: says what would have been taken.
      reply.header('accept-encoding', 'identity')
      throw new Refusal('unsupported_data', texts.compressed)
    }
  })
}

function answerErrors(app: FastifyInstance, { logger }: HttpOptions): void {
  app.setErrorHandler((error, request, reply) => {
    const instance = pathOf(request)
    const { lang } = request
    const problem = problemOfError(lang, error, instance, MAX_BODY_BYTES)
    if (problem !== null) return sendProblem(reply, problem)
    logger.error('http_failed', { method: request.method, route: request.routeOptions.url }, error)
    return sendProblem(reply, problemOf(lang, 'internal', { detail: HTTP_TEXTS[lang].internal, instance }))
  })
  app.addHook('onResponse', async (request, reply) => {
    logger.debug('http_request', {
      method: request.method,
      route: request.routeOptions.url,
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime),
    })
  })
}
