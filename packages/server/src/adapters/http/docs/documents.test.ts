import { CLOSES, ERRORS } from '@roomful/protocol'
import { CLIENT_SCHEMAS, SERVER_SCHEMAS } from '@roomful/protocol/schemas'
import { Compile } from 'typebox/schema'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type HttpFixture, httpFixture } from '../../../../testing/http-fixture.ts'
import { type AsyncApi, asyncApiOf } from './asyncapi.ts'
import { LABELS } from './labels.ts'
import { type OpenApi, readOpenApi } from './openapi-shape.ts'
import { translated } from './translations.ts'

let http: HttpFixture
let openApi: OpenApi
let asyncApi: AsyncApi
beforeAll(async () => {
  http = await httpFixture()
  openApi = readOpenApi((await http.app.inject('/openapi.json')).json())
  asyncApi = (await http.app.inject({ url: '/asyncapi.json', headers: { host: 'chat.example' } })).json()
})
afterAll(() => http.app.close())

/** Every value in a document with its key, depth first. */
function* walk(value: unknown, key = ''): Generator<readonly [key: string, value: unknown]> {
  yield [key, value]
  if (typeof value !== 'object' || value === null) return
  for (const [name, member] of Object.entries(value)) yield* walk(member, name)
}

function refsOf(document: unknown): string[] {
  return [...walk(document)].flatMap(([key, value]) => (key === '$ref' ? [String(value)] : []))
}

