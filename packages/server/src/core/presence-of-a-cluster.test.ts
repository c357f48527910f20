import { describe, expect, it } from 'vitest'
import type { MemorySocket } from '../../testing/memory-socket.ts'
import { noticesOf, sameAs } from '../../testing/notices.ts'
import { type UnrulyNode, DYING_MS, HEALING_MS, UnrulyCluster } from '../../testing/unruly-cluster.ts'
import { LEASE_MS } from '../ports/registry.ts'
import type { HubOptions } from './options.ts'

const v1 = (username: string, more: object = {}) => ({ username, dialect: 'v1' as const, ...more })

async function two(options: Partial<HubOptions> = {}) {
  const cluster = new UnrulyCluster()
  const here = await cluster.start('here', options)
  const there = await cluster.start('there', options)
  return { cluster, clock: cluster.clock, here, there }
}

const members = ({ hub }: UnrulyNode, room = 'lobby') => hub.members(room)

/** Connects and forgets what is told until all is quiet. */
async function settled(cluster: UnrulyCluster, ...sockets: MemorySocket[]): Promise<void> {
  await cluster.clock.advance(3_000)
  for (const socket of sockets) socket.news()
}

describe('people on two nodes', () => {
  it('PR1: are in one room: welcome, lists, counts and notices speak of all', async () => {
    const { cluster, clock, here, there } = await two()
    const alice = await here.connect(v1('Alice'))
    await settled(cluster, alice)
    const bob = await there.connect(v1('Bob'))
    expect(bob.news()[0]).toMatchObject({ connected_count: 2, connected_users: ['Alice', 'Bob'] })
    await clock.settle()
    expect(alice.news()).toMatchObject([{ event: 'join', username: 'Bob', connected_count: 2 }])
    for (const node of [here, there]) {
      expect(members(node)).toEqual({
        room: 'lobby',
        connected_count: 2,
        connected_users: ['Alice', 'Bob'],
        truncated: false,
      })
      expect(node.hub.status()).toMatchObject({ connected_count: 2, connected_users: ['Alice', 'Bob'] })
      expect(node.hub.status('lobby')).toMatchObject({ connected_count: 2 })
    }
    bob.hangUp()
    await clock.settle()
    expect(alice.news()).toMatchObject([{ event: 'leave', username: 'Bob', connected_count: 1 }])
    expect([members(here), members(there)]).toMatchObject([{ connected_count: 1 }, { connected_count: 1 }])
  })

  it('PR1, ST1: lists the connections of the node that is asked', async () => {
    const { clock, here, there } = await two()
    const alice = await here.connect(v1('Alice'))
    await there.connect(v1('Bob'))
    await clock.settle()
    alice.news()
    alice.say({ type: 'status' })
    await clock.settle()
    expect(alice.news()).toMatchObject([
      { connected_users: ['Alice', 'Bob'], connections: [{ username: 'Alice' }] },
    ])
  })

  it('PR1: a room where nobody of this node is has its people too, and is forgotten with them', async () => {
    const { clock, here, there } = await two()
    const bob = await there.connect(v1('Bob', { room: 'garden' }))
    await clock.settle()
    expect(await here.hub.rooms('', 10)).toEqual({
      rooms: [{ room: 'garden', connected_count: 1, head_seq: 0 }],
    })
    bob.hangUp()
    await clock.settle()
    expect(await here.hub.rooms('', 10)).toEqual({ rooms: [] })
  })

  it('PR1: one person on two nodes is one: comes with the first and goes with the last connection', async () => {
    const { cluster, clock, here, there } = await two()
    const zoe = await here.connect(v1('Zoe'))
    const alice = await here.connect(v1('Alice'))
    await settled(cluster, zoe, alice)
    const again = await there.connect(v1('Alice', sameAs(alice)))
    expect(again.all()[0]).toMatchObject({ username: 'Alice', connected_count: 2 })
    await clock.settle()
    expect(members(here)).toMatchObject({ connected_count: 2, connected_users: ['Zoe', 'Alice'] })
    expect(there.hub.status()).toMatchObject({ connected_count: 2 })
    alice.hangUp()
    await clock.settle()
    expect(noticesOf(zoe)).toEqual([])
    again.hangUp()
    await clock.settle()
    expect(noticesOf(zoe)).toEqual([['leave', 'Alice']])
  })

  it('PR1, V18: is away when all of their connections are, on whichever node', async () => {
    const { cluster, clock, here, there } = await two()
    const zoe = await here.connect(v1('Zoe'))
    const alice = await here.connect(v1('Alice'))
    const again = await there.connect(v1('Alice', sameAs(alice)))
    await settled(cluster, zoe)
    again.say({ type: 'away', away: true })
    await clock.advance(2_000)
    expect(noticesOf(zoe)).toEqual([])
    alice.say({ type: 'away', away: true })
    await clock.advance(2_000)
    expect(noticesOf(zoe)).toEqual([['away', 'Alice']])
    const late = await there.connect(v1('Late'))
    expect(late.all()[0]).toMatchObject({ away_users: ['Alice'] })
    again.say({ type: 'away', away: false })
    await clock.advance(2_000)
    expect(noticesOf(zoe)).toEqual([
      ['join', 'Late'],
      ['back', 'Alice'],
    ])
    again.hangUp()
    await clock.advance(2_000)
    expect(noticesOf(zoe)).toEqual([['away', 'Alice']])
  })

  it('PR1, WE5: counts anonymous connections of all nodes, each once', async () => {
    const { clock, here, there } = await two()
    const anne = await here.connect({ dialect: 'v1' })
    await there.connect()
    await there.connect()
    await clock.settle()
    expect(members(here)).toMatchObject({ connected_count: 3, connected_users: [] })
    expect(noticesOf(anne)).toEqual([
      ['join', null],
      ['join', null],
    ])
  })

  it('PR1, JL5: tells of many on another node in one notice, and of nobody who went and came back meanwhile', async () => {
    const { cluster, clock, here, there } = await two({ noticesPerSecond: 1 })
    const zoe = await here.connect(v1('Zoe'))
    await settled(cluster, zoe)
    for (let i = 0; i < 30; i++) await there.connect(v1(`u${i}`))
    const passing = await there.connect(v1('Passing'))
    passing.hangUp()
    await clock.advance(2_000)
    const [first, folded, ...rest] = zoe.news()
    expect(first).toMatchObject({ event: 'join', username: 'u0' })
    expect(folded).toMatchObject({ event: 'join', count: 29, connected_count: 31 })
    expect(rest).toEqual([])
  })
})

