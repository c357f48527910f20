import { generateKeyPairSync, sign } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { part, SECRET, signed, tokenOf } from '../../../testing/tokens.ts'
import { MAX_TOKEN_LENGTH } from './compact-form.ts'
import { createJwtAuth, type JwtRules } from './jwt-auth.ts'
import { readPublicKeys } from './key-set.ts'
import { type Keys, secretKeys } from './keys.ts'

const NOW = Date.UTC(2026, 0, 1)
const AT = NOW / 1_000
const clock = { now: () => NOW }

const RULES: JwtRules = {
  algorithms: ['HS256'],
  audience: ['chat'],
  issuer: ['https://issuer.test'],
  nameClaim: 'name',
  adminClaim: 'roomful_admin',
  roomsClaim: 'roomful',
  keptClaims: [],
  needsIat: false,
  leewayS: 5,
  maxLifetimeS: 86_400,
  letsGuestsIn: false,
}

const CLAIMS = {
  sub: 'u-1',
  name: 'Ann',
  iss: 'https://issuer.test',
  aud: 'chat',
  iat: AT,
  exp: AT + 3_600,
}
const HEAD = { alg: 'HS256', typ: 'JWT' }
const GOOD = signed(HEAD, CLAIMS)
const [H = '', P = '', S = ''] = GOOD.split('.')

const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 })
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const otherRsa = generateKeyPairSync('rsa', { modulusLength: 2_048 })
const rsaPem = rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString()
const rsaJwk = { ...rsa.publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'RS256' }

const publicKeys = async (text: string): Promise<Keys> => ({
  ...secretKeys(SECRET),
  ...(await readPublicKeys(text)),
})

const bySecret = createJwtAuth(secretKeys(SECRET), RULES, clock)
const byPem = createJwtAuth(await publicKeys(rsaPem), { ...RULES, algorithms: ['RS256'] }, clock)
const bySet = createJwtAuth(
  await publicKeys(JSON.stringify({ keys: [rsaJwk] })),
  { ...RULES, algorithms: ['RS256'] },
  clock,
)

function rs256(header: object, claims: object, key = rsa.privateKey): string {
  const body = `${part(header)}.${part(claims)}`
  return `${body}.${sign('sha256', Buffer.from(body), key).toString('base64url')}`
}

const saying = (claims: object): string => signed(HEAD, { ...CLAIMS, ...claims })
const without = (...names: string[]): string =>
  signed(HEAD, Object.fromEntries(Object.entries(CLAIMS).filter(([name]) => !names.includes(name))))
const headed = (header: object): string => signed({ ...HEAD, ...header }, CLAIMS)
const ownJwk = { kty: 'oct', k: Buffer.from('attacker attacker attacker attacker').toString('base64url') }

