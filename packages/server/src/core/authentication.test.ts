import { describe, expect, it } from 'vitest'
import { fakeAuth, fakeToken } from '../../testing/fake-auth.ts'
import { ManualClock } from '../../testing/manual-clock.ts'
import { MemorySocket } from '../../testing/memory-socket.ts'
import { createTestHub } from '../../testing/test-hub.ts'
import { DEFAULT_OPTIONS, type HubOptions } from './options.ts'

const ANN = fakeToken({ sub: 'u-1', name: 'Ann' })
const BOB = fakeToken({ sub: 'u-2', name: 'Bob' })
const UNAUTHORIZED = { code: 1008, reason: 'Unauthorized' }

function guarded(letsGuestsIn = false, options: Partial<HubOptions> = {}) {
  const clock = new ManualClock()
  return createTestHub(options, { clock, auth: fakeAuth(clock, letsGuestsIn) })
}

function refusalOf(socket: MemorySocket) {
  return { error: socket.all().find(({ type }) => type === 'error'), closed: socket.closed }
}

describe('who is let in', () => {
  it('AU2: the bearer of a token is let in under its name, on the anonymous endpoint too', async () => {
    const test = guarded()
    const named = await test.connect({ username: 'Ann', token: ANN })
    const unnamed = await test.connect({ token: BOB })
    expect(named.all()[0]).toMatchObject({ event: 'welcome', username: 'Ann' })
    expect(unnamed.all()[0]).toMatchObject({ event: 'welcome', username: 'Bob', connected_count: 2 })
  })

  it('AU3: a bad token is unauthorized and 1008, also where guests are let in', async () => {
    for (const test of [guarded(), guarded(true)]) {
      const { error, closed } = refusalOf(await test.connect({ username: 'Ann', token: 'x.y.z' }))
      expect(error).toMatchObject({ code: 'unauthorized', field: 'token' })
      expect(closed).toEqual(UNAUTHORIZED)
      expect(test.hub.status().connected_count).toBe(0)
    }
  })

  it('AU3: what cannot be judged now is unavailable and 1013', async () => {
    const test = guarded()
    const { error, closed } = refusalOf(await test.connect({ token: 'unknown' }))
    expect(error).toMatchObject({ code: 'unavailable', retryable: true, retry_after_ms: 5_000 })
    expect(closed?.code).toBe(1013)
    expect(test.complaints.join()).not.toContain('"unknown"')
  })

  it('AU11: a token that cannot be judged as keys cannot be read is no line of the log, whoever looks for them has told', async () => {
    const test = guarded()
    const { error, closed } = refusalOf(await test.connect({ token: 'keys away' }))
    expect([error?.['code'], closed?.code]).toEqual(['unavailable', 1013])
    await expect(test.hub.identify('keys away')).rejects.toMatchObject({ code: 'unavailable' })
    expect(test.complaints).toEqual([])
    await expect(test.hub.identify('unknown')).rejects.toMatchObject({ code: 'unavailable' })
    expect(test.complaints).toHaveLength(1)
  })

  it('AU3: where guests are let in, whoever shows no token is one', async () => {
    const test = guarded(true)
    expect((await test.connect({ username: 'Carol' })).all()[0]).toMatchObject({ username: 'Carol' })
    expect((await test.connect()).all()[0]).toMatchObject({ event: 'welcome', connected_count: 2 })
  })

  it('AU3: no guest takes the name that a bearer has, with the resume token of a guest neither', async () => {
    const test = guarded(true)
    const guest = await test.connect({ username: 'Ann', dialect: 'v1' })
    const resumeToken = String(guest.all()[0]?.['resume_token'])
    guest.hangUp()
    await test.clock.settle()
    const ann = await test.connect({ username: 'Ann', token: ANN, dialect: 'v1' })
    expect(ann.all()[0]).toMatchObject({ username: 'Ann' })
    expect(ann.all()[0]).not.toHaveProperty('resume_token')
    for (const token of [null, resumeToken])
      expect((await test.connect({ username: 'ａnn', dialect: 'v1', resumeToken: token })).closed?.code).toBe(
        4509,
      )
    const anonymous = await test.connect()
    anonymous.say({ message: 'hi', username: 'Ann' })
    await test.clock.settle()
    expect(refusalOf(anonymous).error).toMatchObject({ code: 'name_taken' })
  })

  it('AU2: the echo endpoint wants a token too', async () => {
    const test = guarded()
    const echo = (token: string | null): MemorySocket => {
      const socket = new MemorySocket(test.encoder)
      const request = {
        endpoint: 'echo',
        address: '::1',
        echoPrefix: '',
        shown: { token, ticket: null, awaitsToken: false },
      } as const
      socket.events = test.hub.attach(socket, request)
      socket.say('"hello"')
      return socket
    }
    const [stranger, ann] = [echo(null), echo(ANN)]
    await test.clock.settle()
    expect(stranger.closed).toEqual(UNAUTHORIZED)
    expect(ann.closed).toBeNull()
    expect(ann.all()).toEqual(['hello'])
  })
})

