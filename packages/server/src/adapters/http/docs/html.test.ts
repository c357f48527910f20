import { describe, expect, it } from 'vitest'
import { html, prose } from './html.ts'
import { typeText } from './json-schema.ts'

describe('html', () => {
  it('escapes what is put in', () => {
    const text = `<script>alert("1")</script>&'`
    expect(html`<p title="${text}">${text}</p>`.text).toBe(
      '<p title="&#60;script&#62;alert(&#34;1&#34;)&#60;/script&#62;&#38;&#39;">' +
        '&#60;script&#62;alert(&#34;1&#34;)&#60;/script&#62;&#38;&#39;</p>',
    )
  })

  it('takes its own results as they are, lists joined, nothing as nothing', () => {
    const items = ['a', '<b>'].map((item) => html`<li>${item}</li>`)
    expect(html`<ul>${items}${undefined}${false}${0}</ul>`.text).toBe(
      '<ul><li>a</li><li>&#60;b&#62;</li>0</ul>',
    )
  })

  it('makes code of back-quotes', () => {
    expect(prose('a `b<` c').text).toBe('a <code>b&#60;</code> c')
  })
})

describe('typeText', () => {
  it.each([
    [{ type: 'string' }, 'string'],
    [{ type: 'string', maxLength: 64 }, 'string length ≤ 64'],
    [{ type: 'integer', minimum: 1 }, 'integer ≥ 1'],
    [{ type: 'integer', minimum: 1, maximum: 100 }, 'integer 1–100'],
    [{ const: 'left' }, '"left"'],
    [{ anyOf: [{ const: 'join' }, { type: 'null' }] }, '"join" | null'],
    [{ enum: ['en', 1] }, '"en" | 1'],
    [{ type: 'array', items: { type: 'string' } }, 'string[]'],
    [{ type: 'array', items: { type: 'object', title: 'message' } }, 'message[]'],
    [{ $ref: '#/components/schemas/Room' }, 'Room'],
    [{}, 'any'],
  ])('%j', (schema, text) => {
    expect(typeText(schema)).toBe(text)
  })
})
