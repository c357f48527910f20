import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { RouteOptions } from './options.ts'
import { missingPage } from './docs/missing-page.ts'
import { DOCUMENT_POLICY, pagePolicy } from './headers.ts'

const PAGE = 'index.html'
const ADMIN_PAGE = 'admin/admin.html'
const YEAR_S = 31_536_000

/** Files with their content's hash in the name, such as `app-D4mWx8_k.js`: they never change. */
const HASHED = /-[A-Za-z0-9_-]{8}\.[a-z0-9]+(?:\.(?:br|gz))?$/

/** The chat page, that of administrators, and their files. Without a build there is a page that says so. */
export async function addPageRoutes(app: FastifyInstance, { webRoot, see }: RouteOptions): Promise<void> {
  if (!existsSync(join(webRoot, PAGE))) {
    const sendMissing = (_request: unknown, reply: FastifyReply): FastifyReply =>
      reply
        .code(503)
        .headers({ 'content-security-policy': DOCUMENT_POLICY, 'cache-control': 'no-store' })
        .type('text/html; charset=utf-8')
        .send(missingPage())
    for (const path of ['/chat', '/static/chat.html', '/admin'])
      app.get(path, { schema: { hide: true } }, sendMissing)
    return
  }
  await app.register(fastifyStatic, {
    root: webRoot,
    prefix: '/static/',
    schemaHide: true,
    index: false,
    dotfiles: 'ignore',
    preCompressed: true,
    cacheControl: false,
    setHeaders: (reply, path) => {
      const lifetime = HASHED.test(path) ? `public, max-age=${YEAR_S}, immutable` : 'no-cache'
      reply.header('cache-control', lifetime)
      if (/\.html(?:\.(?:br|gz))?$/.test(path))
        reply.header('content-security-policy', pagePolicy(see(reply.request.raw).host))
    },
  })
  for (const path of ['/chat', '/static/chat.html'])
    app.get(path, { schema: { hide: true } }, (_request, reply) => reply.sendFile(PAGE))
  app.get('/admin', { schema: { hide: true } }, (_request, reply) => reply.sendFile(ADMIN_PAGE))
}
