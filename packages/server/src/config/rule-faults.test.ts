import { describe, expect, it } from 'vitest'
import { loadSettings } from './load.ts'

const FILE = '/srv/chat/roomful.json'

/** The sentence that refuses these rules, without where they were found. */
function refusalOf(permissions: unknown, more: object = {}, argv: readonly string[] = []): string {
  try {
    loadSettings({
      argv,
      env: {},
      cwd: '/srv/chat',
      readFile: (path) => {
        expect(path).toBe(FILE)
        return JSON.stringify({ permissions, auth: 'jwt+guest', 'jwt-secret': 'x'.repeat(32), ...more })
      },
    })
    return 'usable'
  } catch (error) {
    return error instanceof Error ? error.message.replace(`permissions (file ${FILE}): `, '') : ''
  }
}

const rule = (rooms: unknown, who: unknown = 'everyone', may: unknown = ['read']) => ({ rooms, who, may })

describe('rules of permissions', () => {
  it.each<readonly [string, unknown, string]>([
    ['an object', { a: 1 }, 'expected a list of rules in the configuration file, got {"a":1}.'],
    ['a text in it', ['a'], 'permissions[0]: expected an object with rooms, who and may, got "a".'],
    [
      'a member that is unknown',
      [rule(['a']), { ...rule(['b']), allow: [] }],
      'permissions[1]: "allow" is unknown; a rule has rooms, who and may.',
    ],
    ['no rooms', [rule([])], 'permissions[0]: rooms: expected a list of 1 to 100 rooms, got [].'],
    ['one room', [rule('a')], 'permissions[0]: rooms: expected a list of 1 to 100 rooms, got "a".'],
    [
      '* in the middle',
      [rule(['a', 'x*y'])],
      'permissions[0]: rooms: "x*y" is neither the name of a room nor the beginning of one with * behind it.',
    ],
    [
      'nobody',
      [rule(['a'], 'staff')],
      'permissions[0]: who: expected "everyone", "guests", "bearers", {"subject":…} with or without "issuer", or {"claim":…,"is":…}, of at most 256 characters each, got "staff".',
    ],
    [
      'no actions',
      [rule(['a'], 'guests', 'read')],
      'permissions[0]: may: expected a list of join, read, write, moderate, got "read".',
    ],
    [
      'an unknown action',
      [rule(['a'], 'guests', ['fly'])],
      'permissions[0]: may: "fly" is none of join, read, write, moderate.',
    ],
    ['too many', Array.from({ length: 1_001 }, () => rule(['a'])), 'expected at most 1000 rules, got 1001.'],
  ])('PE3: %s stops the start with a sentence that names the rule', (_what, permissions, sentence) => {
    expect(refusalOf(permissions)).toBe(sentence)
  })

  it.each<readonly [string, readonly object[], number | null]>([
    ['the same twice', [rule(['a']), rule(['a'])], 1],
    ['a narrower pattern behind', [rule(['a*']), rule(['ab', 'ac*'], 'guests')], 1],
    ['a subject behind all bearers', [rule(['*'], 'bearers'), rule(['a'], { subject: 'u-1' })], 1],
    [
      'a subject of one issuer behind that of all',
      [rule(['a'], { subject: 'u' }), rule(['a'], { subject: 'u', issuer: 'i' })],
      1,
    ],
    [
      'a subject of all issuers behind that of one',
      [rule(['a'], { subject: 'u', issuer: 'i' }), rule(['a'], { subject: 'u' })],
      null,
    ],
    [
      'one claim behind another',
      [rule(['a'], { claim: 'g', is: 'x' }), rule(['a'], { claim: 'g', is: 'y' })],
      null,
    ],
    ['guests and bearers', [rule(['a'], 'guests'), rule(['a'], 'bearers')], null],
    ['a broader pattern behind', [rule(['ab']), rule(['a*'])], null],
  ])('PE3: a rule that is never reached stops the start: %s', (_what, permissions, at) => {
    const sentence = refusalOf(permissions)
    if (at === null) expect(sentence).toBe('usable')
    else expect(sentence).toContain(`permissions[${at}] is never reached: permissions[0] decides before it`)
  })

  it('PE3: a rule about people of whom there are none stops the start', () => {
    const guest = { auth: 'guest', 'jwt-secret': undefined }
    expect(refusalOf([rule(['a'], 'bearers')], guest)).toContain('permissions[0] is about bearers of tokens')
    expect(refusalOf([rule(['a'], 'guests')], { auth: 'jwt' })).toContain('permissions[0] is about guests')
    expect(refusalOf([rule(['a'], 'guests')], guest)).toBe('usable')
  })

  it('rules about guests or bearers are none of the business of who makes a token', () => {
    const token = ['token', '--name', 'Ann']
    for (const who of ['guests', 'bearers'])
      expect(refusalOf([rule(['a'], who)], { auth: undefined }, token)).toBe('usable')
  })

  it('a secret for the hook without a hook stops the start', () => {
    expect(refusalOf([], { 'permissions-hook-secret': 'x' })).toContain(
      'it does nothing without permissions-hook',
    )
    expect(refusalOf([], { 'permissions-hook': 'http://app.example/may' })).toContain(
      'expected an https address',
    )
    expect(refusalOf([], { 'permissions-hook': 'http://localhost:9000/may' })).toBe('usable')
  })
})
