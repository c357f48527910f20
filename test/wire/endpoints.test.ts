import { once } from 'node:events'
import { createServer, type IncomingMessage, request } from 'node:http'
import { text as textOf } from 'node:stream/consumers'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { chatPath, emptyServer, dial, enter, freshRoom } from '../support/chat-client.ts'
import { OPCODE, RawClient } from '../support/raw-client.ts'
import { type RunningServer, startServer } from '../support/server.ts'

let server: RunningServer

/** The answer to a request that asks for an upgrade to these protocols, and gets none. */
async function upgrading(upgrade: string, path: string, body?: string) {
  const headers = {
    connection: 'Upgrade, HTTP2-Settings',
    upgrade,
    'http2-settings': 'AAMAAABkAAQAoAAAAAIAAAAA',
  }
  const more =
    body === undefined ? null : { 'content-type': 'application/json', 'content-length': body.length }
  const asking = request(`${server.url}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { ...headers, ...more },
  })
  asking.end(body)
  const [answer] = (await once(asking, 'response')) as [IncomingMessage]
  return { status: answer.statusCode, body: await textOf(answer) }
}

beforeAll(async () => {
  server = await startServer({ args: ['--origins', 'https://chat.example.org'] })
})
afterEach(() => emptyServer(server))
afterAll(() => server.kill())

describe('echo', () => {
  it('EP1: text comes back behind "Echo: "', async () => {
    const peer = await RawClient.open(server.port, '/ws')
    for (const text of ['x', '', '你好 👋', '{"type":"message","message":"x"}', 'Echo: x']) {
      peer.text(text)
      expect((await peer.next(OPCODE.text)).payload.toString('utf8')).toBe(`Echo: ${text}`)
    }
    expect(peer.inbox.all).toHaveLength(5)
    await peer.destroy()
  })

  it('EP1: binary comes back unchanged as binary', async () => {
    const peer = await RawClient.open(server.port, '/ws')
    for (const payload of [Buffer.from([0, 255, 0xc3, 0x28]), Buffer.alloc(0), Buffer.alloc(60_000, 7)]) {
      peer.frame({ opcode: OPCODE.binary, payload })
      expect((await peer.next(OPCODE.binary)).payload.equals(payload)).toBe(true)
    }
    await peer.destroy()
  })

  it('EP1: an echo connection is in no room', async () => {
    const peer = await RawClient.open(server.port, '/ws')
    const alice = await enter(server, 'Alice')
    expect(alice.welcome.connected_count).toBe(1)
    alice.say('not for the echo')
    await alice.hears('not for the echo')
    peer.text('border')
    await peer.nextText('Echo: border')
    expect(peer.inbox.all).toHaveLength(1)
    alice.say('nothing from the echo')
    await alice.hearsOnly('nothing from the echo')
    await peer.destroy()
  })
})

describe('chat endpoints', () => {
  it('EP2: an anonymous message names its author, Anonymous without one', async () => {
    const room = freshRoom()
    const [guest, bob] = [await enter(server, null, { room }), await enter(server, 'Bob', { room })]
    guest.say('with a name', { username: 'Guest 1' })
    guest.say('without')
    expect(await bob.hears('with a name')).toMatchObject({ username: 'Guest 1' })
    expect(await bob.hears('without')).toMatchObject({ username: 'Anonymous' })
  })

  it('EP3: the name is percent-encoded UTF-8', async () => {
    for (const name of ['小明', 'Zoë K.', '100%', 'a?b#c', '👩‍💻']) {
      const client = await enter(server, name)
      expect(client.welcome.username).toBe(name)
    }
  })

  it('EP3: a segment that is no percent-encoded UTF-8 lets nobody in', async () => {
    const room = freshRoom()
    const before = await enter(server, 'Watcher', { room })
    for (const segment of ['%E4%BD', '%ff', '%', '%zz']) {
      const peer = await RawClient.open(server.port, `/ws/chat/${segment}?room=${room}`)
      if (peer.status === 101) expect(await peer.closeFrame()).toMatchObject({ code: 4500 })
      else expect(peer.status).toBeGreaterThanOrEqual(400)
      await peer.destroy()
    }
    await before.quiet()
  })

  it('EP4: the heartbeat endpoint is named and has the heartbeat', async () => {
    const room = freshRoom()
    const carol = await enter(server, 'Carol', { room, heartbeat: true })
    expect(carol.welcome).toMatchObject({ username: 'Carol', heartbeat_interval: 10 })
    carol.send({ type: 'heartbeat' })
    await carol.next('heartbeat_ack')
  })

  it('EP5: lobby without a room, another room with one', async () => {
    expect((await enter(server, 'Dora')).welcome.room).toBe('lobby')
    expect((await enter(server, null)).welcome.room).toBe('lobby')
    expect((await enter(server, 'Emil', { room: '茶水間' })).welcome.room).toBe('茶水間')
    expect((await enter(server, null, { room: 'a.b-c_d' })).welcome.room).toBe('a.b-c_d')
    expect((await enter(server, 'Finn', { room: 'x', heartbeat: true })).welcome.room).toBe('x')
  })

  it('EP6: everybody reads the language of the own connection', async () => {
    const room = freshRoom()
    const chinese = await enter(server, 'Zhang', { room, lang: 'zh-Hant' })
    const standard = await enter(server, 'Std', { room })
    const english = await enter(server, 'Eng', { room, lang: 'en' })
    expect(chinese.welcome.message).toBe('歡迎 Zhang 加入聊天室！')
    expect(standard.welcome.message).toBe('歡迎 Std 加入聊天室！')
    expect(english.welcome.message).toBe('Welcome to the chat room, Eng!')
    const late = await enter(server, 'Late', { room })
    expect((await english.next('system', (frame) => frame.username === 'Late')).message).toBe('Late joined')
    expect((await chinese.next('system', (frame) => frame.username === 'Late')).message).toBe(
      'Late 加入了聊天室',
    )
    await late.leave()
    expect((await english.next('system', (frame) => frame.event === 'leave')).message).toBe('Late left')
    expect((await standard.next('system', (frame) => frame.event === 'leave')).message).toBe(
      'Late 離開了聊天室',
    )
  })

  it('EP6: the default can be configured', async () => {
    const english = await startServer({ args: ['--lang', 'en'] })
    try {
      expect((await enter(english, 'Al')).welcome.message).toBe('Welcome to the chat room, Al!')
      expect((await enter(english, 'Bo', { lang: 'zh-Hant' })).welcome.message).toBe('歡迎 Bo 加入聊天室！')
    } finally {
      await english.kill()
    }
  })

  it('EP7: an upgrade on any other path is 404', async () => {
    const paths = [
      '/',
      '/nope',
      '/ws/nope',
      '/ws/chat/Al/other',
      '/ws/chat/Al/heartbeat/x',
      '/chat',
      '/health',
      '/ws/status',
    ]
    for (const path of [...paths, '/WS/chat', '/wss', '/ws/chatter', '/%77s/chat/../../x', '/__proto__']) {
      const peer = await RawClient.open(server.port, path)
      expect([path, peer.status]).toEqual([path, 404])
      await peer.ended()
    }
    expect((await enter(server, 'Gina')).welcome.connected_count).toBe(1)
  })

  it('EP10: an upgrade to another protocol is ignored, or the answer names the header', async () => {
    const room = freshRoom()
    const path = `/api/v1/rooms/${room}/messages`
    const asked = [await upgrading('h2c', path, '{"message":"hello"}'), await upgrading('h2c', '/ws/status')]
    if ('shouldUpgradeCallback' in createServer()) {
      expect(asked.map(({ status }) => status)).toEqual([201, 200])
      const { entries } = (await (await fetch(`${server.url}${path}`)).json()) as { entries: unknown[] }
      expect(entries).toMatchObject([{ message: 'hello' }])
    } else {
      for (const { status, body } of asked) {
        expect([status, JSON.parse(body)]).toMatchObject([400, { status: 400, code: 'bad_message' }])
        expect(body).toContain('header Upgrade')
      }
    }
    // One that a WebSocket is among is judged as that of one.
    expect((await upgrading('h2c, WebSocket', '/nope')).status).toBe(404)
  })

  it('EP8: a foreign origin is 403 on every endpoint', async () => {
    const foreign = [
      'https://evil.example.com',
      'null',
      'https://chat.example.org.evil.com',
      'https://evil-chat.example.org',
      'http://chat.example.org',
      `http://127.0.0.1.evil.com:${server.port}`,
      'http://localhost.evil.com',
      'file://',
      'nonsense',
    ]
    for (const Origin of foreign) {
      const peer = await RawClient.open(server.port, '/ws/chat', { headers: { Origin } })
      expect([Origin, peer.status]).toEqual([Origin, 403])
      await peer.ended()
    }
    for (const path of ['/ws', '/ws/chat/Hugo', '/ws/chat/Hugo/heartbeat']) {
      const peer = await RawClient.open(server.port, path, {
        headers: { Origin: 'https://evil.example.com' },
      })
      expect([path, peer.status]).toEqual([path, 403])
      await peer.ended()
    }
  })

  it('EP8: the own host, a loopback host, a configured origin and no origin are let in', async () => {
    const welcome = [
      `http://127.0.0.1:${server.port}`,
      'http://localhost:5173',
      'http://[::1]:8080',
      'https://chat.example.org',
    ]
    for (const Origin of welcome) {
      const peer = await RawClient.open(server.port, '/ws/chat', { headers: { Origin } })
      expect([Origin, peer.status]).toEqual([Origin, 101])
      await peer.destroy()
    }
    const peer = await RawClient.open(server.port, '/ws/chat')
    expect(peer.status).toBe(101)
    await peer.destroy()
  })

  it('EP9: without a subprotocol no v1 frame arrives and none is selected', async () => {
    const classic = await enter(server, 'Ida', { room: freshRoom() })
    expect(classic.socket.protocol).toBe('')
    classic.say('hello', { client_id: '11111111-1111-4111-8111-111111111111' })
    await classic.hears('hello')
    await classic.quiet()
    for (const field of ['connection_id', 'resume_token', 'epoch', 'head_seq', 'limits', 'server_time'])
      expect(classic.welcome).not.toHaveProperty(field)
  })

  it('EP9: roomful.v1 is selected when it is offered, also among others', async () => {
    const v1 = await enter(server, 'Jan', { v1: true })
    expect(v1.socket.protocol).toBe('roomful.v1')
    const peer = await RawClient.open(server.port, '/ws/chat', { subprotocols: ['other', 'roomful.v1'] })
    expect(peer.headers.get('sec-websocket-protocol')).toBe('roomful.v1')
    await peer.destroy()
  })

  it('EP9: a client that offers only unknown subprotocols speaks classic', async () => {
    const peer = await RawClient.open(server.port, '/ws/chat', {
      subprotocols: ['graphql-ws', 'constructor'],
    })
    expect(peer.status).toBe(101)
    expect(peer.headers.has('sec-websocket-protocol')).toBe(false)
    expect(await peer.nextText('"system"')).not.toContain('epoch')
    await peer.destroy()
  })
})

