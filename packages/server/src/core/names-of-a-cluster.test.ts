import { describe, expect, it } from 'vitest'
import type { MemorySocket } from '../../testing/memory-socket.ts'
import { ManualClock } from '../../testing/manual-clock.ts'
import { createTestCluster } from '../../testing/test-cluster.ts'
import { createTestHub } from '../../testing/test-hub.ts'
import { createMemoryRegistryHub } from '../adapters/memory-registry.ts'
import { LEASE_MS } from '../ports/registry.ts'

const welcomeOf = (socket: MemorySocket) => socket.all()[0] ?? { type: 'nothing' }
const tokenOf = (socket: MemorySocket) => String(welcomeOf(socket)['resume_token'])
const v1 = (username: string, resumeToken: string | null = null) =>
  ({ username, dialect: 'v1', resumeToken }) as const

describe('names of a cluster', () => {
  it('NA2, NA7: one live name in the whole cluster, in any spelling, until its bearer goes', async () => {
    const { clock, nodes } = createTestCluster()
    const [here, there] = nodes
    const alice = await here.connect(v1('Alice'))
    const stranger = await there.connect(v1('Ａlice'))
    expect(stranger.all()).toMatchObject([{ type: 'error', code: 'name_taken', field: 'username' }])
    expect(stranger.closed?.code).toBe(4509)
    alice.hangUp()
    await clock.settle()
    const next = await there.connect(v1('Alice'))
    expect(welcomeOf(next)).toMatchObject({ event: 'welcome' })
    expect(welcomeOf(next)['person_id']).not.toBe(welcomeOf(alice)['person_id'])
  })

  it('NA4, NA7, V7: the resume token makes a connection on another node the same person', async () => {
    const { clock, nodes } = createTestCluster()
    const [here, there] = nodes
    const first = await here.connect(v1('Alice'))
    first.say({ message: 'a note to myself', target_user: 'Alice' })
    await clock.settle()
    const second = await there.connect(v1('Alice', tokenOf(first)))
    expect(welcomeOf(second)['person_id']).toBe(welcomeOf(first)['person_id'])
    expect(welcomeOf(second)['private_head_seq']).toBe(1)
    first.hangUp()
    await clock.settle()
    expect((await here.connect(v1('Alice'))).closed?.code).toBe(4509)
    second.hangUp()
    await clock.settle()
    expect((await here.connect(v1('Alice'))).closed).toBeNull()
  })

  it('NA5, NA7: with shared names connections on several nodes are one person', async () => {
    const { nodes } = createTestCluster({ names: 'shared' })
    const [here, there] = nodes
    const first = await here.connect(v1('Team'))
    const second = await there.connect(v1('team'))
    expect(welcomeOf(second)['person_id']).toBe(welcomeOf(first)['person_id'])
  })

  it('are decided once: 300 names, each claimed at once on three nodes', async () => {
    const { clock, nodes } = createTestCluster()
    for (let race = 0; race < 300; race += 30) {
      const claims = Array.from({ length: 30 }, (_, i) =>
        nodes.map((node) => node.dial({ username: `racer ${race + i}`, room: 'races' })),
      )
      await clock.settle()
      const winners = claims.map((sockets) => sockets.filter(({ closed }) => closed === null).length)
      expect(winners).toEqual(claims.map(() => 1))
      const losers = claims.flat().filter(({ closed }) => closed !== null)
      expect(new Set(losers.map(({ closed }) => closed?.code))).toEqual(new Set([4509]))
    }
    expect(nodes[0].registry.calls.filter((call) => call.startsWith('claim'))).toEqual(
      Array.from({ length: 10 }, () => 'claim 30'),
    )
  })

  it('are one claim of one person when two connections of theirs come at once on one node', async () => {
    const { clock, nodes } = createTestCluster()
    const [here, there] = nodes
    const strangers = [here.dial(v1('Alice')), here.dial(v1('alice'))]
    await clock.settle()
    expect(strangers.map(({ closed }) => closed?.code ?? null)).toEqual([null, 4509])
    const token = tokenOf(strangers[0] as MemorySocket)
    strangers[0]?.hangUp()
    await clock.settle()

    const [first, second] = [here.dial(v1('Alice', token)), here.dial(v1('Alice', token))]
    await clock.settle()
    expect(welcomeOf(second)['person_id']).toBe(welcomeOf(first)['person_id'])
    first.hangUp()
    await clock.settle()
    expect((await there.connect(v1('Alice'))).closed?.code).toBe(4509)
    second.hangUp()
    await clock.settle()
    expect((await there.connect(v1('Alice'))).closed).toBeNull()
  })

  it('stay with a person who leaves and comes back in one turn', async () => {
    const { clock, nodes } = createTestCluster()
    const [here, there] = nodes
    const alice = await here.connect(v1('Alice'))
    const token = tokenOf(alice)
    alice.hangUp()
    const back = here.dial(v1('Alice', token))
    await clock.settle()
    expect(welcomeOf(back)['person_id']).toBe(welcomeOf(alice)['person_id'])
    expect((await there.connect(v1('Alice'))).closed?.code).toBe(4509)
  })

  it('are free again when the connection was gone before the answer came', async () => {
    const { clock, nodes } = createTestCluster()
    const [here, there] = nodes
    here.registry.shut()
    const gone = here.dial(v1('Alice'))
    await clock.settle()
    gone.hangUp()
    here.registry.open()
    await clock.settle()
    expect(gone.all()).toEqual([])
    expect((await there.connect(v1('Alice'))).closed).toBeNull()
  })
})

