import { describe, expect, it } from 'vitest'
import type { MemorySocket } from '../../testing/memory-socket.ts'
import { sameAs } from '../../testing/notices.ts'
import { type UnrulyNode, UnrulyCluster } from '../../testing/unruly-cluster.ts'
import type { HubOptions } from './options.ts'
import { COUNTS_FOR_MS, TELL_EVERY_MS } from './usage-share.ts'

const SCHOOL = '203.0.113.7'
const v1 = (username: string, more: object = {}) => ({ username, dialect: 'v1' as const, ...more })

async function two(options: Partial<HubOptions> = {}) {
  const cluster = new UnrulyCluster()
  const here = await cluster.start('here', options)
  const there = await cluster.start('there', options)
  return { cluster, clock: cluster.clock, here, there }
}

/** Ann with a connection to each node. */
async function ann({ here, there }: { here: UnrulyNode; there: UnrulyNode }) {
  const first = await here.connect(v1('Ann', { address: SCHOOL }))
  await here.clock.advance(1_000)
  return [first, await there.connect(v1('Ann', { address: SCHOOL, ...sameAs(first) }))] as const
}

function passed(socket: MemorySocket): number {
  return socket.news().filter(({ type, message }) => type === 'message' && message === 'x').length
}

/** Each says ten times a second what one may, for some seconds. Answers how much got through. */
async function flood(sockets: readonly MemorySocket[], clock: UnrulyCluster['clock'], seconds: number) {
  const witness = sockets[0] as MemorySocket
  witness.news()
  for (let at = 0; at < seconds * 10; at++) {
    for (const socket of sockets) socket.say({ message: 'x' })
    await clock.advance(100)
  }
  return passed(witness)
}

/** A person may say as much as one connection, ten a second. */
const RATES = { rateLimit: 10, rateBurst: 50, ratePerUser: 1 }

describe('rates of a cluster', () => {
  it('LI5: a person on two nodes may say as much as on one, and a bounded burst more', async () => {
    const test = await two(RATES)
    const sockets = await ann(test)
    const seconds = 20
    const got = await flood(sockets, test.clock, seconds)
    const { rateLimit, rateBurst } = RATES
    // Each node lets through what may come at once, and what comes until it hears of the other.
    const bound =
      rateLimit * seconds + 2 * (rateBurst + rateBurst * 0.1 + (rateLimit * TELL_EVERY_MS) / 1_000)
    expect(got).toBeLessThanOrEqual(bound)
    expect(got).toBeGreaterThan(rateLimit * seconds)
    expect(sockets.map(({ closed }) => closed)).toEqual([null, null])
  })

  it('LI5: in the long run it is the rate of one', async () => {
    const test = await two({ ...RATES, rateBurst: 10 })
    const sockets = await ann(test)
    await flood(sockets, test.clock, 5)
    const got = await flood(sockets, test.clock, 20)
    expect(got).toBeLessThanOrEqual(10 * 20 * 1.15)
    expect(sockets.map(({ closed }) => closed)).toEqual([null, null])
  })

  it('LI5: whoever has used it up on one node finds it used up on another', async () => {
    const { clock, here, there } = await two({ ...RATES, rateLimit: 1 })
    const first = await here.connect(v1('Ann', { address: SCHOOL }))
    for (let i = 0; i < 100; i++) first.say({ message: 'x' })
    await clock.advance(1_000)
    const other = await there.connect(v1('Ann', { address: '192.0.2.1', ...sameAs(first) }))
    for (let i = 0; i < 100; i++) other.say({ message: 'x' })
    await clock.settle()
    expect(other.all().filter(({ type }) => type === 'message').length).toBeLessThan(20)
    expect(other.all().find(({ type }) => type === 'error')).toMatchObject({ code: 'rate_limited' })
  })

  it('LI5: an address too, for connects and for requests over HTTP', async () => {
    const { clock, here, there } = await two({ rateLimit: 20 })
    for (let i = 0; i < 40; i++) expect(here.hub.refusal(SCHOOL)).toBeNull()
    await clock.settle()
    await clock.advance(TELL_EVERY_MS)
    let let_in = 0
    while (there.hub.refusal(SCHOOL) === null) let_in++
    // What came back in the meantime, and what was not told.
    expect(let_in).toBeLessThanOrEqual(10 + 4)
    expect(there.hub.refusal('203.0.113.8')).toBeNull()
  })

  it('LI5: those who say little are not told of', async () => {
    const { cluster, clock, here } = await two({ rateLimit: 20 })
    const first = await here.connect(v1('Ann', { address: SCHOOL }))
    await clock.advance(2_000)
    cluster.published.length = 0
    for (let i = 0; i < 10; i++) {
      first.say({ message: 'x' })
      await clock.advance(1_000)
    }
    const told = cluster.published.flatMap(({ hint }) => hint.signals ?? [])
    expect(told).toEqual([])
  })
})

