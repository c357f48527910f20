import { describe, expect, it } from 'vitest'
import { enter, online, welcome } from '../testing/harness.ts'

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
