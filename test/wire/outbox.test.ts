/** The SDK's outbox against the real server, where the storages of a browser part company. */
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import {
  type Client,
  createClient,
  type OutboxEntry,
  type OutboxStorage,
  storedOutbox,
  type TokenStorage,
} from '@roomful/client'
import type { ServerMessageOf } from '@roomful/protocol'
import { WebSocket } from 'ws'
import { type ChatClient, emptyServer, enter, freshRoom } from '../support/chat-client.ts'
import { type RunningServer, startServer } from '../support/server.ts'

let server: RunningServer
const clients: Client[] = []

beforeAll(async () => {
  server = await startServer({ args: ['--rate-limit', 'off'] })
})
afterEach(async () => {
  for (const client of clients.splice(0)) client.disconnect()
  await emptyServer(server)
})
afterAll(() => server.kill())

/** What a browser keeps of one origin. */
function browser() {
  const entries = new Map<string, OutboxEntry>()
  const tokens = new Map<string, string>()
  const storage: TokenStorage = {
    get: (key) => tokens.get(key) ?? null,
    set: (key, value) => void tokens.set(key, value),
    remove: (key) => void tokens.delete(key),
  }
  const kept: OutboxStorage = {
    put: async (entry) => void entries.set(entry.clientId, structuredClone(entry)),
    delete: async (clientId) => void entries.delete(clientId),
    all: async () => [...entries.values()],
  }
  return { entries, tokens, options: { storage, outbox: storedOutbox(kept) } }
}

/** A page of Alice's that whispers to Bob and is gone before it hears that this was stored. */
async function cutBeforeTheAck(
  kept: ReturnType<typeof browser>,
  room: string,
  bob: ChatClient,
): Promise<void> {
  let deaf = false
  class Deaf extends WebSocket {
    override emit(event: string | symbol, ...args: unknown[]): boolean {
      return (!deaf || event !== 'message') && super.emit(event, ...args)
    }
  }
  const client = createClient({ url: server.url, username: 'Alice', room, WebSocket: Deaf, ...kept.options })
  const online = new Promise<void>((resolve) => {
    client.onState(({ phase }) => phase === 'online' && resolve())
  })
  client.connect()
  await online
  deaf = true
  client.outbox.add({ text: 'psst', to: 'Bob' })
  await bob.next('private')
  client.disconnect()
  await bob.next('system', ({ event }) => event === 'leave')
}

async function whispersOf(bob: ChatClient): Promise<ServerMessageOf<'private'>[]> {
  await bob.rest()
  return bob.inbox.all.filter((frame) => frame.type === 'private')
}

/** Alice's next page, once her outbox rests. */
async function nextPage(kept: ReturnType<typeof browser>, room: string) {
  const client = createClient({ url: server.url, username: 'Alice', room, WebSocket, ...kept.options })
  const rests = new Promise<string>((resolve) =>
    client.outbox.onChange(({ state: { phase } }) => {
      if (phase === 'sent' || phase === 'failed') resolve(phase)
    }),
  )
  clients.push(client)
  client.connect()
  return { client, became: await rests }
}

it('V7, P3: a whisper whose ack was lost is not doubled when the resume token is lost too', async () => {
  const room = freshRoom()
  const bob = await enter(server, 'Bob', { room, v1: true })
  const kept = browser()
  await cutBeforeTheAck(kept, room, bob)
  kept.tokens.clear()
  const { client, became } = await nextPage(kept, room)
  expect(became).toBe('failed')
  expect(client.outbox.entries).toMatchObject([{ text: 'psst', state: { code: 'other_person' } }])
  expect(await whispersOf(bob)).toHaveLength(1)
})

it('V7, P3: with the token it is sent again under its client_id, and stored once', async () => {
  const room = freshRoom()
  const bob = await enter(server, 'Bob', { room, v1: true })
  const kept = browser()
  await cutBeforeTheAck(kept, room, bob)
  const { became } = await nextPage(kept, room)
  expect(became).toBe('sent')
  expect(kept.entries.size).toBe(0)
  expect(await whispersOf(bob)).toHaveLength(1)
})
