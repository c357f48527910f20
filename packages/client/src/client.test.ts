import { describe, expect, it, vi } from 'vitest'
import { chat, enter, harness, online, PING, settled, welcome } from '../testing/harness.ts'
import type { FrameEvent } from './api.ts'
import { createClient } from './client.ts'

const whisper = (seq: number): object => ({
  type: 'private',
  from: 'Bob',
  to: 'Alice',
  message: `whisper ${seq}`,
  timestamp: 't',
  id: `p${seq}`,
  seq,
  room: '@me',
})

describe('createClient', () => {
  it('connects to the heartbeat endpoint with the subprotocol of v1', () => {
    const { client, network } = harness({ username: '小明', room: '大廳', lang: 'zh-Hant' })
    client.connect()
    expect(network.last.url.href).toBe(
      'ws://chat.test/ws/chat/%E5%B0%8F%E6%98%8E/heartbeat?room=%E5%A4%A7%E5%BB%B3&lang=zh-Hant',
    )
    expect(network.last.protocols).toEqual(['roomful.v1'])
  })

  it('says what to do when there is no WebSocket', () => {
    vi.stubGlobal('WebSocket', undefined)
    try {
      expect(() => createClient({ url: 'ws://chat.test' })).toThrow(
        /Pass a class: import \{ WebSocket \} from 'ws'/,
      )
    } finally {
      vi.unstubAllGlobals()
    }
  })

  it('refuses what is no URL', () => {
    expect(() => harness({ url: 'chat' })).toThrow(TypeError)
  })

  it('stops at once for a name that no URL can carry', () => {
    for (const username of ['', '.', '..', '\ud800']) {
      const { client, network } = harness({ username })
      client.connect()
      expect(client.state).toMatchObject({ phase: 'stopped', reason: { code: 4500, error: null } })
      client.retryNow()
      expect(network.pairs).toHaveLength(0)
    }
  })
})

describe('the heartbeat', () => {
  it('is answered inside the message handler, with no timer in between', () => {
    const { clock, server } = online()
    const timers = clock.timers
    server.say(PING).flushToClient()
    expect(server.flushToServer()).toEqual([{ type: 'pong' }])
    expect(clock.timers).toBe(timers)
  })

  it('is answered although a listener throws', () => {
    const microtask = vi.spyOn(globalThis, 'queueMicrotask').mockImplementation(() => {})
    const { client, server } = online()
    client.onFrame(() => {
      throw new Error('mine')
    })
    server.say(PING).flushToClient()
    expect(server.flushToServer()).toEqual([{ type: 'pong' }])
    microtask.mockRestore()
  })
})

describe('the resume token', () => {
  it('is remembered from each welcome and shown on the next connection', () => {
    const made = online()
    expect([...made.storage.values]).toEqual([['roomful.resume Alice@ws://chat.test', 'token-1']])
    made.server.close(1006).flushToClient()
    made.client.retryNow()
    expect(made.network.last.protocols).toEqual(['roomful.v1', 'roomful.resume.token-1'])
    enter(made, { resume_token: 'token-2' })
    expect([...made.storage.values.values()]).toEqual(['token-2'])
  })

  it('is read from the storage of the same name and server, and from no other', () => {
    const { storage } = online()
    const shown = (options: object): readonly string[] => {
      const { client, network } = harness({ storage, ...options })
      client.connect()
      return network.last.protocols.slice(1)
    }
    expect(shown({})).toEqual(['roomful.resume.token-1'])
    expect(shown({ username: 'Bob' })).toEqual([])
    expect(shown({ url: 'ws://other.test' })).toEqual([])
    expect(shown({ resumeToken: null })).toEqual([])
    expect(shown({ resumeToken: 'given' })).toEqual(['roomful.resume.given'])
  })

  it('survives a disconnect', () => {
    const { client, network } = online()
    client.disconnect()
    client.connect()
    expect(network.last.protocols).toContain('roomful.resume.token-1')
  })

  it('is not shown by an anonymous client', () => {
    const { clock, environment, network, storage } = harness()
    const { WebSocket } = network
    const client = createClient({
      url: 'http://chat.test/',
      WebSocket,
      clock,
      environment,
      storage,
      resumeToken: 'given',
    })
    client.connect()
    expect(network.last.url.href).toBe('ws://chat.test/ws/chat')
    expect(network.last.protocols).toEqual(['roomful.v1'])
    enter({ network })
    expect(storage.values.size).toBe(0)
  })
})

