import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { MemorySocket, Received } from '../../testing/memory-socket.ts'
import { createTestHub } from '../../testing/test-hub.ts'

async function talking() {
  const test = createTestHub({ rateLimit: null, lang: 'en' })
  const alice = await test.connect({ username: 'Alice', dialect: 'v1' })
  const bob = await test.connect({ username: 'Bob', dialect: 'v1' })
  const say = async (socket: MemorySocket, ...messages: object[]): Promise<Received[]> => {
    socket.news()
    for (const message of messages) socket.say(message)
    await test.clock.settle()
    return socket.news()
  }
  return { test, alice, bob, say }
}

const CHANGES = [
  { type: 'edit', seq: 1, message: 'x' },
  { type: 'reaction', seq: 1, emoji: '👍' },
  { type: 'delete', seq: 1 },
]

describe('requests about a number', () => {
  it('V21: with the epoch of another log do nothing, in a room and in the private log', async () => {
    const { test, alice, bob, say } = await talking()
    await say(alice, { message: 'here' }, { message: 'psst', target_user: 'Bob' })
    const client_id = randomUUID()
    bob.news()
    const answers = [
      { message: 'yes', reply_to: 1 },
      { message: 'yes', reply_to: 1, target_user: 'Bob' },
    ]
    const refusal = { type: 'error', code: 'not_found', field: 'epoch', client_id }
    for (const room of ['lobby', '@me'])
      for (const change of [...CHANGES.map((each) => ({ ...each, room })), ...answers])
        expect(await say(alice, { ...change, client_id, epoch: 'before' })).toMatchObject([refusal])
    expect(await say(alice, { type: 'delete', seq: 1, client_id, epoch: 5 })).toMatchObject([
      { code: 'bad_message', field: 'epoch' },
    ])
    expect(bob.news()).toEqual([])
    const { epoch } = test.store
    for (const change of [...answers, ...CHANGES])
      expect(await say(alice, { ...change, client_id: randomUUID(), epoch })).toContainEqual(
        expect.objectContaining({ type: 'ack' }),
      )
  })

  it('V21: matters only to a number, and only in v1', async () => {
    const { test, alice, say } = await talking()
    const epoch = 'before'
    expect(await say(alice, { message: 'no answer', epoch })).toMatchObject([{ type: 'message' }])
    const old = await test.connect({ username: 'Old' })
    old.news()
    expect(await say(old, { message: 'old', reply_to: 1, epoch })).toMatchObject([{ type: 'message' }])
  })
})