const FORGERIES: readonly (readonly [what: string, token: string])[] = [
  ['alg none, no signature', `${part({ alg: 'none' })}.${P}.`],
  ['alg none with the old signature', `${part({ alg: 'none' })}.${P}.${S}`],
  ['alg None', `${part({ alg: 'None' })}.${P}.`],
  ['alg nOnE', `${part({ alg: 'nOnE' })}.${P}.${S}`],
  ['alg empty', headed({ alg: '' })],
  ['alg missing', signed({ typ: 'JWT' }, CLAIMS)],
  ['alg a number', headed({ alg: 256 })],
  ['alg a list', headed({ alg: ['HS256'] })],
  ['alg null', headed({ alg: null })],
  ['alg in small letters', headed({ alg: 'hs256' })],
  ['an algorithm that is not pinned: HS384', signed({ alg: 'HS384', typ: 'JWT' }, CLAIMS)],
  ['an algorithm that is not pinned: HS512', signed({ alg: 'HS512', typ: 'JWT' }, CLAIMS)],
  ['RS256 where a secret is pinned', rs256({ alg: 'RS256' }, CLAIMS)],
  ['RS256 in the header, signed with the secret', headed({ alg: 'RS256' })],
  ['ES256 in the header', headed({ alg: 'ES256' })],
  ['another secret', signed(HEAD, CLAIMS, 'another secret of thirty-six letters')],
  ['an empty secret', signed(HEAD, CLAIMS, '')],
  ['the secret with one letter more', signed(HEAD, CLAIMS, `${SECRET}x`)],
  [
    'a secret from the token itself',
    signed({ ...HEAD, jwk: ownJwk }, CLAIMS, 'attacker attacker attacker attacker'),
  ],
  ['a jwk header under the right secret', headed({ jwk: ownJwk })],
  ['a jku header', headed({ jku: 'https://attacker.test/keys' })],
  ['an x5u header', headed({ x5u: 'https://attacker.test/cert' })],
  ['an x5c header', headed({ x5c: ['MIIB'] })],
  ['a crit header', headed({ crit: ['exp'], exp: AT + 9 })],
  ['an empty crit header', headed({ crit: [] })],
  ['a b64 header', headed({ b64: false, crit: ['b64'] })],
  ['a zip header', headed({ zip: 'DEF' })],
  ['cty JWT, nested', signed({ ...HEAD, cty: 'JWT' }, CLAIMS)],
  ['another type', headed({ typ: 'dpop+jwt' })],
  ['a type that is a number', headed({ typ: 1 })],
  ['kid a number', headed({ kid: 1 })],
  ['kid an object', headed({ kid: { $ne: null } })],
  ['a name twice in the header', signed('{"alg":"none","alg":"HS256"}', CLAIMS)],
  ['a name twice in the header, the other way round', signed('{"alg":"HS256","alg":"none"}', CLAIMS)],
  ['a name twice in the header, escaped', signed('{"alg":"none","\\u0061lg":"HS256"}', CLAIMS)],
  ['a name twice in the claims', signed(HEAD, `${JSON.stringify(CLAIMS).slice(0, -1)},"sub":"u-2"}`)],
  ['a header that is a list', signed('[{"alg":"HS256"}]', CLAIMS)],
  ['a header that is no JSON', signed('alg=HS256', CLAIMS)],
  ['a header with a byte order mark', signed(`\ufeff${JSON.stringify(HEAD)}`, CLAIMS)],
  ['claims that are a list', signed(HEAD, '[]')],
  ['claims that are null', signed(HEAD, 'null')],
  ['claims that are a text', signed(HEAD, '"u-1"')],
  ['claims that are no JSON', signed(HEAD, 'sub=u-1')],
  ['claims that are not UTF-8', `${H}.${part(Uint8Array.of(0x7b, 0xff, 0x7d))}.${S}`],
  ['expired', saying({ exp: AT - 6 })],
  ['expired now, leeway used up', saying({ exp: AT - 5 })],
  ['exp 0', saying({ exp: 0 })],
  ['exp negative', saying({ exp: -1 })],
  ['exp missing', without('exp')],
  ['exp a text', saying({ exp: String(AT + 3_600) })],
  ['exp null', saying({ exp: null })],
  ['exp true', saying({ exp: true })],
  ['exp a list', saying({ exp: [AT + 3_600] })],
  ['exp beyond all numbers', signed(HEAD, JSON.stringify(CLAIMS).replace(String(CLAIMS.exp), '1e999'))],
  ['exp in milliseconds', saying({ exp: (AT + 3_600) * 1_000 })],
  ['good for longer than is let through', saying({ exp: AT + 86_401 })],
  ['good for longer than is let through, from its issue on', saying({ iat: AT - 86_000 })],
  ['iat a text', saying({ iat: String(AT) })],
  ['issued ahead of the clock, beyond the leeway', saying({ iat: AT + 6 })],
  ['jti a number', saying({ jti: 1 })],
  ['iss too long', saying({ iss: 'x'.repeat(257) })],
  ['nbf in the future', saying({ nbf: AT + 6 })],
  ['nbf a text', saying({ nbf: String(AT) })],
  ['for another audience', saying({ aud: 'mail' })],
  ['aud in capitals', saying({ aud: 'CHAT' })],
  ['aud a list of others', saying({ aud: ['mail', 'chat2'] })],
  ['aud an empty list', saying({ aud: [] })],
  ['aud a list in a list', saying({ aud: [['chat']] })],
  ['aud an object', saying({ aud: { chat: true } })],
  ['aud missing', without('aud')],
  ['from another issuer', saying({ iss: 'https://issuer.test.attacker.test' })],
  ['iss with a slash more', saying({ iss: 'https://issuer.test/' })],
  ['iss a list', saying({ iss: ['https://issuer.test'] })],
  ['iss missing', without('iss')],
  ['sub missing', without('sub')],
  ['sub empty', saying({ sub: '' })],
  ['sub a number', saying({ sub: 1 })],
  ['sub too long', saying({ sub: 'x'.repeat(257) })],
  ['name a number', saying({ name: 1 })],
  ['name null', saying({ name: null })],
  ['name an object', saying({ name: { toString: 'Ann' } })],
  ['name a lone surrogate', signed(HEAD, JSON.stringify(CLAIMS).replace('Ann', '\\ud800'))],
  ['an empty text', ''],
  ['dots', '..'],
  ['no signature', `${H}.${P}`],
  ['an empty signature', `${H}.${P}.`],
  ['an empty header', `.${P}.${S}`],
  ['empty claims', `${H}..${S}`],
  ['four parts', `${GOOD}.${S}`],
  ['five parts, as a JWE has', `${H}.${S}.${S}.${P}.${S}`],
  ['a JWE header', `${part({ alg: 'dir', enc: 'A128GCM' })}.${P}.${S}`],
  ['a token in a token', signed({ ...HEAD, cty: 'JWT' }, part(GOOD))],
  ['header and claims swapped', `${P}.${H}.${S}`],
  ['claims of another token', `${H}.${part({ ...CLAIMS, sub: 'u-2' })}.${S}`],
  ['signature of another token', `${H}.${P}.${tokenOf({}, NOW).split('.')[2]}`],
  ['cut off at the end', GOOD.slice(0, -1)],
  ['cut off at the start', GOOD.slice(1)],
  ['a letter more', `${GOOD}A`],
  ['a space before', ` ${GOOD}`],
  ['a space behind', `${GOOD} `],
  ['a line feed behind', `${GOOD}\n`],
  ['a space within', `${H}. ${P}.${S}`],
  ['NUL behind', `${GOOD}\u0000`],
  ['padding', `${H}.${P}.${S}=`],
  ['base64 instead of base64url', GOOD.replace(S, Buffer.from(S, 'base64url').toString('base64'))],
  ['a full-width dot', GOOD.replace('.', '．')],
  ['a look-alike letter', `\u0435${GOOD.slice(1)}`],
  ['JSON serialisation', JSON.stringify({ protected: H, payload: P, signature: S })],
  ['too long', signed(HEAD, { ...CLAIMS, more: 'x'.repeat(MAX_TOKEN_LENGTH) })],
  ['too long, header', signed({ ...HEAD, kid: 'x'.repeat(MAX_TOKEN_LENGTH) }, CLAIMS)],
]