describe('a bus that loses', () => {
  it('PR2: answers are partial until what was lost has been asked for and told', async () => {
    const { cluster, clock, here, there } = await two()
    const alice = await here.connect(v1('Alice'))
    await settled(cluster, alice)
    expect(members(here)).not.toHaveProperty('partial')
    cluster.fate = () => []
    await there.connect(v1('Bob'))
    await clock.advance(HEALING_MS)
    expect(members(here)).toMatchObject({ connected_count: 1, partial: true })
    expect(here.hub.status()).toMatchObject({ partial: true })
    expect(await here.hub.rooms('', 10)).toMatchObject({ partial: true })
    alice.news()
    alice.say({ type: 'status' })
    alice.say({ type: 'join', room: 'lobby' })
    await clock.settle()
    expect(alice.news()).toMatchObject([
      { type: 'status', partial: true },
      { event: 'welcome', partial: true },
    ])
    cluster.fate = () => [0]
    await clock.advance(HEALING_MS)
    expect(members(here)).toEqual({
      room: 'lobby',
      connected_count: 2,
      connected_users: ['Alice', 'Bob'],
      truncated: false,
    })
    expect(noticesOf(alice)).toEqual([['join', 'Bob']])
  })

  it('PR2: joins that were lost are told also of a node that was empty when this one began', async () => {
    const { cluster, clock, here, there } = await two()
    const bob = await there.connect(v1('Bob'))
    await settled(cluster, bob)
    cluster.fate = () => []
    await here.connect(v1('Alice'))
    await clock.advance(HEALING_MS)
    cluster.fate = () => [0]
    await clock.advance(HEALING_MS)
    expect(members(there)).toMatchObject({ connected_count: 2 })
    expect(noticesOf(bob)).toEqual([['join', 'Alice']])
  })

  it('PR2: repeats and another order change nothing, and nothing is asked for', async () => {
    const { cluster, clock, here, there } = await two()
    const delays = [40, 10, 30, 5, 20]
    cluster.published.length = 0
    cluster.fate = () => [delays[cluster.published.length % 5] ?? 1, 60]
    const bobs = []
    for (let i = 0; i < 20; i++) {
      bobs.push(await there.connect(v1(`u${i}`)))
      if (i % 3 === 0) bobs[i]?.hangUp()
      await clock.advance(7)
    }
    await clock.advance(200)
    expect(members(here)).toMatchObject({ connected_count: 13 })
    expect(members(here)).not.toHaveProperty('partial')
    await clock.advance(HEALING_MS)
    const asks = cluster.published.filter(({ hint }) => hint.presence?.some(({ kind }) => kind === 'ask'))
    expect(asks).toEqual([])
    expect(members(here)).toMatchObject({ connected_count: 13 })
  })

  it('PR2: a node that starts later learns who is here, tells nobody that they have joined, and asks each for what it misses', async () => {
    const { cluster, clock, here, there } = await two()
    for (let i = 0; i < 600; i++) await here.connect(v1(`u${i}`))
    cluster.fate = (_, to) => (to === 'late' ? [] : [0])
    const late = await cluster.start('late')
    const nina = await late.connect(v1('Nina'))
    expect(nina.news()[0]).toMatchObject({ partial: true })
    let sent = 0
    // Every second part is lost on its way, also when it is sent again for the first time.
    cluster.fate = (from, to) => (from === 'here' && to === 'late' && sent++ % 2 === 1 ? [] : [0])
    await clock.advance(2 * HEALING_MS)
    expect(members(late)).toMatchObject({ connected_count: 601 })
    expect(members(late)).not.toHaveProperty('partial')
    expect(members(there)).toMatchObject({ connected_count: 601 })
    expect(noticesOf(nina)).toEqual([])
    const asked = cluster.published.flatMap(({ from, hint }) =>
      (hint.presence ?? []).flatMap((told) => (told.kind === 'ask' ? [`${from} asks ${told.node}`] : [])),
    )
    expect(new Set(asked)).toEqual(new Set(['there asks here', 'late asks here', 'late asks there']))
  })
})

