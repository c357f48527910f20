import { describe, expect, it } from 'vitest'
import { chat, enter, MemoryStorage, settled as soon } from '../testing/harness.ts'
import { FakeClock } from '../testing/fake-clock.ts'
import { FakeOutboxStorage } from '../testing/outbox-storage.ts'
import { FakeNetwork, type SocketPair } from '../testing/socket-pair.ts'
import { FakeBrowser } from '../testing/tabs.ts'
import { ASK_HOLDER_MS, FROZEN_JITTER_MS, FROZEN_MS } from './leader.ts'
import { createSharedClient, type SharedClient, type SharedClientOptions } from './shared.ts'

/** Notes go from tab to tab and back before everything rests. */
const settled = async (): Promise<void> => {
  for (let i = 0; i < 12; i++) await soon()
}

type How = 'locks' | 'asking'
const HOWS: How[] = ['locks', 'asking']

function browser(how: How = 'locks') {
  const fake = new FakeBrowser()
  const clock = new FakeClock()
  const network = new FakeNetwork()
  const kept = new FakeOutboxStorage()
  const open = (tab: string, options: Partial<SharedClientOptions> = {}) => {
    const client = createSharedClient({
      url: 'ws://chat.test',
      username: 'Alice',
      WebSocket: network.WebSocket,
      storage: new MemoryStorage(),
      environment: { onWake: () => () => undefined },
      outbox: kept,
      clock,
      random: () => (tab.charCodeAt(0) % 4) / 4,
      channel: fake.channel(tab),
      locks: how === 'locks' ? fake.locks(tab) : null,
      ...options,
    })
    const told: string[] = []
    client.onMessage(({ seq }) => told.push(`message ${seq}`))
    client.onGap(({ after, before }) => told.push(`gap ${after}-${before}`))
    client.outbox.onChange(({ text, state }) => told.push(`${text} ${state.phase}`))
    client.connect()
    return { tab, client, told }
  }
  /** Lets an election that asks come to its end. */
  const elected = async (): Promise<void> => {
    await settled()
    if (how === 'locks') return
    for (let i = 0; i < 50; i++) {
      clock.advance(20)
      await settled()
    }
  }
  return { fake, clock, network, kept, open, elected }
}

/** Tabs a, b and c; the first one leads and is online. */
async function three(how: How = 'locks') {
  const made = browser(how)
  const a = made.open('a')
  await made.elected()
  const tabs = [a, made.open('b'), made.open('c')] as const
  await made.elected()
  const server = enter(made)
  await settled()
  return { ...made, server, tabs }
}

const roles = (tabs: readonly { client: SharedClient }[]): string[] => tabs.map(({ client }) => client.role)
const ack = (client_id: unknown, seq: number): object => ({
  type: 'ack',
  client_id,
  id: `id-${seq}`,
  room: 'lobby',
  seq,
  timestamp: 't',
})

