import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { SettingsError } from './error.ts'
import { loadSettings } from './load.ts'

const SECRET = randomBytes(48).toString('base64')
const PLANTED = 'Planted-4711-Zq'

type Env = Readonly<Record<string, string>>

function load(argv: string, env: Env, file = '') {
  return loadSettings({
    argv: argv === '' ? [] : argv.split(' '),
    env,
    cwd: '/srv',
    readFile: () => {
      if (file === '') throw Object.assign(new Error('no such file'), { code: 'ENOENT' })
      return file
    },
  })
}

function refusal(argv: string, env: Env): SettingsError | null {
  try {
    load(argv, env)
    return null
  } catch (error) {
    if (error instanceof SettingsError) return error
    throw error
  }
}

const JWT = { ROOMFUL_AUTH: 'jwt', ROOMFUL_JWT_SECRET: SECRET, ROOMFUL_TRUSTED_PROXIES: '10.0.0.7' }

/** Setting, what it is, what else is set, and what to do. */
const UNSAFE: readonly (readonly [setting: string, argv: string, env: Env, remedy: string])[] = [
  ['data', '--data :memory:', {}, 'give a folder'],
  ['data', `--data postgres://chat:${PLANTED}@db/chat`, {}, 'ROOMFUL_DATA or a file'],
  ['data', '', { ROOMFUL_DATA: 'postgres://postgres:postgres@db/chat' }, 'openssl rand'],
  ['data', `--data postgres://chat@db/chat?password=${PLANTED}`, {}, 'ROOMFUL_DATA or a file'],
  ['data', '', { ROOMFUL_DATA: 'postgres://u@db/chat?password=postgres' }, 'openssl rand'],
  [
    'bus',
    `--bus nats://${PLANTED}@broker`,
    { ROOMFUL_DATA: 'postgres://roomful@db/chat' },
    'ROOMFUL_BUS or a file',
  ],
  [
    'bus',
    `--bus redis://chat:${PLANTED}@broker`,
    { ROOMFUL_DATA: 'postgres://roomful@db/chat' },
    'ROOMFUL_BUS or a file',
  ],
  [
    'bus',
    '',
    { ROOMFUL_DATA: 'postgres://roomful@db/chat', ROOMFUL_BUS: 'amqp://guest:guest@broker' },
    'openssl rand',
  ],
  ['origins', '--origins *', {}, 'name the origins'],
  ['origins', '--origins https://a.example,null', {}, 'serve the page from an origin'],
  ['origins', '--origins http://a.example', {}, 'name its https origin'],
  ['trusted-proxies', '--trusted-proxies 0.0.0.0/0', {}, 'name the proxies'],
  ['trusted-proxies', '--trusted-proxies 10.0.0.7,2000::/3', {}, 'name the proxies'],
  ['trusted-proxies', '--host 0.0.0.0', { ...JWT, ROOMFUL_TRUSTED_PROXIES: '' }, 'a proxy with TLS'],
  ['trusted-proxies', '--host 0.0.0.0 --trusted-proxies off', JWT, 'a proxy with TLS'],
  [
    'trusted-proxies',
    '--host 0.0.0.0',
    { ROOMFUL_AUTH: 'jwt', ROOMFUL_JWT_SECRET: SECRET },
    'a proxy with TLS',
  ],
  ['names', '--names shared', {}, 'leave it out'],
  ['trusted-proxies', '--trusted-proxies ::ffff:0:0/96', {}, 'name the proxies'],
  ['trusted-proxies', '--trusted-proxies ::ffff:10.0.0.0/103', {}, 'name the proxies'],
  ['trusted-proxies', '--trusted-proxies ::/64', {}, 'name the proxies'],
  ['rate-limit', '--rate-limit off', {}, 'give a number'],
  ['rate-limit', '--rate-limit 100000', {}, '1000 at most'],
  ['rate-per-address', '--rate-per-address off', {}, 'give a number'],
  ['rate-per-address', '--rate-per-address 10001', {}, '10000 at most'],
  ['max-connections-per-address', '--max-connections-per-address off', {}, 'give a number'],
  ['max-sockets-per-address', '--max-sockets-per-address off', {}, 'give a number'],
  ['max-unproven-per-address', '--max-unproven-per-address off', {}, 'give a number'],
  ['connect-rate-limit', '--connect-rate-limit off', {}, 'give a number'],
  ['request-rate-limit', '--request-rate-limit off', {}, 'give a number'],
  ['join-rate-limit', '--join-rate-limit off', {}, 'give a number'],
  ['signal-rate-limit', '--signal-rate-limit off', {}, 'give a number'],
  ['log-rate-limit', '--log-rate-limit 101', {}, '100 at most'],
  ['byte-rate-limit', '--byte-rate-limit 1000000000', {}, '16777216 at most'],
  ['metrics', '--host 0.0.0.0 --metrics all', {}, 'leave it at loopback'],
  ['jwt-secret', `--auth jwt --jwt-secret ${SECRET}`, {}, 'ROOMFUL_JWT_SECRET or a file'],
  [
    'jwt-secret',
    '',
    { ...JWT, ROOMFUL_JWT_SECRET: 'change-me-change-me-change-me-change-me' },
    'openssl rand',
  ],
  ['jwt-secret', '', { ...JWT, ROOMFUL_JWT_SECRET: 'ab'.repeat(40) }, 'openssl rand'],
  ...['the-quick-brown-fox-jumps-over-the-lazy-dog', 'Correct-Horse-Battery-Staple-Roomful-2026'].map(
    (words) => ['jwt-secret', '', { ...JWT, ROOMFUL_JWT_SECRET: words }, 'openssl rand'] as const,
  ),
  ['jwt-in-query', '--jwt-in-query on', JWT, 'jwt-max-lifetime to 24 at most'],
  [
    'permissions-hook-secret',
    `--permissions-hook https://h.test/ --permissions-hook-secret ${PLANTED}`,
    {},
    'or a file',
  ],
  ['jwt-key', '--auth jwt --jwt-key key.pem', {}, 'give jwt-audience or jwt-issuer'],
]

