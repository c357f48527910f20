import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { cutAll, dial, enter } from '../support/chat-client.ts'
import { type RunningServer, startProgram, startServer } from '../support/server.ts'

const TIME_LIMIT = 60_000

/** What nobody may find again outside of the messages themselves. */
const SECRETS = {
  text: 'planted-text-4711',
  publishedText: 'planted-published-4712',
  badFrame: 'planted-frame-4713',
  token: 'planted-token-4714',
  ticket: 'planted-ticket-4715',
  resumeToken: 'planted-resume-4716',
  cookie: 'planted-cookie-4717',
  authorization: 'planted-authorization-4718',
  jwtSecret: 'planted-jwt-secret-4719-of-32-bytes-and-more',
  path: 'planted-path-4720',
  address: '203.0.113.77',
  address6: '2001:db8:77:1::4721',
}

const found = (text: string) =>
  Object.entries(SECRETS).flatMap(([name, secret]) => (text.includes(secret) ? [name] : []))

/** Tries an upgrade that may be refused, and waits until it has ended. */
function tried(url: string, protocols: readonly string[], headers: Record<string, string>): Promise<void> {
  const socket = new WebSocket(url, [...protocols], { headers })
  return new Promise((resolve) => {
    socket.once('error', () => resolve())
    socket.once('close', () => resolve())
    socket.once('open', () => socket.close())
  })
}

describe('at debug level', () => {
  let server: RunningServer
  beforeAll(async () => {
    server = await startServer({
      args: [
        '--log-level',
        'debug',
        '--trusted-proxies',
        'loopback',
        '--auth',
        'jwt+guest',
        '--jwt-in-query',
        'on',
      ],
      env: { ROOMFUL_JWT_SECRET: SECRETS.jwtSecret },
    })
  }, TIME_LIMIT)
  afterAll(async () => {
    await cutAll()
    await server.kill()
  })

  it(
    'OP4: no secret of a person shows in the log, the metrics or problems, and each line is one event',
    async () => {
      const forwarded = { 'x-forwarded-for': SECRETS.address }
      const headers = { ...forwarded, cookie: `session=${SECRETS.cookie}` }
      const alice = await enter(server, 'Alice', { v1: true, headers })
      alice.say(SECRETS.text)
      await alice.hears(SECRETS.text)
      alice.send(`{"type":"message","message":"${SECRETS.badFrame}`)
      alice.send({ type: 'message', message: { text: SECRETS.badFrame } })
      alice.send({ type: 'auth', token: SECRETS.token })
      await alice.inbox.next(({ type }) => type === 'error', 'a refusal')
      const anonymous = await dial(server, '/ws/chat', { headers: { 'x-forwarded-for': SECRETS.address6 } })
      anonymous.send('{"type":"status"}')
      const query = `token=${SECRETS.token}&ticket=${SECRETS.ticket}`
      const authorization = `Bearer ${SECRETS.authorization}`
      await tried(`${server.wsUrl}/ws/chat/Eve?${query}`, [`roomful.resume.${SECRETS.resumeToken}`], headers)
      await tried(`${server.wsUrl}/ws/chat/Eve`, ['roomful.v1', `roomful.jwt.${SECRETS.token}`], headers)
      await tried(`${server.wsUrl}/ws/chat`, ['roomful.v1'], { ...headers, authorization })
      await tried(`${server.wsUrl}/${SECRETS.path}?${query}`, [], headers)
      const problems: string[] = []
      const ask = async (path: string, init: RequestInit = {}): Promise<void> => {
        const response = await fetch(`${server.url}${path}`, {
          ...init,
          headers: { ...headers, ...init.headers },
        })
        if (!response.ok) problems.push(await response.text())
        else await response.body?.cancel()
      }
      const publish = (body: string, more: Record<string, string> = {}) =>
        ask('/api/v1/rooms/lobby/messages', {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...more },
          body,
        })
      await publish(JSON.stringify({ message: SECRETS.publishedText }))
      await publish(`{"message":"${SECRETS.publishedText}`)
      await publish(JSON.stringify({ message: SECRETS.publishedText, username: 7 }))
      await publish(JSON.stringify({ message: SECRETS.publishedText }), { authorization })
      await ask(`/livez?${query}`)
      await ask(`/api/v1/rooms/lobby/messages?limit=x&${query}`)
      await ask(`/nowhere?${query}`)
      const metrics = await (await fetch(`${server.url}/metrics`)).text()
      await cutAll()
      await expect
        .poll(() => server.output().match(/connection_closed/g)?.length ?? 0)
        .toBeGreaterThanOrEqual(2)
      await server.stop()
      const lines = server
        .output()
        .split('\n')
        .filter((line) => line.startsWith('{'))
      const events = lines.map((line) => JSON.parse(line) as { msg: unknown; network?: unknown })
      for (const event of [
        'connection_opened',
        'connection_closed',
        'http_request',
        'upgrade_refused',
        'stopped',
      ])
        expect(events.map(({ msg }) => msg)).toContain(event)
      for (const { msg } of events) expect(msg).toMatch(/^[a-z0-9_]+$/)
      const networks = events.map(({ network }) => network)
      expect(networks).toContain('203.0.113.0/24')
      expect(networks).toContain('2001:db8:77:1::/64')
      expect(problems.length).toBeGreaterThanOrEqual(5)
      expect(found(server.output())).toEqual([])
      expect(found(metrics)).toEqual([])
      expect(found(problems.join('\n'))).toEqual([])
    },
    TIME_LIMIT,
  )
})

describe('a server that cannot start', () => {
  const data = 'postgres://chat:planted-password-4722@127.0.0.1:1/chat'
  it.each([
    ['the database', ['--data', data], {}],
    ['the bus', ['--data', data, '--bus', 'redis://bus:planted-password-4723@127.0.0.1:1'], {}],
    [
      'the environment',
      [],
      { ROOMFUL_DATA: data, ROOMFUL_BUS: 'amqp://bus:planted-password-4724@127.0.0.1:1' },
    ],
    ['a bad address', ['--data', 'postgres://chat:planted-password-4725@[::1/chat'], {}],
    ['a bad bus', ['--data', data, '--bus', 'redis://bus:planted-password-4726@/%'], {}],
  ])(
    'OP4: tells no password: %s',
    async (_, args, env) => {
      const program = startProgram('bundle/main.js', ['--port', '0', '--log-level', 'debug', ...args], env)
      await expect(program.until(() => false)).rejects.toThrow('ended with')
      expect(program.output()).toMatch(/^roomful: /m)
      expect(program.output()).not.toContain('planted-password')
    },
    TIME_LIMIT,
  )
})