describe.each(HOWS)('tabs of one browser, by %s', (how) => {
  it('have one leader and one socket, and hear the same', async () => {
    const { tabs, network, server } = await three(how)
    expect(roles(tabs)).toEqual(['leader', 'follower', 'follower'])
    expect(network.pairs).toHaveLength(1)
    server.say(chat(1)).say(chat(2)).flushToClient()
    await settled()
    for (const { client, told } of tabs) {
      expect(client.state.phase).toBe('online')
      expect(told).toEqual(['message 1', 'message 2'])
    }
  })

  it('hand over when the leader dies, within a second, and miss nothing', async () => {
    const { tabs, fake, network, server, clock } = await three(how)
    const [a, b, c] = tabs
    server.say(chat(1)).flushToClient()
    await settled()
    fake.kill('a')
    const died = clock.monotonic()
    let tookOver = Number.POSITIVE_INFINITY
    for (const { client } of [b, c])
      client.onRole((role) => {
        if (role === 'leader') tookOver = Math.min(tookOver, clock.monotonic() - died)
      })
    for (let i = 0; i < 50; i++) {
      await settled()
      clock.advance(20)
    }
    await settled()
    expect(tookOver).toBeLessThanOrEqual(how === 'locks' ? 50 : 1_000)
    expect(roles([b, c]).toSorted()).toEqual(['follower', 'leader'])
    const next = enter({ network }, { head_seq: 3 })
    expect(next).not.toBe(server)
    expect(next.protocols).toContain('roomful.resume.token-1')
    await settled()
    const join = next.flushToServer().find(({ type }) => type === 'join')
    expect(join).toEqual({ type: 'join', room: 'lobby', since: { epoch: 'e1', seq: 1 } })
    next.say({
      ...{ type: 'system', event: 'welcome', message: '', room: 'lobby', epoch: 'e1', head_seq: 3 },
      resume: { outcome: 'full', after: 1 },
    })
    for (const seq of [2, 3, 4]) next.say(chat(seq))
    next.flushToClient()
    await settled()
    for (const { told } of [b, c]) expect(told).toEqual(['message 1', 'message 2', 'message 3', 'message 4'])
    expect(a.told).toEqual(['message 1'])
  })

  it('hand over when the leader leaves', async () => {
    const { tabs, elected, network } = await three(how)
    const [a, b, c] = tabs
    a.client.disconnect()
    await elected()
    expect(a.client.state.phase).toBe('idle')
    expect(roles([b, c]).toSorted()).toEqual(['follower', 'leader'])
    expect(network.pairs.filter(({ clientClose }) => clientClose === null)).toHaveLength(1)
  })
})

describe('a follower', () => {
  it('asks through the leader and gets its answers and refusals', async () => {
    const { tabs, server } = await three()
    const [, b] = tabs
    const said = b.client.send('hello')
    await settled()
    const [frame] = server.flushToServer().filter(({ type }) => type === 'message')
    server.say(ack(frame?.['client_id'], 1)).flushToClient()
    expect(await said).toMatchObject({ seq: 1 })
    const refused = b.client.edit(1, 'x')
    refused.catch(() => undefined)
    await settled()
    const [edit] = server.flushToServer()
    server.say({ type: 'error', code: 'forbidden', message: 'no', client_id: edit?.['client_id'] })
    server.flushToClient()
    await expect(refused).rejects.toMatchObject({ name: 'ClientError', code: 'forbidden', retryable: false })
    b.client.typing()
    await settled()
    expect(server.flushToServer()).toEqual([{ type: 'typing' }])
  })

  it('that waits for an answer when the leader dies is told `closed`', async () => {
    const { tabs, fake } = await three()
    const [, , c] = tabs
    const said = c.client.send('hello')
    said.catch(() => undefined)
    await settled()
    fake.kill('a')
    await settled()
    await expect(said).rejects.toMatchObject({ code: 'closed', retryable: true })
  })

  it('that is new knows the state, who is here and where each log stands', async () => {
    const { open, server, tabs } = await three()
    server.say(chat(1)).flushToClient()
    await settled()
    server.flushToServer()
    const d = open('d')
    await settled()
    expect(server.flushToServer()).toEqual([{ type: 'status', room: 'lobby' }])
    server.say(chat(2)).flushToClient()
    await settled()
    expect(d.told).toEqual([])
    server.say({
      ...{ type: 'status', room: 'lobby', connected_count: 2, connected_users: ['Alice', 'Bob'] },
      ...{ heartbeat_timeout: 30, connections: [], status: 'active' },
    })
    server.flushToClient()
    await settled()
    expect(d.client.state).toMatchObject({
      phase: 'online',
      welcome: { connected_users: ['Alice', 'Bob'], head_seq: 2 },
    })
    server.say(chat(3)).flushToClient()
    await settled()
    expect(d.told).toEqual(['message 3'])
    expect(tabs[1].told).toEqual(['message 1', 'message 2', 'message 3'])
  })

  it('without a leader is offline', async () => {
    const { open } = browser('asking')
    const { client } = open('a')
    await expect(client.send('x')).rejects.toMatchObject({ code: 'offline' })
  })
})

