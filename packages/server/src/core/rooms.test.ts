import { describe, expect, it } from 'vitest'
import { createTestHub } from '../../testing/test-hub.ts'

describe('rooms', () => {
  it('JL5: a storm of newcomers is folded into one notice a second whose counts add up', async () => {
    const test = createTestHub({ noticesPerSecond: 5 })
    const watcher = await test.connect()
    watcher.news()
    for (let i = 0; i < 300; i++) await test.connect({ username: `u${i}` })
    await test.clock.advance(3000)
    const notices = watcher.news()
    expect(notices.length).toBeLessThanOrEqual(7)
    const total = notices.reduce((sum, frame) => sum + ((frame['count'] as number | undefined) ?? 1), 0)
    expect(total).toBe(300)
    const folded = notices.find((frame) => frame['count'] !== undefined)
    expect(folded).toMatchObject({ type: 'system', event: 'join', connected_count: 301 })
    expect(folded?.['users']).toHaveLength(10)
    expect(folded?.['message']).toMatch(/^u\d+、u\d+ 等 \d+ 人加入了聊天室$/)
  })

  it('JL5: a fold of one is an ordinary notice and does not go to the one it is about (JL3)', async () => {
    const test = createTestHub({ noticesPerSecond: 1 })
    const watcher = await test.connect()
    await test.clock.advance(3000)
    watcher.news()
    await test.connect({ username: 'first' })
    const late = await test.connect({ username: 'late' })
    late.news()
    await test.clock.advance(1000)
    expect(watcher.news()).toMatchObject([
      { event: 'join', username: 'first' },
      { event: 'join', username: 'late', connected_count: 3 },
    ])
    expect(late.news()).toEqual([])
    late.say({ message: 'still here' })
    await test.clock.settle()
    expect(late.news()).toMatchObject([{ message: 'still here' }])
  })

  it('JL6: each reader gets notices in its own language', async () => {
    const test = createTestHub()
    const english = await test.connect({ lang: 'en' })
    const chinese = await test.connect()
    const bob = await test.connect({ username: 'Bob' })
    bob.hangUp()
    await test.clock.settle()
    expect(english.all().map((frame) => frame['message'])).toEqual([
      'Welcome to the chat room!',
      'Someone joined',
      'Bob joined',
      'Bob left',
    ])
    expect(chinese.all().map((frame) => frame['message'])).toEqual([
      '歡迎加入聊天室！',
      'Bob 加入了聊天室',
      'Bob 離開了聊天室',
    ])
  })

  it('WE6: the list of names is cut at 500, the count is exact', async () => {
    const test = createTestHub()
    for (let i = 0; i < 520; i++) await test.connect({ username: `u${i}` })
    const last = (await test.connect({ username: 'last' })).all()[0]
    expect(last).toMatchObject({ connected_count: 521, connected_users_truncated: true })
    expect(last?.['connected_users']).toHaveLength(500)
  })

  it('RO5: one room more than allowed is refused, joining twice is once (RO2)', async () => {
    const test = createTestHub({ maxRooms: 2 })
    const peer = await test.connect({ username: 'Alice' })
    for (const room of ['a', 'a', 'b']) peer.say({ type: 'join', room })
    await test.clock.settle()
    const frames = peer.all().slice(1)
    expect(frames).toMatchObject([
      { event: 'welcome', room: 'a' },
      { event: 'welcome', room: 'a' },
      { code: 'too_many_rooms', room: 'b' },
    ])
    expect(test.hub.members('a')).toMatchObject({ connected_count: 1 })
  })
})