/** Refused wherever it is. */
const ALWAYS: typeof UNSAFE = [
  ['jwt-secret', '', { ...JWT, ROOMFUL_JWT_SECRET: 'x1y2z3' }, '32 random bytes'],
  ['jwt-jwks', '--auth jwt --jwt-issuer i --jwt-jwks http://i.test/keys', {}, 'https address'],
  ['jwt-jwks', '--auth jwt --jwt-jwks https://i.test/keys', {}, 'give jwt-audience or jwt-issuer'],
  ['names', '--names shared', JWT, 'leave it out'],
]

describe('in production', () => {
  it.each(UNSAFE)('refuses %s: %s %j', (setting, argv, env, remedy) => {
    expect(refusal(argv, env)).toBeNull()
    const told = refusal(argv, { ...env, NODE_ENV: 'production' })
    expect(told?.setting).toBe(setting)
    expect(told?.message).toContain(remedy)
    expect(told?.message).toContain('NODE_ENV is production')
    expect(told?.message.split('\n')).toHaveLength(1)
    for (const secret of [PLANTED, SECRET]) expect(told?.message).not.toContain(secret)
    const asked = refusal(argv, { ...env, ROOMFUL_PRODUCTION: 'on' })
    expect(asked?.message).toContain('production (environment variable ROOMFUL_PRODUCTION) is on')
    expect(refusal(argv, { ...env, NODE_ENV: 'production', ROOMFUL_PRODUCTION: 'off' })).toBeNull()
  })

  it.each(ALWAYS)('refuses %s as everywhere: %s %j', (setting, argv, env, remedy) => {
    for (const more of [{}, { NODE_ENV: 'production' }]) {
      const told = refusal(argv, { ...env, ...more })
      expect(told?.setting).toBe(setting)
      expect(told?.message).toContain(remedy)
    }
  })

  it.each([
    ['', {}],
    ['--port 9000 --lang en', {}],
    ['--host 0.0.0.0', {}],
    ['--host 0.0.0.0 --trusted-proxies loopback', JWT],
    ['--host 0.0.0.0 --origins https://chat.example,http://localhost:5173', JWT],
    [
      '--host 0.0.0.0 --metrics all --trusted-proxies 10.0.0.0/8',
      { ...JWT, ROOMFUL_TRUSTED_PROXIES: 'loopback' },
    ],
    ['--auth jwt --jwt-key key.pem --jwt-issuer https://i.test', {}],
    ['--auth jwt', { ROOMFUL_JWT_SECRET: randomBytes(32).toString('hex') }],
    ['--auth jwt', { ROOMFUL_JWT_SECRET: randomBytes(32).toString('base64url') }],
    ['--jwt-in-query on --jwt-max-lifetime 24', JWT],
    ['--rate-limit 1000 --rate-per-user off --rate-per-address 10000', {}],
    ['--trusted-proxies ::ffff:10.0.0.0/104,fd00::/16,::ffff:10.0.0.7,::1/128', {}],
    ['', { ROOMFUL_DATA: 'postgres://roomful@postgres:5432/roomful', ROOMFUL_BUS: 'redis://redis:6379' }],
    ['', { ROOMFUL_DATA: `postgres://roomful:${PLANTED}@db/roomful`, ROOMFUL_BUS: `amqps://r:${PLANTED}@b` }],
  ] as const)('takes %s %j', (argv, env) => {
    expect(refusal(argv, { ...env, NODE_ENV: 'production' })).toBeNull()
  })

  it('takes a secret from a file, and hinders no backup', () => {
    const file = JSON.stringify({ 'jwt-secret': SECRET, auth: 'jwt' })
    expect(load('', { NODE_ENV: 'production' }, file).auth).toBe('jwt')
    expect(refusal('backup x.db', { NODE_ENV: 'production', ROOMFUL_ORIGINS: '*' })).toBeNull()
    expect(refusal('config check', { NODE_ENV: 'production', ROOMFUL_ORIGINS: '*' })?.setting).toBe('origins')
  })
})
