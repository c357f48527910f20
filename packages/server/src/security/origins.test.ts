/** EP8 with real bytes: what `origin.test.ts` says of one header, for several of them and behind proxies. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openStage, type Stage } from '../../testing/stage.ts'
import { StageSocket } from '../../testing/stage-socket.ts'

/** Whose word on host and scheme is taken. */
const PROXY = '10.0.0.1'
const STRANGER = '203.0.113.9'

const OWN = 'Origin: https://chat.example'
const EVIL = 'Origin: https://evil.example'
const PUBLIC = ['X-Forwarded-Host: chat.example', 'X-Forwarded-Proto: https', 'X-Forwarded-For: 203.0.113.9']

type Row = readonly [
  what: string,
  admitted: boolean,
  headers: readonly string[],
  from?: string,
  host?: string,
]

const ROWS: readonly Row[] = [
  ['no Origin', true, []],
  ['the own host', true, ['Origin: http://chat.example']],
  ['the own host, TLS ended by somebody who says nothing', true, [OWN]],
  ['a foreign host', false, [EVIL]],
  ['an empty header', false, ['Origin:']],
  ['null', false, ['Origin: null']],
  ['a configured one', true, ['Origin: https://app.example']],
  ['a configured one with its port spelled', false, ['Origin: https://app.example:443']],
  ['a configured one in capitals', false, ['Origin: https://APP.example']],
  ['a configured one with user information', false, ['Origin: https://app.example@evil.example']],
  ['a configured one with a trailing dot', false, ['Origin: https://app.example.']],
  ['a configured IDN as punycode', true, ['Origin: https://xn--fsqu00a.example']],
  ['its bytes in UTF-8', false, [`Origin: https://${Buffer.from('例子').toString('latin1')}.example`]],
  ['two headers, the own one first', false, [OWN, EVIL]],
  ['two headers, the foreign one first', false, [EVIL, OWN]],
  ['two headers, both the own one', false, [OWN, OWN]],
  ['the header in capitals', false, ['ORIGIN: https://evil.example']],
  ['the header in capitals beside the own one', false, [OWN, 'ORIGIN: https://evil.example']],
  ['the older name, which counts for nothing', true, ['Sec-WebSocket-Origin: https://evil.example', OWN]],
  ['a folded line', false, ['Origin: https://chat.example,', ' https://evil.example']],
  ['spaces around it', true, ['Origin:    https://chat.example  ']],
  ['a tab within', false, ['Origin: https://chat\t.example']],
  ['IPv6, the own', true, ['Origin: http://[2001:db8::1]'], STRANGER, '[2001:db8::1]'],
  ['IPv6, the own, in capitals', false, ['Origin: http://[2001:DB8::1]'], STRANGER, '[2001:db8::1]'],
  ['IPv6, another', false, ['Origin: http://[2001:db8::2]'], STRANGER, '[2001:db8::1]'],
  ['IPv6 with a zone', false, ['Origin: http://[fe80::1%25eth0]'], STRANGER, '[fe80::1]'],
  ['a Host that is somebody else’s: the page of that host', true, [EVIL], STRANGER, 'evil.example'],
  ['an untrusted peer names the host', false, [EVIL, 'X-Forwarded-Host: evil.example'], STRANGER],
  [
    'an untrusted peer names host and scheme',
    false,
    [EVIL, 'X-Forwarded-Host: evil.example', 'X-Forwarded-Proto: https'],
    STRANGER,
  ],
  ['an untrusted peer names the scheme', true, [OWN, 'X-Forwarded-Proto: http'], STRANGER],
  [
    'an untrusted peer forwards by RFC 7239',
    false,
    [EVIL, 'Forwarded: host=evil.example;proto=https'],
    STRANGER,
  ],
  ['a trusted proxy, the own host', true, [OWN, ...PUBLIC], PROXY, 'backend:8000'],
  [
    'a trusted proxy, the host of the backend',
    false,
    ['Origin: http://backend:8000', ...PUBLIC],
    PROXY,
    'backend:8000',
  ],
  [
    'a trusted proxy, the other scheme',
    false,
    ['Origin: http://chat.example', ...PUBLIC],
    PROXY,
    'backend:8000',
  ],
  ['a trusted proxy, a foreign host', false, [EVIL, ...PUBLIC], PROXY, 'backend:8000'],
  [
    'a trusted proxy behind a client that named a host',
    false,
    [EVIL, 'X-Forwarded-Host: evil.example, chat.example'],
    PROXY,
  ],
  [
    'the same in two headers',
    false,
    [EVIL, 'X-Forwarded-Host: evil.example', 'X-Forwarded-Host: chat.example'],
    PROXY,
  ],
  [
    'a trusted proxy behind a client that named a scheme',
    false,
    ['Origin: http://chat.example', 'X-Forwarded-Proto: http, https'],
    PROXY,
  ],
  ['a trusted proxy that says nothing', true, [OWN], PROXY],
  [
    'a trusted proxy, a host with a port',
    false,
    [OWN, 'X-Forwarded-Host: chat.example:8443', 'X-Forwarded-Proto: https'],
    PROXY,
  ],
  [
    'a trusted proxy, that port',
    true,
    [`${OWN}:8443`, 'X-Forwarded-Host: chat.example:8443', 'X-Forwarded-Proto: https'],
    PROXY,
  ],
  ['a trusted proxy, a scheme that is none', true, [OWN, 'X-Forwarded-Proto: javascript'], PROXY],
  ['a trusted proxy by its IPv6 form', true, [OWN, ...PUBLIC], `::ffff:${PROXY}`, 'backend:8000'],
  ['a proxy of the network beside it', false, [OWN, ...PUBLIC], '10.0.1.1', 'backend:8000'],
]

let stage: Stage
beforeAll(async () => {
  const origins = ['https://app.example', 'https://例子.example']
  stage = await openStage({ http: { origins, trustedProxies: ['10.0.0.0/24'] } })
})
afterAll(() => stage.close())

it('EP8: there are more than forty shapes', () => {
  expect(ROWS.length).toBeGreaterThan(40)
})

const CASES = ROWS.map((row) => ({ what: row[0], row }))

it.each(CASES)('EP8: $what', async ({ row: [, admitted, headers, from, host] }) => {
  const more = { ...(from !== undefined && { from }), ...(host !== undefined && { host }) }
  const socket = new StageSocket(stage, { path: '/ws/chat', headers, ...more })
  await socket.until(() => socket.status !== 0)
  // A request that is none is refused before anybody looks at its origin.
  expect(socket.status === 101).toBe(admitted)
  socket.cut()
})

it('EP8: publishing from a page holds to the same', async () => {
  for (const [what, admitted, headers, from, host = 'chat.example'] of ROWS) {
    const lines = ['POST /api/v1/rooms/x/messages HTTP/1.1', `Host: ${host}`, 'Connection: close', ...headers]
    const client = stage.dial(from)
    const body = '{"message":"x"}'
    client.write(
      Buffer.from(
        `${lines.join('\r\n')}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
        'latin1',
      ),
    )
    const answer = await new Promise<string>((resolve) =>
      client.once('data', (chunk: Buffer) => resolve(chunk.toString())),
    )
    expect([what, answer.startsWith('HTTP/1.1 201')]).toEqual([what, admitted])
    client.destroy()
  }
})
