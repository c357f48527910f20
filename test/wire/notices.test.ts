import type { ServerMessageOf } from '@roomful/protocol'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type ChatClient, emptyServer, enter, freshRoom } from '../support/chat-client.ts'
import { type RunningServer, startServer } from '../support/server.ts'

let server: RunningServer

beforeAll(async () => {
  server = await startServer()
})
afterEach(() => emptyServer(server))
afterAll(() => server.kill())

type Notice = ServerMessageOf<'system'>

function notices(client: ChatClient, event: 'join' | 'leave'): readonly Notice[] {
  return client.inbox.all.filter((frame): frame is Notice => frame.type === 'system' && frame.event === event)
}

/** How many comings or goings the notices stand for. */
function stoodFor(client: ChatClient, event: 'join' | 'leave'): number {
  return notices(client, event).reduce((sum, notice) => sum + (notice.count ?? 1), 0)
}

describe('one by one', () => {
  it('JL1, JL2 and JL6: named, in both languages', async () => {
    const room = freshRoom()
    const bob = await enter(server, 'Bob', { room })
    const eve = await enter(server, 'Eve', { room, lang: 'en' })
    await bob.next('system')
    const alice = await enter(server, 'Alice', { room })
    const joined = { type: 'system', event: 'join', username: 'Alice', connected_count: 3, room }
    expect(await bob.next('system')).toMatchObject({ ...joined, message: 'Alice 加入了聊天室' })
    expect(await eve.next('system')).toMatchObject({ ...joined, message: 'Alice joined' })
    await alice.leave()
    const left = { type: 'system', event: 'leave', username: 'Alice', connected_count: 2, room }
    expect(await bob.next('system')).toMatchObject({ ...left, message: 'Alice 離開了聊天室' })
    expect(await eve.next('system')).toMatchObject({ ...left, message: 'Alice left' })
  })

  it('JL1, JL2 and JL6: anonymous, in both languages', async () => {
    const room = freshRoom()
    const bob = await enter(server, 'Bob', { room })
    const eve = await enter(server, 'Eve', { room, lang: 'en' })
    await bob.next('system')
    const guest = await enter(server, null, { room })
    const heard = [await bob.next('system'), await eve.next('system')]
    expect(heard[0]).toMatchObject({ event: 'join', message: '有新用戶加入聊天室', connected_count: 3, room })
    expect(heard[1]).toMatchObject({ event: 'join', message: 'Someone joined' })
    await guest.leave()
    heard.push(await bob.next('system'), await eve.next('system'))
    expect(heard[2]).toMatchObject({ event: 'leave', message: '有用戶離開聊天室', connected_count: 2, room })
    expect(heard[3]).toMatchObject({ event: 'leave', message: 'Someone left' })
    for (const notice of heard) expect(notice).not.toHaveProperty('username')
  })

  it('JL2: whoever is cut off has left too', async () => {
    const room = freshRoom()
    const bob = await enter(server, 'Bob', { room })
    const carol = await enter(server, 'Carol', { room })
    await carol.cut()
    expect(await bob.next('system', (frame) => frame.event === 'leave')).toMatchObject({ username: 'Carol' })
  })

  it('JL3: not to the one it is about, and not to other rooms', async () => {
    const room = freshRoom()
    const stranger = await enter(server, 'Stranger', { room: freshRoom() })
    const bob = await enter(server, 'Bob', { room })
    const alice = await enter(server, 'Alice', { room })
    await bob.next('system')
    await alice.quiet()
    await stranger.quiet()
  })

  it('JL4: several connections of one person join once and leave once', async () => {
    const room = freshRoom()
    const bob = await enter(server, 'Bob', { room })
    const first = await enter(server, 'Dora', { room, v1: true })
    await bob.next('system')
    const second = await enter(server, 'Dora', {
      room,
      v1: true,
      resumeToken: first.welcome.resume_token ?? '',
    })
    await first.quiet()
    await bob.quiet()
    await first.leave()
    second.say('still here')
    await bob.hears('still here')
    expect(stoodFor(bob, 'leave')).toBe(0)
    await second.leave()
    expect(await bob.next('system')).toMatchObject({ event: 'leave', username: 'Dora', connected_count: 1 })
  })
})