describe('a node that dies', () => {
  it('NA7: frees its names after the lease, and lets their bearers in elsewhere at once', async () => {
    const { clock, nodes } = createTestCluster()
    const [here, there] = nodes
    const alice = await here.connect(v1('Alice'))
    await here.connect(v1('Bob'))
    here.registry.isCut = true
    const back = await there.connect(v1('Alice', tokenOf(alice)))
    expect(welcomeOf(back)['person_id']).toBe(welcomeOf(alice)['person_id'])
    await clock.advance(LEASE_MS - 2_000)
    expect((await there.connect(v1('Bob'))).closed?.code).toBe(4509)
    await clock.advance(4_000)
    expect((await there.connect(v1('Bob'))).closed).toBeNull()
    expect((await there.connect(v1('Alice'))).closed?.code).toBe(4509)
  })

  it('NA7: and comes back claims its names anew; who has lost theirs meanwhile is closed with 4509', async () => {
    const { clock, nodes } = createTestCluster()
    const [here, there] = nodes
    const [alice, bob] = [await here.connect(v1('Alice')), await here.connect(v1('Bob'))]
    const heartbeat = () => [alice, bob].forEach((socket) => socket.events?.onActivity())
    here.registry.isCut = true
    await clock.advance(LEASE_MS + 2_000)
    heartbeat()
    const stranger = await there.connect(v1('Alice'))
    expect(stranger.closed).toBeNull()
    here.registry.isCut = false
    await clock.advance(2_000)
    expect(alice.closed?.code).toBe(4509)
    expect(alice.all().at(-1)).toMatchObject({ type: 'error', code: 'name_taken' })
    expect(bob.closed).toBeNull()
    expect((await there.connect(v1('Bob'))).closed?.code).toBe(4509)
    bob.hangUp()
    await clock.settle()
    expect((await there.connect(v1('Bob'))).closed).toBeNull()
  })

  it('NA5: and has lost a shared name asks its people to come back', async () => {
    const { clock, nodes } = createTestCluster({ names: 'shared' })
    const [here, there] = nodes
    const first = await here.connect(v1('Team'))
    here.registry.isCut = true
    await clock.advance(LEASE_MS + 2_000)
    first.events?.onActivity()
    const other = await there.connect(v1('Team'))
    here.registry.isCut = false
    await clock.advance(2_000)
    expect(first.closed?.code).toBe(1013)
    expect(first.all().at(-1)).toMatchObject({ code: 'unavailable', retryable: true })
    const back = await here.connect(v1('Team', tokenOf(first)))
    expect(welcomeOf(back)['person_id']).toBe(welcomeOf(other)['person_id'])
  })

  it('NA7: also closes who was being let in when the name was lost', async () => {
    const { clock, nodes } = createTestCluster()
    const [here, there] = nodes
    await clock.settle()
    const heads = here.store.heads.bind(here.store)
    let open = (): void => {}
    const opened = new Promise<void>((resolve) => (open = resolve))
    here.store.heads = async (logs) => {
      await opened
      return heads(logs)
    }
    const alice = here.dial({ ...v1('Alice'), room: 'slow' })
    await clock.settle()
    here.registry.isCut = true
    await clock.advance(LEASE_MS + 2_000)
    alice.events?.onActivity()
    here.store.heads = heads
    expect((await there.connect(v1('Alice'))).closed).toBeNull()
    here.registry.isCut = false
    await clock.advance(2_000)
    expect(alice.closed).toBeNull()
    open()
    await clock.settle()
    expect(alice.closed?.code).toBe(4509)
  })
})

