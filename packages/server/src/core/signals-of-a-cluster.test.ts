import { describe, expect, it } from 'vitest'
import type { MemorySocket } from '../../testing/memory-socket.ts'
import { sameAs } from '../../testing/notices.ts'
import { UnrulyCluster } from '../../testing/unruly-cluster.ts'
import type { HubOptions } from './options.ts'

const v1 = (username: string, more: object = {}) => ({ username, dialect: 'v1' as const, ...more })

async function two(options: Partial<HubOptions> = {}) {
  const cluster = new UnrulyCluster()
  const here = await cluster.start('here', options)
  const there = await cluster.start('there', options)
  return { cluster, clock: cluster.clock, here, there }
}

/** Connects and forgets what is told until all is quiet. */
async function settled(cluster: UnrulyCluster, ...sockets: MemorySocket[]): Promise<void> {
  await cluster.clock.advance(3_000)
  for (const socket of sockets) socket.news()
}

describe('signals between nodes', () => {
  it('PR5, V16: typing reaches a room, and one person, on every node', async () => {
    const { cluster, clock, here, there } = await two()
    const [alice, guest] = [await here.connect(v1('Alice')), await here.connect({ dialect: 'v1' })]
    const bob = await there.connect(v1('Bob'))
    await settled(cluster, alice, bob)
    alice.say({ type: 'typing' })
    guest.say({ type: 'typing' })
    await clock.advance(700)
    expect(bob.news()).toEqual([{ type: 'typing', room: 'lobby', usernames: ['Alice'], count: 2 }])
    for (let i = 0; i < 20; i++) {
      alice.say({ type: 'typing', target_user: 'bob' })
      await clock.advance(20)
    }
    await clock.advance(900)
    const told = bob.news()
    expect(told).toContainEqual({ type: 'typing', room: '@me', usernames: ['Alice'], count: 1 })
    expect(told.length).toBeLessThanOrEqual(2)
    const hints = cluster.published.filter(({ hint }) => hint.signals !== undefined)
    expect(hints.length).toBeLessThanOrEqual(3)
  })

  it('PR5, V16: a node that tells fewer people keeps to its own limit', async () => {
    const cluster = new UnrulyCluster()
    const here = await cluster.start('here')
    const there = await cluster.start('there', { signalRoomPeople: 1 })
    const alice = await here.connect(v1('Alice'))
    const bob = await there.connect(v1('Bob'))
    await settled(cluster, bob)
    alice.say({ type: 'typing' })
    await cluster.clock.advance(2_000)
    expect(bob.news()).toEqual([])
  })

  it('PR5, V16, V19: the limits hold for all people of a room', async () => {
    const { cluster, clock, here, there } = await two({ signalRoomPeople: 2 })
    const alice = await here.connect(v1('Alice'))
    const bob = await there.connect(v1('Bob'))
    await settled(cluster, alice, bob)
    await there.connect(v1('Carol'))
    await clock.advance(2_000)
    bob.news()
    alice.say({ type: 'typing' })
    alice.say({ type: 'away', away: true })
    await clock.advance(2_000)
    expect(bob.news()).toEqual([])
  })

  it("PR5, V17: read markers hold on every node, and tell the person's own connections there", async () => {
    const { cluster, clock, here, there } = await two()
    const alice = await here.connect(v1('Alice'))
    const bob = await there.connect(v1('Bob'))
    const own = await there.connect(v1('Alice', { room: 'elsewhere', ...sameAs(alice) }))
    for (let i = 0; i < 3; i++) alice.say({ message: `m${i}` })
    await settled(cluster, alice, bob, own)
    alice.say({ type: 'read', seq: 3 })
    alice.say({ type: 'read', seq: 2 })
    await clock.advance(2_000)
    const told = [{ type: 'read', room: 'lobby', markers: [{ username: 'Alice', seq: 3 }] }]
    expect(bob.news()).toEqual(told)
    expect(own.news()).toEqual(told)
    own.say({ type: 'join', room: 'lobby' })
    await clock.settle()
    expect(own.news()).toMatchObject([{ event: 'welcome', read_seq: 3 }])
  })
})
