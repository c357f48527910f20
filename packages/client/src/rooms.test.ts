import { describe, expect, it } from 'vitest'
import { chat, enter, online, welcome } from '../testing/harness.ts'
import { REQUEST_TIMEOUT_MS } from './requests.ts'

const left = { type: 'confirmation', event: 'left', message: 'x', room: 'a', timestamp: 't' }
describe('a room that was left while its join was under way', () => {
  it('is not entered again when the answer to the join comes after the leave was asked for', async () => {
    const made = online()
    const joined = made.client.join('a')
    const gone = made.client.leave('a')
    made.server.flushToServer()
    made.server
      .say(welcome({ room: 'a', head_seq: 6 }))
      .say(left)
      .flushToClient()
    await Promise.all([joined, gone])
    made.server.close(1006).flushToClient()
    made.client.retryNow()
    const server = enter(made)
    expect(server.flushToServer()).toEqual([])
    const again = made.client.join('a').catch(({ code }: { code: string }) => code)
    expect(server.flushToServer()).toEqual([{ type: 'join', room: 'a' }])
    made.client.disconnect()
    expect(await again).toBe('closed')
  })

  it('is not entered again when the connection ends before a leave is answered', async () => {
    const made = online()
    const joined = made.client.join('a')
    const gone = made.client.leave('a').catch(({ code }: { code: string }) => code)
    made.server
      .say(welcome({ room: 'a', head_seq: 6 }))
      .close(1006)
      .flushToClient()
    await joined
    expect(await gone).toBe('closed')
    made.client.retryNow()
    expect(enter(made).flushToServer()).toEqual([])
  })
})

describe('joins and leaves', () => {
  it('hold when they were asked for last, however late the answers come', async () => {
    const { client, clock, server } = online()
    const told: [room: string, seq: number][] = []
    client.onMessage(({ room, seq }) => told.push([room, seq]))
    const late = client.join('a').catch((reason: unknown) => reason)
    clock.advance(REQUEST_TIMEOUT_MS)
    expect(await late).toMatchObject({ code: 'timeout' })
    server
      .say(welcome({ room: 'a', head_seq: 3 }))
      .say(chat(4, { room: 'a' }))
      .flushToClient()
    expect(told).toEqual([['a', 4]])

    const leaving = client.leave('a').catch((reason: unknown) => reason)
    server.say(chat(5, { room: 'a' })).flushToClient()
    clock.advance(REQUEST_TIMEOUT_MS)
    await leaving
    const joined = client.join('a')
    server
      .say(welcome({ room: 'a', head_seq: 5 }))
      .say(left)
      .flushToClient()
    await joined
    server
      .say(welcome({ room: 'a', head_seq: 6 }))
      .say(chat(7, { room: 'a' }))
      .flushToClient()
    expect(told).toEqual([
      ['a', 4],
      ['a', 7],
    ])
  })
})