function resolve(document: unknown, ref: string): unknown {
  let value = document
  for (const name of ref.replace(/^#\//, '').split('/')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
    value = Object.entries(value).find(([key]) => key === name)?.[1]
  }
  return value
}

/** Faults of an example under a schema of a document. */
function faultsOf(document: { readonly components: object }, schema: object, example: unknown): unknown[] {
  const [isFine, errors] = Compile({ ...schema, components: document.components }).Errors(example)
  return isFine ? [] : errors
}

describe('/openapi.json', () => {
  it('is OpenAPI 3.1 and describes every route of the API', () => {
    expect(openApi.openapi).toBe('3.1.0')
    expect(openApi.info.version).toBe('1.2.3')
    const routes = Object.entries(openApi.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method} ${path}`),
    )
    expect(routes.sort()).toEqual([
      'get /api/v1/moderation',
      'get /api/v1/permissions',
      'get /api/v1/rooms',
      'get /api/v1/rooms/{room}',
      'get /api/v1/rooms/{room}/events',
      'get /api/v1/rooms/{room}/members',
      'get /api/v1/rooms/{room}/messages',
      'get /api/v1/rooms/{room}/moderation',
      'get /api/v1/session',
      'get /api/v1/stats',
      'get /health',
      'get /livez',
      'get /metrics',
      'get /readyz',
      'get /ws/status',
      'post /api/v1/moderation',
      'post /api/v1/revocations',
      'post /api/v1/rooms/{room}/messages',
      'post /api/v1/rooms/{room}/moderation',
      'post /api/v1/tickets',
    ])
  })

  it('has no reference that leads nowhere', () => {
    const refs = refsOf(openApi)
    expect(refs.length).toBeGreaterThan(20)
    expect(refs.filter((ref) => resolve(openApi, ref) === undefined)).toEqual([])
  })

  it('has an example of every success, and each is valid', () => {
    for (const operations of Object.values(openApi.paths)) {
      for (const { summary, responses } of Object.values(operations)) {
        const [, success] = Object.entries(responses).find(([status]) => status.startsWith('2')) ?? []
        const { schema, example } = Object.values(success?.content ?? {})[0] ?? {}
        expect([summary, example]).not.toEqual([summary, undefined])
        expect([summary, faultsOf(openApi, schema ?? {}, example)]).toEqual([summary, []])
      }
    }
  })

  it.each([
    ['GET', '/api/v1/rooms', '/api/v1/rooms', 200],
    ['GET', '/api/v1/rooms/{room}', '/api/v1/rooms/lobby', 200],
    ['GET', '/api/v1/rooms/{room}/members', '/api/v1/rooms/lobby/members', 200],
    ['GET', '/api/v1/rooms/{room}/messages', '/api/v1/rooms/lobby/messages', 200],
    ['POST', '/api/v1/rooms/{room}/messages', '/api/v1/rooms/lobby/messages', 201],
    ['GET', '/api/v1/rooms/{room}/moderation', '/api/v1/rooms/lobby/moderation?before=9', 200],
    ['GET', '/api/v1/moderation', '/api/v1/moderation', 200],
    ['POST', '/api/v1/rooms/{room}/moderation', '/api/v1/rooms/lobby/moderation', 201],
    ['POST', '/api/v1/moderation', '/api/v1/moderation?bad', 403],
    ['GET', '/health', '/health', 200],
    ['GET', '/livez', '/livez', 200],
    ['GET', '/readyz', '/readyz', 200],
    ['GET', '/ws/status', '/ws/status', 200],
    ['GET', '/api/v1/rooms/{room}/messages', '/api/v1/rooms/lobby/messages?limit=x', 400],
    ['POST', '/api/v1/rooms/{room}/messages', '/api/v1/rooms/lobby/messages?bad', 403],
  ] as const)('%s %s answers %s as described (%i)', async (method, path, url, status) => {
    const response = await http.app.inject({
      method,
      url,
      ...(method === 'POST' ? { payload: { message: 'Hi', action: 'lock' } } : {}),
      ...(status === 403 ? { headers: { origin: 'https://evil.example' } } : {}),
    })
    expect(response.statusCode).toBe(status)
    const content = openApi.paths[path]?.[method.toLowerCase()]?.responses[String(status)]?.content ?? {}
    const type = String(response.headers['content-type']).split(';')[0] ?? ''
    expect(Object.keys(content)).toEqual([type])
    expect(faultsOf(openApi, content[type]?.schema ?? {}, response.json())).toEqual([])
  })
})

describe('/asyncapi.json', () => {
  it('is AsyncAPI 3.1 and names where it was asked', () => {
    expect(asyncApi.asyncapi).toBe('3.1.0')
    expect(asyncApi.servers['here']).toMatchObject({ host: 'chat.example', protocol: 'ws' })
    expect(asyncApi).toEqual(JSON.parse(JSON.stringify(asyncApiOf('1.2.3', 'chat.example'))))
  })

  it('EP1-EP4: has the four endpoints', () => {
    expect(Object.values(asyncApi.channels).map(({ address }) => address)).toEqual([
      '/ws',
      '/ws/chat',
      '/ws/chat/{username}',
      '/ws/chat/{username}/heartbeat',
    ])
  })

  it('explains every parameter of an address', () => {
    for (const { address, parameters = {} } of Object.values(asyncApi.channels)) {
      const named = [...address.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
      expect(Object.keys(parameters)).toEqual(named)
    }
  })

  it('has no reference that leads nowhere', () => {
    const refs = refsOf(asyncApi)
    expect(refs.length).toBeGreaterThan(50)
    expect(refs.filter((ref) => resolve(asyncApi, ref) === undefined)).toEqual([])
  })

  it('lets an operation use the messages of its own channel only', () => {
    for (const { channel, messages } of Object.values(asyncApi.operations)) {
      expect(messages.length).toBeGreaterThan(0)
      for (const { $ref } of messages) expect($ref.startsWith(`${channel.$ref}/messages/`)).toBe(true)
    }
  })

  it('has every message of the protocol', () => {
    const names = Object.keys(asyncApi.components.messages)
    for (const type of Object.keys(CLIENT_SCHEMAS)) expect(names).toContain(`client_${type}`)
    for (const type of Object.keys(SERVER_SCHEMAS)) expect(names).toContain(`server_${type}`)
  })

  it('has examples of every message, and each is valid', () => {
    for (const [name, { payload, examples }] of Object.entries(asyncApi.components.messages)) {
      expect([name, examples.length]).not.toEqual([name, 0])
      for (const example of examples)
        expect([name, faultsOf(asyncApi, payload, example.payload)]).toEqual([name, []])
    }
  })

  it('a wrong example would be found', () => {
    const payload = asyncApi.components.messages['server_message']?.payload ?? {}
    expect(faultsOf(asyncApi, payload, { type: 'message', message: 'Hi' })).not.toEqual([])
  })

  it('does not take any Host for an address', async () => {
    const response = await http.app.inject({ url: '/asyncapi.json', headers: { host: '<script>' } })
    expect(response.json()).toMatchObject({ servers: { here: { host: 'localhost:8000' } } })
  })
})

describe('the pages', () => {
  const open = async (url: string, host = 'chat.example:8000') =>
    (await http.app.inject({ url, headers: { host } })).body

  it.each(['/docs', '/docs/ws', '/docs/errors'])(
    '%s is in the language of the server, and in the other one on demand',
    async (path) => {
      expect(await open(path)).toContain('<html lang="en">')
      expect(await open(`${path}?lang=en`)).toContain('<html lang="en">')
      expect(await open(`${path}?lang=zh-Hant`)).toContain('<html lang="zh-Hant">')
      expect(await open(`${path}?lang=zh-Hant`)).toContain(`<a class="language" href="${path}?lang=en"`)
      expect((await http.app.inject(`${path}?lang=fr`)).statusCode).toBe(400)
    },
  )

  it.each(['/docs', '/docs/ws', '/docs/errors'])(
    '%s has no script, no inline style and asks no other origin',
    async (path) => {
      const page = await open(path)
      expect(page).not.toMatch(/<script|<iframe|<style|\son\w+=|\sstyle=/i)
      for (const [, target = ''] of page.matchAll(/\s(?:href|src|action)="([^"]*)"/g))
        expect(target).toMatch(/^(?:\/|#|data:image\/svg\+xml,)/)
    },
  )

  it.each(['/docs', '/docs/ws', '/docs/errors'])('%s leads only to places that exist', async (path) => {
    const page = await open(path)
    const ids = new Set([...page.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id))
    expect(ids.size).toBe([...page.matchAll(/\sid="/g)].length)
    for (const [, id] of page.matchAll(/\shref="#([^"]+)"/g)) expect(ids).toContain(id)
    for (const [, target = ''] of page.matchAll(/\shref="(\/[^"]*)"/g))
      expect([target, (await http.app.inject(target)).statusCode]).not.toEqual([target, 404])
  })

  it('/docs shows every route, /docs/ws every message', async () => {
    const routes = await open('/docs')
    for (const path of Object.keys(openApi.paths)) expect(routes).toContain(`<code>${path}</code>`)
    const messages = await open('/docs/ws')
    for (const name of Object.keys(asyncApi.components.messages)) expect(messages).toContain(`id="${name}"`)
  })

  it('/docs/errors explains every code that a problem or a close can have', async () => {
    const page = await open('/docs/errors')
    for (const code of Object.keys(ERRORS)) expect(page).toContain(`id="${code}"`)
    for (const name of Object.keys(CLOSES)) expect(page).toContain(`id="close-${name}"`)
  })

  it('examples speak of the host that was asked, unless it is no host', async () => {
    expect(await open('/docs/ws')).toContain('ws://chat.example:8000/ws/chat/Alice')
    expect(await open('/docs')).toContain('http://chat.example:8000/health')
    expect(await open('/docs/ws', '"><script>')).toContain('ws://localhost:8000/ws/chat/Alice')
  })
})

describe('Traditional Chinese', () => {
  /** Names and words of code are the same in every language. */
  const isWord = (text: string): boolean => /^(?:[\w.]+|`[^`]*`(?:, `[^`]*`)*|Roomful \w+ API)$/.test(text)
  const isTranslated = (text: string): boolean => /\p{Script=Han}/u.test(translated('zh-Hant', text))

  it('covers every sentence of both documents', () => {
    const sentences = new Set<string>()
    for (const [key, value] of [...walk(openApi), ...walk(asyncApi)])
      if (['title', 'summary', 'description'].includes(key) && typeof value === 'string') sentences.add(value)
    expect(sentences.size).toBeGreaterThan(100)
    expect([...sentences].filter((text) => !isWord(text) && !isTranslated(text))).toEqual([])
  })

  it('covers every title that a reader sees', () => {
    const titles = [
      ...openApi.tags.map(({ description }) => description),
      ...Object.values(openApi.paths).flatMap((operations) =>
        Object.values(operations).map(({ summary }) => summary),
      ),
      ...Object.values(asyncApi.channels).map(({ title }) => title),
    ]
    expect(titles.filter((text) => !isTranslated(text))).toEqual([])
  })

  it('has every label', () => {
    const same = ['http', 'websocket', 'python', 'otherLanguage']
    for (const [name, label] of Object.entries(LABELS['zh-Hant']))
      if (!same.includes(name))
        expect([name, label]).toEqual([name, expect.stringMatching(/\p{Script=Han}/u)])
  })
})