describe('connections of a cluster', () => {
  const LIMIT = { maxConnectionsPerUser: 4 }

  async function connectMany(node: UnrulyNode, count: number, like: MemorySocket): Promise<MemorySocket[]> {
    const sockets = []
    for (let i = 0; i < count; i++) sockets.push(await node.connect(v1('Ann', sameAs(like))))
    return sockets
  }
  const living = (sockets: readonly MemorySocket[]): number =>
    sockets.filter(({ closed }) => closed === null).length

  it('LI6: a person has so many on all nodes together, and a place that becomes free is free everywhere', async () => {
    const { clock, here, there } = await two(LIMIT)
    const first = await here.connect(v1('Ann'))
    const second = (await connectMany(here, 2, first))[0] as MemorySocket
    await clock.advance(TELL_EVERY_MS)
    const elsewhere = await connectMany(there, 3, first)
    expect(living(elsewhere)).toBe(1)
    expect(elsewhere[1]?.all()).toMatchObject([{ code: 'server_full', limit: 'connections', scope: 'user' }])
    expect(elsewhere[1]?.closed).toEqual({ code: 1008, reason: 'Server is full' })
    second.hangUp()
    await clock.advance(TELL_EVERY_MS)
    expect(living(await connectMany(there, 2, first))).toBe(1)
  })

  it('LI6: whoever came to several nodes in one moment is closed on the later one until the number is right', async () => {
    const { cluster, clock, here, there } = await two(LIMIT)
    cluster.fate = () => []
    const first = await here.connect(v1('Ann'))
    const ours = [first, ...(await connectMany(here, 3, first))]
    const theirs = await connectMany(there, 4, first)
    expect(living([...ours, ...theirs])).toBe(8)
    cluster.fate = () => [0]
    await clock.advance(10_000)
    expect([living(ours), living(theirs)]).toEqual([4, 0])
    expect(theirs[3]?.all().at(-1)).toMatchObject({ code: 'server_full', retry_after_ms: 5_000 })
  })

  it('LI6: an address too; those of a node that is gone count no more', async () => {
    const { clock, here, there } = await two({ maxConnectionsPerAddress: 3 })
    for (let i = 0; i < 3; i++) await here.connect({ address: '2001:db8::1' })
    await clock.advance(TELL_EVERY_MS)
    const late = () => there.connect({ address: '2001:db8::2' })
    expect((await late()).closed).not.toBeNull()
    await clock.advance(COUNTS_FOR_MS)
    expect((await late()).closed).not.toBeNull()
    here.crash()
    await clock.advance(COUNTS_FOR_MS)
    expect((await late()).closed).toBeNull()
  })

  it('LI6: what the bus repeats or brings late changes nothing', async () => {
    const { cluster, clock, here, there } = await two(LIMIT)
    const first = await here.connect(v1('Ann'))
    const more = await connectMany(here, 3, first)
    await clock.advance(1_000)
    const early = cluster.published.filter(({ hint }) => hint.signals?.some(({ kind }) => kind === 'usage'))
    for (const socket of more) socket.hangUp()
    await clock.advance(1_000)
    for (const { hint, from } of early) cluster.repeat(hint, from)
    await clock.settle()
    expect(living(await connectMany(there, 3, first))).toBe(3)
  })

  it('LI7: rooms of a person are those on all nodes', async () => {
    const { clock, here, there } = await two({ maxRoomsPerUser: 2 })
    const first = await here.connect(v1('Ann', { room: 'a' }))
    await clock.settle()
    const second = await there.connect(v1('Ann', { room: 'b', ...sameAs(first) }))
    await clock.settle()
    second.say({ type: 'join', room: 'c' })
    second.say({ type: 'join', room: 'a' })
    await clock.settle()
    expect(second.all().slice(-2)).toMatchObject([
      { code: 'too_many_rooms', room: 'c' },
      { event: 'welcome', room: 'a' },
    ])
  })
})