describe('the name', () => {
  it('AU5: another name than that of the token is forbidden and 4500', async () => {
    const test = guarded()
    const { error, closed } = refusalOf(await test.connect({ username: 'Bob', token: ANN }))
    expect(error).toMatchObject({ code: 'forbidden', field: 'username' })
    expect(closed?.code).toBe(4500)
  })

  it('AU5: another spelling is let in under the spelling of the token', async () => {
    const test = guarded()
    expect((await test.connect({ username: 'ａNN', token: ANN })).all()[0]).toMatchObject({ username: 'Ann' })
  })

  it.each(['system', 'a/b', ' Ann', 'x'.repeat(33)])(
    'AU5: a token that says %j is invalid_name and 4500',
    async (name) => {
      const test = guarded()
      const { error, closed } = refusalOf(await test.connect({ token: fakeToken({ sub: 'u-3', name }) }))
      expect(error).toMatchObject({ code: 'invalid_name' })
      expect(closed?.code).toBe(4500)
    },
  )

  it('AU6: two connections of one subject are one person, and another subject is name_taken and 4509', async () => {
    const test = guarded()
    const first = await test.connect({ token: ANN, dialect: 'v1' })
    const second = await test.connect({ token: ANN, dialect: 'v1' })
    expect(second.all()[0]).toMatchObject({ token_expires_at: '2026-01-01T01:00:00.000Z' })
    expect(second.all()[0]).toMatchObject({ connected_count: 1, person_id: first.all()[0]?.['person_id'] })
    const impostor = await test.connect({ token: fakeToken({ sub: 'u-9', name: 'ANN' }) })
    expect(refusalOf(impostor).error).toMatchObject({ code: 'name_taken' })
    expect(impostor.closed?.code).toBe(4509)
  })
})

describe('the first frame', () => {
  it('AU2: shows the token, and what is said behind it waits for the answer', async () => {
    const test = guarded()
    const socket = test.dial({ dialect: 'v1' })
    socket.say({ type: 'auth', token: ANN })
    socket.say({ message: 'hello' })
    await test.clock.settle()
    expect(socket.all().map(({ type }) => type)).toEqual(['system', 'message'])
    expect(socket.all()[1]).toMatchObject({ username: 'Ann', message: 'hello' })
  })

  it.each([
    ['a message', '{"message":"hello"}'],
    ['no JSON', 'auth'],
    ['null', 'null'],
    ['no token', '{"type":"auth"}'],
    ['a token that is a number', '{"type":"auth","token":1}'],
    ['an empty token', '{"type":"auth","token":""}'],
    ['a token twice', `{"type":"auth","token":"x","token":${JSON.stringify(ANN)}}`],
    ['a bad token', '{"type":"auth","token":"x.y.z"}'],
  ])('AU3: %s is unauthorized and 1008', async (_what, text) => {
    const test = guarded()
    const socket = test.dial()
    socket.say(text)
    await test.clock.settle()
    expect(refusalOf(socket)).toMatchObject({ error: { code: 'unauthorized' }, closed: UNAUTHORIZED })
  })

  it('AU9: must come in time: 4003', async () => {
    const test = guarded(false, { heartbeatIntervalMs: 60_000, heartbeatTimeoutMs: 90_000 })
    const socket = await test.connect({ username: 'Ann' })
    await test.clock.advance(DEFAULT_OPTIONS.authTimeoutMs - 1_000)
    expect(socket.closed).toBeNull()
    socket.events?.onActivity()
    await test.clock.advance(2_000)
    expect(refusalOf(socket)).toMatchObject({ error: { code: 'unauthorized' }, closed: { code: 4003 } })
  })

  it('AU9: a longer frame than is looked at before closes with 1009', async () => {
    const test = guarded()
    const socket = await test.connect()
    socket.say('x'.repeat(DEFAULT_OPTIONS.maxUnprovenFrameLength + 1))
    expect(socket.closed?.code).toBe(1009)
  })

  it('AU9: whoever says more before the answer is not read on', async () => {
    const test = guarded()
    const socket = test.dial({ token: ANN })
    for (let i = 0; i < DEFAULT_OPTIONS.maxUnprovenFrames - 1; i++) socket.say({ message: `m${i}` })
    expect(socket.paused).toBe(false)
    socket.say({ message: 'last' })
    expect(socket.paused).toBe(true)
    await test.clock.settle()
    expect(socket.paused).toBe(false)
    expect(socket.all().at(-1)).toMatchObject({ message: 'last', username: 'Ann' })
  })
})

