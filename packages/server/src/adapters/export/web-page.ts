import { createHash } from 'node:crypto'
import type { Lang } from '@roomful/protocol'
import { html, Html } from '../http/docs/html.ts'
import type { ExportedMessage, ExportedRoom, ExportFormat } from './message.ts'
import { WORDS } from './words.ts'

const STYLE = `
:root { color-scheme: light dark; --line: #d0d7de; --dim: #57606a; --paper: #ffffff; --ink: #1f2328; --link: #0550ae }
@media (prefers-color-scheme: dark) { :root { --line: #3d444d; --dim: #9198a1; --paper: #0d1117; --ink: #e6edf3; --link: #79b8ff } }
body { max-width: 46rem; margin: 0 auto; padding: 1rem; font: 1rem/1.6 system-ui, "Noto Sans TC", "PingFang TC", "Microsoft JhengHei", sans-serif; background: var(--paper); color: var(--ink) }
h2 { border-top: 1px solid var(--line); padding-top: 1rem; overflow-wrap: anywhere }
a { color: var(--link) }
nav li { overflow-wrap: anywhere }
article { padding: .4rem 0 }
article:target { outline: 2px solid var(--link) }
header { display: flex; flex-wrap: wrap; gap: .6rem; align-items: baseline }
header time, header a, .note { color: var(--dim); font-size: .85rem }
.said { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere }
.marks { list-style: none; display: flex; flex-wrap: wrap; gap: .5rem; margin: .2rem 0 0; padding: 0; font-size: .85rem }
.marks li { border: 1px solid var(--line); border-radius: 1rem; padding: 0 .5rem }
`

/** Lets the page show itself and nothing else: it runs nothing, and asks nobody for anything. */
const POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'`

/** One page that needs nothing beside it and runs no script. */
export function webPage(lang: Lang): ExportFormat {
  const words = WORDS[lang]
  let isEmpty = true
  const text = ({ text: markup }: Html): string => markup
  return {
    begin: (at) =>
      `<!doctype html>\n${text(html`<html lang="${lang}"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width"><title>${words.title}</title>
<style>${new Html(STYLE)}</style></head><body>
<h1>${words.title}</h1><p class="note">${words.exportedAt(at)}</p>
<nav aria-label="${words.rooms}"><ul>
`)}`,
    announce: ({ name, number }) => {
      isEmpty = false
      return text(html`<li><a href="#r${number}"><bdi>${name}</bdi></a></li>\n`)
    },
    beginRooms: () => text(html`</ul></nav><main>${isEmpty && html`<p>${words.nothing}</p>`}\n`),
    beginRoom: ({ name, number }) => text(html`<section><h2 id="r${number}"><bdi>${name}</bdi></h2>\n`),
    message: (message, room) => text(articleOf(message, room)),
    endRoom: () => '</section>\n',
    end: () => '</main></body></html>\n',
  }

  function articleOf(message: ExportedMessage, { number }: ExportedRoom): Html {
    const { seq, username, timestamp, deleted, edited, reactions } = message
    const said = deleted
      ? html`<p class="said note">${words.deleted}</p>`
      : html`<p class="said" dir="auto">${message.message}</p>`
    return html`<article id="r${number}-${seq}"><header><b><bdi>${username}</bdi></b> <time>${timestamp}</time>${replyOf(message, number)}${edited && html` <span class="note">${words.edited}</span>`}</header>${said}${reactions.length > 0 && marksOf(reactions)}</article>\n`
  }

  function replyOf({ replyTo }: ExportedMessage, number: number): Html | false {
    if (replyTo === null) return false
    if (replyTo.seq === null) return html` <span class="note">${words.answersGone}</span>`
    return html` <a href="#r${number}-${replyTo.seq}">${words.answers(replyTo.seq)}</a>`
  }
}

function marksOf(reactions: ExportedMessage['reactions']): Html {
  const marks = reactions.map(
    ({ emoji, usernames }) =>
      html`<li>${emoji} ${usernames.map((name, i) => html`${i > 0 && ', '}<bdi>${name}</bdi>`)}</li>`,
  )
  return html`<ul class="marks">${marks}</ul>`
}
