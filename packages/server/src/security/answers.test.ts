import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openStage, type Stage } from '../../testing/stage.ts'

const NOTHING = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'"
const DOCUMENT =
  "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'; form-action 'none'"
const PAGE =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self' ws://chat.example wss://chat.example; " +
  "img-src 'self' data:; font-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; object-src 'none'; " +
  "frame-ancestors 'none'; form-action 'self'; require-trusted-types-for 'script'; trusted-types 'none'"

/** What every answer has, whoever wrote it. */
const always = (policy: string) => ({
  'content-security-policy': policy,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
})

/** Tell who serves, or let others read; none of them belongs into any answer here. */
const NEVER = [
  'server',
  'x-powered-by',
  'access-control-allow-origin',
  'access-control-allow-credentials',
  'set-cookie',
]

let stage: Stage
let webRoot: string
beforeAll(async () => {
  webRoot = await mkdtemp(join(tmpdir(), 'roomful-web-'))
  await mkdir(join(webRoot, 'assets'))
  for (const [file, content] of [
    ['index.html', '<!doctype html>'],
    ['icon.svg', '<svg xmlns="http://www.w3.org/2000/svg"/>'],
    ['assets/index-D4mWx8_k.js', 'plain()'],
  ] as const)
    await writeFile(join(webRoot, file), content)
  stage = await openStage({ webRoot })
})
afterAll(async () => {
  await stage.close()
  await rm(webRoot, { recursive: true })
})

/** Sends bytes and reads the head of the answer. */
async function ask(
  bytes: string,
): Promise<{ status: number; headers: Record<string, string>; body: string }> {
  const client = stage.dial()
  client.write(bytes)
  const [head = '', body = ''] = (await text(client)).split('\r\n\r\n')
  const [first = '', ...lines] = head.split('\r\n')
  const headers = lines.map((line) => [
    line.slice(0, line.indexOf(':')).toLowerCase(),
    line.slice(line.indexOf(':') + 1).trim(),
  ])
  return {
    status: Number(first.split(' ')[1]),
    headers: Object.fromEntries(headers) as Record<string, string>,
    body,
  }
}

function expectHeaders(headers: Readonly<Record<string, unknown>>, policy: string): void {
  expect(Object.fromEntries(Object.keys(always('')).map((name) => [name, headers[name]]))).toEqual(
    always(policy),
  )
  for (const name of NEVER) expect([name, headers[name]]).toEqual([name, undefined])
}

const get = (url: string, more = ''): string =>
  `GET ${url} HTTP/1.1\r\nHost: chat.example\r\nConnection: close\r\n${more}\r\n`
const upgrade = (url: string, more = ''): string =>
  `GET ${url} HTTP/1.1\r\nHost: chat.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${more}\r\n`
const HANDSHAKE = 'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n'

describe('headers of every kind of answer', () => {
  it.each([
    ['the page', get('/chat'), 200, PAGE],
    ['the page under its other name', get('/static/chat.html'), 200, PAGE],
    ['the file of the page', get('/static/index.html'), 200, PAGE],
    ['a script', get('/static/assets/index-D4mWx8_k.js'), 200, NOTHING],
    ['a picture, which may be opened as a document', get('/static/icon.svg'), 200, NOTHING],
    ['a file that is not there', get('/static/none.js'), 404, NOTHING],
    ['the way to the page', get('/', 'Accept: text/html\r\n'), 302, NOTHING],
    ['the index', get('/'), 200, NOTHING],
    ['the API', get('/api/v1/rooms'), 200, NOTHING],
    ['a refusal of the API', get('/api/v1/rooms/*'), 400, NOTHING],
    ['a refusal to publish', get('/api/v1/rooms/x/messages').replace('GET', 'POST'), 400, NOTHING],
    ['a method that is not served', get('/health').replace('GET', 'DELETE'), 405, NOTHING],
    ['health', get('/health'), 200, NOTHING],
    ['readiness', get('/readyz'), 200, NOTHING],
    ['status', get('/ws/status'), 200, NOTHING],
    ['metrics that are not for everybody', get('/metrics'), 403, NOTHING],
    ['the document of the API', get('/openapi.json'), 200, NOTHING],
    ['the document of the sockets', get('/asyncapi.json'), 200, NOTHING],
    ['the documentation', get('/docs'), 200, DOCUMENT],
    ['the documentation of the sockets', get('/docs/ws'), 200, DOCUMENT],
    ['the list of errors', get('/docs/errors'), 200, DOCUMENT],
    ['a path that is not there', get('/none'), 404, NOTHING],
    ['a path that cannot be decoded', get('/api/v1/rooms/%ff'), 400, NOTHING],
    ['a socket without an upgrade', get('/ws/chat'), 426, NOTHING],
    ['what is no HTTP', 'hello\r\n\r\n', 400, NOTHING],
    ['headers that are too long', get('/', `X: ${'x'.repeat(9_000)}\r\n`), 431, NOTHING],
    ['an upgrade elsewhere', upgrade('/elsewhere', HANDSHAKE), 404, NOTHING],
    [
      'an upgrade from a foreign page',
      upgrade('/ws/chat', `${HANDSHAKE}Origin: http://evil.example\r\n`),
      403,
      NOTHING,
    ],
    ['an upgrade without a key', upgrade('/ws/chat'), 400, NOTHING],
    ['an upgrade of another version', upgrade('/ws/chat', HANDSHAKE.replace('13', '12')), 400, NOTHING],
  ])('%s', async (_what, bytes, status, policy) => {
    const answer = await ask(bytes)
    expect(answer.status).toBe(status)
    expectHeaders(answer.headers, policy)
    // Whoever is refused learns why from a problem, and from nothing that a browser would show.
    if (status >= 400) expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/)
  })

  it('an upgrade of another version is told which one is served', async () => {
    const { headers } = await ask(upgrade('/ws/chat', HANDSHAKE.replace('13', '12')))
    expect(headers['sec-websocket-version']).toBe('13')
  })

  it('a stream of events', async () => {
    const client = stage.dial()
    client.write(get('/api/v1/rooms/lobby/events'))
    const head = await new Promise<string>((resolve) =>
      client.once('data', (chunk: Buffer) => resolve(chunk.toString())),
    )
    for (const [name, value] of Object.entries(always(NOTHING)))
      expect(head.toLowerCase()).toContain(`${name}: ${value}`)
    client.destroy()
  })
})
