import { describe, expect, it } from 'vitest'
import { originAllowed } from './origin.ts'

const OWN = 'chat.example:8000'
const ALLOWED = [
  'https://app.example',
  'http://other.example:3000',
  'https://例子.example',
  'capacitor://localhost',
]

interface Case {
  readonly what: string
  readonly origin: string | undefined
  readonly admitted: boolean
  readonly host: string | undefined
}

type Row = readonly [what: string, origin: string | undefined, admitted: boolean, host?: string | undefined]

const ROWS: readonly Row[] = [
  ['no origin', undefined, true],
  ['no origin and no host', undefined, true, ''],
  ['empty', '', false],
  ['null', 'null', false],
  ['own host', 'http://chat.example:8000', true],
  ['own host over TLS at a proxy', 'https://chat.example', true, 'chat.example'],
  ['own host, default port spelled in Host', 'https://chat.example', true, 'chat.example:443'],
  ['own host, default port spelled in Origin', 'http://chat.example:80', true, 'chat.example'],
  ['own host, upper case in Host', 'http://chat.example:8000', true, 'CHAT.Example:8000'],
  ['own host, other port', 'http://chat.example:8001', false],
  ['own host, no port', 'http://chat.example', false],
  ['own host, default port of the other scheme', 'https://chat.example:80', false, 'chat.example'],
  ['own IPv4 address', 'http://192.168.1.5:8000', true, '192.168.1.5:8000'],
  ['other IPv4 address', 'http://192.168.1.50:8000', false, '192.168.1.5:8000'],
  ['own IPv6 address', 'http://[fe80::1]:8000', true, '[fe80::1]:8000'],
  ['other IPv6 address', 'http://[fe80::2]:8000', false, '[fe80::1]:8000'],
  ['own host as a prefix', 'http://chat.example.evil.example:8000', false],
  ['own host as a suffix', 'http://evilchat.example:8000', false],
  ['subdomain of the own host', 'http://a.chat.example:8000', false],
  ['parent of the own host', 'http://example:8000', false],
  ['own host as user information', 'http://chat.example:8000@evil.example', false],
  ['own host as a path', 'http://evil.example/chat.example:8000', false],
  ['own host as a fragment', 'http://evil.example#chat.example:8000', false],
  ['trailing dot', 'http://chat.example.:8000', false],
  ['trailing dot in both', 'http://chat.example.:8000', false, 'chat.example.:8000'],
  ['trailing slash', 'http://chat.example:8000/', false],
  ['upper-case scheme', 'HTTP://chat.example:8000', false],
  ['upper-case host', 'http://CHAT.example:8000', false],
  ['other scheme on the own host', 'ftp://chat.example:8000', false],
  ['scheme with our scheme as a prefix', 'httpx://chat.example:8000', false],
  ['no scheme', 'chat.example:8000', false],
  ['scheme-relative', '//chat.example:8000', false],
  ['two origins', 'http://evil.example, http://chat.example:8000', false],
  ['two origins, ours first', 'http://chat.example:8000, http://evil.example', false],
  ['two origins, space between', 'http://chat.example:8000 http://evil.example', false],
  ['leading space', ' http://chat.example:8000', false],
  ['line break behind', 'http://chat.example:8000\n', false],
  ['NUL behind', 'http://chat.example:8000\0.evil.example', false],
  ['backslash', 'http://chat.example:8000\\.evil.example', false],
  ['port 0 in front', 'http://chat.example:08000', false],
  ['empty port', 'http://chat.example:', false, 'chat.example'],
  ['full-width letters', 'http://ｃhat.example:8000', false],
  ['look-alike letter', 'http://сhat.example:8000', false],
  ['look-alike letter as punycode', 'http://xn--hat-nzc.example:8000', false],
  ['percent-encoded', 'http://chat%2eexample:8000', false],
  ['no Host header', 'http://chat.example:8000', false, undefined],
  ['Host with a path', 'http://chat.example:8000', false, 'chat.example:8000/x'],
  ['localhost', 'http://localhost:5173', true],
  ['localhost over TLS', 'https://localhost', true],
  ['127.0.0.1', 'http://127.0.0.1:9', true],
  ['another loopback address', 'http://127.8.9.10:3000', true],
  ['IPv6 loopback', 'http://[::1]:3000', true],
  ['localhost as a prefix', 'http://localhost.evil.example', false],
  ['localhost as a suffix', 'http://evil-localhost', false],
  ['subdomain of localhost', 'http://a.localhost', false],
  ['loopback address as a prefix', 'http://127.0.0.1.evil.example', false],
  ['loopback address as a label', 'http://127.evil.example', false],
  ['short loopback address', 'http://127.1', false],
  ['octal loopback address', 'http://0177.0.0.1', false],
  ['unspecified address', 'http://0.0.0.0:8000', false],
  ['IPv4-mapped loopback', 'http://[::ffff:127.0.0.1]', false],
  ['configured', 'https://app.example', true],
  ['configured, default port spelled', 'https://app.example:443', false],
  ['configured, other scheme', 'http://app.example', false],
  ['configured, other port', 'https://app.example:8443', false],
  ['configured with a port', 'http://other.example:3000', true],
  ['configured with a port, no port', 'http://other.example', false],
  ['configured as a prefix', 'https://app.example.evil.example', false],
  ['configured as a suffix', 'https://myapp.example', false],
  ['subdomain of a configured one', 'https://www.app.example', false],
  ['configured, trailing dot', 'https://app.example.', false],
  ['configured IDN, as browsers write it', 'https://xn--fsqu00a.example', true],
  ['configured IDN, raw', 'https://例子.example', false],
  ['configured scheme of an app shell', 'capacitor://localhost', true],
  ['app shell that is not configured', 'tauri://localhost', false],
  ['browser extension', 'chrome-extension://abcdefgh', false],
]

const CASES: readonly Case[] = ROWS.map((row) => {
  const [what, origin, admitted, host] = row
  return { what, origin, admitted, host: row.length === 4 ? host : OWN }
})

describe('the Origin of a browser', () => {
  it.each(CASES)('EP8: $what: $origin, $admitted', ({ origin, admitted, host }) => {
    expect(originAllowed(origin, { host, scheme: null }, ALLOWED)).toBe(admitted)
  })

  it('EP8: the own host has one scheme where a proxy that is trusted tells it', () => {
    const own = { host: 'chat.example', scheme: 'https' }
    expect(originAllowed('https://chat.example', own, [])).toBe(true)
    expect(originAllowed('http://chat.example', own, [])).toBe(false)
    expect(originAllowed('http://localhost:3000', own, [])).toBe(true)
  })

  it('EP8: null is let in when it is configured', () => {
    expect(originAllowed('null', { host: OWN, scheme: null }, ['null'])).toBe(true)
  })

  it('EP8: * lets every origin in', () => {
    for (const origin of ['https://evil.example', 'null', 'chrome-extension://x'])
      expect(originAllowed(origin, { host: OWN, scheme: null }, ['*'])).toBe(true)
  })
})
