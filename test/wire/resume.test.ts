import { randomUUID } from 'node:crypto'
import type { ServerMessage, ServerMessageOf } from '@roomful/protocol'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type ChatClient, cutAll, emptyServer, enter, freshRoom } from '../support/chat-client.ts'
import { keepData, type RunningServer } from '../support/server.ts'

let server: RunningServer
const servers = keepData('--rate-limit', 'off')

beforeAll(async () => {
  server = await servers.start()
})
afterAll(async () => {
  await cutAll()
  await servers.remove()
})

const numbers = (frames: readonly ServerMessage[]): number[] =>
  frames.flatMap((frame) => (frame.type === 'message' || frame.type === 'private' ? [frame.seq] : []))
const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i)

/** Joins with `since`; the welcome that answers it. */
async function resume(
  client: ChatClient,
  room: string,
  since: { epoch: string | undefined; seq: number },
): Promise<ServerMessageOf<'system'>> {
  client.send({ type: 'join', room, since })
  return await client.next('system', (frame) => frame.resume !== undefined && frame.room === room)
}

/** Says so many messages and waits until the last is acknowledged. */
async function sayMany(client: ChatClient, count: number, more: object = {}): Promise<void> {
  for (let i = 1; i < count; i++) client.say(`m${i}`, more)
  const client_id = randomUUID()
  client.say(`m${count}`, { ...more, client_id })
  await client.next('ack', (ack) => ack.client_id === client_id)
}

/** Everything up to the entry `seq`, as numbers in the order of arrival. */
async function upTo(client: ChatClient, seq: number): Promise<number[]> {
  const from = client.inbox.all.length - client.inbox.unread.length
  await client.inbox.next(
    (frame) => (frame.type === 'message' || frame.type === 'private') && frame.seq === seq,
    `entry ${seq}`,
  )
  return numbers(client.inbox.all.slice(from, client.inbox.all.length - client.inbox.unread.length))
}

describe('a cut connection', () => {
  afterEach(() => emptyServer(server))

  it('P3, V8: gets what it missed, in order and once, while others go on talking', async () => {
    const room = freshRoom()
    const alice = await enter(server, 'Alice', { room, v1: true })
    const bob = await enter(server, 'Bob', { room, v1: true })
    await sayMany(bob, 10)
    await upTo(alice, 10)
    const { epoch, resume_token: resumeToken = '' } = alice.welcome
    await alice.cut()
    await sayMany(bob, 5_000)
    const talk = { goesOn: true }
    const talked = (async () => {
      while (talk.goesOn) await sayMany(bob, 20)
    })()
    const again = await enter(server, 'Alice', { room: freshRoom(), v1: true, resumeToken })
    const welcome = await resume(again, room, { epoch, seq: 10 })
    expect(welcome.resume).toEqual({ outcome: 'full', after: 10 })
    const missed = await upTo(again, welcome.head_seq ?? 0)
    expect(missed).toEqual(range(11, welcome.head_seq ?? 0))
    talk.goesOn = false
    await talked
    const client_id = randomUUID()
    bob.say('the end', { client_id })
    const { seq } = await bob.next('ack', (ack) => ack.client_id === client_id)
    expect(await upTo(again, seq)).toEqual(range((welcome.head_seq ?? 0) + 1, seq))
  })

  it('P4, V8: a number of the future and another epoch are gaps, and a broken `since` is refused', async () => {
    const room = freshRoom()
    const alice = await enter(server, 'Alice', { room, v1: true })
    await sayMany(alice, 3)
    await alice.rest()
    const { epoch } = alice.welcome
    for (const since of [
      { epoch, seq: 4 },
      { epoch, seq: Number.MAX_SAFE_INTEGER },
      { epoch: 'another', seq: 1 },
    ]) {
      const welcome = await resume(alice, room, since)
      expect(welcome).toMatchObject({ resume: { outcome: 'gap', first_available: 1 }, head_seq: 3 })
      await alice.quiet()
    }
    for (const since of [{ epoch, seq: -1 }, { epoch, seq: 1.5 }, { epoch }, { seq: 1 }, 7, null])
      expect(await alice.refused({ type: 'join', room, since })).toMatchObject({
        code: 'bad_message',
        field: 'since',
      })
    await alice.quiet()
  })

  it('V9: gets the private messages that it missed, and nobody else does', async () => {
    const room = freshRoom()
    const alice = await enter(server, 'Alice', { room, v1: true })
    const second = await enter(server, 'Alice', {
      room,
      v1: true,
      resumeToken: alice.welcome.resume_token ?? '',
    })
    const bob = await enter(server, 'Bob', { room, v1: true })
    const carol = await enter(server, 'Carol', { room, v1: true })
    await sayMany(bob, 2, { target_user: 'Alice' })
    await upTo(second, 2)
    const { epoch, resume_token: resumeToken = '' } = second.welcome
    await second.cut()
    await sayMany(bob, 3, { target_user: 'Alice' })
    const again = await enter(server, 'Alice', { room, v1: true, resumeToken })
    expect((await resume(again, '@me', { epoch, seq: 2 })).resume).toEqual({ outcome: 'full', after: 2 })
    expect(await upTo(again, 5)).toEqual([3, 4, 5])
    expect((await resume(carol, '@me', { epoch, seq: 0 })).head_seq).toBe(0)
    expect(numbers(await carol.rest())).toEqual([])
  })
})

describe('after kill -9', () => {
  it('V8, V9: the same place holds in the same epoch', async () => {
    const room = freshRoom()
    const alice = await enter(server, 'Alice', { room, v1: true })
    const bob = await enter(server, 'Bob', { room, v1: true })
    await sayMany(bob, 300)
    await sayMany(bob, 4, { target_user: 'Alice' })
    const { epoch, resume_token: resumeToken = '' } = alice.welcome
    await server.kill()
    await Promise.all([alice.closed(), bob.closed()])
    server = await servers.start()
    const again = await enter(server, 'Alice', { room: freshRoom(), v1: true, resumeToken })
    expect(again.welcome.epoch).toBe(epoch)
    expect(await resume(again, room, { epoch, seq: 120 })).toMatchObject({
      resume: { outcome: 'full', after: 120 },
      head_seq: 300,
    })
    expect(await upTo(again, 300)).toEqual(range(121, 300))
    expect((await resume(again, '@me', { epoch, seq: 3 })).resume).toEqual({ outcome: 'full', after: 3 })
    expect(await upTo(again, 4)).toEqual([4])
    again.say('the next')
    await again.hears('the next')
    expect(await resume(again, room, { epoch, seq: 300 })).toMatchObject({ resume: { outcome: 'full' } })
    await again.quiet()
  })
})
