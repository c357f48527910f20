import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readArgv } from './argv.ts'
import { SettingsError } from './error.ts'
import { loadSettings, type SettingsSources } from './load.ts'
import { helpText, settingsPage } from './reference.ts'
import { SETTINGS } from './settings.ts'

interface Given {
  argv?: readonly string[]
  env?: Readonly<Record<string, string>>
  files?: Readonly<Record<string, string>>
}

const CWD = '/srv/chat'

function sources({ argv = [], env = {}, files = {} }: Given): SettingsSources {
  const readFile = (path: string): string => {
    const text = files[path]
    if (text === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' })
    return text
  }
  return { argv, env, cwd: CWD, readFile }
}

const load = (given: Given = {}) => loadSettings(sources(given))

function refusal(given: Given): SettingsError {
  try {
    load(given)
  } catch (error) {
    if (error instanceof SettingsError) return error
    throw error
  }
  throw new Error('the settings were accepted')
}

describe('loadSettings', () => {
  it('has the documented defaults', () => {
    expect(load()).toEqual({
      port: 8000,
      host: '127.0.0.1',
      data: '/srv/chat/data',
      workers: 1,
      bus: 'auto',
      lang: 'zh-Hant',
      origins: [],
      trustedProxies: ['loopback'],
      names: 'exclusive',
      auth: 'guest',
      jwtSecret: '',
      jwtKey: '',
      jwtJwks: '',
      jwtJwksInterval: 3,
      jwtAlgorithms: [],
      jwtAudience: [],
      jwtIssuer: [],
      jwtNameClaim: 'name',
      jwtAdminClaim: 'roomful_admin',
      jwtRoomsClaim: 'roomful',
      jwtIat: 'optional',
      jwtInQuery: 'off',
      jwtLeeway: 5,
      jwtMaxLifetime: 720,
      permissions: [],
      permissionsHook: '',
      permissionsHookSecret: '',
      permissionsHookTimeout: 2,
      permissionsHookTtl: 30,
      production: 'auto',
      node: 'random',
      maxConnections: 10_000,
      maxConnectionsPerUser: 20,
      maxConnectionsPerAddress: 2_000,
      maxSocketsPerAddress: 1_000,
      maxUnprovenPerAddress: 200,
      authTimeout: 10,
      maxUnprovenFrames: 10,
      maxUnprovenFrameLength: 8_192,
      maxRooms: 20,
      maxRoomsPerUser: 100,
      maxLogs: 1_000_000,
      maxMessageBytes: 16_384,
      maxFrameBytes: 65_536,
      maxFragments: 64,
      rateLimit: 20,
      rateBurst: 100,
      byteRateLimit: 65_536,
      joinRateLimit: 10,
      signalRateLimit: 10,
      logRateLimit: 1,
      connectRateLimit: 2,
      requestRateLimit: 20,
      ratePerUser: 2,
      ratePerAddress: 10,
      heartbeatInterval: 10,
      heartbeatTimeout: 30,
      noticesPerSecond: 5,
      signalRoomPeople: 500,
      markerRoomPeople: 100,
      presenceGrace: 5,
      presenceRoomPeople: 1_000,
      slowTimeout: 30,
      compression: 'off',
      tailBytes: 524_288,
      traces: 'off',
      tracesRatio: 0.01,
      drainDelay: 0,
      drainTimeout: 20,
      retentionDays: 'off',
      retentionMessages: 'off',
      canary: 10,
      metrics: 'loopback',
      logLevel: 'info',
      config: '/srv/chat/roomful.json',
    })
  })

  it('lets the file win over defaults, the environment over the file, flags over the environment', () => {
    const files = { '/srv/chat/roomful.json': '{"port": 1, "max-rooms": 2, "rate-burst": 3}' }
    const env = { ROOMFUL_MAX_ROOMS: '4', ROOMFUL_RATE_BURST: '5' }
    const settings = load({ files, env, argv: ['serve', '--rate-burst', '6'] })
    expect([settings.port, settings.maxRooms, settings.rateBurst]).toEqual([1, 4, 6])
  })

  it('reads the file that --config names, and ROOMFUL_CONFIG otherwise', () => {
    const files = { '/etc/a.json': '{"port": 1}', '/srv/chat/b.json': '{"port": 2}' }
    expect(load({ files, argv: ['--config', '/etc/a.json'], env: { ROOMFUL_CONFIG: 'b.json' } }).port).toBe(1)
    expect(load({ files, env: { ROOMFUL_CONFIG: 'b.json' } })).toMatchObject({
      port: 2,
      config: '/srv/chat/b.json',
    })
  })

  it('reads PORT and HOST when nothing of ours is given', () => {
    expect(load({ env: { PORT: '80', HOST: '::' } })).toMatchObject({ port: 80, host: '::' })
    expect(load({ env: { PORT: '80', ROOMFUL_PORT: '81' } }).port).toBe(81)
    expect(load({ env: { PORT: '80' }, argv: ['--port=82'] }).port).toBe(82)
    expect(load({ env: { PORT: '' } }).port).toBe(8000)
    expect(load({ env: { HOST: 'no_host' }, argv: ['--host', '0.0.0.0'] }).host).toBe('0.0.0.0')
  })

  it.each([
    ['--rate-limit off', 'rateLimit', 'off'],
    ['--rate-limit 0.5', 'rateLimit', 0.5],
    ['--max-connections-per-address 3', 'maxConnectionsPerAddress', 3],
    [
      '--origins https://a.example,http://b.example:3000',
      'origins',
      ['https://a.example', 'http://b.example:3000'],
    ],
    ['--origins=', 'origins', []],
    ['--origins *', 'origins', ['*']],
    ['--origins null', 'origins', ['null']],
    [
      '--trusted-proxies loopback,10.0.0.0/8,fd00::/8',
      'trustedProxies',
      ['loopback', '10.0.0.0/8', 'fd00::/8'],
    ],
    ['--trusted-proxies ::1', 'trustedProxies', ['::1']],
    ['--trusted-proxies off', 'trustedProxies', []],
    ['--trusted-proxies=', 'trustedProxies', []],
    ['--data :memory:', 'data', ':memory:'],
    ['--data /var/chat', 'data', '/var/chat'],
    ['--data postgres://me:secret@db/chat', 'data', 'postgres://me:secret@db/chat'],
    ['--data postgres://db/chat --bus nats://token@broker:4222', 'bus', 'nats://token@broker:4222'],
    ['--data postgres://db/chat --bus valkey://broker', 'bus', 'valkey://broker'],
    ['--data postgres://db/chat --bus amqps://me:secret@broker/chat', 'bus', 'amqps://me:secret@broker/chat'],
    ['--data postgres://db/chat --bus postgres', 'bus', 'postgres'],
    ['--host fe80::1%eth0', 'host', 'fe80::1%eth0'],
    ['--host chat.example', 'host', 'chat.example'],
    ['--port 0', 'port', 0],
    ['--port 9000 --port 9000', 'port', 9000],
    ['--lang en', 'lang', 'en'],
    ['--workers 4', 'workers', 4],
    ['--workers auto', 'workers', 'auto'],
  ])('reads %s', (flags, key, value) => {
    expect(load({ argv: flags.split(' ') })).toHaveProperty(key, value)
  })

  it('reads lists from a file as arrays', () => {
    const files = {
      '/srv/chat/roomful.json': '\ufeff{"origins": ["https://a.example"], "rate-limit": "off"}',
    }
    expect(load({ files })).toMatchObject({ origins: ['https://a.example'], rateLimit: 'off' })
  })

  it('is frozen', () => {
    const settings = load({ argv: ['--origins', 'null'] })
    expect(Object.isFrozen(settings)).toBe(true)
    expect(Object.isFrozen(settings.origins)).toBe(true)
  })
})

describe('a setting that is not usable stops the start with one sentence', () => {
  const file = (text: string): Given => ({ files: { '/srv/chat/roomful.json': text } })
  const flags = (text: string): Given => ({ argv: text.split(' ') })

  it.each<readonly [given: Given, sentence: string]>([
    [flags('--prot 9000'), 'Unknown flag --prot (command line): did you mean --port?'],
    [flags('--Port 9000'), 'Unknown flag --Port (command line): did you mean --port?'],
    [flags('--maxrooms=3'), 'Unknown flag --maxrooms (command line): did you mean --max-rooms?'],
    [flags('--colour blue'), 'Unknown flag --colour (command line): roomful --help lists all flags.'],
    [flags('-x'), 'Unknown flag -x (command line): roomful --help lists all flags.'],
    [flags('--port'), '--port needs a value: expected a whole number from 0 to 65535.'],
    [
      flags('--data --port 3'),
      '--data needs a value: expected a folder, :memory:, or postgres://user:password@host:port/database.',
    ],
    [
      flags('--bus postgres --data :memory:'),
      'bus (flag --bus): postgres is for servers that share a history: give data a PostgreSQL database (flag --data: :memory:), or leave bus out.',
    ],
    [
      flags('--bus nats://one@broker --bus redis://:two@broker'),
      '--bus is given twice, with "nats://…@broker" and "redis://:…@broker": keep one of them.',
    ],
    [flags('--port 1 --port 2'), '--port is given twice, with "1" and "2": keep one of them.'],
    [flags('sevre'), 'Unknown command "sevre" (command line): did you mean serve?'],
    [
      flags('frobnicate'),
      'Unknown command "frobnicate" (command line): the commands are serve, backup, restore, config, token, export, doctor, bench.',
    ],
    [flags('config'), 'config needs to know what to do: roomful config print or roomful config check.'],
    [flags('config prnt'), 'config needs to know what to do: roomful config print or roomful config check.'],
    [
      flags('config check all'),
      'Unexpected argument "all" (command line): settings are given as --name value.',
    ],
    [
      flags('config check --force'),
      'Unexpected flag --force (command line): only backup and restore know it.',
    ],
    [flags('serve 9000'), 'Unexpected argument "9000" (command line): settings are given as --name value.'],
    [
      flags('--workers 0'),
      'workers (flag --workers): expected a whole number from 1 to 256 or auto, got "0".',
    ],
    [flags('--port abc'), 'port (flag --port): expected a whole number from 0 to 65535, got "abc".'],
    [flags('--port 65536'), 'port (flag --port): expected a whole number from 0 to 65535, got "65536".'],
    [flags('--port 80.5'), 'port (flag --port): expected a whole number from 0 to 65535, got "80.5".'],
    [flags('--port -1'), 'port (flag --port): expected a whole number from 0 to 65535, got "-1".'],
    [flags('--port 0x50'), 'port (flag --port): expected a whole number from 0 to 65535, got "0x50".'],
    [flags('--port='), 'port (flag --port): expected a whole number from 0 to 65535, got "".'],
    [
      flags('--lang zh-hant'),
      'lang (flag --lang): expected zh-Hant or en, got "zh-hant"; did you mean zh-Hant?',
    ],
    [
      flags('--rate-limit of'),
      'rate-limit (flag --rate-limit): expected a number from 0.1 to 100000 or off, got "of"; did you mean off?',
    ],
    [
      flags('--host localhost:8000'),
      'host (flag --host): expected an address or host name without a port, such as 0.0.0.0, got "localhost:8000".',
    ],
    [
      { env: { HOST: 'x86_64-linux' } },
      'host (environment variable HOST): expected an address or host name without a port, such as 0.0.0.0, got "x86_64-linux".',
    ],
    [
      { env: { ROOMFUL_PORT: '' } },
      'port (environment variable ROOMFUL_PORT): expected a whole number from 0 to 65535, got "".',
    ],
    [
      { env: { ROOMFUL_PRT: '1' } },
      'Unknown setting ROOMFUL_PRT (environment variable): did you mean ROOMFUL_PORT?',
    ],
    [
      { env: { ROOMFUL_PRT: '1' }, argv: ['--port', '2'] },
      'Unknown setting ROOMFUL_PRT (environment variable): did you mean ROOMFUL_PORT?',
    ],
    [file('{"prot": 1}'), 'Unknown setting "prot" (file /srv/chat/roomful.json): did you mean port?'],
    [
      file('{"maxRooms": 1}'),
      'Unknown setting "maxRooms" (file /srv/chat/roomful.json): did you mean max-rooms?',
    ],
    [
      file('{"__proto__": 1}'),
      'Unknown setting "__proto__" (file /srv/chat/roomful.json): roomful --help lists all settings.',
    ],
    [
      file('{"config": "x.json"}'),
      'Unknown setting "config" (file /srv/chat/roomful.json): roomful --help lists all settings.',
    ],
    [
      file('{"port": "9000"}'),
      'port (file /srv/chat/roomful.json): expected a whole number from 0 to 65535, got "9000".',
    ],
    [
      { ...file('{"port": "9000"}'), argv: ['--port', '1'] },
      'port (file /srv/chat/roomful.json): expected a whole number from 0 to 65535, got "9000".',
    ],
    [
      file('{\n  "port": 8000,\n}'),
      'config (file /srv/chat/roomful.json): /srv/chat/roomful.json is no JSON at line 2, column 15: expected no comma before }.',
    ],
    [
      file('[]'),
      'config (file /srv/chat/roomful.json): expected /srv/chat/roomful.json to hold one JSON object such as {"port": 8000}.',
    ],
    [
      flags('--config none.json'),
      'config (flag --config): expected a file, but /srv/chat/none.json does not exist.',
    ],
    [
      flags('--heartbeat-timeout 10'),
      'heartbeat-interval (10, default) must be smaller than heartbeat-timeout (10, flag --heartbeat-timeout): lower the first or raise the second.',
    ],
    [
      { argv: ['--max-message-bytes', '500'], env: { ROOMFUL_MAX_FRAME_BYTES: '400' } },
      'max-message-bytes (500, flag --max-message-bytes) must be smaller than max-frame-bytes (400, environment variable ROOMFUL_MAX_FRAME_BYTES): lower the first or raise the second.',
    ],
    [
      flags('--origins *,null'),
      'origins (flag --origins): * lets every origin in and stands alone; remove it or the others.',
    ],
  ])('%j', (given, sentence) => {
    expect(refusal(given).message).toBe(sentence)
  })

  it.each([
    'app.example',
    'https://app.example/',
    'https://a@b.example',
    'https://',
    'https://a.example:99999',
    '**',
    'https://*.example',
  ])('origin %j', (origin) => {
    const error = refusal({ argv: [`--origins=${origin}`] })
    expect(error).toMatchObject({ setting: 'origins', from: 'flag --origins' })
    expect(error.message).toContain('expected origins such as https://app.example')
  })

  it.each([
    'nginx',
    '10.0.0.0/33',
    '10.0.0/8',
    '::1/129',
    '10.0.0.1/',
    '10.0.0.1/8/8',
    'fe80::1%eth0',
    '10.0.0.1:80',
    'off,10.0.0.1',
    'none',
  ])('proxy %j', (proxy) => {
    expect(refusal({ argv: [`--trusted-proxies=${proxy}`] }).message).toBe(
      `trusted-proxies (flag --trusted-proxies): expected addresses or networks such as 10.0.0.0/8, the word loopback, or off alone, got "${proxy}".`,
    )
  })

  it('says why a file cannot be read', () => {
    const readFile = (): string => {
      throw Object.assign(new Error('denied'), { code: 'EACCES' })
    }
    expect(() => loadSettings({ ...sources({}), readFile })).toThrow(
      'config (file /srv/chat/roomful.json): cannot read /srv/chat/roomful.json (EACCES).',
    )
  })

  it('shortens what it quotes and keeps it on one line', () => {
    const { message } = refusal({ argv: ['--port', `a\nb${'x'.repeat(5_000)}`] })
    expect(message).not.toContain('\n')
    expect(message.length).toBeLessThan(250)
  })
})

describe('readArgv', () => {
  it.each([
    [[], 'serve'],
    [['serve'], 'serve'],
    [['--help'], 'help'],
    [['-h'], 'help'],
    [['serve', '--port', '1', '--help'], 'help'],
    [['--version'], 'version'],
    [['-v'], 'version'],
    [['config', 'print'], 'config print'],
    [['config', 'check', '--port', '1'], 'config check'],
  ])('%j is %s', (argv, command) => {
    expect(readArgv(argv).command).toBe(command)
  })
})

describe('the reference', () => {
  it('docs/settings.md is what the table says (npm run build && node scripts/settings-doc.mjs)', () => {
    const page = readFileSync(new URL('../../../../docs/settings.md', import.meta.url), 'utf8')
    expect(page).toBe(settingsPage())
  })

  it.each(SETTINGS.map((setting) => [setting.name, setting] as const))(
    '%s has an environment variable, a doc sentence and a line of help',
    (name, setting) => {
      expect(setting.env[0]).toBe(`ROOMFUL_${name.toUpperCase().replaceAll('-', '_')}`)
      expect(setting.doc).toMatch(/^[A-Z0-9*:].*\.$/)
      expect(helpText()).toContain(`  --${name} `)
    },
  )
})
