import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { describe, expect, it, vi } from 'vitest'
import { isOnThisMachine, type Seen, trustedProxies } from './proxies.ts'

interface Headers {
  readonly for?: string
  readonly forwarded?: string
  readonly host?: string
  readonly proto?: string
}

function seen(trusted: readonly string[], peer: string, headers: Headers = {}): Seen {
  return trustedProxies(trusted)(requestOf(peer, headers))
}

function requestOf(peer: string, headers: Headers): IncomingMessage {
  const socket = new Socket()
  Object.defineProperty(socket, 'remoteAddress', { value: peer })
  const request = new IncomingMessage(socket)
  request.headers.host = 'inside:8000'
  const { for: from, forwarded, host, proto } = headers
  if (from !== undefined) request.headers['x-forwarded-for'] = from
  if (forwarded !== undefined) request.headers.forwarded = forwarded
  if (host !== undefined) request.headers['x-forwarded-host'] = host
  if (proto !== undefined) request.headers['x-forwarded-proto'] = proto
  return request
}

describe('a proxy that nobody named', () => {
  const isTold = (trusted: readonly string[], peer: string, from?: string, forwarded?: string): number => {
    const onForgotten = vi.fn<() => void>()
    const see = trustedProxies(trusted, onForgotten)
    const request = requestOf(peer, {
      ...(from !== undefined && { for: from }),
      ...(forwarded !== undefined && { forwarded }),
    })
    see(request)
    see(request)
    return onForgotten.mock.calls.length
  }

  it('is told of once, when it is on this machine or in a private network', () => {
    for (const peer of ['127.0.0.1', '::1', '10.1.2.3', '172.18.0.1', '192.168.1.1', 'fd00::1'])
      expect(isTold([], peer, '203.0.113.9')).toBe(1)
    expect(isTold(['10.0.0.0/8'], '127.0.0.1', '203.0.113.9')).toBe(1)
    expect(isTold(['loopback'], '10.1.2.3', undefined, 'for=203.0.113.9')).toBe(1)
  })

  it('is nobody who is named, nobody who forwards nothing, and no stranger', () => {
    expect(isTold(['loopback'], '127.0.0.1', '203.0.113.9')).toBe(0)
    expect(isTold([], '127.0.0.1')).toBe(0)
    expect(isTold([], '198.51.100.4', '203.0.113.9')).toBe(0)
  })
})

const address = (trusted: readonly string[], peer: string, forwarded?: string): string =>
  seen(trusted, peer, forwarded === undefined ? {} : { for: forwarded }).address

