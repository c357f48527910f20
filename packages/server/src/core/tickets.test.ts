import { describe, expect, it } from 'vitest'
import { fakeAuth, fakeToken } from '../../testing/fake-auth.ts'
import { ManualClock } from '../../testing/manual-clock.ts'
import { createTestCluster } from '../../testing/test-cluster.ts'
import { createTestHub, type TestHub } from '../../testing/test-hub.ts'
import { createHmacSigner } from '../adapters/hmac-signer.ts'
import { createMemoryStore } from '../adapters/memory-store.ts'
import type { IssuedTicket } from '../ports/service.ts'
import { StoreUnavailable, TICKET_LOG, TICKETS_KEPT } from '../ports/store.ts'
import type { HubOptions } from './options.ts'
import { ownEntry } from './own-entry.ts'
import { TICKET_LIFE_MS } from './tickets.ts'

const ANN = fakeToken({ sub: 'u-1', name: 'Ann' })
const ADMIN = fakeToken({ sub: 'u-0', name: 'Root', admin: true })
const SECRET = Buffer.alloc(32, 7)
const UNAUTHORIZED = { code: 1008, reason: 'Unauthorized' }

function guarded(letsGuestsIn = false, options: Partial<HubOptions> = {}) {
  const clock = new ManualClock()
  const parts = { clock, store: createMemoryStore(), signer: createHmacSigner(SECRET) }
  return createTestHub(options, { ...parts, auth: fakeAuth(clock, letsGuestsIn) })
}

async function issued(test: TestHub, token = ANN): Promise<IssuedTicket> {
  const issue = test.hub.identify(token).then((identity) => test.hub.issueTicket(identity))
  const [ticket] = await Promise.all([issue, test.clock.settle()])
  return ticket
}

async function ticketOf(test: TestHub, token = ANN): Promise<string> {
  return (await issued(test, token)).ticket
}