describe('listeners', () => {
  it('hear their own kind of frame until they leave', () => {
    const { client, server } = online()
    const heard: string[] = []
    const leave = [
      client.onMessage((frame) => heard.push(frame.message)),
      client.onPrivate((frame) => heard.push(frame.message)),
      client.onSystem((frame) => heard.push(frame.event ?? '')),
      client.onError((frame) => heard.push(frame.message)),
      client.onState((state) => heard.push(state.phase)),
      client.onFrame((frame) => heard.push(frame.direction)),
    ]
    const say = (seq: number): void => {
      server
        .say(chat(seq))
        .say(whisper(seq))
        .say({ type: 'system', event: 'join', message: 'Bob joined', username: 'Bob' })
        .say({ type: 'error', code: 'too_many_errors', message: 'too many' })
        .flushToClient()
    }
    say(1)
    expect(heard).toEqual(['in', 'text 1', 'in', 'whisper 1', 'in', 'join', 'in', 'too many'])
    for (const end of leave) end()
    say(2)
    server.close(1000).flushToClient()
    expect(heard).toHaveLength(8)
  })

  it('work when they are taken off the client', () => {
    const { client, server } = online()
    const { onMessage } = client
    const heard = vi.fn<(event: unknown) => void>()
    onMessage(heard)
    server.say(chat(1)).flushToClient()
    expect(heard).toHaveBeenCalledOnce()
  })

  it('hear the first welcome when they were there before it', () => {
    const { client, network } = harness()
    const heard = vi.fn<(event: unknown) => void>()
    client.onSystem(heard)
    client.connect()
    enter({ network })
    expect(heard).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ event: 'welcome' }))
  })

  it('see every frame in both directions', () => {
    const { client, clock, network } = harness()
    const frames: FrameEvent[] = []
    client.onFrame((frame) => frames.push(frame))
    client.connect()
    network.last.open().say(welcome()).say(PING).flushToClient()
    const at = clock.now()
    expect(frames).toEqual([
      { direction: 'in', text: JSON.stringify(welcome()), at },
      { direction: 'in', text: JSON.stringify(PING), at },
      { direction: 'out', text: '{"type":"pong"}', at },
    ])
  })
})

describe('a server that lies', () => {
  it('cannot make anything twice or in the wrong order', () => {
    const { client, server } = online()
    const heard: number[] = []
    const faults: unknown[] = []
    client.onMessage((frame) => heard.push(frame.seq))
    client.onPrivate((frame) => heard.push(-frame.seq))
    client.onFrame(({ fault }) => faults.push(fault))
    for (const seq of [1, 2, 2, 1, 3, 1, 4]) server.say(chat(seq))
    server
      .say(whisper(2))
      .say(whisper(2))
      .say(chat(1, { room: 'other' }))
      .flushToClient()
    expect(heard).toEqual([1, 2, 3, 4, -2])
    expect(faults.filter((fault) => fault === 'bad_order')).toHaveLength(5)
  })

  it('may begin anew on a new connection and with a new welcome', () => {
    const made = online()
    const heard: number[] = []
    made.client.onMessage((frame) => heard.push(frame.seq))
    made.client.onPrivate((frame) => heard.push(-frame.seq))
    made.server
      .say(chat(1))
      .say(welcome({ epoch: 'e2' }))
      .say(chat(1))
      .say(whisper(3))
      .close(1006)
      .flushToClient()
    made.client.retryNow()
    enter(made).say(chat(1)).say(whisper(1)).flushToClient()
    expect(heard).toEqual([1, 1, -3, 1, -1])
  })

  it('is survived: unknown types, bad JSON, prototypes, binary, wrong fields', () => {
    const { client, server } = online()
    const frames: FrameEvent[] = []
    const heard = vi.fn<(event: unknown) => void>()
    client.onFrame((frame) => frames.push(frame))
    for (const listen of [
      client.onMessage,
      client.onPrivate,
      client.onSystem,
      client.onError,
      client.onState,
    ])
      listen(heard)
    server
      .say({ type: 'shouting', username: 'Bob' })
      .say('{"type":"__proto__"}')
      .say('{"type":"constructor"}')
      .say('{"type":')
      .say('"ping"')
      .say('{"__proto__":{"type":"message"}}')
      .say({ ...chat(1), message: 5 })
      .say({ ...welcome(), connected_count: -1 })
      .sayBinary(new Uint8Array([1]))
      .flushToClient()
    expect(frames.map(({ unknown, fault }) => unknown ?? fault)).toEqual([
      'shouting',
      '__proto__',
      'constructor',
      'not_json',
      'not_object',
      'bad_field',
      'bad_field',
      'bad_field',
      'binary',
    ])
    expect(frames.at(-1)?.text).toBe('')
    expect(heard).not.toHaveBeenCalled()
    expect(client.state.phase).toBe('online')
    server.say(chat(1)).flushToClient()
    expect(heard).toHaveBeenCalledOnce()
  })

  it('cannot put its token where it breaks the next connection', () => {
    const made = harness()
    made.client.connect()
    enter(made, { resume_token: 'a b, c' }).close(1006).flushToClient()
    made.client.retryNow()
    expect(made.network.last.protocols).toEqual(['roomful.v1'])
  })

  it('cannot answer what was not asked', async () => {
    const { client, server } = online()
    const failed = vi.fn<(event: unknown) => void>()
    client.send('x', { clientId: 'mine' }).catch(failed)
    server
      .say({ type: 'ack', client_id: '__proto__', id: 'i', room: 'lobby', seq: 1, timestamp: 't' })
      .say({
        type: 'history',
        room: 'lobby',
        epoch: 'e',
        entries: [],
        head_seq: 0,
        complete: true,
        request_id: 'q',
      })
      .say({ type: 'confirmation', event: 'left', message: 'x', timestamp: 't', room: 'lobby' })
      .flushToClient()
    await settled()
    expect(failed).not.toHaveBeenCalled()
    expect(client.state.phase).toBe('online')
    client.disconnect()
    await settled()
    expect(failed).toHaveBeenCalledOnce()
  })
})
