import type { FastifySchemaCompiler } from 'fastify'
import { type TSchema, Type } from 'typebox'
import { Compile } from 'typebox/compile'

/** A request that its route's schema does not let in; `undefined` where it is no one field. */
export class UnfitError extends Error {
  readonly field: string | undefined
  constructor(field: string | undefined) {
    super('The request does not fit the schema of its route.')
    this.name = 'UnfitError'
    this.field = field
  }
}

/**
 * Checks requests with the schemas of their routes. Bodies are taken as they are; in a query, digits become the integer
 * that a schema asks for. What does not fit is an `UnfitError`.
 */
export function createValidator(): FastifySchemaCompiler<TSchema> {
  return ({ schema, httpPart }) => {
    const compiled = Compile(schema)
    return (data: unknown) => {
      const value = httpPart === 'querystring' ? withIntegers(schema, data) : data
      if (compiled.Check(value)) return { value }
      const [first] = compiled.Errors(value)
      return { error: new UnfitError(first === undefined ? undefined : fieldOf(first)) }
    }
  }
}

function withIntegers(schema: TSchema, data: unknown): unknown {
  if (!Type.IsObject(schema) || typeof data !== 'object' || data === null) return data
  const entries = Object.entries(data).map(([name, value]: [string, unknown]): [string, unknown] => {
    const isInteger = Object.hasOwn(schema.properties, name) && Type.IsInteger(schema.properties[name])
    return [
      name,
      isInteger && typeof value === 'string' && /^[0-9]{1,15}$/.test(value) ? Number(value) : value,
    ]
  })
  return Object.fromEntries(entries)
}

function fieldOf({ instancePath, params }: { instancePath: string; params: object }): string | undefined {
  const missing: unknown = 'requiredProperties' in params ? params.requiredProperties : undefined
  const name: unknown = Array.isArray(missing) ? missing[0] : instancePath.split('/')[1]
  return typeof name === 'string' && name !== '' ? name : undefined
}
