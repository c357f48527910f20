import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { type ChatClient, cutAll, enter } from '../support/chat-client.ts'
import { keepData } from '../support/server.ts'

/** The least that the setting allows. */
const KEPT = 100

/** A sweep comes every 15 s. */
const SWEPT_WITHIN_MS = 60_000

const servers = keepData('--rate-limit', 'off', '--retention-messages', String(KEPT))
afterEach(cutAll)
afterAll(servers.remove)

/** The oldest number that is kept. */
async function firstOf(client: ChatClient, room: string): Promise<number | undefined> {
  client.send({ type: 'history', room, limit: 1 })
  return (await client.next('history')).first_available
}

async function untilFirst(client: ChatClient, room: string, first: number): Promise<void> {
  const deadline = performance.now() + SWEPT_WITHIN_MS
  while ((await firstOf(client, room)) !== first) {
    if (performance.now() > deadline) throw new Error(`${room} does not begin at ${first}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

describe('a client id that outlives its message', () => {
  it('V3: a repeat of what count retention removed gets the first ack and is said to nobody, also after a restart', async () => {
    let server = await servers.start()
    let alice = await enter(server, 'Alice', { v1: true })
    let bob = await enter(server, 'Bob', { v1: true })
    const [publicId, privateId] = [randomUUID(), randomUUID()]
    alice.say('once', { client_id: publicId })
    const acks = [await alice.next('ack')]
    alice.say('between us', { client_id: privateId, target_user: 'Bob' })
    acks.push(await alice.next('ack'))
    for (let i = 0; i < KEPT; i++) {
      alice.say(`m${i}`, { client_id: randomUUID() })
      alice.say(`p${i}`, { client_id: randomUUID(), target_user: 'Bob' })
    }
    await alice.next('private', ({ seq }) => seq === KEPT + 1)
    await bob.next('private', ({ seq }) => seq === KEPT + 1)
    for (const room of ['lobby', '@me']) await untilFirst(alice, room, 2)

    const repeats = async () => {
      await bob.rest()
      alice.say('once', { client_id: publicId })
      expect(await alice.next('ack')).toEqual(acks[0])
      alice.say('between us', { client_id: privateId, target_user: 'Bob' })
      expect(await alice.next('ack')).toEqual(acks[1])
      expect(
        await alice.refused({
          type: 'message',
          message: 'once',
          room: 'lobby',
          client_id: publicId,
          reply_to: 9,
        }),
      ).toMatchObject({
        code: 'conflict',
        client_id: publicId,
      })
      await bob.quiet()
      for (const room of ['lobby', '@me']) {
        alice.send({ type: 'history', room, limit: 1 })
        expect(await alice.next('history')).toMatchObject({ head_seq: KEPT + 1, first_available: 2 })
      }
    }
    await repeats()
    const { resume_token } = alice.welcome
    if (resume_token === undefined) throw new Error('no resume token')
    await server.kill()
    server = await servers.start()
    alice = await enter(server, 'Alice', { v1: true, resumeToken: resume_token })
    bob = await enter(server, 'Bob', { v1: true })
    await repeats()
  })
})
