import { describe, expect, it } from 'vitest'
import { fakeAuth, fakeToken } from '../../testing/fake-auth.ts'
import { ManualClock } from '../../testing/manual-clock.ts'
import type { MemorySocket } from '../../testing/memory-socket.ts'
import { createTestHub, type TestHub } from '../../testing/test-hub.ts'
import { UnrulyCluster } from '../../testing/unruly-cluster.ts'
import { TURN_MS } from './turn-queue.ts'
import { TELL_EVERY_MS } from './usage-share.ts'

const SCHOOL = '203.0.113.7'
const CLIENT_ID = '00000000-0000-4000-8000-000000000001'
const v1 = (username: string, more: object = {}) => ({ username, dialect: 'v1' as const, ...more })
const sameAs = (socket: MemorySocket) => ({ resumeToken: String(socket.all()[0]?.['resume_token']) })

/** Three new logs at once, then one in ten seconds. */
const FEW = { logRateLimit: 0.1, maxRooms: 3, ratePerUser: 1, ratePerAddress: 1 }
const REFUSED = { type: 'error', code: 'rate_limited', retryable: true, limit: 'logs' }

/** Says it in rooms that the connection enters for that, one after the other. Answers what was refused. */
async function sayIn(test: Pick<TestHub, 'clock'>, socket: MemorySocket, rooms: readonly string[]) {
  socket.news()
  for (const room of rooms) {
    socket.say({ type: 'join', room })
    await test.clock.settle()
    socket.say({ message: 'first', room })
    await test.clock.advance(TURN_MS)
    socket.say({ type: 'leave', room })
    await test.clock.settle()
  }
  return errorsOf(socket)
}

function errorsOf(socket: MemorySocket) {
  return socket.news().filter(({ type }) => type === 'error')
}

async function publishing(test: TestHub, request: { room: string; address?: string; client_id?: string }) {
  const published = test.hub
    .publish({ identity: null, message: 'first', ...request })
    .catch((error: unknown) => error)
  await test.clock.settle()
  return await published
}

