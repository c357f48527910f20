import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ManualClock } from '../../../testing/manual-clock.ts'
import { keySetOf, signer } from '../../../testing/tokens.ts'
import { SETTINGS } from '../../config/settings.ts'
import { type Auth, KeysUnavailable } from '../../ports/auth.ts'
import type { Fields, Logger } from '../../ports/logger.ts'
import { createJwtAuth, MAX_KEYS_TRIED } from './jwt-auth.ts'
import { MAX_KEYS_BYTES, readKeySet, readPublicKeys } from './key-set.ts'
import { type KeySource, keysAtAddress, keysInFile } from './key-sources.ts'
import { MAX_PAUSE_MS, MIN_PAUSE_MS, WatchedKeys } from './watched-keys.ts'

const RULES = {
  algorithms: [],
  audience: [],
  issuer: [],
  nameClaim: 'name',
  adminClaim: 'admin',
  roomsClaim: 'roomful',
  keptClaims: [],
  needsIat: false,
  leewayS: 5,
  maxLifetimeS: 86_400,
  letsGuestsIn: false,
}

/** As the setting has it. */
const EVERY_MS = Number(SETTINGS.find(({ key }) => key === 'jwtJwksInterval')?.fallback) * 1_000

/** The good one, or the test fails. */
async function bearer(auth: Auth, token: string) {
  const identity = await auth.verify(token)
  if (identity === null) throw new Error('the token is good')
  return identity
}

