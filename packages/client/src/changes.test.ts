import { describe, expect, it } from 'vitest'
import { chat, enter, harness, online, settled, welcome } from '../testing/harness.ts'
import { FakeOutboxStorage } from '../testing/outbox-storage.ts'
import type { SocketPair } from '../testing/socket-pair.ts'
import type { Client } from './api.ts'
import type { OutboxDraft } from './outbox-entry.ts'

const about = (seq: number, more: object): object => ({
  username: 'Bob',
  target: { id: 'id-1', seq: 1 },
  timestamp: 't',
  id: `id-${seq}`,
  seq,
  room: 'lobby',
  ...more,
})
const edit = (seq: number): object => about(seq, { type: 'edit', message: 'better' })
const deletion = (seq: number): object => about(seq, { type: 'delete' })
const reaction = (seq: number, more: object = {}): object =>
  about(seq, { type: 'reaction', emoji: '👍', ...more })

const ID = '00000000-0000-4000-8000-000000000001'

describe('requests', () => {
  it.each<[string, (client: Client) => Promise<unknown>, object]>([
    [
      'send',
      (client) => client.send('yes', { replyTo: 4, clientId: ID }),
      { type: 'message', message: 'yes', reply_to: 4, epoch: 'e1' },
    ],
    [
      'whisper',
      (client) => client.whisper('Bob', 'yes', { replyTo: 2, clientId: ID }),
      { type: 'message', message: 'yes', target_user: 'Bob', reply_to: 2, epoch: 'e1' },
    ],
    [
      'edit',
      (client) => client.edit(4, 'better', { room: '@me', clientId: ID }),
      { type: 'edit', seq: 4, epoch: 'e1', message: 'better', room: '@me' },
    ],
    ['remove', (client) => client.remove(4, { clientId: ID }), { type: 'delete', seq: 4, epoch: 'e1' }],
    [
      'react',
      (client) => client.react(4, '👍', { remove: true, clientId: ID }),
      { type: 'reaction', seq: 4, epoch: 'e1', emoji: '👍', remove: true },
    ],
  ])('%s is acknowledged, or refused with a typed error', async (_, act, frame) => {
    const { client, server } = online()
    const done = act(client)
    expect(server.flushToServer()).toEqual([{ ...frame, client_id: ID }])
    const room = 'target_user' in frame || 'room' in frame ? '@me' : 'lobby'
    const ack = { type: 'ack', client_id: ID, id: 'id-9', room, seq: 9, timestamp: 't' }
    server.say(ack).flushToClient()
    expect(await done).toEqual(ack)
    const refused = act(client)
    server.say({ type: 'error', code: 'forbidden', message: 'no', client_id: ID }).flushToClient()
    await expect(refused).rejects.toMatchObject({ code: 'forbidden', retryable: false })
    server.close(1006).flushToClient()
    await expect(act(client)).rejects.toMatchObject({ code: 'offline' })
  })

  it('typing, read and away are signals: dropped while not online', () => {
    const { client, server } = online()
    const act = (): void => {
      client.typing()
      client.typing({ to: 'Bob' })
      client.typing({ room: 'tea' })
      client.markRead(7, { room: '@me' })
    }
    act()
    expect(server.flushToServer()).toEqual([
      { type: 'typing' },
      { type: 'typing', target_user: 'Bob' },
      { type: 'typing', room: 'tea' },
      { type: 'read', seq: 7, room: '@me' },
    ])
    server.close(1006).flushToClient()
    expect(act).not.toThrow()
  })

  it('away is said again after a reconnect, back is not', () => {
    const made = harness()
    made.client.setAway(true)
    made.client.connect()
    const server = enter(made)
    expect(server.flushToServer()).toEqual([{ type: 'away', away: true }])
    made.client.setAway(false)
    server.close(1006).flushToClient()
    made.client.retryNow()
    expect(enter(made).flushToServer()).toEqual([])
  })
})

describe('events', () => {
  it('changes are entries of their log: told once, in order, and no hole', async () => {
    const { client, server } = online()
    const told: string[] = []
    client.onMessage(({ seq }) => told.push(`message ${seq}`))
    client.onChange(({ type, seq }) => told.push(`${type} ${seq}`))
    for (const frame of [chat(1), edit(2), reaction(3), reaction(3), deletion(4), edit(2), chat(5)])
      server.say(frame)
    server.flushToClient()
    await settled()
    expect(told).toEqual(['message 1', 'edit 2', 'reaction 3', 'delete 4', 'message 5'])
    expect(server.flushToServer()).toEqual([])
  })

  it('a hole before a change is asked for like one before a message', async () => {
    const { client, server } = online()
    const told: number[] = []
    client.onChange(({ seq }) => told.push(seq))
    server.say(chat(1)).say(reaction(3)).flushToClient()
    await settled()
    expect(told).toEqual([])
    expect(server.flushToServer()).toEqual([{ type: 'join', room: 'lobby', since: { epoch: 'e1', seq: 1 } }])
  })

  it('who writes, has read, is away, and that the server goes, each has its listeners', () => {
    const { client, server } = online()
    const told: object[] = []
    const ends = [
      client.onTyping((event) => told.push(event)),
      client.onRead((event) => told.push(event)),
      client.onPresence((event) => told.push(event)),
      client.onGoingAway((event) => told.push(event)),
    ]
    const frames = [
      { type: 'typing', room: 'lobby', usernames: ['Bob'], count: 1 },
      { type: 'read', room: 'lobby', markers: [{ username: 'Bob', seq: 3 }] },
      { type: 'presence', room: 'lobby', event: 'away', username: 'Bob' },
      { type: 'going_away', retry_after_ms: 1_500, reason: 'restart' },
    ]
    const say = (): void => {
      for (const frame of frames) server.say(frame)
      server.flushToClient()
    }
    say()
    expect(told).toEqual(frames)
    for (const end of ends) end()
    say()
    expect(told).toHaveLength(frames.length)
  })
})