describe('a node whose lease has ended', () => {
  it('NA8: takes nothing that is said under a name, until it knows whose the name is', async () => {
    const { clock, nodes } = createTestCluster()
    const [here, there] = nodes
    const [alice, bob] = [await here.connect(v1('Alice')), await here.connect(v1('Bob'))]
    const anonymous = await here.connect()
    here.registry.isCut = true
    await clock.advance(LEASE_MS - 2_000)
    alice.say({ message: 'in time' })
    await clock.settle()
    expect(alice.news().at(-1)).toMatchObject({ type: 'message', message: 'in time' })
    await clock.advance(4_000)
    for (const socket of [alice, bob, anonymous]) socket.events?.onActivity()
    const stranger = await there.connect(v1('Alice'))
    expect(stranger.closed).toBeNull()
    here.registry.isCut = false
    const client_id = '00000000-0000-4000-8000-000000000001'
    const refused = { type: 'error', code: 'unavailable', retryable: true, retry_after_ms: 1_000, client_id }
    for (const what of [{ message: 'as if' }, { message: 'psst', target_user: 'Bob' }]) {
      alice.say({ ...what, client_id })
      await clock.settle()
      expect(alice.news().at(-1)).toMatchObject(refused)
    }
    alice.say({ type: 'heartbeat' })
    anonymous.say({ message: 'anybody here?' })
    await clock.settle()
    expect(anonymous.news()).toContainEqual(expect.objectContaining({ message: 'anybody here?' }))
    await clock.advance(2_000)
    expect(alice.closed?.code).toBe(4509)
    bob.say({ message: 'still me' })
    await clock.settle()
    const seen = (stranger.all() as { message?: string }[]).map(({ message }) => message)
    expect(seen).toContain('still me')
    expect(seen).not.toContain('as if')
  })

  it('NA7: while no node could renew its own loses nobody, and nobody is told that anybody left', async () => {
    const { clock, nodes } = createTestCluster()
    const people = await Promise.all(nodes.map((node, i) => node.connect(v1(`person ${i}`))))
    await clock.advance(2_000)
    for (const socket of people) socket.news()
    for (const { registry } of nodes) registry.isCut = true
    await clock.advance(2 * LEASE_MS)
    for (const socket of people) socket.events?.onActivity()
    for (const { registry } of nodes) registry.isCut = false
    for (const [i, node] of nodes.entries()) {
      await clock.advance(1_000 / nodes.length)
      const thief = await node.connect(v1(`person ${(i + 1) % nodes.length}`))
      expect(thief.closed).not.toBeNull()
    }
    await clock.advance(2_000)
    for (const socket of people) {
      expect(socket.closed).toBeNull()
      expect(socket.news().filter(({ type }) => type === 'system')).toEqual([])
    }
    for (const node of nodes)
      expect(node.complaints.filter((text) => text.startsWith('lease_lost'))).toEqual([])
  })

  it('NA7: and whose name another process took says so once, and asks nothing any more; its people are sent elsewhere', async () => {
    const { clock, nodes, replace } = createTestCluster()
    const [here] = nodes
    const alice = await here.connect(v1('Alice'))
    here.registry.isCut = true
    await clock.advance(LEASE_MS + 2_000)
    alice.events?.onActivity()
    const second = replace('n1')
    here.registry.isCut = false
    let replaced: unknown = null
    void here.hub.replaced.then((error) => (replaced = error))
    await clock.advance(1_000)
    expect(String(replaced)).toMatch(/^Error: Another process is the node n1 now/)
    here.registry.calls.length = 0
    alice.say({ message: 'as if' })
    await clock.settle()
    expect(alice.news().at(-1)).toMatchObject({ type: 'error', code: 'unavailable' })
    expect((await here.connect(v1('Bob'))).closed?.code).toBe(1013)
    await second.beat(0)
    await clock.advance(3_000)
    expect(here.registry.calls).toEqual([])
    expect(here.complaints.filter((text) => text.startsWith('node_replaced'))).toHaveLength(1)
    const ended = here.hub.drain({ reason: 'restart', delayMs: 0, withinMs: 10_000 })
    await clock.advance(1_000)
    expect(await ended).toBe(true)
    expect(alice.all().at(-1)).toMatchObject({ type: 'going_away', reason: 'restart' })
    expect(alice.closed?.code).toBe(1012)
  })
})

