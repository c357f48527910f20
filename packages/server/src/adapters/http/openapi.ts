import swagger from '@fastify/swagger'
import { ERRORS, type ErrorCode } from '@roomful/protocol'
import type { FastifyInstance } from 'fastify'
import type { TSchema } from 'typebox'
import { COMPONENTS, Problem, ref } from './schemas.ts'

/** A response as OpenAPI describes it. */
export interface Answer {
  readonly description: string
  readonly content: Readonly<Record<string, { readonly schema: TSchema; readonly example?: unknown }>>
}

export function answer(description: string, schema: TSchema, example: unknown): Answer {
  return { description, content: { 'application/json': { schema, example } } }
}

/** The response table of a route: its success, and the problems it knows by status. */
export function answers(
  status: number,
  success: Answer,
  problems: readonly ErrorCode[] = [],
): Readonly<Record<number, Answer>> {
  const table: Record<number, Answer> = { [status]: success }
  for (const code of problems) {
    const earlier = table[ERRORS[code].status]?.description
    const description = earlier === undefined ? `\`${code}\`` : `${earlier}, \`${code}\``
    table[ERRORS[code].status] = {
      description,
      content: { 'application/problem+json': { schema: ref(Problem) } },
    }
  }
  return table
}

/** Gathers the OpenAPI 3.1 document from the routes that follow. */
export async function addOpenApi(app: FastifyInstance, version: string): Promise<void> {
  for (const schema of COMPONENTS) app.addSchema(schema)
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Roomful HTTP API',
        version,
        description:
          'Rooms, members, history and publishing. Errors are problem details (RFC 9457) with the code words of the WebSocket protocol.',
        license: { name: 'MIT', identifier: 'MIT' },
      },
      tags: [
        { name: 'rooms', description: 'Rooms' },
        { name: 'messages', description: 'Messages' },
        { name: 'moderation', description: 'Moderation' },
        { name: 'operations', description: 'Operations' },
      ],
    },
    refResolver: {
      buildLocalReference: (json, _baseUri, _fragment, index) =>
        typeof json['$id'] === 'string' ? json['$id'] : `schema-${index}`,
    },
  })
}
