import { randomUUID } from 'node:crypto'
import type { LogFrame, ServerMessageOf } from '@roomful/protocol'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type ChatClient, cutAll, enter } from '../support/chat-client.ts'
import { keepData, type RunningServer } from '../support/server.ts'

let server: RunningServer
const servers = keepData('--rate-limit', 'off')

afterEach(cutAll)
afterAll(servers.remove)

async function start(): Promise<void> {
  server = await servers.start()
}

async function wholeHistory(client: ChatClient, room: string): Promise<LogFrame[]> {
  const entries: LogFrame[] = []
  for (;;) {
    client.send({ type: 'history', room, after: entries.at(-1)?.seq ?? 0, limit: 100 })
    const page = await client.next('history')
    entries.push(...page.entries)
    if (page.complete) return entries
  }
}

const acksOf = (client: ChatClient): ServerMessageOf<'ack'>[] =>
  client.inbox.all.filter((frame) => frame.type === 'ack')

const messagesOf = (client: ChatClient): ServerMessageOf<'message'>[] =>
  client.inbox.all.filter((frame) => frame.type === 'message')

describe('after kill -9', () => {
  let witness: ChatClient
  let senders: ChatClient[]
  const sent = new Map<string, string>()
  let alice: ChatClient
  let told: ServerMessageOf<'private'>
  const repeated = [randomUUID(), randomUUID()]
  let acks: ServerMessageOf<'ack'>[]

  beforeAll(async () => {
    await start()
    alice = await enter(server, 'Alice', { v1: true, room: 'quiet' })
    const carol = await enter(server, 'Carol', { v1: true, room: 'quiet' })
    for (const client_id of repeated) alice.say('once', { client_id })
    acks = [await alice.next('ack'), await alice.next('ack')]
    carol.say('remember', { target_user: 'Alice' })
    told = await alice.next('private')
    alice.say('secret', { target_user: 'Carol' })
    await carol.next('private', (frame) => frame.message === 'secret')

    witness = await enter(server, 'Witness')
    senders = []
    for (let index = 0; index < 4; index++) senders.push(await enter(server, `Sender ${index}`, { v1: true }))
    // Never fewer than 80 under way, so that the end comes in the middle of the work.
    for (let acked = 0; acked < 800; acked = senders.flatMap(acksOf).length) {
      if (sent.size - acked < 160) for (const sender of senders) burst(sender, 20)
      await new Promise((resolve) => setImmediate(resolve))
    }
    await server.kill()
    await Promise.all([witness, alice, carol, ...senders].map((client) => client.closed()))
    await start()
  })

  function burst(sender: ChatClient, count: number): void {
    for (let index = 0; index < count; index++) {
      const client_id = randomUUID()
      sent.set(client_id, `text of ${client_id}`)
      sender.say(`text of ${client_id}`, { client_id })
    }
  }

  it('MS7 and MS11: whatever anybody saw or had acknowledged is there, and the numbers go on', async () => {
    const seen = messagesOf(witness)
    const acked = senders.flatMap(acksOf)
    const reader = await enter(server, 'Reader', { v1: true })
    const kept = await wholeHistory(reader, 'lobby')
    expect(reader.welcome).toMatchObject({ epoch: alice.welcome.epoch, head_seq: kept.length })
    expect(kept.map((entry) => entry.seq)).toEqual(kept.map((_, index) => index + 1))
    expect(seen.length).toBeGreaterThan(0)
    expect(kept.slice(0, seen.length)).toEqual(seen)
    for (const { seq, id, client_id, timestamp } of acked)
      expect(kept[seq - 1]).toMatchObject({ id, message: sent.get(client_id), timestamp })
    reader.say('the next one')
    expect((await reader.hears('the next one')).seq).toBe(kept.length + 1)
  })

  it('V3, P3: a repeated client_id gives the old number also after a restart', async () => {
    const resumeToken = alice.welcome.resume_token ?? ''
    const again = await enter(server, 'Alice', { v1: true, room: 'quiet', resumeToken })
    for (const client_id of repeated) again.say('once', { client_id })
    expect([await again.next('ack'), await again.next('ack')]).toEqual(acks)
    await again.quiet()
    expect(await again.refused({ message: 'other', client_id: repeated[0] })).toMatchObject({
      code: 'conflict',
    })
    expect(await wholeHistory(again, 'quiet')).toHaveLength(2)
  })

  it('V7: a resume token still shows the same person, with its private log', async () => {
    const resumeToken = alice.welcome.resume_token ?? ''
    const again = await enter(server, 'Alice', { v1: true, room: 'quiet', resumeToken })
    expect(again.welcome.private_head_seq).toBe(2)
    expect((await wholeHistory(again, '@me'))[0]).toEqual(told)
    const bob = await enter(server, 'Bob')
    bob.say('again', { target_user: 'Alice' })
    expect((await again.next('private')).seq).toBe(3)
  })

  it('PM6: a stranger who takes the name then reads nothing', async () => {
    const stranger = await enter(server, 'Carol', { v1: true })
    expect(stranger.welcome.private_head_seq).toBe(0)
    expect(await wholeHistory(stranger, '@me')).toEqual([])
  })
})

describe('after a planned end', () => {
  const room = '茶水間'
  let before: ServerMessageOf<'message'>[]
  let busy: ChatClient

  beforeAll(async () => {
    const alice = await enter(server, 'Alice 2', { v1: true, room })
    const texts = ['你好 👋', '\u0000"\\', 'x'.repeat(16_384)]
    for (const text of texts) alice.say(text, { timestamp: '2024-01-01T12:00:00+08:00' })
    for (const _ of texts) await alice.next('message')
    before = messagesOf(alice)
    busy = await enter(server, 'Busy', { v1: true, room: 'busy' })
    for (let count = 0; count < 500; count++) busy.say(`m${count}`, { client_id: randomUUID() })
    await busy.next('ack')
    expect(await server.stop()).toBe(0)
    expect((await alice.closed()).code).toBe(1012)
    await busy.closed()
    await start()
  })

  it('MS11: history is there, the next message carries the next seq', async () => {
    const again = await enter(server, 'Alice 3', { v1: true, room })
    expect(before).toHaveLength(3)
    expect(await wholeHistory(again, room)).toEqual(before)
    again.say('the fourth')
    expect(await again.hears('the fourth')).toMatchObject({ seq: 4, room })
  })

  it('MS7: whatever was acknowledged or seen before the end is there', async () => {
    const reader = await enter(server, 'Reader', { v1: true, room: 'busy' })
    const kept = await wholeHistory(reader, 'busy')
    for (const { seq, id } of acksOf(busy)) expect(kept[seq - 1]?.id).toBe(id)
    const seen = messagesOf(busy)
    expect(seen.length).toBeGreaterThan(0)
    expect(kept.slice(0, seen.length)).toEqual(seen)
  })
})