describe('a registry that does not answer', () => {
  it('NA8: refuses a new claim as unavailable; those who are in stay, speak, and open further tabs', async () => {
    const { clock, nodes } = createTestCluster()
    const [here] = nodes
    const alice = await here.connect(v1('Alice'))
    alice.news()
    here.registry.isCut = true
    const bob = await here.connect(v1('Bob'))
    expect(bob.all()).toMatchObject([{ code: 'unavailable', retryable: true, retry_after_ms: 5_000 }])
    expect(bob.closed?.code).toBe(1013)
    const anonymous = await here.connect()
    const tab = await here.connect(v1('Alice', tokenOf(alice)))
    alice.say({ message: 'still here' })
    await clock.settle()
    for (const socket of [alice, anonymous, tab])
      expect(socket.news().at(-1)).toMatchObject({ type: 'message', message: 'still here' })
    here.registry.isCut = false
    await clock.advance(1_000)
    expect((await here.connect(v1('Bob'))).closed).toBeNull()
    expect(here.complaints.filter((complaint) => complaint.startsWith('registry_lost'))).toHaveLength(1)
  })

  it('gets what was released meanwhile when it is back, and a claim whose answer was lost', async () => {
    const { clock, nodes } = createTestCluster()
    const [here, there] = nodes
    const alice = await here.connect(v1('Alice'))
    here.registry.losesAnswers = true
    expect((await here.connect(v1('Bob'))).closed?.code).toBe(1013)
    alice.hangUp()
    await clock.advance(2_000)
    for (const name of ['Alice', 'Bob']) expect((await there.connect(v1(name))).closed?.code).toBe(4509)
    here.registry.losesAnswers = false
    await clock.advance(1_000)
    for (const name of ['Alice', 'Bob']) expect((await there.connect(v1(name))).closed).toBeNull()
  })

  it('is not sent what it may carry out unseen: the claims of an outage leave nothing behind', async () => {
    const { clock, nodes } = createTestCluster()
    const [here] = nodes
    await here.connect(v1('Alice'))
    here.registry.isCut = true
    for (let i = 0; i < 50; i++) {
      here.dial(v1(`late ${i}`))
      await clock.settle()
    }
    here.registry.isCut = false
    here.registry.calls.length = 0
    await clock.advance(1_000)
    expect(here.registry.calls).toEqual(['beat', 'release 1'])
  })

  it('NA8: makes the node unready', async () => {
    const { clock, nodes } = createTestCluster()
    const [here] = nodes
    const check = async () =>
      (await here.hub.readiness()).find(({ name }) => name === 'registry') ?? { ok: null, detail: '' }
    expect(await check()).toMatchObject({ ok: true, detail: 'answers' })
    here.registry.isCut = true
    await clock.advance(2_000)
    expect(await check()).toMatchObject({ ok: false, detail: 'does not answer' })
    here.registry.isCut = false
    await clock.advance(1_000)
    expect(await check()).toMatchObject({ ok: true, age_ms: 0 })
    here.registry.shut()
    await clock.advance(5_000)
    expect(await check()).toMatchObject({ ok: false })
  })

  it('PR7: a lost bus makes no node unready, and shows', async () => {
    const clock = new ManualClock()
    const registry = createMemoryRegistryHub(clock).open('here')
    const bus = {
      publish() {},
      subscribe: () => () => undefined,
      isLost: false,
      close: async () => undefined,
    }
    const { hub } = createTestHub({}, { clock, registry, bus })
    const check = async () => (await hub.readiness()).find(({ name }) => name === 'bus')
    expect(await check()).toEqual({ name: 'bus', ok: true, detail: 'connected', age_ms: 0 })
    bus.isLost = true
    expect(await check()).toMatchObject({ ok: true })
    expect((await check())?.detail).toMatch(/^lost: /)
    const alone = await createTestHub().hub.readiness()
    expect(alone.map(({ name }) => name)).toEqual(['store', 'drain'])
  })
})