describe('a token that ends', () => {
  it('AU7: closes its connections with 1008, whatever the interval of pings', async () => {
    const test = guarded(false, { heartbeatIntervalMs: 600_000, heartbeatTimeoutMs: 900_000 })
    const token = fakeToken({ sub: 'u-1', name: 'Ann', for: 30 })
    const socket = await test.connect({ token })
    await test.clock.advance(29_000)
    expect(socket.closed).toBeNull()
    await test.clock.advance(2_000)
    expect(refusalOf(socket)).toMatchObject({ error: { code: 'unauthorized' }, closed: UNAUTHORIZED })
    expect(refusalOf(await test.connect({ token })).closed).toEqual(UNAUTHORIZED)
  })

  it('AU7: closes one that is full too', async () => {
    const test = guarded()
    const socket = await test.connect({ token: fakeToken({ sub: 'u-1', name: 'Ann', for: 5 }) })
    socket.capacity = 1
    socket.say({ message: 'fills it' })
    await test.clock.advance(6_000)
    expect(socket.closed).toEqual(UNAUTHORIZED)
  })

  it('AU7: a stream of events ends too', async () => {
    const test = guarded()
    const token = fakeToken({ sub: 'u-1', name: 'Ann', for: 20 })
    await test.clock.settle()
    const identity = await test.hub.identify(token)
    const socket = new MemorySocket(test.encoder)
    const place = { address: '::1', room: 'lobby', lang: null, since: null }
    socket.events = test.hub.attach(socket, { endpoint: 'events', ...place, identity })
    await test.clock.advance(19_000)
    expect(socket.closed).toBeNull()
    await test.clock.advance(2_000)
    expect(socket.closed).toEqual(UNAUTHORIZED)
  })

  it('AU8: a fresh one of the same person on the living connection takes its place', async () => {
    const test = guarded()
    const socket = await test.connect({ token: fakeToken({ sub: 'u-1', name: 'Ann', for: 30 }) })
    socket.news()
    socket.say({ type: 'auth', token: ANN })
    await test.clock.settle()
    expect(socket.news()).toMatchObject([
      { type: 'confirmation', event: 'authenticated', expires_at: '2026-01-01T01:00:00.000Z' },
    ])
    for (let s = 0; s < 60; s += 10) {
      socket.events?.onActivity()
      await test.clock.advance(10_000)
    }
    expect(socket.closed).toBeNull()
  })

  it.each([
    ['somebody else’s', BOB, 'forbidden'],
    ['a bad one', 'x.y.z', 'unauthorized'],
    ['one that cannot be judged now', 'unknown', 'unavailable'],
  ])('AU8: %s is refused, and the connection lives', async (_what, token, code) => {
    const test = guarded()
    const socket = await test.connect({ token: ANN })
    socket.news()
    socket.say({ type: 'auth', token })
    socket.say({ message: 'still Ann' })
    await test.clock.settle()
    expect(socket.news()).toMatchObject([{ code }, { username: 'Ann', message: 'still Ann' }])
    expect(socket.closed).toBeNull()
  })

  it('AU8: a guest cannot become somebody on a living connection', async () => {
    for (const test of [guarded(true), createTestHub()]) {
      const socket = await test.connect({ username: 'Ann' })
      socket.say({ type: 'auth', token: ANN })
      await test.clock.settle()
      expect(refusalOf(socket)).toMatchObject({ error: { code: 'forbidden' }, closed: null })
    }
  })
})

