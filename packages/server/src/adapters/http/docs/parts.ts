/** What the documentation pages share. */
import type { Lang } from '@roomful/protocol'
import { type Html, html, prose } from './html.ts'
import { type JsonSchema, nameOfRef, typeText } from './json-schema.ts'
import { LABELS } from './labels.ts'
import { translated } from './translations.ts'

export function table(heads: readonly string[], rows: ReadonlyArray<readonly (Html | string)[]>): Html {
  return html`<div class="table" tabindex="0" role="group" aria-label="${heads.join(', ')}"><table>
<thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>${rows.map((cells) => html`<tr>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>`)}</tbody>
</table></div>`
}

export function sentence(lang: Lang, text: string | undefined): Html {
  return text === undefined ? html`` : prose(translated(lang, text))
}

export function paragraph(lang: Lang, text: string | undefined): Html {
  return text === undefined ? html`` : html`<p>${sentence(lang, text)}</p>`
}

/** A block of code; it can be scrolled by keyboard. */
export function code(label: string, text: string): Html {
  return html`<pre tabindex="0" role="group" aria-label="${label}"><code>${text}</code></pre>`
}

export function json(label: string, value: unknown): Html {
  return code(label, typeof value === 'string' ? value : JSON.stringify(value, null, 2))
}

export function typeCell(schema: JsonSchema): Html {
  const target = schema.$ref ?? schema.items?.$ref
  const text = html`<code>${typeText(schema)}</code>`
  return target === undefined ? text : html`<a href="#schema-${nameOfRef(target)}">${text}</a>`
}

/** The fields of an object, those of nested ones with their path in front. */
export function fields(lang: Lang, schema: JsonSchema): Html {
  const labels = LABELS[lang]
  const rows = rowsOf(lang, schema, '')
  if (rows.length === 0) return html`<p class="note">${labels.noFields}</p>`
  return table([labels.name, labels.type, labels.required, labels.meaning], rows)
}

function rowsOf(lang: Lang, schema: JsonSchema, path: string): Array<readonly (Html | string)[]> {
  const labels = LABELS[lang]
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const isRequired = schema.required?.includes(name) === true
    const row = [
      html`<code>${path}${name}</code>`,
      typeCell(field),
      isRequired ? labels.yes : labels.no,
      sentence(lang, field.description),
    ]
    const nested = rowsOf(lang, field, `${path}${name}.`)
    const items = field.items === undefined ? [] : rowsOf(lang, field.items, `${path}${name}[].`)
    return [row, ...nested, ...items]
  })
}
