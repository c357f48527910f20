import type { FastifyInstance } from 'fastify'
import { HTTP_TEXTS } from './error-texts.ts'
import { pathOf, problemOf, sendProblem } from './problem.ts'

/** One that is served. */
export interface Route {
  /** In upper case. */
  readonly method: string
  /** With `:name` and `*` where something else stands. */
  readonly url: string
}

interface Known {
  readonly pattern: RegExp
  readonly methods: Set<string>
}

/**
 * Answers unknown paths with 404, and known ones that lack the method with 405 and `Allow` (RFC 9110 section 15.5.6).
 * Must be called before the routes are added. Returns how to ask for the routes that were added since.
 */
export function addNotFound(app: FastifyInstance): () => Route[] {
  const routes = new Map<string, Known>()
  app.addHook('onRoute', ({ url, method }) => {
    const known = routes.get(url) ?? { pattern: patternOf(url), methods: new Set() }
    for (const each of [method].flat()) known.methods.add(each)
    routes.set(url, known)
  })
  app.setNotFoundHandler((request, reply) => {
    const { lang } = request
    const texts = HTTP_TEXTS[lang]
    const instance = pathOf(request)
    const known = [...routes.values()].filter(({ pattern }) => pattern.test(instance))
    const allowed = [...new Set(known.flatMap(({ methods }) => [...methods]))].sort().join(', ')
    if (allowed === '' || allowed.split(', ').includes(request.method))
      return sendProblem(reply, problemOf(lang, 'not_found', { detail: texts.noSuchPath, instance }))
    reply.header('allow', allowed)
    const detail = texts.noSuchMethod(allowed)
    return sendProblem(reply, problemOf(lang, 'not_found', { detail, instance, status: 405 }))
  })
  return () => [...routes].flatMap(([url, { methods }]) => [...methods].map((method) => ({ method, url })))
}

/** `/rooms/:room` and `/static/*` as a regular expression. */
function patternOf(url: string): RegExp {
  const segments = url.split('/').map((segment) => {
    if (segment === '*') return '.*'
    return segment.startsWith(':') ? '[^/]+' : segment.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  })
  return new RegExp(`^${segments.join('/')}$`)
}
