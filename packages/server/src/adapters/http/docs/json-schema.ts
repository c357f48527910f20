/** What the documents use of JSON Schema (draft 2020-12). */
export interface JsonSchema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly title?: string
  readonly description?: string
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly items?: JsonSchema
  readonly anyOf?: readonly JsonSchema[]
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly default?: unknown
  readonly examples?: unknown
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly maxLength?: number
}

/** A schema's type in few words, such as `integer ≥ 1` or `"left" | "join"`. */
export function typeText(schema: JsonSchema): string {
  if (schema.$ref !== undefined) return nameOfRef(schema.$ref)
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(' | ')
  if (schema.anyOf !== undefined) return schema.anyOf.map((member) => schemaName(member)).join(' | ')
  if (schema.items !== undefined) return `${schemaName(schema.items)}[]`
  const type = typeof schema.type === 'string' ? schema.type : (schema.type?.join(' | ') ?? 'any')
  return [type, ...boundsOf(schema)].join(' ')
}

/** Last part of a reference: the name of what it leads to. */
export function nameOfRef(ref: string): string {
  return ref.split('/').at(-1) ?? ref
}

function schemaName(schema: JsonSchema): string {
  return schema.type === 'object' && schema.title !== undefined ? schema.title : typeText(schema)
}

function boundsOf({ minimum, maximum, minLength, maxLength }: JsonSchema): string[] {
  const bounds: string[] = []
  if (minimum !== undefined && maximum !== undefined) bounds.push(`${minimum}–${maximum}`)
  else if (minimum !== undefined) bounds.push(`≥ ${minimum}`)
  else if (maximum !== undefined) bounds.push(`≤ ${maximum}`)
  if (minLength !== undefined && maxLength === undefined && minLength > 1)
    bounds.push(`length ≥ ${minLength}`)
  if (maxLength !== undefined) bounds.push(`length ≤ ${maxLength}`)
  return bounds
}