describe('the outbox', () => {
  it('is one: what any tab adds is sent by the leader, and every tab sees it', async () => {
    const { tabs, server, kept } = await three()
    const [a, b, c] = tabs
    const { clientId } = b.client.outbox.add({ text: 'hello' })
    await settled()
    const sent = server.flushToServer().filter(({ type }) => type === 'message')
    expect(sent).toMatchObject([{ message: 'hello', client_id: clientId }])
    server.say(ack(clientId, 1)).flushToClient()
    await settled()
    for (const { told, client } of [a, b, c]) {
      expect(told).toEqual(['hello queued', 'hello sending', 'hello sent'])
      expect(client.outbox.entries).toEqual([])
    }
    expect(kept.kept.size).toBe(0)
  })

  it.each(['kept', 'lost'])('goes on when the leader dies while it sends: %s storage', async (storage) => {
    const { tabs, server, fake, network, kept } = await three()
    const [, b, c] = tabs
    if (storage === 'lost') kept.fault = new Error('QuotaExceededError')
    const first = b.client.outbox.add({ text: 'first' })
    const second = c.client.outbox.add({ text: 'second' })
    await settled()
    expect(server.flushToServer().filter(({ type }) => type === 'message')).toMatchObject([
      { client_id: first.clientId },
    ])
    fake.kill('a')
    await settled()
    const next = enter({ network })
    await settled()
    for (const [i, { clientId }] of [first, second].entries()) {
      const [frame] = next.flushToServer().filter(({ type }) => type === 'message')
      expect(frame).toMatchObject({ client_id: clientId })
      next.say(ack(clientId, i + 1)).flushToClient()
      await settled()
    }
    expect(next.flushToServer()).toEqual([])
    expect([b.client.outbox.entries, c.client.outbox.entries]).toEqual([[], []])
  })

  it('throws away for all', async () => {
    const { tabs, server } = await three()
    const [a, b] = tabs
    const { clientId } = b.client.outbox.add({ text: 'x', to: 'Bob' })
    await settled()
    server.say({ type: 'error', code: 'user_not_found', message: 'no', client_id: clientId }).flushToClient()
    await settled()
    expect(b.client.outbox.entries).toMatchObject([{ state: { phase: 'failed', code: 'user_not_found' } }])
    b.client.outbox.discard(clientId)
    await settled()
    expect(a.client.outbox.entries).toEqual([])
  })
})

