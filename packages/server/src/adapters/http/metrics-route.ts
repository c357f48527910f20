import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { Refusal } from '../../ports/service.ts'
import { isInsideHost, isOnThisMachine } from '../proxies.ts'
import { HTTP_TEXTS } from './error-texts.ts'
import { answers } from './openapi.ts'
import type { HttpOptions } from './options.ts'

const EXAMPLE = `# HELP roomful_people People connected to this process, each once.
# TYPE roomful_people gauge
roomful_people 41
`

const SCHEMA = {
  tags: ['operations'],
  summary: 'Metrics',
  description:
    'Numbers of the whole server in the text format of Prometheus. The setting `metrics` says who may read them: by default only this machine.',
  response: answers(
    200,
    {
      description: 'The numbers now.',
      content: { 'text/plain': { schema: Type.String(), example: EXAMPLE } },
    },
    ['forbidden', 'unavailable'],
  ),
}

/** OP1: `/metrics`, unless nobody may read them. */
export function addMetricsRoute(app: FastifyInstance, { settings, scrape }: HttpOptions): void {
  if (settings.metrics === 'off') return
  app.get('/metrics', { schema: SCHEMA }, async (request, reply) => {
    const isHere = isOnThisMachine(request.raw) && isInsideHost(request.headers.host)
    if (settings.metrics === 'loopback' && !isHere)
      throw new Refusal('forbidden', HTTP_TEXTS[request.lang].metricsForbidden)
    const { contentType, text } = await scrape()
    return reply.header('cache-control', 'no-store').type(contentType).serializer(String).send(text)
  })
}