describe('welcome', () => {
  it('WE1, WE4 and WE7: anonymous, in both languages', async () => {
    const room = freshRoom()
    const guest = await enter(server, null, { room })
    expect(guest.welcome).toMatchObject({
      type: 'system',
      message: '歡迎加入聊天室！',
      connected_count: 1,
      event: 'welcome',
      room,
    })
    expect(guest.welcome).not.toHaveProperty('username')
    expect((await enter(server, null, { room, lang: 'en' })).welcome).toMatchObject({
      message: 'Welcome to the chat room!',
      connected_count: 2,
    })
  })

  it('WE2, WE4 and WE7: named, users in order of arrival, the newcomer last', async () => {
    const room = freshRoom()
    await enter(server, 'Zoe', { room })
    await enter(server, null, { room })
    await enter(server, 'Bert', { room })
    const alice = await enter(server, 'Alice', { room })
    expect(alice.welcome).toMatchObject({
      type: 'system',
      message: '歡迎 Alice 加入聊天室！',
      username: 'Alice',
      connected_count: 4,
      connected_users: ['Zoe', 'Bert', 'Alice'],
      event: 'welcome',
      room,
    })
    expect(alice.welcome).not.toHaveProperty('heartbeat_interval')
    const english = await enter(server, 'Eve', { room, lang: 'en' })
    expect(english.welcome.message).toBe('Welcome to the chat room, Eve!')
  })

  it('WE3 and WE7: on the heartbeat endpoint', async () => {
    const room = freshRoom()
    const alice = await enter(server, 'Alice', { room, heartbeat: true })
    expect(alice.welcome).toMatchObject({
      message: '歡迎 Alice 加入聊天室（已啟用心跳檢測）！',
      username: 'Alice',
      connected_count: 1,
      connected_users: ['Alice'],
      heartbeat_interval: 10,
    })
    const eve = await enter(server, 'Eve', { room, heartbeat: true, lang: 'en' })
    expect(eve.welcome.message).toBe('Welcome to the chat room, Eve! (heartbeat is on)')
  })

  it('WE5: a person with several connections counts once, an anonymous connection once', async () => {
    const room = freshRoom()
    const first = await enter(server, 'Kim', { room, v1: true })
    const resumeToken = first.welcome.resume_token ?? ''
    const second = await enter(server, 'Kim', { room, v1: true, resumeToken })
    expect(second.welcome).toMatchObject({ connected_count: 1, connected_users: ['Kim'] })
    await enter(server, null, { room })
    expect((await enter(server, null, { room })).welcome.connected_count).toBe(3)
  })

  it('WE5: the count is that of the room', async () => {
    await enter(server, 'Lea', { room: freshRoom() })
    expect((await enter(server, 'Max', { room: freshRoom() })).welcome.connected_count).toBe(1)
  })

  it('WE2: whoever left is listed no more', async () => {
    const room = freshRoom()
    const nora = await enter(server, 'Nora', { room })
    const otto = await enter(server, 'Otto', { room })
    await otto.leave()
    await nora.next('system', (frame) => frame.event === 'leave')
    const path = chatPath('Otto', { room })
    const again = await dial(server, path)
    expect(await again.next('system')).toMatchObject({
      connected_users: ['Nora', 'Otto'],
      connected_count: 2,
    })
  })
})
