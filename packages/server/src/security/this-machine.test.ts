/** A reverse proxy on this machine, which is trusted by default, and the clients that try to use that. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openStage, type Stage } from '../../testing/stage.ts'
import { StageSocket } from '../../testing/stage-socket.ts'

const HERE = '127.0.0.1'
const OWN = 'Origin: https://chat.example'
const EVIL = 'Origin: https://evil.example'

/** What a proxy adds for a client at 203.0.113.9. */
const ADDED = 'X-Forwarded-For: 203.0.113.9'

/** What a client sends that wants to pass for a page of another host, where the proxy leaves `Host` alone and hands on what it does not know. */
const LIES: readonly (readonly string[])[] = [
  ['X-Forwarded-Host: evil.example'],
  ['X-Forwarded-Host: evil.example', 'X-Forwarded-Proto: https'],
  ['X-FORWARDED-HOST: evil.example'],
  ['X-Forwarded-Host: chat.example, evil.example'],
  ['X-Forwarded-Host: chat.example', 'X-Forwarded-Host: evil.example'],
  ['X-Forwarded-Host: evil.example', 'X-Forwarded-Host: '],
  ['X-Forwarded-Host: evil.example:443'],
  ['X-Forwarded-Host: EVIL.example'],
  ['X-Forwarded-Host: evil.example.'],
  ['X-Forwarded-Host: chat.example@evil.example'],
  ['X-Forwarded-Host: chat.example.evil.example'],
  ['X-Forwarded-Host: evil.example', 'X-Forwarded-Port: 443'],
  ['X-Forwarded-Host: evil.example', 'X-Forwarded-For: 127.0.0.1'],
  ['X-Forwarded-Host: evil.example', 'X-Forwarded-For: ::1'],
  ['X-Forwarded-Host: evil.example', 'X-Real-IP: 127.0.0.1'],
  ['X-Forwarded-Host: evil.example', 'Via: 1.1 localhost'],
  ['X-Forwarded-Server: evil.example'],
  ['X-Host: evil.example'],
  ['X-Original-Host: evil.example'],
  ['X-HTTP-Host-Override: evil.example'],
  ['X-Forwarded-Scheme: https', 'X-Forwarded-Ssl: on'],
  ['Forwarded: for=127.0.0.1;host=evil.example;proto=https'],
  ['Forwarded: host="evil.example"'],
  ['Forwarded: for="', 'X-Forwarded-Host: evil.example'],
  ['X-Forwarded-Proto: https, http'],
]

const CASES = LIES.map((headers) => ({ headers, what: headers.join(' + ') }))

const opened: Stage[] = []
const open = async (options: Parameters<typeof openStage>[0]): Promise<Stage> => {
  const stage = await openStage(options)
  opened.push(stage)
  return stage
}
afterAll(() => Promise.all(opened.map((stage) => stage.close())))

async function statusOf(stage: Stage, headers: readonly string[], from = HERE, host?: string) {
  const socket = new StageSocket(stage, { path: '/ws/chat', headers, from, ...(host && { host }) })
  await socket.until(() => socket.status !== 0)
  socket.cut()
  return socket.status
}

describe('behind a proxy that hands on what clients send', () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await open({ http: { trustedProxies: ['loopback'] } })
  })

  it.each(CASES)('EP8: no foreign page comes in by $what', async ({ headers }) => {
    expect(await statusOf(stage, [EVIL, ...headers, ADDED])).toBe(403)
    // The proxy that adds nothing at all is no way in either.
    expect(await statusOf(stage, [EVIL, ...headers])).toBe(403)
  })

  it('EP8: the own pages do, and where the proxy names the host', async () => {
    expect(await statusOf(stage, [OWN, ADDED])).toBe(101)
    const told = [ADDED, 'X-Forwarded-Host: chat.example', 'X-Forwarded-Proto: https']
    expect(await statusOf(stage, [OWN, ...told], HERE, '127.0.0.1:8000')).toBe(101)
    expect(await statusOf(stage, [EVIL, ...told], HERE, '127.0.0.1:8000')).toBe(403)
  })
})

/** By which a client would like to be this machine, which has no limits and reads the metrics. */
const MASKS: readonly (readonly string[])[] = [
  ['X-Forwarded-For: 127.0.0.1'],
  ['X-Forwarded-For: ::1'],
  ['X-Forwarded-For: [::1]:80'],
  ['X-Forwarded-For: ::ffff:127.0.0.1'],
  ['X-Forwarded-For: ::ffff:7f00:1'],
  ['X-Forwarded-For: 127.9.9.9'],
  ['X-Forwarded-For: localhost'],
  ['X-Forwarded-For:'],
  ['X-Forwarded-For: ,'],
  ['X-Forwarded-For: 127.0.0.1, 127.0.0.1'],
  ['Forwarded: for=127.0.0.1'],
  ['Forwarded: for="[::1]"'],
  ['Forwarded:'],
  ['X-Real-IP: 127.0.0.1'],
  ['X-Client-IP: 127.0.0.1'],
  ['X-Forwarded: for 127.0.0.1'],
  ['X-Forwarded-Host: localhost'],
  ['Via: 1.1 proxy'],
]

/** One request of each address in a quarter of an hour. */
const STRICT = { rateLimit: 1_000, ratePerAddress: 1, requestRateLimit: 0.001 }

async function answerTo(stage: Stage, path: string, headers: readonly string[], from = HERE) {
  const client = stage.dial(from)
  const lines = [`GET ${path} HTTP/1.1`, 'Host: localhost', 'Connection: close', ...headers]
  client.write(`${lines.join('\r\n')}\r\n\r\n`)
  const answer = await new Promise<Buffer>((resolve) => client.once('data', resolve))
  client.destroy()
  return Number(/^HTTP\/1\.1 (\d+)/.exec(String(answer))?.[1])
}

describe.each([{ trustedProxies: ['loopback'] }, { trustedProxies: [] }])('with $trustedProxies', (http) => {
  let strict: Stage
  let plain: Stage
  beforeAll(async () => {
    strict = await open({ http, hub: STRICT })
    plain = await open({ http })
  })

  it.each([HERE, '::1', '::ffff:127.0.0.1'])('LI2, OP1: %s is this machine', async (from) => {
    for (let i = 0; i < 3; i++) expect(await answerTo(strict, '/ws/status', [], from)).toBe(200)
    expect(await answerTo(plain, '/metrics', [], from)).toBe(200)
  })

  it('LI2, OP1: another loopback address is this machine, and has limits', async () => {
    expect(await answerTo(strict, '/ws/status', [], '127.5.5.5')).toBe(200)
    expect(await answerTo(strict, '/ws/status', [], '127.5.5.5')).toBe(429)
    expect(await answerTo(plain, '/metrics', [], '127.5.5.5')).toBe(200)
  })

  it.each(MASKS.map((headers) => ({ headers, what: headers.join() })))(
    'LI2, OP1: whoever comes with $what is not on it',
    async ({ headers }) => {
      await answerTo(strict, '/ws/status', headers)
      expect(await answerTo(strict, '/ws/status', headers)).toBe(429)
      expect(await answerTo(plain, '/metrics', headers)).toBe(403)
    },
  )
})

it('LI2: those behind a proxy on this machine have limits of their own', async () => {
  const stage = await open({ http: { trustedProxies: ['loopback'] }, hub: STRICT })
  const answers = []
  for (const client of ['203.0.113.9', '203.0.113.10', '203.0.113.9'])
    answers.push(await answerTo(stage, '/ws/status', [`X-Forwarded-For: 127.0.0.1, ${client}`]))
  expect(answers).toEqual([200, 200, 429])
})