/** Against a public key. */
const KEY_FORGERIES: readonly (readonly [what: string, token: string])[] = [
  ['HS256 with the public key as the secret', signed({ alg: 'HS256', kid: 'one' }, CLAIMS, rsaPem)],
  ['the same without the last line feed', signed({ alg: 'HS256', kid: 'one' }, CLAIMS, rsaPem.trim())],
  [
    'HS256 with the key in DER as the secret',
    signed({ alg: 'HS256' }, CLAIMS, rsa.publicKey.export({ type: 'spki', format: 'der' })),
  ],
  [
    'HS256 with the modulus as the secret',
    signed({ alg: 'HS256' }, CLAIMS, Buffer.from(rsaJwk.n ?? '', 'base64url')),
  ],
  ['HS256 with the JWK as the secret', signed({ alg: 'HS256' }, CLAIMS, JSON.stringify(rsaJwk))],
  ['the header of RS256 with such a signature', signed({ alg: 'RS256', kid: 'one' }, CLAIMS, rsaPem)],
  ['the key of somebody else', rs256({ alg: 'RS256', kid: 'one' }, CLAIMS, otherRsa.privateKey)],
  [
    'the key of somebody else, brought along',
    rs256(
      { alg: 'RS256', kid: 'one', jwk: otherRsa.publicKey.export({ format: 'jwk' }) },
      CLAIMS,
      otherRsa.privateKey,
    ),
  ],
  ['RS512, which is not pinned', rs256({ alg: 'RS512', kid: 'one' }, CLAIMS)],
  ['PS256, which is not pinned', rs256({ alg: 'PS256', kid: 'one' }, CLAIMS)],
  [
    'ES256 by another kind of key',
    (() => {
      const body = `${part({ alg: 'ES256', kid: 'one' })}.${part(CLAIMS)}`
      return `${body}.${sign('sha256', Buffer.from(body), { key: ec.privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
    })(),
  ],
  [
    'zeros for a signature',
    `${part({ alg: 'RS256', kid: 'one' })}.${part(CLAIMS)}.${part(new Uint8Array(256))}`,
  ],
]

/** Only a set looks at `kid`. */
const KID_FORGERIES: readonly (readonly [what: string, token: string])[] = [
  ...[
    'two',
    '',
    '../../../../dev/null',
    "one' OR '1'='1",
    'one\u0000',
    'ONE',
    'https://attacker.test/k',
    '__proto__',
  ].map((kid) => [`kid ${JSON.stringify(kid)}`, rs256({ alg: 'RS256', kid }, CLAIMS)] as const),
]

describe('forged tokens', () => {
  it('AU1: of those that are good, each is let in', async () => {
    const bearer = { name: 'Ann', expiresAt: (CLAIMS.exp + RULES.leewayS) * 1_000 }
    expect(await bySecret.verify(GOOD)).toMatchObject(bearer)
    expect(await byPem.verify(rs256({ alg: 'RS256' }, CLAIMS))).toMatchObject(bearer)
    expect(await bySet.verify(rs256({ alg: 'RS256', kid: 'one' }, CLAIMS))).toMatchObject(bearer)
    expect(await bySecret.verify(saying({ aud: ['mail', 'chat'] }))).toMatchObject(bearer)
    expect(await bySecret.verify(saying({ exp: AT - 4 }))).toMatchObject({ name: 'Ann' })
    expect(await bySecret.verify(saying({ nbf: AT + 5 }))).toMatchObject(bearer)
    expect(await bySecret.verify(saying({ iat: AT + 5 }))).toMatchObject(bearer)
    expect(await bySecret.verify(headed({ typ: 'at+jwt', kid: 'any' }))).toMatchObject(bearer)
  })

  it('AU1: there are more than sixty', () => {
    expect(FORGERIES.length + KEY_FORGERIES.length + KID_FORGERIES.length).toBeGreaterThan(110)
  })

  it.each(FORGERIES)('AU1: %s', async (_what, token) => {
    expect(await bySecret.verify(token)).toBeNull()
  })

  it.each(KEY_FORGERIES)('AU1: with a public key, %s', async (_what, token) => {
    expect(await byPem.verify(token)).toBeNull()
    expect(await bySet.verify(token)).toBeNull()
  })

  it.each(KID_FORGERIES)('AU1: with a set of keys, %s', async (_what, token) => {
    expect(await bySet.verify(token)).toBeNull()
  })

  it('AU1: no bit of a good token can be flipped', async () => {
    for (const [auth, good] of [
      [bySecret, GOOD],
      [bySet, rs256({ alg: 'RS256', kid: 'one' }, CLAIMS)],
    ] as const) {
      const bytes = Buffer.from(good)
      expect(bytes.length * 8).toBeGreaterThan(256)
      const accepted: number[] = []
      for (let bit = 0; bit < bytes.length * 8; bit++) {
        const flipped = Buffer.from(bytes)
        flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
        if ((await auth.verify(flipped.toString('latin1'))) !== null) accepted.push(bit)
      }
      expect(accepted).toEqual([])
      expect(await auth.verify(good)).not.toBeNull()
    }
  })
})

describe('what a token says', () => {
  const verify = async (claims: object) => bySecret.verify(saying(claims))

  it('AU5: the name is the claim of the settings, else preferred_username, else sub', async () => {
    const by = createJwtAuth(secretKeys(SECRET), { ...RULES, nameClaim: 'nick' }, clock)
    expect(await by.verify(saying({ nick: 'Annie' }))).toMatchObject({ name: 'Annie' })
    expect(await by.verify(saying({ preferred_username: 'ann' }))).toMatchObject({ name: 'ann' })
    expect(await by.verify(saying({}))).toMatchObject({ name: 'u-1' })
  })

  it('AU1: an issuer, where any will do, is text or not there', async () => {
    const { verify: byAny } = createJwtAuth(secretKeys(SECRET), { ...RULES, issuer: [] }, clock)
    for (const iss of [5, null, true, ['a'], { length: 1 }, 'x'.repeat(257)])
      expect([iss, await byAny(saying({ iss }))]).toEqual([iss, null])
    expect(
      await byAny(signed(HEAD, JSON.stringify({ ...CLAIMS, iss: '?' }).replace('?', '\\ud800'))),
    ).toBeNull()
    expect(await byAny(without('iss'))).toMatchObject({ issuer: '' })
    expect(await byAny(saying({ iss: 'any' }))).toMatchObject({ issuer: 'any' })
  })

  it('AU6: a person is a subject of an issuer under one name, in any spelling of it', async () => {
    const ann = await verify({})
    expect(ann?.person).toMatch(/^~[\w-]{32}$/)
    expect((await verify({ name: 'ＡＮＮ', exp: AT + 60 }))?.person).toBe(ann?.person)
    for (const other of [{ sub: 'u-2' }, { name: 'Bob' }])
      expect((await verify(other))?.person).not.toBe(ann?.person)
  })
})

describe('a token without iat', () => {
  it('AU1, AU10: is let in as one of before all revocations, or not at all', async () => {
    const needing = createJwtAuth(secretKeys(SECRET), { ...RULES, needsIat: true }, clock)
    expect(await bySecret.verify(without('iat'))).toMatchObject({ name: 'Ann', issuedAt: null })
    expect(await needing.verify(without('iat'))).toBeNull()
    expect(await needing.verify(GOOD)).toMatchObject({ issuedAt: NOW })
  })
})

describe('keys', () => {
  it('says which algorithms a key is for', async () => {
    const jwk = JSON.stringify(ec.publicKey.export({ format: 'jwk' }))
    expect((await readPublicKeys(rsaPem)).algorithms).toEqual(['RS256'])
    expect((await readPublicKeys(jwk)).algorithms).toEqual(['ES256'])
    expect(secretKeys(SECRET).algorithms).toEqual(['HS256'])
  })

  it.each([
    [
      'a private key as PEM',
      rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      'private key',
    ],
    ['a private key as JWK', JSON.stringify(rsa.privateKey.export({ format: 'jwk' })), 'private key'],
    ['a secret as JWK', JSON.stringify(ownJwk), 'jwt-secret'],
    ['no key', 'hello', 'no public key'],
    ['broken JSON', '{', 'neither PEM nor JSON'],
    ['an empty set', '{"keys":[]}', 'no key'],
    ['a list of numbers', '{"keys":[1]}', 'no JWK'],
    ['half a JWK', '{"kty":"RSA"}', 'no JWK'],
  ])('refuses %s and does not show it', async (_what, text, why) => {
    const message = await readPublicKeys(text).then(() => 'it was read', String)
    expect(message).toContain(why)
    expect(message).not.toContain(text.slice(10, 60) || 'nothing')
  })
})
