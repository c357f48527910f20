import { describe, expect, it } from 'vitest'
import { SECRET } from '../../testing/tokens.ts'
import { SettingsError } from './error.ts'
import { loadSettings } from './load.ts'

function load(argv: string, file = '') {
  const readFile = (): string => {
    if (file === '') throw Object.assign(new Error('no such file'), { code: 'ENOENT' })
    return file
  }
  return loadSettings({
    argv: argv === '' ? [] : argv.split(' '),
    env: { ROOMFUL_JWT_SECRET: undefined },
    cwd: '/srv',
    readFile,
  })
}

function refusal(argv: string, file = ''): SettingsError {
  try {
    load(argv, file)
  } catch (error) {
    if (error instanceof SettingsError) return error
    throw error
  }
  throw new Error('the settings were accepted')
}

const LONG = SECRET.replaceAll(' ', '-').replace(',', '')

describe('settings of who is let in', () => {
  it('are taken when they fit together', () => {
    expect(load(`--auth jwt --jwt-secret ${LONG}`)).toMatchObject({ auth: 'jwt', jwtSecret: LONG })
    expect(load('--auth jwt+guest --jwt-key key.pem --jwt-algorithms RS256,ES256')).toMatchObject({
      jwtKey: '/srv/key.pem',
      jwtAlgorithms: ['RS256', 'ES256'],
    })
    expect(
      load(`--auth jwt --jwt-audience a,b --jwt-issuer https://i.test --jwt-secret ${LONG}`),
    ).toMatchObject({
      jwtAudience: ['a', 'b'],
      jwtIssuer: ['https://i.test'],
    })
  })

  it.each([
    ['--auth jwt', 'auth', 'needs a key'],
    ['--auth jwt+guest', 'auth', 'needs a key'],
    [`--jwt-secret ${LONG}`, 'jwt-secret', 'does nothing'],
    ['--jwt-key key.pem', 'jwt-key', 'does nothing'],
    [`--auth jwt --jwt-key key.pem --jwt-secret ${LONG}`, 'jwt-key', 'not both'],
    ['--auth jwt --jwt-secret hunter2', 'jwt-secret', '32 random bytes'],
    [`--auth jwt --jwt-algorithms HS384 --jwt-secret ${LONG}`, 'jwt-secret', '48 random bytes'],
    [`--auth jwt --jwt-algorithms HS512 --jwt-secret ${LONG}`, 'jwt-secret', '64 random bytes'],
    [`--auth jwt --jwt-algorithms RS256 --jwt-secret ${LONG}`, 'jwt-algorithms', 'not for a shared secret'],
    [`--auth jwt --jwt-algorithms HS256,ES256 --jwt-secret ${LONG}`, 'jwt-algorithms', 'ES256 is not'],
    ['--auth jwt --jwt-algorithms HS256 --jwt-key key.pem', 'jwt-algorithms', 'not for a public key'],
    ['--auth jwt --jwt-algorithms none --jwt-key key.pem', 'jwt-algorithms', 'expected algorithms'],
    [`--auth jwt --names shared --jwt-secret ${LONG}`, 'names', 'shared'],
    ['--auth jwt --jwt-jwks https://i.test/keys', 'jwt-jwks', 'give jwt-audience or jwt-issuer'],
    ['--auth jwt --jwt-issuer i --jwt-jwks http://i.test/keys', 'jwt-jwks', 'expected an https address'],
    ['--auth jwt --jwt-issuer i --jwt-jwks keys.json', 'jwt-jwks', 'expected an https address'],
    ['--auth jwt --jwt-issuer i --jwt-jwks https://i.test/keys --jwt-key k', 'jwt-jwks', 'not both'],
    ['--auth oauth', 'auth', 'expected guest, jwt or jwt+guest'],
  ])('refuses %s', (argv, setting, why) => {
    const { setting: named, message } = refusal(argv)
    expect(named).toBe(setting)
    expect(message).toContain(why)
    expect(message).not.toMatch(/hunter2|tests-sign/)
    expect(message.split('\n')).toHaveLength(1)
  })

  it('never shows a secret', () => {
    expect(refusal('', '{"jwt-secret":["tests-sign"]}').message).not.toContain('tests-sign')
    expect(refusal(`--jwt-secret ${LONG} --jwt-secret ${LONG}x`).message).not.toContain('tests-sign')
  })
})
