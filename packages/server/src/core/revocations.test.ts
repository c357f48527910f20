import { describe, expect, it } from 'vitest'
import { type FakeAuth, fakeAuth, fakeToken } from '../../testing/fake-auth.ts'
import { ManualClock } from '../../testing/manual-clock.ts'
import { createTestCluster } from '../../testing/test-cluster.ts'
import { createTestHub, type TestHub } from '../../testing/test-hub.ts'
import { createHmacSigner } from '../adapters/hmac-signer.ts'
import { createLocalBusHub } from '../adapters/local-bus.ts'
import { createMemoryStore } from '../adapters/memory-store.ts'
import type { Family, Metrics } from '../ports/metrics.ts'
import { type NewEntry, StoreUnavailable } from '../ports/store.ts'
import type { HubOptions } from './options.ts'
import { ownEntry } from './own-entry.ts'
import { MANY_REVOCATIONS, MAX_REVOCATIONS, RESERVED_REVOCATIONS, REVOCATION_LOG } from './revocations.ts'

const ISSUED = Date.UTC(2025, 11, 31)
const ANN = fakeToken({ sub: 'u-1', name: 'Ann', jti: 'a', iat: ISSUED })
const ANN_AGAIN = fakeToken({ sub: 'u-1', name: 'Ann', jti: 'b' })
const BOB = fakeToken({ sub: 'u-2', name: 'Bob' })
const ADMIN = fakeToken({ sub: 'u-0', name: 'Root', admin: true })
const GONE = { code: 4501, reason: 'Kicked or revoked' }

type What = { subject?: string; token_id?: string; issuer?: string }

async function revoke(test: TestHub, what: What, token = ADMIN): Promise<string> {
  const answer = test.hub
    .identify(token)
    .then((identity) => test.hub.revoke({ identity, ...what }))
    .then(
      ({ revoked_at }) => revoked_at,
      (error: unknown) => (error as { code: string }).code,
    )
  await test.clock.settle()
  return answer
}

function guarded(
  options: Partial<HubOptions> = {},
  parts: { store?: ReturnType<typeof createMemoryStore>; clock?: ManualClock } = {},
) {
  const clock = parts.clock ?? new ManualClock()
  return createTestHub(options, { ...parts, clock, auth: fakeAuth(clock) })
}

function entryOf(lines: readonly (readonly [string, string, string, number, true?])[], at: number): NewEntry {
  const id = `x-${lines[0]?.[2] ?? ''}`
  return ownEntry(
    { log: REVOCATION_LOG, id, at, text: JSON.stringify(lines) },
    { name: 'Root', person: null },
  )
}