describe('new logs', () => {
  it('LI12: a connection may begin as many rooms at once as it may be in, then some a second; others go on', async () => {
    const test = createTestHub({ ...FEW, ratePerUser: 2, ratePerAddress: 2 })
    const ann = await test.connect(v1('Ann', { address: SCHOOL }))
    const bob = await test.connect(v1('Bob', { address: SCHOOL }))
    expect(await sayIn(test, ann, ['a', 'b', 'c'])).toEqual([])
    const [refused, ...more] = await sayIn(test, ann, ['d', 'a'])
    expect(refused).toMatchObject({ ...REFUSED, scope: 'connection' })
    expect(more).toEqual([])
    expect(await sayIn(test, bob, ['d'])).toEqual([])
    await test.clock.advance(Number(refused?.['retry_after_ms']))
    expect(await sayIn(test, ann, ['e'])).toEqual([])
  })

  it('LI12: a person and an address may begin so many with all connections', async () => {
    const test = createTestHub(FEW)
    const first = await test.connect(v1('Ann', { address: SCHOOL }))
    const second = await test.connect(v1('Ann', { address: '192.0.2.1', ...sameAs(first) }))
    const bob = await test.connect(v1('Bob', { address: SCHOOL }))
    expect(await sayIn(test, first, ['a', 'b', 'c'])).toEqual([])
    expect(await sayIn(test, second, ['d'])).toMatchObject([{ ...REFUSED, scope: 'user' }])
    expect(await sayIn(test, bob, ['d'])).toMatchObject([{ ...REFUSED, scope: 'address' }])
  })

  it('LI12: a class of 40 behind one address may each begin a room and write to a neighbour', async () => {
    const test = createTestHub()
    const pupils = []
    for (let i = 0; i < 40; i++)
      pupils.push(await test.connect(v1(`Pupil ${i}`, { room: `r${i}`, address: SCHOOL })))
    for (const [i, pupil] of pupils.entries()) {
      pupil.say({ message: 'first' })
      pupil.say({ message: 'hush', target_user: `Pupil ${(i + 1) % 40}` })
    }
    await test.clock.settle()
    expect(pupils.flatMap(errorsOf)).toEqual([])
  })

  it('LI12: what begins nothing costs nothing: what follows at once, a repeat, and what is refused', async () => {
    const test = createTestHub(FEW)
    const ann = await test.connect(v1('Ann', { room: 'a', address: SCHOOL }))
    for (let i = 0; i < 5; i++) {
      ann.say({ message: 'hello', reply_to: 7 })
      await test.clock.settle()
    }
    for (let i = 0; i < 5; i++) ann.say({ message: 'hello', reply_to: 7, client_id: CLIENT_ID })
    for (let i = 0; i < 5; i++) ann.say({ message: 'hello', client_id: CLIENT_ID })
    for (let i = 0; i < 5; i++) ann.say({ message: 'more' })
    await test.clock.settle()
    expect(errorsOf(ann).map(({ code }) => code)).toEqual(Array(10).fill('not_found'))
    expect(await sayIn(test, ann, ['b', 'c'])).toEqual([])
    expect(await sayIn(test, ann, ['d'])).toMatchObject([REFUSED])
  })

  it('LI12: a log that somebody else begins under a refused message is paid by who was to begin it', async () => {
    const test = createTestHub(FEW)
    const ann = await test.connect(v1('Ann', { address: SCHOOL }))
    const bob = await test.connect(v1('Bob', { address: '192.0.2.1' }))
    await sayIn(test, bob, ['x', 'y', 'z'])
    for (const room of ['a', 'b', 'c']) {
      for (const socket of [ann, bob]) socket.say({ type: 'join', room })
      await test.clock.settle()
      ann.say({ message: 'to nothing', reply_to: 7, room })
      bob.say({ message: 'first', room })
      await test.clock.settle()
      for (const socket of [ann, bob]) socket.say({ type: 'leave', room })
    }
    expect(errorsOf(bob)).toEqual([])
    expect(await sayIn(test, ann, ['d'])).toMatchObject([REFUSED])
  })

  it('LI12: two private logs may begin with one message', async () => {
    const test = createTestHub(FEW)
    const ann = await test.connect(v1('Ann', { address: SCHOOL }))
    for (const name of ['Bob', 'Cid']) await test.connect(v1(name))
    for (const target_user of ['Bob', 'Cid', 'Bob']) {
      ann.say({ message: 'hush', target_user })
      await test.clock.settle()
    }
    expect(errorsOf(ann)).toEqual([])
    expect(await sayIn(test, ann, ['a'])).toMatchObject([{ ...REFUSED, scope: 'connection' }])
  })

  it('LI12: over HTTP an address and whoever shows a token pay; rooms that exist go on, read here or not', async () => {
    const clock = new ManualClock()
    const test = createTestHub({ ...FEW, lang: 'en' }, { clock, auth: fakeAuth(clock) })
    for (const room of ['a', 'a', 'a', 'b', 'c'])
      expect(await publishing(test, { room, address: SCHOOL })).toMatchObject({ created: true })
    expect(await publishing(test, { room: 'd', address: SCHOOL })).toMatchObject({
      code: 'rate_limited',
      retryAfterMs: 10_000,
      members: { limit: 'logs', scope: 'address' },
    })
    expect(await publishing(test, { room: 'a', address: SCHOOL })).toMatchObject({ seq: 4 })
    expect(await publishing(test, { room: 'd' })).toMatchObject({ seq: 1 })
    const identity = await test.hub.identify(fakeToken({ sub: 'u-1', name: 'Ann' }))
    for (const room of ['e', 'f', 'g']) await publishing(test, { room, ...{ identity } })
    expect(await publishing(test, { room: 'h', ...{ identity } })).toMatchObject({
      members: { limit: 'logs', scope: 'user' },
    })
  })
})

describe('new logs of a cluster', () => {
  it('LI12: whoever has begun as many on one node finds it so on another', async () => {
    const cluster = new UnrulyCluster()
    const here = await cluster.start('here', { ...FEW, rateLimit: 20 })
    const there = await cluster.start('there', { ...FEW, rateLimit: 20 })
    const ann = await here.connect(v1('Ann', { address: SCHOOL }))
    const bob = await there.connect(v1('Bob', { address: SCHOOL }))
    expect(await sayIn(cluster, ann, ['a', 'b', 'c'])).toEqual([])
    await cluster.clock.advance(TELL_EVERY_MS)
    expect(await sayIn(cluster, bob, ['a', 'd'])).toMatchObject([{ ...REFUSED, scope: 'address' }])
  })

  it('LI12: a repeat is answered as ever, also where its sender may begin nothing', async () => {
    const cluster = new UnrulyCluster()
    const here = await cluster.start('here', { ...FEW, rateLimit: 20 })
    const there = await cluster.start('there', { ...FEW, rateLimit: 20 })
    const ann = await here.connect(v1('Ann', { address: SCHOOL }))
    await there.connect(v1('Bob'))
    const whisper = async (client_id: string) => {
      ann.news()
      ann.say({ message: 'hush', target_user: 'Bob', client_id })
      await cluster.clock.settle()
      return ann.news().filter(({ type }) => type === 'ack' || type === 'error')
    }
    const [first] = await whisper(CLIENT_ID)
    expect(first).toMatchObject({ type: 'ack' })
    expect(await sayIn(cluster, ann, ['a', 'b'])).toMatchObject([REFUSED])
    expect(await whisper(CLIENT_ID)).toEqual([first])
    const other = CLIENT_ID.replace(/1$/, '2')
    expect(await whisper(other)).toMatchObject([{ ...REFUSED, client_id: other }])
  })
})
