import { describe, expect, it } from 'vitest'
import { SECRET } from '../testing/tokens.ts'
import { createJwtAuth } from './adapters/jwt/jwt-auth.ts'
import { secretKeys } from './adapters/jwt/keys.ts'
import { readArgv } from './config/argv.ts'
import { loadSettings } from './config/load.ts'
import { printedToken } from './token-command.ts'

const RULES = {
  algorithms: ['HS256'],
  audience: ['chat'],
  issuer: ['me'],
  nameClaim: 'nick',
  adminClaim: 'roomful_admin',
  roomsClaim: 'roomful',
  keptClaims: [],
  needsIat: false,
  leewayS: 0,
  maxLifetimeS: 86_400,
  letsGuestsIn: false,
}
const auth = createJwtAuth(secretKeys(SECRET), RULES, Date)

async function token(...argv: string[]): Promise<string> {
  const given = ['token', ...argv]
  const invocation = readArgv(given)
  if (!('claims' in invocation)) throw new Error('it is not the command')
  const env = { ROOMFUL_JWT_SECRET: SECRET, ROOMFUL_JWT_NAME_CLAIM: 'nick' }
  const readFile = (): string => '{"jwt-audience":["chat","mail"],"jwt-issuer":["me"],"jwt-max-lifetime":24}'
  return printedToken(invocation.claims, loadSettings({ argv: given, env, cwd: '/', readFile }))
}

describe('roomful token', () => {
  it('makes one that the server takes, as its settings say', async () => {
    const made = await token('--name', 'Ann', '--sub', 'u-1', '--expires', '2h')
    const identity = await auth.verify(made.trimEnd())
    expect(identity).toMatchObject({ name: 'Ann', subject: 'u-1', issuer: 'me', isAdmin: false })
    expect(Math.abs((identity?.expiresAt ?? 0) - Date.now() - 7_200_000)).toBeLessThan(60_000)
    const admin = await auth.verify((await token('--name', 'Root', '--admin')).trimEnd())
    expect(admin).toMatchObject({ name: 'Root', subject: 'Root', isAdmin: true })
    expect(admin?.tokenId).toMatch(/^[\da-f-]{36}$/)
  })

  it('PE2: says what its bearer may do in rooms', async () => {
    const given = ['--may', 'class-*=join,read,write', '--may', '聊天室=moderate', '--may=*=none']
    const identity = await auth.verify((await token('--name', 'Ann', ...given)).trimEnd())
    expect(identity?.grants).toEqual({ 'class-*': ['join', 'read', 'write'], 聊天室: ['moderate'], '*': [] })
    expect((await auth.verify((await token('--name', 'Ann')).trimEnd()))?.grants).toBeNull()
  })

  it.each<readonly [readonly string[], string]>([
    [[], 'expected a name'],
    ...[
      'lobby',
      '=read',
      'lobby=',
      'lobby=admin',
      'lobby=read,',
      'lobby= read',
      'lobby=none,read',
      'lo*by=read',
      'a b=read',
      '@bob=read',
    ].map((may) => [['--name', 'Ann', '--may', may], 'expected rooms, each once'] as const),
    [['--name', 'Ann', '--may', 'a=read', '--may', 'a=write'], 'each once'],
    [['--name', 'Ann', '--may'], '--may needs a value'],
    [['--name', 'Ann', '--may', `${'a'.repeat(500)}=${'read,'.repeat(1_000)}read`], 'too long for a token'],
    [['--name', 'a/b'], 'expected a name'],
    [['--name', 'Ann', '--expires', '0s'], '24 hours at most'],
    [['--name', 'Ann', '--expires', '2d'], '24 hours at most'],
    [['--name', 'Ann', '--expires', 'soon'], '90s, 30m, 12h or 7d'],
    [['--name'], '--name needs a value'],
    [['--name', 'Ann', '--admin=false'], '--admin takes no value, and is given "false"'],
    [['--name', 'Ann', '--admin='], '--admin takes no value'],
    [['--name', 'Ann', '--name', 'Bob'], '--name is given twice, with "Ann" and "Bob": keep one of them.'],
    [['--name', 'Ann', 'Bob'], 'Unexpected argument "Bob"'],
    [['--nme=Ann'], 'Unknown flag --nme'],
    [['--name', 'Ann', '--force'], 'Unknown flag --force'],
  ])('refuses %j', async (argv, why) => {
    await expect(token(...argv)).rejects.toThrow(why)
  })

  it('is known to nobody but this command', () => {
    for (const flag of ['--sub', '--expires', '--admin', '--may'])
      expect(() => readArgv([flag, 'x'])).toThrow(`Unknown flag ${flag}`)
  })
})
