import { describe, expect, it } from 'vitest'
import { fakeAuth, fakeToken } from '../../testing/fake-auth.ts'
import { ManualClock } from '../../testing/manual-clock.ts'
import type { MemorySocket } from '../../testing/memory-socket.ts'
import { createTestHub } from '../../testing/test-hub.ts'
import type { Refusal } from '../ports/service.ts'
import { MAX_IDLE_ACCOUNTS } from './accounts.ts'
import { Limits } from './limits.ts'
import { DEFAULT_OPTIONS } from './options.ts'
import { TURN_MS } from './turn-queue.ts'

const SCHOOL = '203.0.113.7'
const v1 = (username: string, more: object = {}) => ({ username, dialect: 'v1' as const, ...more })
const sameAs = (socket: MemorySocket) => ({ resumeToken: String(socket.all()[0]?.['resume_token']) })

function errorsOf(socket: MemorySocket) {
  return socket.news().filter(({ type }) => type === 'error')
}

function messagesOf(socket: MemorySocket) {
  return socket.news().filter(({ type }) => type === 'message')
}

function sayMany(socket: MemorySocket, count: number, message: object = { message: 'x' }): void {
  for (let i = 0; i < count; i++) socket.say(message)
}

/** Waits out what was refused, so that nobody is closed for asking on and on. */
const PATIENT = { rateLimit: 5, rateBurst: 10 }

