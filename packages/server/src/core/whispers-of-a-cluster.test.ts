import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { MemorySocket, Received } from '../../testing/memory-socket.ts'
import { createTestCluster } from '../../testing/test-cluster.ts'

const v1 = (username: string) => ({ username, dialect: 'v1' }) as const

/** Alice is on the first node, Bob and Eve on the second; Bob was on the first one before. */
async function setUp() {
  const { clock, nodes } = createTestCluster()
  const [here, there] = nodes
  const alice = await here.connect(v1('Alice'))
  const bob = await there.connect(v1('Bob'))
  const token = String(bob.all()[0]?.['resume_token'])
  const bobElsewhere = await here.connect({ ...v1('Bob'), resumeToken: token, room: 'elsewhere' })
  bobElsewhere.hangUp()
  await clock.settle()
  const eve = await there.connect(v1('Eve'))
  for (const socket of [alice, bob, eve]) socket.news()
  const said = async (socket: MemorySocket, message: object): Promise<Received[]> => {
    socket.say(message)
    await clock.settle()
    return socket.news()
  }
  return { clock, here, there, alice, bob, eve, said }
}

describe('private messages across nodes', () => {
  it('PM1, PM2, PM5: reach their addressee on another node, in any spelling, and nobody else', async () => {
    const { clock, there, alice, bob, eve, said } = await setUp()
    const classic = await there.connect({ username: 'Dan', room: 'elsewhere' })
    classic.news()
    const client_id = randomUUID()
    const [ack, sent] = await said(alice, { message: 'psst', target_user: 'ＢＯＢ', client_id })
    expect(sent).toMatchObject({ type: 'private', from: 'Alice', to: 'Bob', message: 'psst', room: '@me' })
    expect(ack).toMatchObject({ type: 'ack', client_id, room: '@me' })
    await clock.settle()
    expect(bob.news()).toMatchObject([{ type: 'private', from: 'Alice', message: 'psst', id: ack?.['id'] }])
    expect(await said(classic, { message: 'hi', target_user: 'alice' })).toMatchObject([
      { type: 'confirmation', target_user: 'Alice' },
    ])
    expect(alice.news()).toMatchObject([{ type: 'private', from: 'Dan', message: 'hi' }])
    expect([...eve.news(), ...bob.news()]).toEqual([])
  })

  it('PM3, NA8: fail only when nobody on any node bears the name', async () => {
    const { here, alice, eve, said } = await setUp()
    const client_id = randomUUID()
    expect(await said(alice, { message: 'x', target_user: 'Nobody', client_id })).toMatchObject([
      { type: 'error', code: 'user_not_found', target_user: 'Nobody', client_id },
    ])
    here.registry.isCut = true
    expect(await said(alice, { message: 'x', target_user: 'Bob', client_id })).toMatchObject([
      { type: 'error', code: 'unavailable', retryable: true, retry_after_ms: 1_000, client_id },
    ])
    here.registry.isCut = false
    expect(await said(alice, { message: 'x', target_user: 'Bob', client_id })).toMatchObject([
      { type: 'ack', client_id },
      { type: 'private' },
    ])
    expect(eve.news()).toEqual([])
  })

  it('PM3, V3: a repeat is acknowledged when the addressee has left; something new is not', async () => {
    const { clock, alice, bob, said } = await setUp()
    const whisper = { message: 'once', target_user: 'Bob', client_id: randomUUID() }
    const ack = (await said(alice, whisper)).at(-1)
    bob.hangUp()
    await clock.settle()
    alice.news()
    const [again] = await said(alice, whisper)
    expect(again).toMatchObject({ type: 'ack', id: ack?.['id'], seq: ack?.['seq'] })
    expect(await said(alice, { ...whisper, client_id: randomUUID() })).toMatchObject([
      { code: 'user_not_found' },
    ])
  })

  it('V2: keep their place among all that their sender says, however long the look-up takes', async () => {
    const { clock, here, alice, bob } = await setUp()
    here.registry.shut()
    const ids = Array.from({ length: 5 }, () => randomUUID())
    const targets = ['Bob', undefined, 'Alice', 'Bob', undefined]
    targets.forEach((target_user, i) =>
      alice.say({ message: `m${i}`, client_id: ids[i], ...(target_user && { target_user }) }),
    )
    await clock.settle()
    expect(alice.news()).toEqual([])
    here.registry.open()
    await clock.settle()
    const heard = alice.news()
    expect(heard.flatMap((frame) => (frame.type === 'ack' ? [frame['client_id']] : []))).toEqual(ids)
    const whispers = bob.news().filter(({ type }) => type === 'private')
    expect(whispers.map(({ message }) => message)).toEqual(['m0', 'm3'])
  })

  it('are looked up together: what is said in one turn is one question', async () => {
    const { clock, here, there } = await setUp()
    const senders = await Promise.all([1, 2, 3].map((i) => here.connect(v1(`S${i}`))))
    const targets = await Promise.all([1, 2, 3].map((i) => there.connect(v1(`T${i}`))))
    here.registry.calls.length = 0
    senders.forEach((sender, i) => sender.say({ message: 'x', target_user: `T${i + 1}` }))
    await clock.settle()
    expect(here.registry.calls).toEqual(['find 3'])
    for (const target of targets)
      expect(target.all().filter(({ type }) => type === 'private')).toHaveLength(1)
  })

  it('DR3: are committed when they were said before the end, though the look-up was still under way', async () => {
    const { clock, here, alice, bob } = await setUp()
    here.registry.shut()
    alice.say({ message: 'last', target_user: 'Bob', client_id: randomUUID() })
    const drained = here.hub.drain({ reason: 'restart', delayMs: 0, withinMs: 10_000 })
    await clock.settle()
    here.registry.open()
    await clock.settle()
    await clock.advance(1_000)
    expect(await drained).toBe(true)
    expect(alice.news().map(({ type }) => type)).toEqual(['ack', 'private', 'going_away'])
    expect(bob.news().filter(({ type }) => type === 'private')).toHaveLength(1)
  })

  it('PM1: 1,000 between random pairs on three nodes: each at its addressee only, once, in its order', async () => {
    const { clock, nodes } = createTestCluster()
    const people = await Promise.all(
      Array.from({ length: 24 }, async (_, i) => {
        const node = nodes[i % 3]
        return {
          name: `P${i}`,
          socket: await (node ?? nodes[0]).connect({ ...v1(`P${i}`), room: `r${i % 5}` }),
        }
      }),
    )
    await clock.settle()
    const expected = new Map(people.map(({ name }) => [name, [] as string[]]))
    let seed = 7
    const chance = (below: number) => (seed = (seed * 48_271) % 2_147_483_647) % below
    for (let said = 0; said < 1_000; said++) {
      const [from, to] = [people[chance(24)], people[chance(24)]]
      if (from === undefined || to === undefined || from === to) continue
      from.socket.say({ message: `${from.name} ${said}`, target_user: to.name })
      expected.get(to.name)?.push(`${from.name} ${said}`)
      if (said % 40 === 0) await clock.settle()
    }
    await clock.settle()
    const bySender = (texts: readonly string[]) =>
      texts.toSorted((a, b) => (a.split(' ')[0] ?? '').localeCompare(b.split(' ')[0] ?? ''))
    for (const { name, socket } of people) {
      const whispers = socket.all().filter(({ type, from }) => type === 'private' && from !== name)
      const texts = whispers.map(({ message }) => String(message))
      expect(bySender(texts)).toEqual(bySender(expected.get(name) ?? []))
      expect(new Set(whispers.map(({ to }) => to))).toEqual(new Set([name]))
    }
  })
})

