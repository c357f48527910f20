import type { Lang } from '@roomful/protocol'
import type { AsyncApi, AsyncMessage, Channel, Ref } from './asyncapi.ts'
import { type Html, html } from './html.ts'
import { nameOfRef } from './json-schema.ts'
import { LABELS } from './labels.ts'
import { pageOf, type Section } from './layout.ts'
import { code, fields, json, paragraph, sentence, table, typeCell } from './parts.ts'
import { translated } from './translations.ts'

/** The AsyncAPI document as a page. */
export function asyncApiPage(document: AsyncApi, lang: Lang): string {
  const labels = LABELS[lang]
  const channels = Object.entries(document.channels)
  const messages = Object.entries(document.components.messages)
  const inDirection = (action: 'send' | 'receive'): ReadonlyArray<readonly [string, AsyncMessage]> => {
    const used = Object.values(document.operations).filter((operation) => operation.action === action)
    const names = new Set(used.flatMap((operation) => operation.messages.map(({ $ref }) => nameOfRef($ref))))
    return messages.filter(([name]) => names.has(name))
  }
  const received = inDirection('receive')
  const sent = inDirection('send')
  const main = html`${paragraph(lang, document.info.description)}
<p>${labels.document}: <a href="/asyncapi.json">/asyncapi.json</a> · AsyncAPI ${document.asyncapi} · ${document.info.version}</p>
<h2 id="try">${labels.tryIt}</h2>${examples(document.servers['here']?.host ?? '', lang)}
<h2 id="channels">${labels.channels}</h2>
${channels.map(([key, channel]) => channelPart(document, key, channel, lang))}
<h2 id="from-client">${labels.fromClient}</h2>${received.map((message) => messagePart(message, lang))}
<h2 id="from-server">${labels.fromServer}</h2>${sent.map((message) => messagePart(message, lang))}`
  const toSection = ([name, { title }]: readonly [string, AsyncMessage]): Section => ({
    id: name,
    title: `· ${title}`,
  })
  const contents = [
    { id: 'try', title: labels.tryIt },
    { id: 'channels', title: labels.channels },
    ...channels.map(([key, { address }]) => ({ id: `channel-${key}`, title: address, isNested: true })),
    { id: 'from-client', title: labels.fromClient },
    ...received.map(toSection),
    { id: 'from-server', title: labels.fromServer },
    ...sent.map(toSection),
  ]
  return pageOf({ lang, path: '/docs/ws', title: labels.websocket, contents, main })
}

function examples(host: string, lang: Lang): Html {
  const labels = LABELS[lang]
  const url = `ws://${host}/ws/chat/Alice`
  const browser = `const socket = new WebSocket('${url}')
socket.onmessage = (event) => console.log(event.data)
socket.onopen = () => socket.send(JSON.stringify({ message: 'Hello' }))`
  const python = `import asyncio, json, websockets

async def main():
    async with websockets.connect('${url}') as socket:
        await socket.send(json.dumps({'message': 'Hello'}))
        async for frame in socket:
            print(frame)

asyncio.run(main())`
  const terminal = `npx wscat -c ${url}\n> {"message":"Hello"}`
  const all = [
    [labels.browserConsole, browser],
    ['wscat', terminal],
    [labels.python, python],
  ] as const
  return html`${all.map(([label, text]) => html`<h3>${label}</h3>${code(label, text)}`)}`
}

function channelPart(document: AsyncApi, key: string, channel: Channel, lang: Lang): Html {
  const labels = LABELS[lang]
  const parameters = Object.entries(channel.parameters ?? {}).map(([name, { description }]) => [
    html`<code>${name}</code>`,
    sentence(lang, description),
  ])
  const query = Object.entries(channel.bindings.ws.query?.properties ?? {}).map(([name, schema]) => [
    html`<code>${name}</code>`,
    typeCell(schema),
    sentence(lang, schema.description),
  ])
  const own = Object.values(document.operations).filter(({ channel: { $ref } }) => nameOfRef($ref) === key)
  return html`<section>
<h3 id="channel-${key}"><code>${channel.address}</code></h3>
<p><strong>${translated(lang, channel.title)}</strong></p>
${paragraph(lang, channel.description)}
${parameters.length > 0 && html`<h4>${labels.parameters}</h4>${table([labels.name, labels.meaning], parameters)}`}
${query.length > 0 && html`<h4>${labels.query}</h4>${table([labels.name, labels.type, labels.meaning], query)}`}
${own.map(
  ({ action, messages }) => html`<h4>${action === 'receive' ? labels.fromClient : labels.fromServer}</h4>
<p>${messages.map((ref) => messageLink(document, ref))}</p>`,
)}
</section>
`
}

function messageLink(document: AsyncApi, { $ref }: Ref): Html {
  const name = nameOfRef($ref)
  return html`<a href="#${name}"><code>${document.components.messages[name]?.title ?? name}</code></a> `
}

function messagePart([name, message]: readonly [string, AsyncMessage], lang: Lang): Html {
  return html`<section>
<h3 id="${name}"><code>${message.title}</code></h3>
${paragraph(lang, message.summary)}
${message.payload.properties !== undefined && fields(lang, message.payload)}
${message.examples.map(({ summary, payload }) => {
  const label = translated(lang, summary)
  return html`<h4>${label}</h4>${json(label, payload)}`
})}
</section>
`
}