describe('rates', () => {
  it('LI1: a person may say as much as two connections, however many there are', async () => {
    const test = createTestHub(PATIENT)
    const first = await test.connect(v1('Ann', { address: SCHOOL }))
    const others = []
    for (let i = 0; i < 3; i++)
      others.push(await test.connect(v1('Ann', { address: `192.0.2.${i}`, ...sameAs(first) })))
    first.news()
    for (const socket of [first, ...others]) sayMany(socket, 10)
    await test.clock.settle()
    expect(messagesOf(first)).toHaveLength(20)
    const [refused] = errorsOf(others[2] as MemorySocket)
    expect(refused).toMatchObject({
      code: 'rate_limited',
      retryable: true,
      limit: 'messages',
      scope: 'user',
      retry_after_ms: 100,
    })
    await test.clock.advance(100)
    others[2]?.say({ message: 'patient' })
    await test.clock.settle()
    expect(messagesOf(first)).toMatchObject([{ message: 'patient' }])
  })

  it('LI1: what a connection is refused costs neither its person nor its address anything', async () => {
    const test = createTestHub({ ...PATIENT, ratePerAddress: 2 })
    const flood = await test.connect(v1('Eve', { address: SCHOOL }))
    const other = await test.connect(v1('Ann', { address: SCHOOL }))
    sayMany(flood, 50)
    await test.clock.settle()
    expect(errorsOf(flood)[0]).toMatchObject({ limit: 'messages', scope: 'connection' })
    other.news()
    sayMany(other, 10)
    await test.clock.settle()
    expect(errorsOf(other)).toEqual([])
  })

  it('LI1: a class of 40 behind one address may each say 10 things at once, and the next waits', async () => {
    const test = createTestHub()
    const pupils = []
    for (let i = 0; i < 40; i++)
      pupils.push(await test.connect(v1(`Pupil ${i}`, { room: `r${i}`, address: SCHOOL })))
    for (const pupil of pupils) sayMany(pupil, 10)
    await test.clock.settle()
    expect(pupils.flatMap(errorsOf)).toEqual([])
    const more = await test.connect(v1('Eve', { address: SCHOOL }))
    const elsewhere = await test.connect(v1('Zoe', { address: '203.0.113.8' }))
    more.say({ message: 'one too many' })
    elsewhere.say({ message: 'other address' })
    await test.clock.settle()
    expect(errorsOf(more)).toMatchObject([{ limit: 'messages', scope: 'address' }])
    expect(errorsOf(elsewhere)).toEqual([])
  })

  it('LI1: at once an address may do no less than a connection may', async () => {
    const test = createTestHub({ ratePerAddress: 1 })
    const only = await test.connect(v1('Ann', { address: SCHOOL }))
    sayMany(only, 100)
    await test.clock.settle()
    expect(errorsOf(only)).toEqual([])
    only.say({ message: 'one too many' })
    await test.clock.settle()
    expect(errorsOf(only)).toHaveLength(1)
  })

  it('LI1: whoever was refused may go on when a tenth of a second’s worth is there, which may come at once', async () => {
    const test = createTestHub({ ratePerAddress: 5 })
    const pupils = []
    for (let i = 0; i < 4; i++) pupils.push(await test.connect(v1(`Pupil ${i}`, { address: SCHOOL })))
    const [ann, ben, ...busy] = pupils as [MemorySocket, MemorySocket]
    for (const pupil of busy) sayMany(pupil, 100)
    ann.say({ message: 'one too many' })
    await test.clock.settle()
    expect(errorsOf(ann)).toMatchObject([{ scope: 'address', retry_after_ms: 100 }])
    test.clock.pass(99)
    ben.say({ message: 'too early' })
    await test.clock.settle()
    expect(errorsOf(ben)).toMatchObject([{ scope: 'address', retry_after_ms: 1 }])
    test.clock.pass(1)
    sayMany(ben, 10)
    await test.clock.settle()
    expect(errorsOf(ben)).toEqual([])
    ben.say({ message: 'one too many' })
    await test.clock.settle()
    expect(errorsOf(ben)).toMatchObject([{ retry_after_ms: 100 }])
  })

  it('LI11: whoever was refused is not read until its turn, the others are', async () => {
    const test = createTestHub(PATIENT)
    const flood = await test.connect(v1('Eve', { address: SCHOOL }))
    const other = await test.connect(v1('Ann', { address: SCHOOL }))
    sayMany(flood, 10)
    expect(flood.paused).toBe(false)
    sayMany(flood, 2)
    expect([flood.paused, other.paused]).toEqual([true, false])
    await test.clock.advance(TURN_MS)
    expect(flood.paused).toBe(false)
    expect(errorsOf(flood)).toHaveLength(2)
    sayMany(flood, 60)
    // One that is closed has to be read, or its answer would not be seen.
    expect([flood.closed?.code, flood.paused]).toEqual([4008, false])
  })

  it('LI1: text is counted in bytes of UTF-8, and a longer one than there is room for waits for all of it', async () => {
    const test = createTestHub({ byteRateLimit: 100, maxFrameBytes: 500, ratePerUser: null })
    const ann = await test.connect(v1('Ann', { address: SCHOOL }))
    ann.say({ message: '好'.repeat(150) })
    ann.say({ message: 'x' })
    await test.clock.settle()
    expect(errorsOf(ann)).toEqual([])
    ann.say({ message: 'x'.repeat(80) })
    await test.clock.settle()
    const [refused] = errorsOf(ann)
    expect(refused).toMatchObject({ code: 'rate_limited', limit: 'bytes', scope: 'connection' })
    await test.clock.advance(Number(refused?.['retry_after_ms']))
    ann.say({ message: 'x'.repeat(80) })
    await test.clock.settle()
    expect(errorsOf(ann)).toEqual([])
  })

  it('LI1: a frame that is refused for its bytes costs neither its sender nor the address a message', async () => {
    const test = createTestHub({
      byteRateLimit: 1_000,
      maxFrameBytes: 5_000,
      rateLimit: 1,
      rateBurst: 10,
      ratePerAddress: 1,
    })
    const ann = await test.connect(v1('Ann', { address: SCHOOL }))
    const ben = await test.connect(v1('Ben', { address: SCHOOL }))
    for (let i = 0; i < 6; i++) ann.say({ type: 'pong', padding: 'x'.repeat(3_000) })
    await test.clock.settle()
    expect(errorsOf(ann).map(({ limit }) => limit)).toEqual(Array(5).fill('bytes'))
    sayMany(ben, 10, { type: 'pong' })
    await test.clock.settle()
    expect(errorsOf(ben)).toMatchObject([{ limit: 'messages', scope: 'address' }])
  })

  it('LI1: joins and signals have rates of their own, and the refusal of a join names the room', async () => {
    const test = createTestHub({ joinRateLimit: 1, signalRateLimit: 1, maxRooms: 3 })
    const ann = await test.connect(v1('Ann', { address: SCHOOL }))
    for (let i = 0; i < 6; i++) ann.say({ type: 'join', room: 'lobby' })
    sayMany(ann, 6, { type: 'typing' })
    await test.clock.settle()
    expect(errorsOf(ann)).toMatchObject([
      { code: 'rate_limited', limit: 'joins', scope: 'connection', room: 'lobby', retry_after_ms: 1_000 },
      { code: 'rate_limited', limit: 'signals', scope: 'connection', retry_after_ms: 1_000 },
    ])
    ann.say({ message: 'still speaks' })
    await test.clock.advance(TURN_MS)
    expect(messagesOf(ann)).toMatchObject([{ message: 'still speaks' }])
  })

  it('LI1: whoever comes back may enter as many rooms at once as a connection may be in', async () => {
    const test = createTestHub({ joinRateLimit: 0.1, maxRooms: 20 })
    const ann = await test.connect(v1('Ann', { address: SCHOOL }))
    for (let i = 1; i < 20; i++) ann.say({ type: 'join', room: `r${i}` })
    await test.clock.settle()
    expect(errorsOf(ann)).toEqual([])
  })

  it('LI1: `rate-limit` off lifts all rates', async () => {
    const test = createTestHub({ rateLimit: null, byteRateLimit: 1, joinRateLimit: 1, requestRateLimit: 1 })
    const ann = await test.connect(v1('Ann', { address: SCHOOL }))
    sayMany(ann, 1_000)
    for (let i = 0; i < 500; i++) {
      ann.say({ type: 'join', room: 'lobby' })
      test.hub.admit({ address: SCHOOL })
      expect(test.hub.refusal(SCHOOL)).toBeNull()
    }
    await test.clock.settle()
    expect(errorsOf(ann)).toEqual([])
  })

  it('LI1: whoever goes on and on is closed, neighbours at the same address are not', async () => {
    const test = createTestHub({ ...PATIENT, ratePerAddress: 1, ratePerUser: null })
    const flood = await test.connect(v1('Eve', { address: SCHOOL }))
    const quiet = await test.connect(v1('Ann', { address: SCHOOL }))
    for (let second = 0; second < 30; second++) {
      sayMany(flood, 50)
      quiet.say({ message: 'hello' })
      await test.clock.advance(1_000)
    }
    expect(flood.closed).toEqual({ code: 4008, reason: 'Rate limited' })
    expect(quiet.closed).toBeNull()
  })
})