describe('other things about somebody on another node', () => {
  it('MS4: an anonymous connection cannot speak under a name that lives there, nor can HTTP', async () => {
    const { clock, here, alice, said } = await setUp()
    const anonymous = await here.connect()
    anonymous.news()
    anonymous.say({ message: '1', username: 'bob' })
    anonymous.say({ message: '2', username: 'Zoe' })
    anonymous.say({ message: '3' })
    await clock.settle()
    expect(anonymous.news()).toMatchObject([
      { type: 'error', code: 'name_taken', field: 'username' },
      { type: 'message', username: 'Zoe', message: '2' },
      { type: 'message', username: 'Anonymous', message: '3' },
    ])
    alice.news()
    const publish = async (username: string) => {
      const published = here.hub.publish({ identity: null, room: 'lobby', message: 'x', username })
      await clock.settle()
      return published
    }
    await expect(publish('BOB')).rejects.toMatchObject({ code: 'name_taken', field: 'username' })
    expect(await publish('Zoe')).toMatchObject({ created: true })
    here.registry.isCut = true
    await expect(publish('Zoe')).rejects.toMatchObject({ code: 'unavailable', retryAfterMs: 1_000 })
    expect(await said(anonymous, { message: '4', username: 'Zoe' })).toMatchObject([
      { type: 'message', message: 'x' },
      { code: 'unavailable', retryable: true },
    ])
  })

  it('V16: typing to them is no error, to nobody it is', async () => {
    const { alice, said } = await setUp()
    expect(await said(alice, { type: 'typing', target_user: 'Bob' })).toEqual([])
    expect(await said(alice, { type: 'typing', target_user: 'Nobody' })).toMatchObject([
      { code: 'user_not_found', target_user: 'Nobody' },
    ])
  })
})