describe('what one tab throws away', () => {
  const said = (server: SocketPair): unknown[] =>
    server.flushToServer().flatMap(({ type, message }) => (type === 'message' ? [message] : []))

  /** Three tabs offline, and one entry that all of them know. */
  async function waiting() {
    const made = await three()
    made.server.close(1006).flushToClient()
    const entry = made.tabs[1].client.outbox.add({ text: 'x' })
    await settled()
    for (const { client } of made.tabs) expect(client.outbox.entries).toHaveLength(1)
    return { ...made, entry }
  }

  it('is not sent by a leader that slept when it was said', async () => {
    const { tabs, fake, network, entry } = await waiting()
    fake.freeze('c')
    tabs[1].client.outbox.discard(entry.clientId)
    await settled()
    fake.thaw('c')
    fake.kill('b')
    fake.kill('a')
    await settled()
    expect(tabs[2].client.role).toBe('leader')
    const next = enter({ network })
    await settled()
    expect(said(next)).toEqual([])
    expect(tabs[2].client.outbox.entries).toEqual([])
  })

  it('is not brought back by a storage that is slow to forget', async () => {
    const { tabs, fake, network, kept, entry } = await waiting()
    fake.kill('a')
    const forget = kept.delete.bind(kept)
    let goOn: () => void = () => undefined
    const slow = new Promise<void>((resolve) => (goOn = resolve))
    kept.delete = async (clientId) => await slow.then(() => forget(clientId))
    tabs[2].client.outbox.discard(entry.clientId)
    await settled()
    const next = enter({ network })
    goOn()
    await settled()
    expect(said(next)).toEqual([])
    for (const { client } of tabs.slice(1)) expect(client.outbox.entries).toEqual([])
  })

  it('too late is sent once all the same, and told so, also when the first try is cut off', async () => {
    const { tabs, server, network } = await three()
    const [a, b] = tabs
    const thrown: unknown[] = []
    // The follower has heard of it, but not yet that it is on its way.
    const end = b.client.outbox.onChange((entry) => {
      end()
      thrown.push(b.client.outbox.discard(entry.clientId)?.text)
    })
    const { clientId } = a.client.outbox.add({ text: 'x' })
    await settled()
    expect(thrown).toEqual(['x'])
    expect(said(server)).toEqual(['x'])
    server.close(1006).flushToClient()
    await settled()
    a.client.retryNow()
    const next = enter({ network })
    await settled()
    expect(said(next)).toEqual(['x'])
    next.say(ack(clientId, 1)).flushToClient()
    await settled()
    expect(b.told.slice(-2)).toEqual(['x sending', 'x sent'])
    for (const { client } of tabs) expect(client.outbox.entries).toEqual([])
  })
})

it('a leader that is frozen is replaced, and follows when it wakes', async () => {
  const { tabs, fake, clock, network, server } = await three()
  const [a, b] = tabs
  fake.freeze('a')
  for (let at = 0; at < ASK_HOLDER_MS + FROZEN_MS + FROZEN_JITTER_MS; at += 100) {
    clock.advance(100)
    // The frozen tab's socket is not the browser's to close, and its timers are not asked for.
    server.say({ type: 'ping', timestamp: 't' }).flushToClient()
    await settled()
  }
  expect(b.client.role).toBe('leader')
  const next = enter({ network })
  next.say(chat(1)).flushToClient()
  await settled()
  fake.thaw('a')
  await settled()
  expect(a.client.role).toBe('follower')
  for (let i = 0; i < 3; i++) {
    clock.advance(1_000)
    next.say({ type: 'ping', timestamp: 't' }).flushToClient()
    await settled()
  }
  const [status] = next.flushToServer().filter(({ type }) => type === 'status')
  expect(status).toBeDefined()
  next.say({
    ...{ type: 'status', room: 'lobby', connected_count: 1, connected_users: ['Alice'] },
    ...{ heartbeat_timeout: 30, connections: [], status: 'active' },
  })
  next.flushToClient()
  await settled()
  next.say(chat(2)).flushToClient()
  await settled()
  expect(roles(tabs).filter((role) => role === 'leader')).toHaveLength(1)
  const whole = ['message 1', 'message 2']
  expect(tabs.map(({ told }) => told)).toEqual([['gap 0-2', 'message 2'], whole, whole])
})

it('rooms and being away outlive the leader', async () => {
  const { tabs, server, fake, network } = await three()
  void tabs[1].client.join('tea')
  tabs[2].client.setAway(true)
  await settled()
  server.say({ type: 'system', event: 'welcome', message: '', room: 'tea', epoch: 'e1', head_seq: 4 })
  server.flushToClient()
  await settled()
  fake.kill('a')
  await settled()
  const next = enter({ network })
  await settled()
  expect(next.flushToServer()).toEqual([
    { type: 'join', room: 'tea', since: { epoch: 'e1', seq: 4 } },
    { type: 'away', away: true },
  ])
})

it('tabs of other people, servers and rooms share nothing', async () => {
  const { open, network } = browser()
  const all = [{}, { username: 'Bob' }, { url: 'ws://other.test' }, { room: 'tea' }]
  for (const [i, options] of all.entries()) open(`${i}`, options)
  await settled()
  expect(network.pairs).toHaveLength(all.length)
})