async function until(holds: () => boolean): Promise<void> {
  const deadline = performance.now() + 10_000
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`it did not come to that: ${log.join()}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

let log: string[]
const note = (event: string, _fields?: Fields): void => void log.push(event)
const logger: Logger = { debug: note, info: note, warn: note, error: note }
const logged = (event: string): number => log.filter((each) => each === event).length

beforeEach(() => {
  log = []
})

function watch(source: KeySource, read: typeof readKeySet) {
  const clock = new ManualClock()
  const keys = new WatchedKeys({ source, read, everyMs: EVERY_MS, clock, logger, chance: () => 0 })
  return { clock, keys, auth: createJwtAuth(keys, RULES, clock), begun: keys.begin() }
}

describe('a set of keys at an address', () => {
  let http: Server
  let answer: { status: number; body: string; headers?: Record<string, string> }
  let asked: IncomingHttpHeaders[]

  beforeEach(async () => {
    asked = []
    http = createServer((request, response) => {
      asked.push(request.headers)
      const { etag } = answer.headers ?? {}
      const isSame = etag !== undefined && request.headers['if-none-match'] === etag
      response.writeHead(isSame ? 304 : answer.status, answer.headers).end(isSame ? '' : answer.body)
    })
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  })
  afterEach(() => void http.close())

  function open(body: string, headers?: Record<string, string>) {
    answer = { status: 200, body, ...(headers && { headers }) }
    const url = new URL(`http://127.0.0.1:${(http.address() as AddressInfo).port}/keys`)
    const opened = watch(keysAtAddress(url), readKeySet)
    opened.begun.catch(() => {})
    return opened
  }

  /** Lets one look come, and its answer. */
  async function look({ clock, keys }: ReturnType<typeof open>, ms = EVERY_MS): Promise<void> {
    const before = asked.length
    await clock.advance(ms)
    await until(() => asked.length > before)
    // Whoever names an unknown key waits for the look that is on its way.
    await keys.begin().catch(() => {})
  }

  it('AU11: a key that is taken away is told with the next look, at most 4 s later, and lets nobody in any more', async () => {
    const [old, young] = [signer('old'), signer('new')]
    const { clock, auth } = open(keySetOf(old, young))
    const [ann, later] = [
      await bearer(auth, old.token({}, clock.now())),
      await bearer(auth, young.token({}, clock.now())),
    ]
    let told = 0
    auth.onKeyGone(() => (told += 1))
    answer.body = keySetOf(young)
    expect(EVERY_MS).toBeLessThanOrEqual(4_000)
    await clock.advance(EVERY_MS)
    await until(() => told === 1)
    expect([auth.trusts(ann), auth.trusts(later)]).toEqual([false, true])
    expect(await auth.verify(old.token({}, clock.now()))).toBeNull()
    expect(logged('keys_changed')).toBe(1)
    auth.close()
    expect(clock.timers).toBe(0)
  })

  it('AU11: another key under the same kid is another key, and one that is for encryption is none', async () => {
    const [first, second, third] = [signer('one'), signer('one'), signer('two')]
    const { clock, auth } = open(keySetOf(first, third))
    const [ann, bob] = [
      await bearer(auth, first.token({}, clock.now())),
      await bearer(auth, third.token({}, clock.now())),
    ]
    answer.body = keySetOf(second, { jwk: { ...third.jwk, use: 'enc' } })
    await clock.advance(EVERY_MS)
    await until(() => !auth.trusts(ann))
    expect(auth.trusts(bob)).toBe(false)
    expect(await auth.verify(second.token({}, clock.now()))).toMatchObject({ name: 'Ann' })
    auth.close()
  })

  it('AU11: a token that names no key may be of any in the set, whether those have a kid or not', async () => {
    const [old, young, stranger] = [signer(), signer(), signer()]
    const opened = open(keySetOf(old, young))
    const { clock, auth } = opened
    const ann = await bearer(auth, old.token({}, clock.now()))
    const bob = await bearer(auth, young.token({}, clock.now()))
    expect(await auth.verify(stranger.token({}, clock.now()))).toBeNull()
    expect(await auth.verify(young.token({ exp: 1 }, clock.now()))).toBeNull()
    const named = [old, young].map(({ jwk }, i) => ({ jwk: { ...jwk, kid: `k-${i}` } }))
    answer.body = keySetOf(...named)
    await look(opened)
    await bearer(auth, young.token({}, clock.now()))
    // Each of them costs a verification.
    answer.body = keySetOf(...Array.from({ length: MAX_KEYS_TRIED - 1 }, () => signer()), young, old)
    await look(opened)
    await bearer(auth, young.token({}, clock.now()))
    expect(await auth.verify(old.token({}, clock.now()))).toBeNull()
    answer.body = keySetOf(young, stranger)
    await look(opened)
    expect([auth.trusts(ann), auth.trusts(bob)]).toEqual([false, true])
    auth.close()
  })

  it('AU11: a look asks for what is newer only, and not by a time that may stand for two', async () => {
    const [old, young] = [signer('old'), signer('new')]
    const date = 'Thu, 01 Jan 2026 00:01:00 GMT'
    const changed = 'Thu, 01 Jan 2026 00:00:00 GMT'
    const opened = open(keySetOf(old), { etag: '"a"', date, 'last-modified': changed })
    const ann = await bearer(opened.auth, old.token({}, opened.clock.now()))
    await look(opened)
    expect(asked.at(-1)).toMatchObject({ 'if-none-match': '"a"', 'if-modified-since': changed })
    expect([opened.auth.trusts(ann), log]).toEqual([true, []])
    answer = { status: 200, body: keySetOf(young), headers: { etag: '"b"', date, 'last-modified': date } }
    await look(opened)
    expect(opened.auth.trusts(ann)).toBe(false)
    await look(opened)
    expect(Object.keys(asked.at(-1) ?? {})).not.toContain('if-none-match')
    opened.auth.close()
  })

  it('AU11: a token of a key that is not known yet makes it look, once a second at most', async () => {
    const [known, young] = [signer('known'), signer('young')]
    const { clock, auth } = open(keySetOf(known))
    await bearer(auth, known.token({}, clock.now()))
    for (let i = 0; i < 20; i++)
      expect(await auth.verify(signer(`kid-${i}`).token({}, clock.now()))).toBeNull()
    expect(asked).toHaveLength(1)
    answer.body = keySetOf(known, young)
    clock.pass(MIN_PAUSE_MS)
    expect(await auth.verify(young.token({}, clock.now()))).toMatchObject({ name: 'Ann' })
    expect(asked).toHaveLength(2)
    auth.close()
  })

  it.each([
    ['an error', 500, 'no'],
    ['no JSON', 200, '<html>'],
    ['no set', 200, '{"error":"later"}'],
    ['too much', 200, `{"keys":[]${' '.repeat(MAX_KEYS_BYTES)}}`],
    ['a way to elsewhere', 302, ''],
    ['a set without a key', 200, '{"keys":[]}'],
    ['a set without a key that verifies', 200, keySetOf({ jwk: { ...signer('e').jwk, use: 'enc' } })],
  ])('AU11: %s changes nothing, and is told', async (_what, status, body) => {
    const known = signer('known')
    const opened = open(keySetOf(known))
    const { clock, auth } = opened
    const ann = await bearer(auth, known.token({}, clock.now()))
    answer = { status, body, headers: { location: '/elsewhere' } }
    await look(opened)
    expect(auth.trusts(ann)).toBe(true)
    expect(await auth.verify(known.token({}, clock.now()))).toMatchObject({ name: 'Ann' })
    expect(auth.keys()).toMatchObject({ isKnown: true, isStale: true })
    expect(logged('keys_not_read')).toBeGreaterThan(0)
    await expect(auth.verify(signer('other').token({}, clock.now()))).rejects.toThrow(KeysUnavailable)
    answer = { status: 200, body: keySetOf(signer('another')) }
    await look(opened, MAX_PAUSE_MS)
    expect([auth.trusts(ann), auth.keys()?.isStale, logged('keys_read_again')]).toEqual([false, false, 1])
    auth.close()
  })

  it('AU11: after looks that failed the pauses grow to half a minute, and before one that did not nothing can be told', async () => {
    const known = signer('known')
    const { clock, auth } = open('no')
    await expect(auth.verify(known.token({}, clock.now()))).rejects.toThrow(KeysUnavailable)
    expect(auth.keys()).toMatchObject({ isKnown: false, failures: 1 })
    for (const pause of [1, 2, 4, 8].map((n) => n * EVERY_MS).concat(MAX_PAUSE_MS, MAX_PAUSE_MS)) {
      const before = asked.length
      await clock.advance(pause - 1)
      expect(asked).toHaveLength(before)
      await expect(auth.verify(known.token({}, clock.now()))).rejects.toThrow(KeysUnavailable)
      await clock.advance(1)
      await until(() => logged('keys_not_read') > before && clock.timers === 1)
    }
    answer.body = keySetOf(known)
    await clock.advance(MAX_PAUSE_MS)
    await until(() => auth.keys()?.isKnown === true)
    expect(await auth.verify(known.token({}, clock.now()))).toMatchObject({ name: 'Ann' })
    auth.close()
  })
})

