import { type Static, Type } from 'typebox'
import { Check } from 'typebox/value'
import type { JsonSchema } from './json-schema.ts'

const Schema = Type.Unsafe<JsonSchema>(Type.Object({}))

const Content = Type.Record(
  Type.String(),
  Type.Object({ schema: Schema, example: Type.Optional(Type.Unknown()) }),
)

const Parameter = Type.Object({
  name: Type.String(),
  in: Type.String(),
  description: Type.Optional(Type.String()),
  required: Type.Optional(Type.Boolean()),
  schema: Schema,
})

const Operation = Type.Object({
  tags: Type.Array(Type.String()),
  summary: Type.String(),
  description: Type.String(),
  parameters: Type.Optional(Type.Array(Parameter)),
  requestBody: Type.Optional(Type.Object({ content: Content })),
  responses: Type.Record(
    Type.String(),
    Type.Object({ description: Type.String(), content: Type.Optional(Content) }),
  ),
})

const OpenApi = Type.Object({
  openapi: Type.String(),
  info: Type.Object({ title: Type.String(), version: Type.String(), description: Type.String() }),
  tags: Type.Array(Type.Object({ name: Type.String(), description: Type.String() })),
  paths: Type.Record(Type.String(), Type.Record(Type.String(), Operation)),
  components: Type.Object({ schemas: Type.Record(Type.String(), Schema) }),
})

/** The parts of an OpenAPI document that its page shows. */
export type OpenApi = Static<typeof OpenApi>
export type OpenApiOperation = Static<typeof Operation>
export type OpenApiContent = Static<typeof Content>

/** Takes a document apart; throws when our own routes made one that the page cannot show. */
export function readOpenApi(document: unknown): OpenApi {
  if (!Check(OpenApi, document)) throw new TypeError('the OpenAPI document has another shape')
  return document
}