describe('a key that counts no more', () => {
  it('AU11: closes the connections of its tokens with 1008, and no others', async () => {
    const clock = new ManualClock()
    const auth = fakeAuth(clock)
    const test = createTestHub({}, { clock, auth })
    const old = await test.connect({ token: fakeToken({ sub: 'u-1', name: 'Ann', key: 'old' }) })
    const young = await test.connect({ token: fakeToken({ sub: 'u-2', name: 'Bob', key: 'new' }) })
    auth.forget('old')
    expect(refusalOf(old)).toMatchObject({ error: { code: 'unauthorized' }, closed: UNAUTHORIZED })
    expect(young.closed).toBeNull()
  })
})

describe('over HTTP', () => {
  it('AU4: a request without a good token is unauthorized', async () => {
    const test = guarded()
    const open = guarded(true)
    await test.clock.settle()
    await open.clock.settle()
    await expect(test.hub.identify(null)).rejects.toMatchObject({ code: 'unauthorized' })
    await expect(test.hub.identify('x.y.z')).rejects.toMatchObject({ code: 'unauthorized' })
    await expect(test.hub.identify('unknown')).rejects.toMatchObject({ code: 'unavailable' })
    await expect(open.hub.identify('x.y.z')).rejects.toMatchObject({ code: 'unauthorized' })
    expect(await open.hub.identify(null)).toBeNull()
    expect(await test.hub.identify(ANN)).toMatchObject({ name: 'Ann' })
  })

  it('AU5: what is published is by the bearer, and under no other name', async () => {
    const test = guarded(true)
    const reader = await test.connect()
    const identity = await test.hub.identify(ANN)
    const say = async (username?: string) => {
      const published = test.hub.publish({ identity, room: 'lobby', message: 'hi', username })
      const outcome = published.then(
        () => 'said',
        (error: unknown) => (error as { code: string }).code,
      )
      await test.clock.settle()
      return outcome
    }
    expect(await say()).toBe('said')
    expect(await say('ＡＮＮ')).toBe('said')
    for (const other of ['Bob', 'Anonymous', '', 'system', 'Ann ']) expect(await say(other)).toBe('forbidden')
    await test.connect({ username: 'Ann', token: ANN })
    expect(await say()).toBe('said')
    const said = reader.all().filter(({ type }) => type === 'message')
    expect(said.map(({ username }) => username)).toEqual(['Ann', 'Ann', 'Ann'])
  })
})

const NAMES_OF_AUTHORS = [
  'username',
  'from',
  'sender',
  'author',
  'user',
  'user_id',
  'name',
  'nick',
  'nickname',
  'as',
  'on_behalf_of',
  'sub',
  'subject',
  'person',
  'person_id',
  'author_id',
  'authorId',
  'Username',
  'user_name',
  'display_name',
  'connection_id',
  'client',
  '__proto__',
  'constructor',
  'identity',
  'token',
  'id',
  'to',
  'room_user',
]

describe('speaking as another', () => {
  it('AU5: no field of a frame makes somebody else its author', async () => {
    const test = guarded(true, { rateLimit: null })
    const bob = await test.connect({ token: BOB, dialect: 'v1' })
    const speakers = [
      await test.connect({ token: ANN, dialect: 'v1' }),
      await test.connect({ token: ANN, username: 'Ann' }),
      await test.connect({ token: ANN, heartbeat: true, username: 'Ann' }),
    ]
    let shapes = 0
    for (const speaker of speakers)
      for (const field of NAMES_OF_AUTHORS)
        for (const value of ['Bob', { name: 'Bob' }, ['Bob']]) {
          const fields = `"${field}":${JSON.stringify(value)}`
          speaker.say(`{"message":"x",${fields}}`)
          speaker.say(`{"type":"message","message":"x","target_user":"Bob",${fields}}`)
          speaker.say(`{"type":"reaction","seq":1,"emoji":"👍",${fields}}`)
          speaker.say(`{"type":"typing",${fields}}`)
          shapes += 4
        }
    await test.clock.advance(3_000)
    expect(shapes).toBeGreaterThan(90)
    const authors = new Set<unknown>()
    for (const frame of bob.all()) {
      if (['message', 'private', 'reaction'].includes(frame.type))
        authors.add(frame['username'] ?? frame['from'])
      if (frame.type === 'typing') for (const name of frame['usernames'] as string[]) authors.add(name)
    }
    expect([...authors]).toEqual(['Ann'])
  })
})