describe('nodes that go', () => {
  it('PR3: who was on a node that died leaves on all others, folded; its late hints bring nobody back', async () => {
    const { cluster, clock, here, there } = await two({ noticesPerSecond: 2 })
    const zoe = await here.connect(v1('Zoe'))
    cluster.fate = (from) => (from === 'there' ? [0, 60_000] : [0])
    for (let i = 0; i < 10; i++) await there.connect(v1(`u${i}`))
    await settled(cluster, zoe)
    there.crash()
    await clock.advance(LEASE_MS + 3_000)
    expect(members(here)).toMatchObject({ connected_count: 11 })
    await clock.advance(DYING_MS - LEASE_MS - 3_000)
    expect(members(here)).toMatchObject({ connected_count: 1 })
    expect(noticesOf(zoe)).toMatchObject([
      ['leave', 'u0'],
      ['leave', 'u1'],
      ['leave', { length: 8 }],
    ])
    await clock.advance(60_000)
    expect(members(here)).toMatchObject({ connected_count: 1 })
    expect(noticesOf(zoe)).toEqual([])
  })

  it('PR3: who comes back elsewhere before the node is dead has never left', async () => {
    const { cluster, clock, here, there } = await two()
    const zoe = await here.connect(v1('Zoe'))
    const alice = await there.connect(v1('Alice'))
    await settled(cluster, zoe)
    there.crash()
    const back = await here.connect(v1('Alice', sameAs(alice)))
    expect(back.all()[0]).toMatchObject({ connected_count: 2 })
    await clock.advance(DYING_MS)
    expect(noticesOf(zoe)).toEqual([])
    expect(members(here)).toMatchObject({ connected_count: 2 })
  })

  it('PR3: a node that comes back under its name has nobody twice', async () => {
    const { cluster, clock, here, there } = await two()
    const zoe = await here.connect(v1('Zoe'))
    const alice = await there.connect(v1('Alice'))
    await there.connect(v1('Bob'))
    await settled(cluster, zoe)
    await there.end()
    const again = await cluster.start('there')
    await again.connect(v1('Alice', sameAs(alice)))
    await clock.advance(HEALING_MS * 2)
    for (const node of [here, again]) {
      expect(members(node)).toMatchObject({ connected_count: 2 })
      expect(members(node)).not.toHaveProperty('partial')
    }
    expect(noticesOf(zoe)).toEqual([['leave', 'Bob']])
  })

  it('PR3: a node that was taken for dead and is not is heard again', async () => {
    const { cluster, clock, here, there } = await two()
    const zoe = await here.connect(v1('Zoe'))
    await there.connect(v1('Alice'))
    await settled(cluster, zoe)
    there.registry.isCut = true
    await clock.advance(DYING_MS)
    expect(noticesOf(zoe)).toEqual([['leave', 'Alice']])
    there.registry.isCut = false
    await clock.advance(HEALING_MS)
    expect(noticesOf(zoe)).toEqual([['join', 'Alice']])
    expect(members(here)).toMatchObject({ connected_count: 2 })
  })

  it.each(['the bus loses its last hints', 'the registry is away'])(
    'PR3: who moves when a node ends as planned has not left, also when %s',
    async (fault) => {
      const { cluster, clock, here, there } = await two()
      const zoe = await here.connect(v1('Zoe'))
      const alice = await there.connect(v1('Alice'))
      await settled(cluster, zoe)
      if (fault === 'the registry is away') there.registry.isCut = true
      cluster.fate = (from) => (from === 'there' ? [] : [0])
      await there.end()
      await clock.advance(fault === 'the registry is away' ? LEASE_MS + 3_000 : 3_000)
      await here.connect(v1('Alice', sameAs(alice)))
      await clock.advance(DYING_MS)
      expect(noticesOf(zoe)).toEqual([])
      expect(members(here)).toMatchObject({ connected_count: 2 })
    },
  )

  it('PR3: who moves when a node ends as planned has not left; the others leave a grace after its end', async () => {
    const { cluster, clock, here, there } = await two()
    const zoe = await here.connect(v1('Zoe'))
    const moving = [await there.connect(v1('Alice')), await there.connect(v1('Bob'))]
    const guest = await there.connect({ dialect: 'v1' })
    await there.connect(v1('Gone'))
    await settled(cluster, zoe)
    await there.end()
    expect(guest.closed?.code).toBe(1012)
    await clock.advance(1_500)
    for (const [i, name] of ['Alice', 'Bob'].entries())
      await here.connect(v1(name, sameAs(moving[i] as MemorySocket)))
    expect(noticesOf(zoe)).toEqual([])
    await clock.advance(10_000)
    expect(noticesOf(zoe)).toEqual([
      ['leave', null],
      ['leave', 'Gone'],
    ])
    expect(members(here)).toMatchObject({ connected_count: 3, connected_users: ['Zoe', 'Alice', 'Bob'] })
  })
})

