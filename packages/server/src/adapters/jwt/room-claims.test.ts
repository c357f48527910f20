import { describe, expect, it } from 'vitest'
import { SECRET, signed } from '../../../testing/tokens.ts'
import { createJwtAuth } from './jwt-auth.ts'
import { secretKeys } from './keys.ts'

const NOW = Date.UTC(2026, 0, 1)
const auth = createJwtAuth(
  secretKeys(SECRET),
  {
    algorithms: ['HS256'],
    audience: [],
    issuer: [],
    nameClaim: 'name',
    adminClaim: 'roomful_admin',
    roomsClaim: 'https://chat.example/roomful',
    keptClaims: ['groups', '__proto__', 'level'],
    needsIat: false,
    leewayS: 0,
    maxLifetimeS: 86_400,
    letsGuestsIn: false,
  },
  { now: () => NOW },
)

const verify = (claims: object) =>
  auth.verify(
    signed({ alg: 'HS256' }, JSON.stringify({ sub: 'u-1', name: 'Ann', exp: NOW / 1_000 + 60, ...claims })),
  )
const saying = (roomful: unknown) => verify({ 'https://chat.example/roomful': roomful })

describe('what a token says of rooms', () => {
  it('PE2: is what stands in the claim that the settings name', async () => {
    const rooms = {
      'class-*': ['join', 'read', 'write'],
      lobby: [],
      聊天室: ['moderate'],
      constructor: ['read'],
    }
    expect(await saying({ rooms })).toMatchObject({ grants: rooms })
    for (const nothing of [await saying({}), await saying({ more: 1 }), await verify({ roomful: { rooms } })])
      expect(nothing).toMatchObject({ name: 'Ann', grants: null })
  })

  it.each<readonly [string, unknown]>([
    ['a text', 'all'],
    ['a list', []],
    ['null', null],
    ['rooms that are null', { rooms: null }],
    ['rooms that are a list', { rooms: ['lobby'] }],
    ['an action that is none', { rooms: { lobby: ['admin'] } }],
    ['an action that is no text', { rooms: { lobby: [['read']] } }],
    ['actions that are a text', { rooms: { lobby: 'read' } }],
    ['actions that are true', { rooms: { lobby: true } }],
    ['* in the middle', { rooms: { 'a*b': ['read'] } }],
    ['* twice', { rooms: { '**': ['read'] } }],
    ['an empty pattern', { rooms: { '': ['read'] } }],
    ['a pattern that no room has', { rooms: { 'a b': ['read'] } }],
    ['a name of the server’s own', { rooms: { '@!revoked': ['read'] } }],
    ['a pattern that is not NFC', { rooms: { 'e\u0301': ['read'] } }],
    [
      'more than 1,000 patterns',
      { rooms: Object.fromEntries(Array.from({ length: 1_001 }, (_, i) => [i, []])) },
    ],
  ])('PE2: %s makes it a bad one', async (_what, roomful) => {
    expect(await saying(roomful)).toBeNull()
  })

  it('PE3: of the claims that rules look at, texts, numbers and truth values are kept, and no others', async () => {
    const said = await verify({ groups: ['staff', 7, true, null, { a: 1 }, ['x']], level: 3, secret: 'x' })
    expect(said?.claims).toEqual({ groups: ['staff', '7', 'true'], ['__proto__']: [], level: ['3'] })
    expect((await verify({}))?.claims).toEqual({ groups: [], ['__proto__']: [], level: [] })
  })
})
