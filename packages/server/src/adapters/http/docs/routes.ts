import type { Lang } from '@roomful/protocol'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Static } from 'typebox'
import type { RouteOptions } from '../options.ts'
import { DOCUMENT_POLICY, shownHost } from '../headers.ts'
import { LangQuery } from '../schemas.ts'
import { asyncApiOf } from './asyncapi.ts'
import { asyncApiPage } from './asyncapi-page.ts'
import { errorsPage } from './errors-page.ts'
import { STYLE_PATH } from './layout.ts'
import { openApiPage } from './openapi-page.ts'
import { readOpenApi } from './openapi-shape.ts'
import { STYLE } from './style.ts'

/** Shown in examples when the request names no usable host. */
const FALLBACK_HOST = 'localhost:8000'

/** `/openapi.json`, `/asyncapi.json` and the pages made from them. Everything comes from this server. */
export function addDocumentRoutes(app: FastifyInstance, { version, see }: RouteOptions): void {
  const hidden = { schema: { hide: true } }
  const hostOf = (request: FastifyRequest): string => shownHost(see(request.raw).host) ?? FALLBACK_HOST
  app.get('/openapi.json', hidden, (_request, reply) => sendDocument(reply, app.swagger()))
  app.get('/asyncapi.json', hidden, (request, reply) =>
    sendDocument(reply, asyncApiOf(version, hostOf(request))),
  )
  app.get(STYLE_PATH, hidden, (_request, reply) =>
    reply.header('cache-control', 'no-cache').type('text/css; charset=utf-8').send(STYLE),
  )
  const addPage = (path: string, render: (lang: Lang, request: FastifyRequest) => string): void => {
    app.get<{ Querystring: Static<typeof LangQuery> }>(
      path,
      { schema: { hide: true, querystring: LangQuery } },
      (request, reply) => sendPage(reply, render(request.lang, request)),
    )
  }
  addPage('/docs', (lang, request) =>
    openApiPage(
      readOpenApi(app.swagger()),
      lang,
      `${see(request.raw).scheme ?? 'http'}://${hostOf(request)}`,
    ),
  )
  addPage('/docs/ws', (lang, request) => asyncApiPage(asyncApiOf(version, hostOf(request)), lang))
  addPage('/docs/errors', (lang) => errorsPage(lang))
}

function sendDocument(reply: FastifyReply, document: object): FastifyReply {
  return reply
    .header('cache-control', 'no-cache')
    .type('application/json; charset=utf-8')
    .send(JSON.stringify(document, null, 2))
}

function sendPage(reply: FastifyReply, page: string): FastifyReply {
  return reply
    .headers({
      'content-security-policy': DOCUMENT_POLICY,
      'cache-control': 'no-cache',
      vary: 'accept-language',
    })
    .type('text/html; charset=utf-8')
    .send(page)
}
