import type { Lang } from '@roomful/protocol'
import { type Html, html } from './html.ts'
import { LABELS } from './labels.ts'

export const STYLE_PATH = '/docs/style.css'

export interface Section {
  readonly id: string
  readonly title: string
  /** Belongs to the section before it. */
  readonly isNested?: boolean
}

export interface Page {
  readonly lang: Lang
  readonly path: string
  readonly title: string
  readonly contents: readonly Section[]
  readonly main: Html
}

const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Crect width='16' height='12' rx='4' fill='%23667eea'/%3E%3Cpath d='M4 12v4l4-4z' fill='%23667eea'/%3E%3C/svg%3E"

/** A whole documentation page: no script, one style sheet, a switch to the other language. */
export function pageOf({ lang, path, title, contents, main }: Page): string {
  const labels = LABELS[lang]
  const otherLang: Lang = lang === 'en' ? 'zh-Hant' : 'en'
  const link = (target: string, label: string): Html => {
    const current = target === path ? html` aria-current="page"` : undefined
    return html`<a href="${target}?lang=${lang}"${current}>${label}</a>`
  }
  return html`<!doctype html>
<html lang="${lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · Roomful</title>
<link rel="icon" href="${ICON}">
<link rel="stylesheet" href="${STYLE_PATH}">
</head>
<body>
<header>
<strong>Roomful</strong>
<nav aria-label="Roomful">${link('/docs', labels.http)}${link('/docs/ws', labels.websocket)}${link('/docs/errors', labels.errors)}<a href="/chat">${labels.chat}</a></nav>
<a class="language" href="${path}?lang=${otherLang}" hreflang="${otherLang}" lang="${otherLang}">${labels.otherLanguage}</a>
</header>
<div class="columns">
<nav class="contents" aria-label="${labels.contents}"><ul>${contents.map(entryOf)}</ul></nav>
<main>
<h1>${title}</h1>
${main}
</main>
</div>
</body>
</html>
`.text
}

/** An entry of the table of contents. Paths may break behind a slash. */
function entryOf({ id, title, isNested }: Section): Html {
  const pieces = title.split('/').map((piece, index) => (index === 0 ? html`${piece}` : html`/<wbr>${piece}`))
  return html`<li${isNested === true && html` class="nested"`}><a href="#${id}">${pieces}</a></li>`
}