describe('addresses', () => {
  it('LI2: of IPv6 a /64 is one, of IPv4 each; what is no address has no limit', async () => {
    const test = createTestHub({ maxConnectionsPerAddress: 2 })
    const lets = async (address: string) => (await test.connect({ address })).closed === null
    expect(await lets('2001:db8:1:2::1')).toBe(true)
    expect(await lets('2001:db8:1:2:3:4:5:6')).toBe(true)
    expect(await lets('2001:0DB8:1:2:ffff::')).toBe(false)
    expect(await lets('2001:db8:1:3::1')).toBe(true)
    for (const address of ['192.0.2.1', '192.0.2.2', '192.0.2.1']) expect(await lets(address)).toBe(true)
    expect(await lets('192.0.2.1')).toBe(false)
    for (let i = 0; i < 3; i++) expect(await lets('')).toBe(true)
    for (const isLet of [true, true, false]) expect(await lets('127.0.0.1')).toBe(isLet)
  })
})

describe('connects', () => {
  it('LI3: a class of 40 may reload at once; beyond that an address waits, and another does not', () => {
    const { hub, clock } = createTestHub()
    for (let i = 0; i < 40; i++) expect(hub.refusal(SCHOOL)).toBeNull()
    expect(hub.refusal(SCHOOL)).toMatchObject({ code: 'rate_limited', retryAfterMs: 100 })
    expect(hub.refusal('203.0.113.8')).toBeNull()
    clock.pass(50)
    expect(hub.refusal(SCHOOL)).toMatchObject({ retryAfterMs: 50 })
    clock.pass(50)
    for (let i = 0; i < 2; i++) expect(hub.refusal(SCHOOL)).toBeNull()
    expect(hub.refusal(SCHOOL)).toMatchObject({ retryAfterMs: 100 })
  })

  it('LI3: a person who connects again and again is refused, from wherever that is', async () => {
    const test = createTestHub({ maxConnectionsPerUser: 5, connectRateLimit: 1 })
    const token = fakeToken({ sub: 'u-1', name: 'Ann' })
    const auth = fakeAuth(test.clock)
    const guarded = createTestHub(
      { maxConnectionsPerUser: 5, connectRateLimit: 1 },
      { clock: test.clock, auth },
    )
    const sockets = []
    for (let i = 0; i < 11; i++) {
      const socket = await guarded.connect({ username: 'Ann', token, address: `192.0.2.${i}` })
      if (socket.closed === null) socket.hangUp()
      sockets.push(socket)
    }
    const refused = sockets.at(-1) as MemorySocket
    expect(refused.all()).toMatchObject([
      { code: 'rate_limited', limit: 'connects', scope: 'user', retry_after_ms: 500 },
    ])
    expect(refused.closed).toEqual({ code: 4008, reason: 'Rate limited' })
    expect(sockets.slice(0, 10).every(({ closed }) => closed === null)).toBe(true)
  })
})

describe('requests over HTTP', () => {
  function refused(run: () => void): Refusal | null {
    try {
      run()
      return null
    } catch (error) {
      return error as Refusal
    }
  }

  it('LI4: are limited for an address and for whoever shows a token', async () => {
    const { hub, clock } = createTestHub({ requestRateLimit: 1, ratePerAddress: 4, ratePerUser: 2 })
    const identity = await fakeAuth(clock).verify(fakeToken({ sub: 'u-1', name: 'Ann' }))
    if (identity === null) throw new Error('no identity')
    const ofAddress = () => refused(() => hub.admit({ address: SCHOOL }))
    const ofUser = () => refused(() => hub.admit({ identity }))
    for (let i = 0; i < 8; i++) expect(ofAddress()).toBeNull()
    expect(ofAddress()).toMatchObject({ code: 'rate_limited', retryAfterMs: 250 })
    for (let i = 0; i < 10; i++) expect(ofUser()).toBeNull()
    expect(ofUser()).toMatchObject({ code: 'rate_limited', retryAfterMs: 500 })
    clock.pass(500)
    expect([ofAddress(), ofUser()]).toEqual([null, null])
  })
})