describe('storms', () => {
  it('JL5: 300 arrivals and departures are folded, and the sum is right', async () => {
    const room = freshRoom()
    const watcher = await enter(server, 'Watcher', { room })
    const reader = await enter(server, 'Reader', { room, lang: 'en' })
    await watcher.next('system')
    const before = watcher.inbox.all.length
    const crowd: ChatClient[] = []
    const started = performance.now()
    for (let batch = 0; batch < 10; batch++)
      crowd.push(...(await enterMany(30, (index) => `P${batch * 30 + index}`, room)))
    await watcher.inbox.until(() => stoodFor(watcher, 'join') === 301, 'notices for 300 arrivals')
    const seconds = Math.ceil((performance.now() - started) / 1000)
    const joins = notices(watcher, 'join').slice(1)
    expect(watcher.inbox.all.length - before).toBeLessThanOrEqual(6 * (seconds + 1))
    expect(joins.at(-1)?.connected_count).toBe(302)
    checkFolded(joins, /^P\d+、P\d+ 等 (\d+) 人加入了聊天室$/, 0)
    await reader.inbox.until(() => stoodFor(reader, 'join') === 300, 'the same in English')
    checkFolded(notices(reader, 'join'), /^P\d+, P\d+ and (\d+) others joined$/, 2)

    await Promise.all(crowd.map((client) => client.leave()))
    await watcher.inbox.until(() => stoodFor(watcher, 'leave') === 300, 'notices for 300 departures')
    expect(notices(watcher, 'leave').at(-1)?.connected_count).toBe(2)
    checkFolded(notices(watcher, 'leave'), /^P\d+、P\d+ 等 (\d+) 人離開了聊天室$/, 0)
    await reader.inbox.until(() => stoodFor(reader, 'leave') === 300, 'the same in English')
    checkFolded(notices(reader, 'leave'), /^P\d+, P\d+ and (\d+) others left$/, 2)
  })

  it('JL5: a folded notice goes to everybody, those it is about included', async () => {
    const room = freshRoom()
    const watcher = await enter(server, 'Watcher', { room })
    const crowd = await enterMany(20, (index) => `Q${index}`, room)
    await watcher.inbox.until(() => stoodFor(watcher, 'join') === 20, 'notices for 20 arrivals')
    const all = notices(watcher, 'join')
    const single = all.findIndex((notice) => notice.count !== undefined)
    expect(single).toBeGreaterThan(0)
    expect(single).toBeLessThanOrEqual(5)
    const folded = all.find((notice) => notice.count !== undefined)
    expect(folded?.users?.length).toBeGreaterThan(0)
    for (const name of folded?.users ?? []) {
      const subject = crowd.find((client) => client.welcome.username === name)
      await subject?.next('system', (frame) => frame.count === folded?.count)
    }
  })

  it('JL5: a fold of one is an ordinary notice', async () => {
    const room = freshRoom()
    const watcher = await enter(server, 'Watcher', { room })
    await enterMany(5, (index) => `R${index}`, room)
    await watcher.inbox.until(() => stoodFor(watcher, 'join') === 5, 'five notices')
    await enter(server, 'R5', { room })
    const last = await watcher.next('system', (frame) => frame.username === 'R5')
    expect(last).toMatchObject({ message: 'R5 加入了聊天室', connected_count: 7 })
    expect(last).not.toHaveProperty('count')
  })

  it('WE6: beyond 500 people the list is cut and the count is exact', async () => {
    const room = freshRoom()
    const names: string[] = []
    for (let batch = 0; batch < 10; batch++) {
      const crowd = await enterMany(50, (index) => `S${batch * 50 + index}`, room)
      names.push(...crowd.map((client) => client.welcome.username ?? ''))
    }
    const full = await enter(server, 'S500', { room })
    expect(full.welcome).toMatchObject({ connected_count: 501, connected_users_truncated: true })
    expect(full.welcome.connected_users).toHaveLength(500)
    expect(new Set(full.welcome.connected_users)).toEqual(new Set(names))
    await full.leave()
  })

  it('WE6: up to 500 people the list is whole', async () => {
    const room = freshRoom()
    await enter(server, 'One', { room })
    expect((await enter(server, 'Two', { room })).welcome).not.toHaveProperty('connected_users_truncated')
  })
})

function enterMany(count: number, name: (index: number) => string, room: string): Promise<ChatClient[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => enter(server, name(index), { room })))
}

/** Every folded sentence names two people and says how many it stands for. */
function checkFolded(all: readonly Notice[], sentence: RegExp, named: number): void {
  const folded = all.filter((notice) => notice.count !== undefined)
  expect(folded.length).toBeGreaterThan(0)
  for (const notice of folded) {
    expect(notice.users?.length).toBeLessThanOrEqual(10)
    if ((notice.count ?? 0) > 3)
      expect(Number(sentence.exec(notice.message)?.[1])).toBe((notice.count ?? 0) - named)
  }
}