describe('more people than are named', () => {
  const limit = { presenceRoomPeople: 3 }

  it('PR4: beyond the limit of one node the others know how many, not who', async () => {
    const { cluster, clock, here, there } = await two(limit)
    const zoe = await here.connect(v1('Zoe'))
    await settled(cluster, zoe)
    const crowd: MemorySocket[] = []
    for (let i = 0; i < 8; i++) crowd.push(await there.connect(v1(`u${i}`)))
    await clock.advance(2_000)
    expect(members(here)).toEqual({
      room: 'lobby',
      connected_count: 9,
      connected_users: ['Zoe', 'u0', 'u1', 'u2'],
      truncated: true,
    })
    for (const room of [undefined, 'lobby'])
      expect(here.hub.status(room)).toMatchObject({ connected_count: 9, connected_users_truncated: true })
    expect(noticesOf(zoe)).toEqual([
      ['join', 'u0'],
      ['join', 'u1'],
      ['join', 'u2'],
    ])
    const more = cluster.published.flatMap(({ hint }) =>
      (hint.presence ?? []).flatMap((told) => (told.kind === 'changes' ? told.changes : [])),
    )
    expect(more.filter(({ kind }) => kind === 'more').length).toBeLessThanOrEqual(4)
    const late = await cluster.start('late', limit)
    await clock.advance(HEALING_MS)
    expect(members(late)).toMatchObject({ connected_count: 9, truncated: true })
    for (const socket of crowd.slice(0, 6)) socket.hangUp()
    await clock.advance(2_000)
    for (const node of [here, late])
      expect(members(node)).toEqual({
        room: 'lobby',
        connected_count: 3,
        connected_users: ['Zoe', 'u6', 'u7'],
        truncated: false,
      })
    expect(here.hub.status()).toMatchObject({ connected_count: 3 })
    expect(noticesOf(zoe)).toEqual([
      ['leave', 'u0'],
      ['leave', 'u1'],
      ['leave', 'u2'],
    ])
    there.crash()
    await clock.advance(DYING_MS)
    expect(members(here)).toMatchObject({ connected_count: 1, truncated: false })
  })

  it('PR4: who is named in one room is counted once on the whole', async () => {
    const { clock, here, there } = await two(limit)
    for (let i = 0; i < 5; i++) {
      const socket = await there.connect(v1(`u${i}`))
      if (i < 4) continue
      socket.say({ type: 'join', room: 'garden' })
    }
    await clock.advance(2_000)
    expect(members(here)).toMatchObject({ connected_count: 5 })
    expect(members(here, 'garden')).toMatchObject({ connected_users: ['u4'] })
    expect(here.hub.status()).toMatchObject({ connected_count: 5 })
  })
})
