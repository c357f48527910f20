/** HTML that is safe by construction: what is put into a template is escaped, unless it is itself a template's result. */
export class Html {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

type Part = Html | string | number | undefined | false | readonly Part[]

/** Tag of a template. `undefined` and `false` are nothing, lists are joined. */
export function html(literals: TemplateStringsArray, ...parts: readonly Part[]): Html {
  let text = literals[0] ?? ''
  for (let index = 0; index < parts.length; index++)
    text += textOf(parts[index]) + (literals[index + 1] ?? '')
  return new Html(text)
}

function textOf(part: Part): string {
  if (part === undefined || part === false) return ''
  if (part instanceof Html) return part.text
  if (typeof part === 'object') return part.map(textOf).join('')
  return String(part).replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`)
}

/** A sentence in which `words` between back-quotes are code. */
export function prose(sentence: string): Html {
  const pieces = sentence.split('`')
  return html`${pieces.map((piece, index) => (index % 2 === 1 ? html`<code>${piece}</code>` : piece))}`
}