describe('places', () => {
  it('LI7: a person is in so many rooms at most, with all connections together', async () => {
    const test = createTestHub({ maxRoomsPerUser: 3 })
    const first = await test.connect(v1('Ann', { room: 'a' }))
    const second = await test.connect(v1('Ann', { room: 'b', ...sameAs(first) }))
    first.say({ type: 'join', room: 'c' })
    await test.clock.settle()
    first.news()
    first.say({ type: 'join', room: 'd' })
    second.say({ type: 'join', room: 'c' })
    await test.clock.settle()
    expect(errorsOf(first)).toMatchObject([{ code: 'too_many_rooms', field: 'room', room: 'd' }])
    expect(second.all().at(-1)).toMatchObject({ event: 'welcome', room: 'c' })
    const third = await test.connect(v1('Ann', { room: 'd', ...sameAs(first) }))
    expect(third.all()).toMatchObject([{ code: 'too_many_rooms', field: 'room' }])
    expect(third.closed).toEqual({ code: 1008, reason: 'Server is full' })
    first.say({ type: 'leave', room: 'c' })
    second.say({ type: 'leave', room: 'c' })
    first.say({ type: 'join', room: 'd' })
    await test.clock.settle()
    expect(first.all().at(-1)).toMatchObject({ event: 'welcome', room: 'd' })
    const bob = await test.connect(v1('Bob', { room: 'd' }))
    expect(bob.all()[0]).toMatchObject({ event: 'welcome' })
  })

  it('LI8: of one address so many connections wait to be known at most; a good token makes room', async () => {
    const clock = new ManualClock()
    const test = createTestHub({ maxUnprovenPerAddress: 2 }, { clock, auth: fakeAuth(clock) })
    const waiting = [await test.connect({ address: SCHOOL }), await test.connect({ address: SCHOOL })]
    const third = await test.connect({ address: SCHOOL })
    expect(third.all()).toMatchObject([
      { code: 'server_full', limit: 'unproven', scope: 'address', retry_after_ms: 5_000 },
    ])
    expect(third.closed).toEqual({ code: 1008, reason: 'Server is full' })
    expect((await test.connect({ address: '203.0.113.8' })).closed).toBeNull()
    waiting[0]?.say({ type: 'auth', token: fakeToken({ sub: 'u-1', name: 'Ann' }) })
    await clock.settle()
    expect((await test.connect({ address: SCHOOL })).closed).toBeNull()
    expect((await test.connect({ address: SCHOOL })).closed).not.toBeNull()
    waiting[1]?.hangUp()
    expect((await test.connect({ address: SCHOOL })).closed).toBeNull()
  })
})

describe('what limits cost', () => {
  it('LI9: addresses without end grow nothing, and those with connections are not forgotten for them', async () => {
    const clock = new ManualClock()
    const options = {
      ...DEFAULT_OPTIONS,
      connectRateLimit: 1,
      ratePerAddress: 1,
      maxConnectionsPerAddress: 1,
    }
    const limits = new Limits({ options, clock, cluster: null })
    const held = { address: SCHOOL, accounts: limits.accountsOf(SCHOOL), isUnproven: false }
    expect(limits.enter(held)).toBeNull()
    for (let i = 0; i < MAX_IDLE_ACCOUNTS + 2_000; i++)
      limits.connect(`2001:db8:${(i >> 16).toString(16)}:${(i & 0xffff).toString(16)}::1`)
    expect(limits.kept.address).toBe(MAX_IDLE_ACCOUNTS + 1)
    const again = { address: SCHOOL, accounts: limits.accountsOf(SCHOOL), isUnproven: false }
    expect(limits.enter(again)).toMatchObject({ limit: 'connections', scope: 'address' })
    limits.left(held)
    expect(limits.enter(again)).toBeNull()
    limits.left(again)
    expect(limits.reached['connections address']).toBe(1)
  })

  it('LI9: whoever has used nothing for a while is forgotten', () => {
    const clock = new ManualClock()
    const limits = new Limits({ options: DEFAULT_OPTIONS, clock, cluster: null })
    for (let i = 0; i < 300; i++) {
      limits.connect(`2001:db8:0:${i.toString(16)}::1`)
      clock.pass(1_000)
    }
    expect(limits.kept.address).toBeLessThan(50)
  })
})
