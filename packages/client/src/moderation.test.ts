import { describe, expect, it } from 'vitest'
import { enter, online, welcome } from '../testing/harness.ts'
import { ack, posting, settled, texts } from '../testing/posting.ts'

const ID = '00000000-0000-4000-8000-000000000001'

const refusal = (clientId: string, code: string, more: object = {}): object => ({
  type: 'error',
  code,
  message: `${code}!`,
  client_id: clientId,
  ...more,
})

describe('moderate', () => {
  it('is acknowledged with its number in the audit trail, or refused with a typed error', async () => {
    const { client, server } = online()
    const mute = { action: 'mute', user: 'Bob', seconds: 60, reason: 'Spam', clientId: ID } as const
    const done = client.moderate(mute)
    expect(server.flushToServer()).toEqual([
      {
        type: 'moderate',
        action: 'mute',
        target_user: 'Bob',
        seconds: 60,
        reason: 'Spam',
        client_id: ID,
      },
    ])
    const answer = {
      type: 'ack',
      client_id: ID,
      id: 'a-1',
      room: 'lobby',
      seq: 7,
      timestamp: 't',
      command: true,
    }
    server.say(answer).flushToClient()
    expect(await done).toEqual(answer)
    const refused = client.moderate({ ...mute, room: '*' })
    server.say(refusal(ID, 'forbidden')).flushToClient()
    await expect(refused).rejects.toMatchObject({ code: 'forbidden', retryable: false })
  })

  it('names the epoch of a message’s number', () => {
    const { client, server } = online()
    client.moderate({ action: 'delete', seq: 4, clientId: ID }).catch(() => undefined)
    expect(server.flushToServer()).toEqual([
      { type: 'moderate', action: 'delete', seq: 4, epoch: 'e1', client_id: ID },
    ])
  })

  it('of others is told, also an action of a later version', () => {
    const { client, server } = online()
    const heard: unknown[] = []
    client.onModeration((notice) => heard.push(notice))
    const notice = {
      type: 'moderation',
      room: 'lobby',
      action: 'hush',
      by: 'Ann',
      message: '…',
      timestamp: 't',
    }
    server.say(notice).flushToClient()
    expect(heard).toEqual([notice])
  })
})

describe('whoever is put out of a room', () => {
  it.each(['kicked', 'banned'])('is told, and does not come back to it by itself: %s', async (code) => {
    const made = online()
    const { client, server, clock } = made
    const errors: unknown[] = []
    client.onError((error) => errors.push(error.code))
    const joined = client.join('den')
    server.say(welcome({ room: 'den' })).flushToClient()
    await joined
    server.say({ type: 'error', code, message: '…', room: 'den' }).flushToClient()
    expect(errors).toEqual([code])
    server.close(1006).flushToClient()
    clock.advance(60_000)
    expect(enter(made).flushToServer()).toEqual([])
  })
})

describe('the outbox', () => {
  it.each(['muted', 'slow_mode'])(
    'waits as long as the server says, in that room alone: %s',
    async (code) => {
      const { outbox, server, clock } = await posting()
      const first = outbox.add({ text: 'mine' })
      outbox.add({ text: 'next' })
      await settled()
      expect(texts(server)).toEqual(['mine'])
      server.say(refusal(first.clientId, code, { retryable: true, retry_after_ms: 5_000 })).flushToClient()
      await settled()
      expect(outbox.entries[0]?.state).toMatchObject({ phase: 'queued', code })
      outbox.add({ text: 'psst', to: 'Bob' })
      await settled()
      expect(texts(server)).toEqual(['psst'])
      clock.advance(4_000)
      expect(texts(server)).toEqual([])
      clock.advance(8_000)
      expect(texts(server)).toEqual(['mine'])
      server.say(ack(first.clientId, 1)).flushToClient()
      await settled()
      expect(texts(server)).toEqual(['next'])
    },
  )

  it.each(['read_only', 'banned', 'locked'])('gives up for good: %s', async (code) => {
    const { outbox, server } = await posting()
    const { clientId } = outbox.add({ text: 'mine' })
    await settled()
    server.say(refusal(clientId, code)).flushToClient()
    await settled()
    expect(outbox.entries[0]?.state).toMatchObject({ phase: 'failed', code })
  })
})
