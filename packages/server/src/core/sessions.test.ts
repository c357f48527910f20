import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createTestHub } from '../../testing/test-hub.ts'
import { createHmacSigner } from '../adapters/hmac-signer.ts'
import { createMemoryStore } from '../adapters/memory-store.ts'
import { StoreUnavailable } from '../ports/store.ts'

const UUID = '6f1c2a60-0000-4000-8000-00000000000'

describe('sessions', () => {
  it('WE5: a person with several connections counts once, and leaves with the last (JL4)', async () => {
    const test = createTestHub({ names: 'shared' })
    const watcher = await test.connect()
    const first = await test.connect({ username: 'Alice' })
    const second = await test.connect({ username: 'alice' })
    expect(second.all()[0]).toMatchObject({ connected_count: 2, connected_users: ['Alice'] })
    first.hangUp()
    await test.clock.settle()
    second.hangUp()
    await test.clock.settle()
    const events = watcher.all().map((frame) => [frame['event'], frame['connected_count']])
    expect(events).toEqual([
      ['welcome', 1],
      ['join', 2],
      ['leave', 1],
    ])
  })

  it('NA4: a second claim is refused with 4509, and with the resume token it is the same person', async () => {
    const test = createTestHub()
    const alice = await test.connect({ username: 'Alice', dialect: 'v1' })
    const stranger = await test.connect({ username: 'Ａlice' })
    expect(stranger.closed?.code).toBe(4509)
    expect(stranger.all()).toMatchObject([{ type: 'error', code: 'name_taken', field: 'username' }])
    const token = alice.all()[0]?.['resume_token'] as string
    const tab = await test.connect({ username: 'Alice', dialect: 'v1', resumeToken: token })
    expect(tab.closed).toBeNull()
    expect(tab.all()[0]).toMatchObject({ event: 'welcome', connected_count: 1 })
    const forged = await test.connect({ username: 'Alice', dialect: 'v1', resumeToken: `${token}x` })
    expect(forged.closed?.code).toBe(4509)
  })

  it('V6: a token of another name, or an expired one, is that of a stranger', async () => {
    const test = createTestHub()
    const bob = await test.connect({ username: 'Bob', dialect: 'v1' })
    const token = bob.all()[0]?.['resume_token'] as string
    await test.connect({ username: 'Carol' })
    expect((await test.connect({ username: 'Carol', dialect: 'v1', resumeToken: token })).closed?.code).toBe(
      4509,
    )
    for (let day = 0; day < 8 * 24; day++) {
      bob.events?.onActivity()
      await test.clock.advance(25_000)
    }
    const late = createTestHub({}, { clock: test.clock, store: test.store })
    expect(
      (await late.connect({ username: 'Bob', dialect: 'v1', resumeToken: token })).all()[0],
    ).toMatchObject({
      private_head_seq: 0,
    })
  })

  it('V6: a token that was signed within the hour is given again, unsigned; an older one is not', async () => {
    const signer = createHmacSigner(randomBytes(32))
    let signatures = 0
    const counting = {
      ...signer,
      sign: (text: string) => {
        signatures++
        return signer.sign(text)
      },
    }
    const test = createTestHub({}, { signer: counting })
    let token: string | null = null
    const signed: number[] = []
    for (const minutes of [0, 59, 1, 59, 1]) {
      test.clock.pass(minutes * 60_000)
      const bob = await test.connect({ username: 'Bob', dialect: 'v1', resumeToken: token })
      token = String(bob.all()[0]?.['resume_token'])
      bob.say({ type: 'join', room: 'lobby' })
      await test.clock.settle()
      expect(bob.all().at(-1)?.['resume_token']).toBe(token)
      signed.push(signatures)
      bob.hangUp()
    }
    expect(signed).toEqual([1, 1, 2, 2, 3])
  })

  it('PM6: who takes a name that became free reads nothing of its former bearer (V7: the bearer does)', async () => {
    const test = createTestHub()
    const alice = await test.connect({ username: 'Alice', dialect: 'v1' })
    const bob = await test.connect({ username: 'Bob', dialect: 'v1' })
    const token = bob.all()[0]?.['resume_token'] as string
    alice.say({ message: 'secret', target_user: 'bob', client_id: `${UUID}1` })
    await test.clock.settle()
    expect(bob.all().at(-1)).toMatchObject({
      type: 'private',
      from: 'Alice',
      to: 'Bob',
      message: 'secret',
      room: '@me',
    })
    bob.hangUp()
    const impostor = await test.connect({ username: 'Bob', dialect: 'v1' })
    impostor.say({ type: 'history', room: '@me' })
    await test.clock.settle()
    expect(impostor.all().at(-1)).toMatchObject({ type: 'history', entries: [], complete: true })
    impostor.hangUp()
    const again = await test.connect({ username: 'Bob', dialect: 'v1', resumeToken: token })
    expect(again.all()[0]).toMatchObject({ private_head_seq: 1 })
    again.say({ type: 'history', room: '@me' })
    await test.clock.settle()
    expect(again.all().at(-1)).toMatchObject({ type: 'history', entries: [{ message: 'secret' }] })
  })

  it('V4: the author’s own v1 connections get a copy, classic ones a confirmation only (PM2)', async () => {
    const test = createTestHub({ names: 'shared' })
    const tab = await test.connect({ username: 'Alice', dialect: 'v1' })
    const classic = await test.connect({ username: 'Alice' })
    const bob = await test.connect({ username: 'Bob' })
    const other = await test.connect({ username: 'Carol', dialect: 'v1' })
    for (const socket of [tab, classic, bob, other]) socket.news()
    classic.say({ message: 'psst', target_user: 'Bob' })
    await test.clock.settle()
    expect(classic.news().map((frame) => frame.type)).toEqual(['confirmation'])
    expect(tab.news()).toMatchObject([{ type: 'private', from: 'Alice', to: 'Bob' }])
    expect(bob.news()).toMatchObject([{ type: 'private', from: 'Alice', message: 'psst' }])
    expect(other.news()).toEqual([])
  })

  it('V3: a private message that is repeated after its addressee has left is acknowledged, a new one is not (PM3)', async () => {
    const test = createTestHub()
    const bob = await test.connect({ username: 'Bob', dialect: 'v1' })
    const alice = await test.connect({ username: 'Alice', dialect: 'v1' })
    const said = { message: 'psst', target_user: 'bob', client_id: `${UUID}1` }
    alice.say(said)
    await test.clock.settle()
    const ack = alice.all().find(({ type }) => type === 'ack')
    bob.hangUp()
    await test.clock.settle()
    alice.news()
    alice.say(said)
    alice.say({ ...said, message: 'louder' })
    alice.say({ ...said, client_id: `${UUID}2` })
    await test.clock.settle()
    expect(alice.news()).toMatchObject([
      ack,
      { type: 'error', code: 'conflict', client_id: `${UUID}1` },
      { type: 'error', code: 'user_not_found', target_user: 'bob', client_id: `${UUID}2` },
    ])
  })

  it('V3: the same client_id gives the same number and reaches nobody twice; other content is a conflict', async () => {
    const test = createTestHub()
    const alice = await test.connect({ username: 'Alice', dialect: 'v1' })
    const say = async (message: string) => {
      alice.news()
      alice.say({ message, client_id: `${UUID}1` })
      await test.clock.settle()
      return alice.news()
    }
    const [ack, echo] = await say('once')
    expect(ack).toMatchObject({ type: 'ack', seq: 1, room: 'lobby', client_id: `${UUID}1` })
    expect(echo).toMatchObject({ type: 'message', seq: 1, id: ack?.['id'] })
    expect(await say('once')).toEqual([{ ...ack }])
    expect(await say('twice')).toMatchObject([{ type: 'error', code: 'conflict', client_id: `${UUID}1` }])
  })

  it('keeps hundreds of frames that come with the handshake, and stops reading meanwhile', async () => {
    const test = createTestHub({ rateLimit: null })
    const opening = test.connect({ username: 'Hasty', room: 'cold' })
    const hasty = test.sockets.at(-1)
    for (let i = 0; i < 300; i++) hasty?.say({ message: `${i}` })
    expect(hasty?.paused).toBe(true)
    await opening
    await test.clock.settle()
    expect(hasty?.paused).toBe(false)
    expect(hasty?.all().filter((frame) => frame.type === 'message')).toHaveLength(300)
  })

  it('ER11: one more than max_connections is told so and closed; a place that became free is given again', async () => {
    const test = createTestHub({ maxConnections: 2 })
    const first = await test.connect()
    await test.connect()
    const third = await test.connect()
    expect(third.closed).toEqual({ code: 1008, reason: 'Server is full' })
    expect(third.all()).toMatchObject([{ type: 'error', code: 'server_full', retryable: true }])
    first.hangUp()
    expect((await test.connect()).closed).toBeNull()
    for (let i = 0; i < 1000; i++) (await test.connect()).hangUp()
    expect((await test.connect()).closed?.code).toBe(1008)
  })

  it('ER10: a flood is refused with a time to wait, then closed with 4008', async () => {
    const test = createTestHub({ rateLimit: 20, rateBurst: 100 })
    const flood = await test.connect({ username: 'flood' })
    for (let i = 0; i < 200; i++) flood.say({ message: `${i}` })
    await test.clock.settle()
    const frames = flood.all()
    expect(frames.filter((frame) => frame.type === 'message')).toHaveLength(0)
    const refusals = frames.filter((frame) => frame['code'] === 'rate_limited')
    expect(refusals.length).toBe(51)
    expect(refusals[0]).toMatchObject({ retryable: true, retry_after_ms: 100 })
    expect(flood.closed?.code).toBe(4008)
  })

  it('ER12: more than a hundred refused frames close with 4011', async () => {
    const test = createTestHub({ rateLimit: null })
    const clumsy = await test.connect()
    for (let i = 0; i < 150; i++) clumsy.say('nonsense')
    await test.clock.settle()
    expect(clumsy.closed?.code).toBe(4011)
  })

  it('a log that cannot be opened is complained of with the store’s own reason', async () => {
    const store = createMemoryStore()
    const heads = store.heads.bind(store)
    const test = createTestHub({}, { store })
    const first = await test.connect({ username: 'Alice', dialect: 'v1' })
    const resumeToken = String(first.all()[0]?.['resume_token'])
    first.hangUp()
    test.clock.pass(60_000)
    store.heads = async (logs) => {
      if (logs.some((log) => log.startsWith('@'))) throw new StoreUnavailable('disk full')
      return await heads(logs)
    }
    const alice = await test.connect({ username: 'Alice', dialect: 'v1', resumeToken })
    expect(alice.closed?.code).toBe(1013)
    expect(test.complaints).toEqual(['open_failed StoreUnavailable: disk full'])
  })

  it('ER14: while the store fails, the sender gets `unavailable` and nobody the message; later it works again', async () => {
    const test = createTestHub()
    const alice = await test.connect({ username: 'Alice' })
    const append = test.store.append.bind(test.store)
    Object.assign(test.store, { append: () => Promise.reject(new Error('disk full')) })
    alice.news()
    alice.say({ message: 'lost' })
    await test.clock.settle()
    expect(alice.news()).toMatchObject([{ type: 'error', code: 'unavailable', retryable: true }])
    Object.assign(test.store, { append })
    alice.say({ message: 'kept' })
    await test.clock.settle()
    expect(alice.news()).toMatchObject([{ type: 'message', message: 'kept', seq: 1 }])
  })

  it('is not ready while messages are refused though the probe succeeds, and ready once one is kept or after a while', async () => {
    const test = createTestHub()
    const alice = await test.connect({ username: 'Alice' })
    const storeOf = async () => (await test.hub.readiness()).find(({ name }) => name === 'store')
    const append = test.store.append.bind(test.store)
    const refused = () => Promise.reject(new StoreUnavailable('disk full'))
    const say = async (how: typeof append) => {
      Object.assign(test.store, { append: how })
      alice.say({ message: 'hello' })
      await test.clock.settle()
    }
    await say(refused)
    expect(await storeOf()).toMatchObject({ ok: false, detail: 'messages were refused' })
    await say(append)
    expect(await storeOf()).toMatchObject({ ok: true })
    await say(refused)
    expect(await storeOf()).toMatchObject({ ok: false })
    await test.clock.advance(5_000)
    expect(await storeOf()).toMatchObject({ ok: true })
  })

  it('forgets everything about those who left', async () => {
    const test = createTestHub({ noticesPerSecond: 1000 })
    for (let i = 0; i < 50; i++) {
      const socket = await test.connect({ username: `u${i}`, room: `r${i % 5}` })
      socket.say({ type: 'join', room: `extra${i}` })
      await test.clock.settle()
      socket.hangUp()
    }
    await test.clock.settle()
    expect(test.hub.status()).toMatchObject({ connected_count: 0, connected_users: [], connections: [] })
    expect(await test.hub.rooms('', 100)).toEqual({ rooms: [] })
  })
})
