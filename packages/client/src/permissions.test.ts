import { describe, expect, it } from 'vitest'
import { enter, online, welcome } from '../testing/harness.ts'
import { phases, posting, settled, texts } from '../testing/posting.ts'

const forbidden = (more: object): object => ({
  type: 'error',
  code: 'forbidden',
  message: 'You may not',
  field: 'room',
  ...more,
})
const left = { type: 'confirmation', event: 'left', message: 'x', room: 'a', timestamp: 't' }

describe('what the server does not allow', () => {
  it('PE6: a message that may not be written fails in the outbox, is not sent again, and holds up no other one', async () => {
    const { outbox, server, client, clock } = await posting()
    outbox.add({ text: 'one' })
    outbox.add({ text: 'two' })
    await settled()
    const [frame] = server.flushToServer()
    server.say(forbidden({ room: 'lobby', client_id: frame?.['client_id'] })).flushToClient()
    await settled()
    expect(outbox.entries[0]?.state).toMatchObject({
      phase: 'failed',
      code: 'forbidden',
      message: 'You may not',
    })
    expect(texts(server)).toEqual(['two'])
    clock.advance(3_600_000)
    await settled()
    expect(server.flushToServer().filter(({ message }) => message === 'one')).toEqual([])
    expect(phases(client)[0]).toBe('one failed')
  })

  it('PE9: one that cannot be judged now waits and is sent again', async () => {
    const { outbox, server, clock } = await posting()
    outbox.add({ text: 'one' })
    await settled()
    const [frame] = server.flushToServer()
    const unavailable = {
      type: 'error',
      code: 'unavailable',
      message: 'x',
      retryable: true,
      retry_after_ms: 2_000,
    }
    server.say({ ...unavailable, client_id: frame?.['client_id'] }).flushToClient()
    await settled()
    expect(outbox.entries[0]?.state).toMatchObject({ phase: 'queued', code: 'unavailable' })
    clock.advance(30_000)
    await settled()
    expect(texts(server)).toEqual(['one'])
  })

  it('PE8: whoever is put out of a room is told, asks for it once more after a reconnect, and no more then', async () => {
    const made = online()
    const told: unknown[] = []
    made.client.onError(({ code, room }) => told.push([code, room]))
    const joined = made.client.join('a')
    made.server.say(welcome({ room: 'a', head_seq: 6 })).flushToClient()
    await joined
    made.server.flushToServer()
    made.server
      .say(forbidden({ room: 'a' }))
      .say(left)
      .flushToClient()
    expect(told).toEqual([['forbidden', 'a']])
    made.client.outbox.add({ text: 'hi', room: 'a' })
    await settled()
    expect(made.server.flushToServer()).toEqual([])
    const again: unknown[] = []
    let { server } = made
    for (let times = 0; times < 2; times++) {
      server.close(1006).flushToClient()
      made.client.retryNow()
      server = enter(made)
      again.push(...server.flushToServer().map(({ type, room }) => [type, room]))
      server.say(forbidden({ room: 'a' })).flushToClient()
      await settled()
    }
    expect(again).toEqual([['join', 'a']])
  })
})
