import { generateKeyPairSync, sign } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ManualClock } from '../../../testing/manual-clock.ts'
import { part } from '../../../testing/tokens.ts'
import type { Fields } from '../../ports/logger.ts'
import { createJwtAuth } from './jwt-auth.ts'
import { MIN_REFETCH_MS, REFETCH_MS, RemoteKeys } from './remote-keys.ts'

const RULES = {
  algorithms: ['ES256'],
  audience: [],
  issuer: [],
  nameClaim: 'name',
  adminClaim: 'admin',
  roomsClaim: 'roomful',
  keptClaims: [],
  leewayS: 5,
  maxLifetimeS: 86_400,
  letsGuestsIn: false,
}

function signer(kid: string) {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return {
    jwk: { ...publicKey.export({ format: 'jwk' }), kid },
    token(clock: ManualClock): string {
      const claims = { sub: 'u-1', name: 'Ann', exp: clock.now() / 1_000 + 3_600 }
      const body = `${part({ alg: 'ES256', kid })}.${part(claims)}`
      const signature = sign('sha256', Buffer.from(body), { key: privateKey, dsaEncoding: 'ieee-p1363' })
      return `${body}.${signature.toString('base64url')}`
    },
  }
}

let http: Server
let answer: { status: number; body: string }
let fetches: number
let log: string[]

beforeEach(async () => {
  fetches = 0
  log = []
  http = createServer((_request, response) => {
    fetches += 1
    response.writeHead(answer.status).end(answer.body)
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
})
afterEach(() => void http.close())

function open(keys: readonly object[]) {
  answer = { status: 200, body: JSON.stringify({ keys }) }
  const clock = new ManualClock()
  const note = (event: string, _fields?: Fields) => void log.push(event)
  const url = new URL(`http://127.0.0.1:${(http.address() as AddressInfo).port}/keys`)
  const remote = new RemoteKeys({ url, clock, logger: { debug: note, info: note, warn: note, error: note } })
  return { clock, auth: createJwtAuth(remote, RULES, clock) }
}

async function until(holds: () => boolean): Promise<void> {
  const deadline = performance.now() + 10_000
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`it did not come to that: ${log.join()}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

describe('a set of keys at an address', () => {
  it('AU11: a key that is taken away is told, and lets nobody in any more', async () => {
    const [old, young] = [signer('old'), signer('new')]
    const { clock, auth } = open([old.jwk, young.jwk])
    const ann = await auth.verify(old.token(clock))
    const later = await auth.verify(young.token(clock))
    expect([ann?.name, later?.name]).toEqual(['Ann', 'Ann'])
    if (ann === null || later === null) throw new Error('both are good')
    let told = 0
    auth.onKeyGone(() => (told += 1))
    answer = { status: 200, body: JSON.stringify({ keys: [young.jwk] }) }
    await clock.advance(REFETCH_MS)
    await until(() => told === 1)
    expect([auth.trusts(ann), auth.trusts(later)]).toEqual([false, true])
    expect(await auth.verify(old.token(clock))).toBeNull()
    expect(log).toContain('keys_changed')
    auth.close()
    expect(clock.timers).toBe(0)
  })

  it('AU11: another key under the same kid is another key', async () => {
    const [first, second] = [signer('one'), signer('one')]
    const { clock, auth } = open([first.jwk])
    const ann = await auth.verify(first.token(clock))
    if (ann === null) throw new Error('it is good')
    answer = { status: 200, body: JSON.stringify({ keys: [second.jwk] }) }
    await clock.advance(REFETCH_MS)
    await until(() => !auth.trusts(ann))
    expect(await auth.verify(second.token(clock))).toMatchObject({ name: 'Ann' })
    auth.close()
  })

  it('AU11: unknown names of keys make it fetch no more often than is allowed', async () => {
    const known = signer('known')
    const { clock, auth } = open([known.jwk])
    await auth.verify(known.token(clock))
    const before = fetches
    for (let i = 0; i < 20; i++) expect(await auth.verify(signer(`kid-${i}`).token(clock))).toBeNull()
    expect(fetches).toBe(before)
    expect(MIN_REFETCH_MS).toBeGreaterThanOrEqual(10_000)
    auth.close()
  })

  it('AU11: what cannot be fetched changes nothing, and before the first time nothing can be told', async () => {
    const known = signer('known')
    const { clock, auth } = open([known.jwk])
    await auth.verify(known.token(clock))
    answer = { status: 500, body: 'no' }
    await clock.advance(REFETCH_MS)
    await until(() => log.includes('keys_not_fetched'))
    expect(await auth.verify(known.token(clock))).toMatchObject({ name: 'Ann' })
    auth.close()
    const late = open([known.jwk])
    answer = { status: 500, body: 'no' }
    await expect(late.auth.verify(known.token(late.clock))).rejects.toThrow('The key set cannot be fetched.')
    const before = fetches
    await expect(late.auth.verify(known.token(late.clock))).rejects.toThrow('The key set cannot be fetched.')
    expect(fetches).toBe(before)
    late.auth.close()
  })
})