describe('the address of a client', () => {
  it.each<
    readonly [
      what: string,
      trusted: readonly string[],
      peer: string,
      forwarded: string | undefined,
      is: string,
    ]
  >([
    ['nobody is trusted', [], '127.0.0.1', '192.0.2.1', '127.0.0.1'],
    ['the peer is not trusted', ['10.0.0.0/8'], '11.0.0.1', '192.0.2.1', '11.0.0.1'],
    ['the peer is trusted', ['10.0.0.0/8'], '10.255.0.1', '192.0.2.1', '192.0.2.1'],
    ['the peer is trusted by its address', ['10.0.0.1'], '10.0.0.1', '192.0.2.1', '192.0.2.1'],
    ['another one is', ['10.0.0.1'], '10.0.0.2', '192.0.2.1', '10.0.0.2'],
    ['loopback', ['loopback'], '127.0.0.9', '192.0.2.1', '192.0.2.1'],
    ['loopback, IPv6', ['loopback'], '::1', '2001:db8::1', '2001:db8::1'],
    ['a network, IPv6', ['fd00::/8'], 'fdab::1', '192.0.2.1', '192.0.2.1'],
    ['a peer on a socket for both families', ['10.0.0.0/8'], '::ffff:10.0.0.1', '192.0.2.1', '192.0.2.1'],
    ['an untrusted one on it', [], '::ffff:192.0.2.7', undefined, '192.0.2.7'],
    ['what the client wrote itself', ['loopback'], '127.0.0.1', '6.6.6.6, 192.0.2.1', '192.0.2.1'],
    [
      'a chain of trusted ones',
      ['loopback', '10.0.0.0/8'],
      '127.0.0.1',
      '6.6.6.6, 192.0.2.1,10.0.0.3',
      '192.0.2.1',
    ],
    ['nobody but trusted ones', ['loopback', '10.0.0.0/8'], '127.0.0.1', '10.0.0.4, 10.0.0.3', '10.0.0.4'],
    ['no header, from this machine', ['loopback'], '127.0.0.1', undefined, ''],
    ['no header, from this machine, whom nobody trusts', [], '::1', undefined, ''],
    ['no header, from this machine, on a socket for both families', [], '::ffff:7f00:1', undefined, ''],
    ['no header, from elsewhere', ['10.0.0.1'], '10.0.0.1', undefined, '10.0.0.1'],
    ['a client that says it is on this machine', ['loopback'], '127.0.0.1', '127.0.0.1', '127.0.0.1'],
    [
      'a client that says so behind a proxy that adds',
      ['loopback'],
      '::1',
      '127.0.0.1, 192.0.2.1',
      '192.0.2.1',
    ],
    ['a client that says so, IPv6', ['loopback'], '127.0.0.1', '[::1]', '::1'],
    ['an empty header', ['loopback'], '127.0.0.1', '', '127.0.0.1'],
    ['no address in it', ['loopback'], '127.0.0.1', '192.0.2.1, unknown', '127.0.0.1'],
    ['an address and its port', ['loopback'], '127.0.0.1', '192.0.2.1:4711', '192.0.2.1'],
    ['an IPv6 address and its port', ['loopback'], '127.0.0.1', '[2001:db8::1]:4711', '2001:db8::1'],
    ['a mapped address', ['loopback'], '127.0.0.1', '::FFFF:192.0.2.1', '192.0.2.1'],
    ['a mapped address as bits', ['loopback'], '127.0.0.1', '::ffff:c000:201', '192.0.2.1'],
    [
      'a trusted one, mapped as bits',
      ['loopback', '10.0.0.3'],
      '127.0.0.1',
      '192.0.2.1, ::ffff:a00:3',
      '192.0.2.1',
    ],
    ['a peer mapped as bits', ['10.0.0.1'], '::ffff:a00:1', '192.0.2.1', '192.0.2.1'],
    ['IPv6 in another spelling', ['loopback'], '127.0.0.1', '2001:DB8:0:0::1', '2001:db8::1'],
  ])('%s', (_, trusted, peer, forwarded, is) => {
    expect(address(trusted, peer, forwarded)).toBe(is)
  })
})

describe('the address of a client, by RFC 7239', () => {
  it.each([
    ['one', 'for=192.0.2.1', '192.0.2.1'],
    ['one among other words', 'proto=https;For = 192.0.2.1;host=a.example', '192.0.2.1'],
    ['quoted, with a port', 'for="192.0.2.1:4711"', '192.0.2.1'],
    ['IPv6', 'for="[2001:db8::1]:4711"', '2001:db8::1'],
    ['the last that is not trusted', 'for=6.6.6.6, for=192.0.2.1;by=10.0.0.9, for=10.0.0.3', '192.0.2.1'],
    ['a comma within quotes', 'host="a,for=6.6.6.6";for=192.0.2.1', '192.0.2.1'],
    ['a semicolon within quotes', 'host="a;for=6.6.6.6";for=192.0.2.1', '192.0.2.1'],
    ['an escaped quote within quotes', String.raw`host="a\";for=6.6.6.6;x=\"";for=192.0.2.1`, '192.0.2.1'],
    ['quotes that the client left open', 'for=", for=192.0.2.1', '192.0.2.1'],
    ['quotes that the client left open, and more', 'for=", for="[2001:db8::1]"', '2001:db8::1'],
    ['a word for an address', 'for=_hidden', '127.0.0.1'],
    ['nobody', 'proto=https', '127.0.0.1'],
    ['nothing', '', '127.0.0.1'],
    ['somebody who says to be on this machine', 'for=127.0.0.1', '127.0.0.1'],
  ])('%s', (_, forwarded, is) => {
    expect(seen(['loopback', '10.0.0.0/8'], '127.0.0.1', { forwarded }).address).toBe(is)
  })

  it('counts where there is no X-Forwarded-For, and from nobody else', () => {
    const both = { for: '192.0.2.1', forwarded: 'for=6.6.6.6' }
    expect(seen(['loopback'], '127.0.0.1', both).address).toBe('192.0.2.1')
    expect(seen([], '203.0.113.9', { forwarded: 'for=6.6.6.6' }).address).toBe('203.0.113.9')
  })
})