describe('a file with keys', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'roomful-keys-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  it('AU11: is read again: a key that is gone counts no more, and what is no key changes nothing', async () => {
    const path = join(folder, 'keys')
    const [old, young] = [signer('old'), signer('new')]
    await writeFile(path, keySetOf(old, young))
    const { clock, auth, begun } = watch(keysInFile(path), readPublicKeys)
    await begun
    const ann = await bearer(auth, old.token({}, clock.now()))
    await writeFile(path, keySetOf(old, young).slice(0, -1))
    await clock.advance(EVERY_MS)
    await until(() => logged('keys_not_read') === 1 && clock.timers === 1)
    expect([auth.trusts(ann), auth.keys()?.isStale]).toEqual([true, true])
    await writeFile(path, young.pem)
    await clock.advance(MAX_PAUSE_MS)
    await until(() => !auth.trusts(ann))
    expect(await auth.verify(old.token({}, clock.now()))).toBeNull()
    const bob = await bearer(auth, young.token({}, clock.now()))
    const another = generateKeyPairSync('ed25519').publicKey
    await writeFile(path, another.export({ type: 'spki', format: 'pem' }))
    await clock.advance(MAX_PAUSE_MS)
    await until(() => !auth.trusts(bob))
    expect(await auth.verify(young.token({}, clock.now()))).toBeNull()
    auth.close()
  })
})