describe('a ticket', () => {
  it('AU13: lets its bearer in once, as the token that it was changed for', async () => {
    const test = guarded()
    const { ticket, expires_at } = await issued(test)
    expect(expires_at).toBe('2026-01-01T00:00:30.000Z')
    const [first, again] = [
      await test.connect({ ticket, dialect: 'v1' }),
      await test.connect({ ticket, dialect: 'v1' }),
    ]
    const byToken = await test.connect({ token: ANN, dialect: 'v1' })
    expect(first.all()[0]).toMatchObject({ username: 'Ann', token_expires_at: '2026-01-01T01:00:00.000Z' })
    expect(byToken.all()[0]?.['person_id']).toBe(first.all()[0]?.['person_id'])
    expect(again.all()[0]).toMatchObject({ code: 'unauthorized', field: 'token' })
    expect(again.closed).toEqual(UNAUTHORIZED)
  })

  it('AU13: carries what its token allows in rooms', async () => {
    const staff = { claim: 'team', is: 'staff' }
    const test = guarded(false, { rules: [{ rooms: ['office'], who: 'everyone', may: [] }] })
    const ruled = guarded(false, {
      rules: [
        { rooms: ['office'], who: staff, may: ['join', 'read'] },
        { rooms: ['office'], who: 'everyone', may: [] },
      ],
    })
    const granted = fakeToken({ sub: 'u-1', name: 'Ann', rooms: { office: ['join', 'read'] } })
    const claiming = fakeToken({ sub: 'u-2', name: 'Bob', claims: { team: ['staff'] } })
    for (const [hub, token, isIn] of [
      [test, granted, true],
      [test, claiming, false],
      [ruled, claiming, true],
    ] as const) {
      const socket = await hub.connect({ ticket: await ticketOf(hub, token), room: 'office' })
      expect(socket.all()[0]?.['event'] === 'welcome').toBe(isIn)
    }
  })

  it('AU13: lets one in of all who show it at once, on any node', async () => {
    const cluster = createTestCluster({}, (clock) => fakeAuth(clock))
    const ticket = await ticketOf(cluster.nodes[0])
    const sockets = [...cluster.nodes, ...cluster.nodes].map((node) => node.dial({ ticket }))
    await cluster.clock.settle()
    expect(sockets.filter(({ closed }) => closed === null)).toHaveLength(1)
    for (const { closed } of sockets) expect([null, 1008]).toContain(closed?.code ?? null)
  })

  it('AU13: is good for 30 s, and no longer than its token', async () => {
    const test = guarded()
    const [early, late] = [await ticketOf(test), await ticketOf(test)]
    const short = await ticketOf(test, fakeToken({ sub: 'u-2', name: 'Bob', for: 5 }))
    await test.clock.advance(5_000)
    expect((await test.connect({ ticket: short })).closed).toEqual(UNAUTHORIZED)
    await test.clock.advance(TICKET_LIFE_MS - 5_001)
    expect((await test.connect({ ticket: early })).closed).toBeNull()
    await test.clock.advance(1)
    expect((await test.connect({ ticket: late })).closed).toEqual(UNAUTHORIZED)
  })

  it('AU13: that is none is unauthorized and 1008, also where guests are let in', async () => {
    for (const test of [guarded(), guarded(true)]) {
      const good = await ticketOf(test)
      const guest = createTestHub({}, { signer: createHmacSigner(SECRET) })
      const resumeToken = String(
        (await guest.connect({ username: 'Ann', dialect: 'v1' })).all()[0]?.['resume_token'],
      )
      const foreign = createHmacSigner(Buffer.alloc(32, 8)).sign('{"ticket":"x"}')
      for (const ticket of [
        '',
        'x',
        `${good}x`,
        good.slice(1),
        resumeToken,
        foreign,
        ANN,
        'x'.repeat(10_000),
      ])
        expect((await test.connect({ ticket })).closed).toEqual(UNAUTHORIZED)
      expect((await test.connect({ ticket: good })).all()[0]).toMatchObject({ username: 'Ann' })
    }
  })

  it('AU13: of a token that is revoked meanwhile lets nobody in', async () => {
    const test = guarded()
    const ticket = await ticketOf(test)
    const revoked = test.hub.identify(ADMIN).then((identity) => test.hub.revoke({ identity, subject: 'u-1' }))
    await Promise.all([revoked, test.clock.settle()])
    expect((await test.connect({ ticket })).closed?.code).toBe(4501)
  })

  it('AU13: is for bearers of tokens', async () => {
    const issue = (test: TestHub) => test.hub.issueTicket(null)
    await expect(issue(guarded(true))).rejects.toMatchObject({ code: 'unauthorized' })
    await expect(issue(createTestHub())).rejects.toMatchObject({ code: 'forbidden' })
    const subject = 'x'.repeat(4_000)
    await expect(ticketOf(guarded(), fakeToken({ sub: subject, name: 'Ann' }))).rejects.toMatchObject({
      code: 'too_large',
    })
  })

  it('AU13: is unavailable while nothing can be stored, and when the store may have forgotten it', async () => {
    const test = guarded()
    const [first, second] = [await ticketOf(test), await ticketOf(test)]
    const { append } = test.store
    test.store.append = () => Promise.reject(new StoreUnavailable('away'))
    const refused = await test.connect({ ticket: first })
    expect(refused.all()[0]).toMatchObject({ code: 'unavailable', retryable: true })
    expect(refused.closed?.code).toBe(1013)
    test.store.append = append
    const shown = { log: TICKET_LOG, at: 0, text: '' }
    const nobody = { name: '', person: null }
    await test.store.append(
      Array.from({ length: TICKETS_KEPT }, (_, i) => ownEntry({ ...shown, id: `x-${i}` }, nobody)),
    )
    expect((await test.connect({ ticket: second })).closed?.code).toBe(1013)
    expect((await test.connect({ ticket: await ticketOf(test) })).closed).toBeNull()
  })

  it('AU13: is in no log of rooms and in no line of the log', async () => {
    const test = guarded()
    const ticket = await ticketOf(test)
    await test.connect({ ticket })
    await test.connect({ ticket })
    const { rooms } = await test.hub.rooms('', 10)
    expect(rooms.map(({ room }) => room)).toEqual(['lobby'])
    const [noted] = await test.store.read(TICKET_LOG, { after: 0 }, 10)
    expect(ticket).not.toContain(noted?.clientId)
    expect(JSON.stringify(noted)).not.toContain('Ann')
    expect(test.complaints).toEqual([])
  })
})

describe('the first frame', () => {
  it('AU2: shows a token where guests are let in, when the upgrade has said so', async () => {
    const test = guarded(true)
    const socket = test.dial({ awaitsToken: true })
    await test.clock.settle()
    expect(socket.all()).toEqual([])
    socket.say({ type: 'auth', token: ANN })
    await test.clock.settle()
    expect(socket.all()[0]).toMatchObject({ event: 'welcome', username: 'Ann' })
    const silent = test.dial({ awaitsToken: true })
    await test.clock.advance(12_000)
    expect(silent.closed?.code).toBe(4003)
    expect((await createTestHub().connect({ awaitsToken: true })).all()[0]).toMatchObject({
      event: 'welcome',
    })
  })
})
