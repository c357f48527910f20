import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { createPermissionHook } from './permission-hook.ts'

const ASKED = { subject: 'u-1', issuer: 'me', username: 'Ann' }
const closers: (() => void)[] = []

afterEach(() => {
  for (const close of closers.splice(0)) close()
})

async function hookFor(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  timeoutMs = 5_000,
) {
  const server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return createPermissionHook({ url: `http://127.0.0.1:${port}/may`, secret: 'let me in', timeoutMs })
}

const saying = (text: string, status = 200) =>
  hookFor((_request, response) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(text),
  )

describe('the hook of permissions over HTTP', () => {
  it('PE9: is asked by one POST about a subject, and its answer is what they may and for how long', async () => {
    const seen: unknown[] = []
    const hook = await hookFor((request, response) => {
      let body = ''
      request.on('data', (part: Buffer) => (body += part.toString()))
      request.on('end', () => {
        seen.push(request.method, request.url, request.headers.authorization, JSON.parse(body))
        response.end('{"rooms":{"team-*":["join","read"]},"expires_in":60}')
      })
    })
    expect(await hook.ask(ASKED)).toEqual({
      grants: { 'team-*': ['join', 'read'] },
      holdsMs: 60_000,
    })
    expect(seen).toEqual(['POST', '/may', 'Bearer let me in', ASKED])
    expect(await (await saying('{}')).ask(ASKED)).toEqual({ grants: {}, holdsMs: null })
  })

  it.each([
    ['another status', '{}', 403, 'The answer was 403.'],
    ['no JSON', 'yes', 200, 'no JSON object'],
    ['a list', '[]', 200, 'no JSON object'],
    ['unknown actions', '{"rooms":{"a":["fly"]}}', 200, 'rooms in the answer'],
    ['a pattern with * in the middle', '{"rooms":{"a*b":["read"]}}', 200, 'rooms in the answer'],
    ['rooms that are a list', '{"rooms":["a"]}', 200, 'rooms in the answer'],
    ['a time that is a text', '{"expires_in":"60"}', 200, 'expires_in'],
    ['more than it reads', `{"rooms":{},"x":"${'x'.repeat(300_000)}"}`, 200, 'too long'],
  ])('PE9: fails for %s', async (_what, text, status, why) => {
    await expect((await saying(text, status)).ask(ASKED)).rejects.toThrow(why)
  })

  it('PE9: fails for a redirect, and for an answer that does not come in time', async () => {
    const redirecting = await hookFor((_request, response) =>
      response.writeHead(307, { location: '/other' }).end(),
    )
    await expect(redirecting.ask(ASKED)).rejects.toThrow('fetch failed')
    const silent = await hookFor(() => undefined, 100)
    await expect(silent.ask(ASKED)).rejects.toMatchObject({ name: 'TimeoutError' })
  })
})
