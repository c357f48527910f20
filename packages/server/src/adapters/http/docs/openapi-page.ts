import type { Lang } from '@roomful/protocol'
import { type Html, html } from './html.ts'
import { LABELS } from './labels.ts'
import { pageOf, type Section } from './layout.ts'
import type { OpenApi, OpenApiContent, OpenApiOperation } from './openapi-shape.ts'
import { code, fields, json, paragraph, sentence, table, typeCell } from './parts.ts'
import { translated } from './translations.ts'

interface Entry {
  readonly id: string
  readonly method: string
  readonly path: string
  readonly operation: OpenApiOperation
}

/** The OpenAPI document as a page. `origin` is where the examples send their requests. */
export function openApiPage(document: OpenApi, lang: Lang, origin: string): string {
  const labels = LABELS[lang]
  const entries = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]): Entry => {
      const id = `${method}${path.replace(/[^a-z0-9]+/gi, '-')}`
      return { id, method: method.toUpperCase(), path, operation }
    }),
  )
  const groups = document.tags.map(({ name, description }) => ({
    id: name,
    title: translated(lang, description),
    own: entries.filter(({ operation }) => operation.tags.includes(name)),
  }))
  const main = html`${paragraph(lang, document.info.description)}
<p>${labels.document}: <a href="/openapi.json">/openapi.json</a> · OpenAPI ${document.openapi} · ${document.info.version}</p>
${groups.map(
  ({ id, title, own }) =>
    html`<h2 id="${id}">${title}</h2>${own.map((entry) => operationPart(entry, lang, origin))}`,
)}
<h2 id="schemas">${labels.schemas}</h2>
${Object.entries(document.components.schemas).map(
  ([name, schema]) => html`<h3 id="schema-${name}"><code>${name}</code></h3>
${paragraph(lang, schema.description)}${fields(lang, schema)}`,
)}`
  const contents = groups.flatMap(({ id, title, own }): Section[] => [
    { id, title },
    ...own.map((entry) => ({
      id: entry.id,
      title: translated(lang, entry.operation.summary),
      isNested: true,
    })),
  ])
  return pageOf({
    lang,
    path: '/docs',
    title: labels.http,
    contents: [...contents, { id: 'schemas', title: labels.schemas }],
    main,
  })
}

function operationPart({ id, method, path, operation }: Entry, lang: Lang, origin: string): Html {
  const labels = LABELS[lang]
  const parameters = operation.parameters?.map(({ name, in: where, required, schema, description }) => [
    html`<code>${name}</code>`,
    where,
    typeCell(schema),
    required === true ? labels.yes : labels.no,
    sentence(lang, description ?? schema.description),
  ])
  const body = operation.requestBody?.content['application/json']?.schema
  const responses = Object.entries(operation.responses).map(([status, response]) => [
    status,
    contentCell(response.content),
    sentence(lang, response.description),
  ])
  const shown = exampleOf(operation)
  return html`<section>
<h3 id="${id}"><span class="method">${method}</span><code>${path}</code></h3>
<p><strong>${translated(lang, operation.summary)}</strong></p>
${paragraph(lang, operation.description)}
${parameters !== undefined && html`<h4>${labels.parameters}</h4>${table([labels.name, labels.where, labels.type, labels.required, labels.meaning], parameters)}`}
${body !== undefined && html`<h4>${labels.body}</h4>${paragraph(lang, body.description)}${fields(lang, body)}`}
<h4>${labels.responses}</h4>${table([labels.status, labels.type, labels.meaning], responses)}
<h4>${labels.tryIt}</h4>${code(`${labels.tryIt}: ${method} ${path}`, curl(method, origin + path, body !== undefined))}
${shown !== undefined && html`<h4>${labels.example}</h4>${json(`${labels.example}: ${method} ${path}`, shown)}`}
</section>
`
}

function contentCell(content: OpenApiContent | undefined): Html | string {
  const schema = Object.values(content ?? {})[0]?.schema
  return schema === undefined ? '' : typeCell(schema)
}

/** The example of the last successful answer: the first time for `publish`, where 200 is the repetition. */
function exampleOf({ responses }: OpenApiOperation): unknown {
  const success = Object.entries(responses).filter(([status]) => status.startsWith('2'))
  return Object.values(success.at(-1)?.[1].content ?? {})[0]?.example
}

function curl(method: string, url: string, hasBody: boolean): string {
  const target = `'${url.replace('{room}', 'lobby')}'`
  if (!hasBody) return method === 'GET' ? `curl ${target}` : `curl -X ${method} ${target}`
  return `curl ${target} \\\n  -H 'Content-Type: application/json' \\\n  -d '{"message":"The build is green.","username":"build-bot"}'`
}