it.each([
  'Via',
  'Forwarded',
  'X-Forwarded',
  'X-Forwarded-For',
  'X-Forwarded-Proto',
  'X-Forwarded-Port',
  'X-Real-IP',
  'X-Original-Forwarded-For',
  'X-Client-IP',
  'True-Client-IP',
  'X-Cluster-Client-IP',
  'CF-Connecting-IP',
  'X-Envoy-External-Address',
  'Client-IP',
])('whoever comes with %s is not on this machine', (name) => {
  for (const [peer, value] of [
    ['127.0.0.1', '127.0.0.1'],
    ['::1', ''],
  ] as const) {
    const request = requestOf(peer, {})
    expect(isOnThisMachine(request)).toBe(true)
    request.headers[name.toLowerCase()] = value
    expect(isOnThisMachine(request)).toBe(false)
    for (const trusted of [[], ['loopback']]) expect(trustedProxies(trusted)(request).address).not.toBe('')
  }
})

describe('host and scheme', () => {
  const headers = { for: '192.0.2.1', host: 'chat.example', proto: 'https' }

  it('are what a trusted proxy says', () => {
    expect(seen(['loopback'], '127.0.0.1', headers)).toEqual({
      address: '192.0.2.1',
      host: 'chat.example',
      scheme: 'https',
    })
  })

  it('are those of the request when somebody else says so', () => {
    const expected = { address: '127.0.0.1', host: 'inside:8000', scheme: null }
    expect(seen([], '127.0.0.1', headers)).toEqual(expected)
    expect(seen(['10.0.0.1'], '127.0.0.1', headers)).toEqual(expected)
  })

  it('are those of the nearest proxy when each has added its own', () => {
    const both = { host: 'evil.example, chat.example', proto: 'https, HTTP' }
    expect(seen(['loopback'], '::1', both)).toMatchObject({ host: 'chat.example', scheme: 'http' })
  })

  it.each([
    ['127.0.0.1:8000', 'chat.example', 'chat.example'],
    ['[::1]:8000', 'chat.example', 'chat.example'],
    ['192.168.1.7', 'chat.example', 'chat.example'],
    ['chat', 'chat.example', 'chat.example'],
    ['chat.svc.cluster.local:8000', 'chat.example', 'chat.example'],
    ['chat.example', 'chat.example:8443', 'chat.example:8443'],
    ['CHAT.example', 'chat.example', 'chat.example'],
    ['chat.example', 'evil.example', 'chat.example'],
    ['chat.example:8443', 'evil.example:8443', 'chat.example:8443'],
    ['203.0.113.7', 'evil.example', '203.0.113.7'],
    ['[2001:db8::7]', 'evil.example', '[2001:db8::7]'],
    ['chat.example', '', 'chat.example'],
  ])('the proxy has Host %s, X-Forwarded-Host %s: %s', (own, told, is) => {
    const request = requestOf('127.0.0.1', { host: told })
    request.headers.host = own
    expect(trustedProxies(['loopback'])(request).host).toBe(is)
  })

  it('stay open when the proxy says nothing, or nothing that is known', () => {
    expect(seen(['loopback'], '::1')).toMatchObject({ host: 'inside:8000', scheme: null })
    expect(seen(['loopback'], '::1', { proto: 'wss' })).toMatchObject({ scheme: null })
  })
})