it('the outbox takes edits, deletions, reactions and replies as well, and keeps their order', async () => {
  const { client, server } = online({ outbox: null })
  const drafts: OutboxDraft[] = [
    { text: 'yes', replyTo: 2 },
    { kind: 'edit', seq: 3, text: 'better' },
    { kind: 'delete', seq: 4 },
    { kind: 'reaction', seq: 5, text: '👍', remove: true },
  ]
  for (const draft of drafts) client.outbox.add(draft)
  client.outbox.add({ text: 'psst', to: 'Bob', replyTo: 1 })
  const sent: Record<string, unknown>[] = []
  for (let i = 0; i < drafts.length; i++) {
    await settled()
    for (const { client_id, ...frame } of server.flushToServer()) {
      sent.push(frame)
      server.say({ type: 'ack', client_id, id: 'i', room: 'lobby', seq: 9, timestamp: 't' }).flushToClient()
    }
  }
  expect(sent).toEqual([
    { type: 'message', message: 'yes', reply_to: 2, epoch: 'e1', room: 'lobby' },
    { type: 'message', message: 'psst', target_user: 'Bob', reply_to: 1, epoch: 'e1' },
    { type: 'edit', seq: 3, epoch: 'e1', message: 'better', room: 'lobby' },
    { type: 'delete', seq: 4, epoch: 'e1', room: 'lobby' },
    { type: 'reaction', seq: 5, epoch: 'e1', emoji: '👍', remove: true, room: 'lobby' },
  ])
})

describe('a number is of the log in which it was seen', () => {
  const drafts: OutboxDraft[] = [
    { text: 'yes', replyTo: 2 },
    { kind: 'edit', seq: 3, text: 'better' },
    { kind: 'delete', seq: 4 },
    { kind: 'reaction', seq: 5, text: '👍', room: '@me' },
    { text: 'psst', to: 'Bob', replyTo: 1 },
  ]
  const epochs = (server: SocketPair): unknown[] =>
    server.flushToServer().flatMap(({ type, epoch }) => (type === 'join' ? [] : [epoch]))

  it.each([true, false])(
    'in the outbox, over a reload, whatever log there is then (catchUp: %s)',
    async (catchUp) => {
      const outbox = new FakeOutboxStorage()
      const { client, server } = online({ outbox, catchUp })
      await settled()
      server.close(1006).flushToClient()
      for (const draft of drafts) client.outbox.add(draft)
      client.outbox.add({ text: 'no number' })
      for (let i = 0; i < 6; i++) await settled()
      const next = online({ outbox, catchUp })
      next.server.say(welcome({ epoch: 'e2', head_seq: 9 })).flushToClient()
      await settled()
      await settled()
      expect(next.client.outbox.entries).toHaveLength(6)
      const sent: Record<string, unknown>[] = []
      while (next.client.outbox.entries.length > 0) {
        await settled()
        for (const frame of next.server.flushToServer())
          if (frame['client_id'] !== undefined) {
            sent.push(frame)
            const client_id = frame['client_id']
            next.server.say({ type: 'error', code: 'not_found', field: 'epoch', message: 'no', client_id })
          }
        next.server.flushToClient()
        await settled()
        for (const { clientId, state } of next.client.outbox.entries)
          if (state.phase === 'failed') next.client.outbox.discard(clientId)
      }
      expect(sent.map((frame) => `${String(frame['type'])} ${String(frame['epoch'])}`).sort()).toEqual([
        'delete e1',
        'edit e1',
        'message e1',
        'message e1',
        'message undefined',
        'reaction e1',
      ])
    },
  )

  it('without the outbox, by default and when the caller knows better', () => {
    const { client, server } = online()
    const acts = [
      client.send('yes', { replyTo: 2 }),
      client.whisper('Bob', 'yes', { replyTo: 2 }),
      client.edit(3, 'better', { epoch: 'e0' }),
      client.remove(4),
      client.react(5, '👍', { room: '@me' }),
      client.send('no number'),
    ]
    for (const act of acts) act.catch(() => undefined)
    expect(epochs(server)).toEqual(['e1', 'e1', 'e0', 'e1', 'e1', undefined])
  })

  it('of a room that has not been entered again, it is the former one', async () => {
    const made = online()
    const joined = made.client.join('tea')
    made.server.say(welcome({ room: 'tea', head_seq: 7 })).flushToClient()
    await joined
    made.server.close(1006).flushToClient()
    made.client.retryNow()
    const server = enter(made, { epoch: 'e2' })
    const ids = ['lobby', 'tea'].map((room) => made.client.outbox.add({ kind: 'delete', seq: 1, room }))
    expect(ids.map(({ epoch }) => epoch)).toEqual(['e2', 'e1'])
    server.flushToServer()
  })
})