describe('revocation', () => {
  it('AU10: of a subject closes its connections and lets none of its tokens in, and nobody else’s is touched', async () => {
    const test = guarded()
    const [ann, again, bob] = [
      await test.connect({ token: ANN }),
      await test.connect({ token: ANN_AGAIN }),
      await test.connect({ token: BOB }),
    ]
    expect(await revoke(test, { subject: 'u-1' })).toBe('2026-01-01T00:00:00.000Z')
    for (const socket of [ann, again]) {
      expect(socket.all().at(-1)).toMatchObject({ type: 'error', code: 'unauthorized' })
      expect(socket.closed).toEqual(GONE)
    }
    expect(bob.closed).toBeNull()
    expect((await test.connect({ token: ANN })).closed).toEqual(GONE)
    await expect(test.hub.identify(ANN)).rejects.toMatchObject({ code: 'unauthorized' })
    bob.say({ type: 'auth', token: ANN })
    await test.clock.settle()
    expect(bob.all().at(-1)).toMatchObject({ code: 'unauthorized' })
    const later = fakeToken({ sub: 'u-1', name: 'Ann', iat: test.clock.now() + 5_001 })
    expect((await test.connect({ token: later })).all()[0]).toMatchObject({ username: 'Ann' })
  })

  it('AU10: of a subject counts for a token whose issuer’s clock is fast by the leeway, until no such token holds', async () => {
    const test = guarded({ tokenLifetimeMs: 3_600_000, tokenLeewayMs: 5_000, tokensSayWhen: true })
    const token = fakeToken({ sub: 'u-1', name: 'Ann', iat: test.clock.now() + 5_000, for: 7_200 })
    const ann = await test.connect({ token })
    await revoke(test, { subject: 'u-1' })
    expect(ann.closed).toEqual(GONE)
    await test.clock.advance(3_610_000)
    // Each one lets go of those that are over.
    await revoke(test, { subject: 'u-3' }, fakeToken({ sub: 'u-0', name: 'Root', admin: true, for: 7_200 }))
    expect((await test.connect({ token })).closed).toEqual(GONE)
  })

  it('AU10: of one token leaves the others of its subject alone', async () => {
    const test = guarded()
    const [ann, again] = [await test.connect({ token: ANN }), await test.connect({ token: ANN_AGAIN })]
    await revoke(test, { token_id: 'a' })
    expect([ann.closed, again.closed]).toEqual([GONE, null])
  })

  it('AU10: of one’s own token, or of all of one’s own, signs out', async () => {
    const test = guarded()
    const [ann, again, bob] = [
      await test.connect({ token: ANN }),
      await test.connect({ token: ANN_AGAIN }),
      await test.connect({ token: BOB }),
    ]
    expect(await revoke(test, { token_id: 'a' }, ANN)).toMatch(/^2026/)
    expect([ann.closed, again.closed]).toEqual([GONE, null])
    expect(await revoke(test, { subject: 'u-1' }, ANN)).toBe('unauthorized')
    expect(await revoke(test, { subject: 'u-1' }, ANN_AGAIN)).toMatch(/^2026/)
    expect([again.closed, bob.closed]).toEqual([GONE, null])
  })

  it('AU10: of another issuer’s subject does not touch this one', async () => {
    const test = guarded()
    const ann = await test.connect({ token: ANN })
    await revoke(test, { subject: 'u-1', issuer: 'elsewhere' })
    expect(ann.closed).toBeNull()
    await revoke(test, { subject: 'u-1', issuer: 'test' })
    expect(ann.closed).toEqual(GONE)
  })

  it('AU10: is for administrators, and of one thing at a time', async () => {
    const test = guarded()
    const bob = await test.connect({ token: BOB })
    expect(await revoke(test, { subject: 'u-2' }, ANN)).toBe('forbidden')
    expect(await revoke(test, {})).toBe('bad_message')
    expect(await revoke(test, { subject: 'u-2', token_id: 'a' })).toBe('bad_message')
    expect(await revoke(test, { token_id: 'a' }, BOB)).toBe('forbidden')
    expect(await revoke(test, { subject: 'u-2', issuer: 'elsewhere' }, BOB)).toBe('forbidden')
    expect(bob.closed).toBeNull()
    await expect(createTestHub().hub.revoke({ identity: null, subject: 'u-2' })).rejects.toMatchObject({
      code: 'forbidden',
    })
  })

  it('AU10: reaches open sockets of every node within 5 s, also when no hint does', async () => {
    const cluster = createTestCluster({}, (clock) => fakeAuth(clock))
    const [n1, n2, n3] = cluster.nodes
    const ann = await n2.connect({ token: ANN })
    await revoke(n1, { subject: 'u-1' })
    expect(ann.closed).toEqual(GONE)
    // Committed by a node that ended before it could say so.
    const bob = await n3.connect({ token: BOB })
    const at = cluster.clock.now()
    await n1.store.append([entryOf([['subject', 'test', 'u-2', at]], at)])
    expect(bob.closed).toBeNull()
    await cluster.clock.advance(5_000)
    expect(bob.closed).toEqual(GONE)
  })

  it.each([
    ['AU7: expiry', 1008, null],
    ['AU10: a logout', 4501, ANN],
    ['AU10: a ban by an administrator', 4501, ADMIN],
    ['AU11: a key that is gone', 1008, null],
  ] as const)(
    '%s reaches the sockets of both nodes within 5 s, those of a ticket too',
    async (what, code, by) => {
      const clock = new ManualClock()
      const shared = { clock, store: createMemoryStore(), signer: createHmacSigner(Buffer.alloc(32, 7)) }
      const buses = createLocalBusHub()
      const auths = [fakeAuth(clock), fakeAuth(clock)] as const
      const nodeOf = (name: 'n1' | 'n2', auth: FakeAuth) =>
        createTestHub({ headWatchMs: 1_000 }, { ...shared, bus: buses.connect(name), auth })
      const nodes = [nodeOf('n1', auths[0]), nodeOf('n2', auths[1])] as const
      const token = fakeToken({ sub: 'u-1', name: 'Ann', jti: 'a', iat: ISSUED, for: 20, key: 'k-1' })
      const issued = nodes[0].hub.identify(token).then((identity) => nodes[0].hub.issueTicket(identity))
      const [{ ticket }] = await Promise.all([issued, clock.settle()])
      const sockets = [
        await nodes[0].connect({ token }),
        await nodes[1].connect({ token, dialect: 'v1' }),
        await nodes[1].connect({ ticket }),
      ]
      const bob = await nodes[1].connect({ token: BOB })
      await clock.advance(18_000)
      expect(sockets.map(({ closed }) => closed)).toEqual([null, null, null])
      if (by !== null) await revoke(nodes[0], by === ADMIN ? { subject: 'u-1' } : { token_id: 'a' }, by)
      // A key set is fetched by each node.
      if (what.startsWith('AU11')) for (const auth of auths) auth.forget('k-1')
      if (what.startsWith('AU7')) await clock.advance(5_000)
      const says = what.startsWith('AU7') ? '權杖已過期' : by === null ? '權杖已不再有效' : '權杖已被撤銷'
      expect(sockets.map(({ closed }) => closed?.code)).toEqual([code, code, code])
      const message = expect.stringContaining(says) as string
      for (const socket of sockets)
        expect(socket.all().at(-1)).toMatchObject({ code: 'unauthorized', message })
      expect(bob.closed).toBeNull()
    },
  )

  it('AU10: is known after a restart, and nobody is let in before it is', async () => {
    const store = createMemoryStore()
    const first = guarded({}, { store })
    for (let i = 0; i < 120; i++) await revoke(first, { subject: `other-${i}` })
    await revoke(first, { subject: 'u-1' })
    const { read } = store
    store.read = () => Promise.reject(new StoreUnavailable('away'))
    const second = guarded({}, { store, clock: first.clock })
    const early = await second.connect({ token: BOB })
    await second.clock.advance(3_500)
    expect(early.all()[0]).toMatchObject({ code: 'unavailable' })
    store.read = read
    await second.clock.advance(1_500)
    expect((await second.connect({ token: ANN })).closed).toEqual(GONE)
    expect((await second.connect({ token: BOB })).all()[0]).toMatchObject({ username: 'Bob' })
  })

  it('AU10: outlives the retention of messages', async () => {
    const store = createMemoryStore()
    const options = { retentionMs: 60_000, retentionEntries: 100, heartbeatTimeoutMs: 90_000 }
    const first = guarded(options, { store })
    await revoke(first, { subject: 'u-1' })
    await first.clock.advance(240_000)
    expect((await store.firsts([REVOCATION_LOG]))[0]).toBeGreaterThan(1)
    expect((await store.heads([REVOCATION_LOG]))[0]).toBeLessThan(20)
    const second = guarded(options, { store, clock: first.clock })
    await second.clock.settle()
    expect((await second.connect({ token: ANN })).closed).toEqual(GONE)
  })

  it('AU10: outlives a time in which everybody is a guest', async () => {
    const store = createMemoryStore()
    const options = { retentionMs: 60_000, retentionEntries: 100, heartbeatTimeoutMs: 90_000 }
    const first = guarded(options, { store })
    await revoke(first, { subject: 'u-1' })
    await first.hub.stop('restart')
    const guests = createTestHub(options, { store, clock: first.clock })
    await guests.clock.advance(240_000)
    expect((await store.firsts([REVOCATION_LOG]))[0]).toBeGreaterThan(1)
    const second = guarded(options, { store, clock: first.clock })
    await second.clock.settle()
    expect((await second.connect({ token: ANN })).closed).toEqual(GONE)
  })

  it('AU10: of a subject counts for a token without iat, however late that is shown, and after a restart', async () => {
    const store = createMemoryStore()
    const options = { tokenLifetimeMs: 60_000, tokenLeewayMs: 0 }
    const timeless = (sub: string, jti: string): string =>
      fakeToken({ sub, name: sub, jti, iat: null, for: 1e6 })
    const first = guarded(options, { store })
    const ann = await first.connect({ token: timeless('u-1', 'a') })
    await revoke(first, { subject: 'u-1' })
    await revoke(first, { token_id: 'b' })
    expect(ann.closed).toEqual(GONE)
    await first.clock.advance(10 * options.tokenLifetimeMs)
    // Each one lets go of those that are over.
    await revoke(first, { subject: 'u-9' }, fakeToken({ sub: 'u-0', name: 'Root', admin: true, for: 1e6 }))
    const second = guarded(options, { store, clock: first.clock })
    await second.clock.settle()
    for (const { connect } of [first, second]) {
      expect((await connect({ token: timeless('u-1', 'c') })).closed).toEqual(GONE)
      expect((await connect({ token: timeless('u-2', 'b') })).closed).toEqual(GONE)
      expect((await connect({ token: timeless('u-3', 'd') })).closed).toBeNull()
    }
  })

  it('AU10: of a token that was shown is over when that is, also where tokens need not say when they were issued', async () => {
    const store = createMemoryStore()
    const first = guarded({ tokenLifetimeMs: 60_000, tokenLeewayMs: 0 }, { store })
    const shown = fakeToken({ sub: 'u-1', name: 'Ann', jti: 'a', iat: null, for: 1e6 })
    await revoke(first, { token_id: 'a' }, shown)
    await revoke(first, { token_id: 'a' }, shown)
    expect((await first.connect({ token: shown })).closed).toEqual(GONE)
    await first.clock.advance(60_001)
    await revoke(first, { subject: 'u-9' }, fakeToken({ sub: 'u-0', name: 'Root', admin: true, for: 1e6 }))
    expect((await first.connect({ token: shown })).closed).toBeNull()
  })

  it('AU10: is in no list of rooms, and no room can be called so', async () => {
    const test = guarded()
    await revoke(test, { subject: 'u-1' })
    expect(await test.hub.rooms('', 10)).toEqual({ rooms: [] })
    await expect(test.hub.history(REVOCATION_LOG, { after: 0 }, 10)).rejects.toMatchObject({
      code: 'invalid_room',
    })
    const bob = await test.connect({ token: BOB })
    bob.say({ type: 'join', room: REVOCATION_LOG })
    await test.clock.settle()
    expect(bob.all().at(-1)).toMatchObject({ code: 'invalid_room' })
  })

  it('AU10: beyond so many, one more is unavailable until old ones are over', async () => {
    const store = createMemoryStore()
    const clock = new ManualClock()
    const at = clock.now() - 3_599_000
    const lines = Array.from({ length: MAX_REVOCATIONS }, (_, i) => ['token', 'test', `t-${i}`, at] as const)
    await store.append([entryOf(lines, at)])
    const options = { tokenLifetimeMs: 3_600_000, tokenLeewayMs: 0, tokensSayWhen: true }
    const test = guarded(options, { store, clock })
    await clock.settle()
    expect(await revoke(test, { subject: 'u-1' })).toBe('unavailable')
    await clock.advance(2_000)
    expect(await revoke(test, { subject: 'u-1' })).toBe('2026-01-01T00:00:02.000Z')
  })

  it('AU10: logouts never take the place of what administrators revoke, and the log warns before they are refused', async () => {
    const store = createMemoryStore()
    const clock = new ManualClock()
    const at = clock.now()
    const logouts = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, i) => ['subject', 'test', `s-${from + i}`, at, true] as const)
    await store.append([entryOf(logouts(0, MANY_REVOCATIONS - 1), at)])
    const metrics: Metrics = { add: (given) => (read = given) }
    let read: () => readonly Family[] = () => []
    const options = { tokenLifetimeMs: 60_000, tokenLeewayMs: 0, headWatchMs: 1_000 }
    const bus = createLocalBusHub().connect('n1')
    const test = createTestHub(options, { store, clock, bus, metrics, auth: fakeAuth(clock) })
    await clock.settle()
    expect(test.complaints).toEqual([])
    for (const sub of ['u-3', 'u-4']) await revoke(test, { subject: sub }, fakeToken({ sub, name: sub }))
    expect(test.complaints).toEqual(['revocations_nearly_full undefined'])
    const told = read().filter(({ name }) => name.startsWith('roomful_revocations'))
    expect(told).toMatchObject([
      { samples: [{ value: MANY_REVOCATIONS + 1 }] },
      { samples: [{ value: MAX_REVOCATIONS - RESERVED_REVOCATIONS }] },
    ])
    const most = MAX_REVOCATIONS - RESERVED_REVOCATIONS
    await store.append([entryOf(logouts(MANY_REVOCATIONS - 1, most - 2), at)])
    await clock.advance(5_000)
    expect(await revoke(test, { subject: 'u-1' }, ANN)).toBe('unavailable')
    // What is kept already takes no place.
    const again = fakeToken({ sub: 's-1', name: 'S', iat: at + 1 })
    expect(await revoke(test, { subject: 's-1' }, again)).toMatch(/^2026/)
    const bob = await test.connect({ token: BOB })
    expect(await revoke(test, { subject: 'u-2' })).toMatch(/^2026/)
    expect(bob.closed).toEqual(GONE)
    // Logouts end with the tokens that held then, what an administrator revoked does not: tokens need not say when they were issued.
    await clock.advance(60_001)
    expect(await revoke(test, { subject: 'u-1' }, ANN)).toMatch(/^2026/)
    expect((await test.connect({ token: BOB })).closed).toEqual(GONE)
    expect((await test.connect({ token: fakeToken({ sub: 'u-3', name: 'u-3' }) })).closed).toBeNull()
  })

  it('AU10: one that is stored nowhere is unavailable', async () => {
    const test = guarded()
    await test.clock.settle()
    test.store.append = () => Promise.reject(new StoreUnavailable('away'))
    expect(await revoke(test, { subject: 'u-1' })).toBe('unavailable')
  })
})
