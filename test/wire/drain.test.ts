import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { ServerMessageOf } from '@roomful/protocol'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { loadDriver } from '../../packages/server/src/adapters/sqlite/driver.ts'
import { type ChatClient, cutAll, dial, enter } from '../support/chat-client.ts'
import { OPCODE, RawClient } from '../support/raw-client.ts'
import { keepData, type RunningServer } from '../support/server.ts'

let server: RunningServer
const servers = keepData('--rate-limit', 'off')

afterEach(async () => {
  await cutAll()
  await server.kill()
})
afterAll(servers.remove)

async function start(...args: string[]): Promise<void> {
  server = await servers.start(...args)
}

/** Everything in a room, over HTTP. */
async function stored(room: string): Promise<Array<{ seq: number; id: string; message: string }>> {
  const entries: Array<{ seq: number; id: string; message: string }> = []
  for (;;) {
    const after = entries.at(-1)?.seq ?? 0
    const response = await fetch(`${server.url}/api/v1/rooms/${room}/messages?limit=100&after=${after}`)
    const page = (await response.json()) as { entries: typeof entries; complete: boolean }
    entries.push(...page.entries)
    if (page.complete) return entries
  }
}

/** Milliseconds until which everybody must be closed: as long as the test may take. */
const OVER_MS = 110_000

/** A client that says one thing after the other, never more than 20 ahead of the answers, until it is closed. */
class Sender {
  readonly client: ChatClient
  readonly sent = new Map<string, string>()
  readonly over: Promise<{ code: number }>
  readonly #acks: ServerMessageOf<'ack'>[] = []
  #looked = 0

  constructor(client: ChatClient) {
    this.client = client
    this.over = client.closed(OVER_MS)
    void this.#talk()
  }

  /** Looks at what is new only: every message of everybody is among it. */
  get acks(): readonly ServerMessageOf<'ack'>[] {
    const { all } = this.client.inbox
    for (; this.#looked < all.length; this.#looked++) {
      const frame = all[this.#looked]
      if (frame?.type === 'ack') this.#acks.push(frame)
    }
    return this.#acks
  }

  get refused(): string[] {
    return this.client.inbox.all.flatMap((frame) =>
      frame.type === 'error' && frame.code === 'going_away' ? [frame.client_id ?? ''] : [],
    )
  }

  async #talk(): Promise<void> {
    for (;;) {
      for (let ahead = this.sent.size - this.acks.length; ahead < 20; ahead++) {
        const client_id = randomUUID()
        this.sent.set(client_id, `text of ${client_id}`)
        this.client.say(`text of ${client_id}`, { client_id })
      }
      const before = this.acks.length
      try {
        await this.client.inbox.until(() => this.acks.length > before, 'an ack', OVER_MS)
      } catch {
        return
      }
    }
  }
}

describe('SIGTERM while everybody is talking', () => {
  it('P1, P3, DR3: what was acknowledged is stored once, what was refused is not, and what had no answer can be sent again', async () => {
    await start()
    const senders: Sender[] = []
    for (let i = 0; i < 20; i++) senders.push(new Sender(await enter(server, `S${i}`, { v1: true })))
    const classic = await enter(server, 'Classic')
    await classic.inbox.until(() => senders.every(({ acks }) => acks.length >= 50), 'many acks')
    const [code] = await Promise.all([
      server.stop(),
      ...senders.map(({ over }) => over),
      classic.closed(OVER_MS),
    ])
    expect(code).toBe(0)
    for (const { client, over } of senders) {
      expect((await over).code).toBe(1012)
      expect(client.inbox.all.at(-1)).toMatchObject({ type: 'going_away', reason: 'restart' })
    }
    const slots = senders.flatMap(({ client }) =>
      client.inbox.all.flatMap((frame) => (frame.type === 'going_away' ? [frame.retry_after_ms] : [])),
    )
    expect(slots).toHaveLength(senders.length)
    expect(new Set(slots).size).toBe(senders.length)

    await start()
    const kept = await stored('lobby')
    const texts = new Set(kept.map(({ message }) => message))
    expect(kept.map(({ seq }) => seq)).toEqual(kept.map((_, i) => i + 1))
    expect(texts.size).toBe(kept.length)
    let unanswered = 0
    for (const { acks, refused, sent, client } of senders) {
      const ids = acks.map(({ client_id }) => client_id)
      expect(new Set(ids).size).toBe(ids.length)
      for (const { seq, id, client_id } of acks)
        expect(kept[seq - 1]).toMatchObject({ id, message: sent.get(client_id) })
      for (const id of refused) expect(texts.has(sent.get(id) ?? '')).toBe(false)
      const again = await enter(server, client.welcome.username ?? '', {
        v1: true,
        resumeToken: client.welcome.resume_token ?? '',
      })
      const open = [...sent].filter(([id]) => !ids.includes(id))
      unanswered += open.length
      for (const [client_id, text] of open) again.say(text, { client_id })
      for (const _ of open) await again.next('ack')
    }
    expect(unanswered).toBeGreaterThan(0)
    const all = (await stored('lobby')).map(({ message }) => message).sort()
    expect(all).toEqual(senders.flatMap(({ sent }) => [...sent.values()]).sort())
  })
})

describe('while it waits for load balancers', () => {
  it('DR4: it is not ready, takes nobody, and serves those who are here', async () => {
    await start('--drain-delay', '8', '--drain-timeout', '20')
    const alice = await enter(server, 'Alice', { v1: true })
    const ended = server.stop()
    await expect.poll(async () => (await fetch(`${server.url}/readyz`)).status).toBe(503)
    const ready = await fetch(`${server.url}/readyz`)
    expect(await ready.json()).toMatchObject({
      code: 'unavailable',
      checks: [
        { name: 'store', ok: true },
        { name: 'drain', ok: false },
      ],
    })
    expect((await fetch(`${server.url}/livez`)).status).toBe(200)
    await expect(dial(server, '/ws/chat/Late')).rejects.toThrow('Unexpected server response: 503')
    const late = await RawClient.open(server.port, '/ws/chat/Late')
    expect(late.status).toBe(503)
    expect(Number(late.headers.get('retry-after'))).toBeGreaterThan(0)
    const post = await fetch(`${server.url}/api/v1/rooms/lobby/messages`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ message: 'too late' }),
    })
    expect(post.status).toBe(503)
    expect(post.headers.get('retry-after')).toMatch(/^\d+$/)
    expect(await post.json()).toMatchObject({ code: 'going_away', retryable: true })
    alice.say('in time', { client_id: randomUUID() })
    await alice.next('ack')
    expect((await alice.closed()).code).toBe(1012)
    expect(await ended).toBe(0)
  })
})

describe('a store that does not commit', () => {
  it('DR5: the exit code is 1, and what was not acknowledged is not there', async () => {
    let code: number | null = 0
    // Where the signal comes so late that the store has refused by then, nothing is left to commit, and the code is 0.
    for (let tries = 0; tries < 5 && code === 0; tries++) {
      await start('--drain-timeout', '1')
      const alice = await enter(server, 'Alice', { v1: true })
      const intruder = (await loadDriver()).open(join(server.dataFolder, 'roomful.db'))
      const count = intruder.prepare('SELECT count(*) AS entries FROM entries')
      intruder.exec('BEGIN IMMEDIATE')
      const kept = count.all([])
      alice.say('not stored', { client_id: randomUUID() })
      alice.send({ type: 'heartbeat' })
      await alice.next('heartbeat_ack')
      code = await server.stop()
      expect(alice.inbox.all.some(({ type }) => type === 'ack')).toBe(false)
      expect(count.all([])).toEqual(kept)
      // A library may close only when nothing refers to it any more, and hold the lock until then.
      intruder.exec('ROLLBACK')
      intruder.close()
    }
    expect(code).toBe(1)
    expect(server.output()).toContain('"committed":false')
  })
})

describe('peers that never answer', () => {
  it('DR5: are cut off, and the exit code is 0', async () => {
    await start('--drain-timeout', '3')
    const silent = await RawClient.open(server.port, '/ws/chat/Silent')
    silent.answers = false
    const deaf = await RawClient.open(server.port, '/ws/chat/Deaf')
    deaf.pause()
    const slow = await RawClient.connect(server.port)
    slow.send('POST /api/v1/rooms/lobby/messages HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n')
    const ended = server.stop()
    await silent.closeFrame()
    expect(server.alive()).toBe(true)
    expect(await ended).toBe(0)
    expect(silent.inbox.all.filter(({ opcode }) => opcode === OPCODE.close)).toHaveLength(1)
  })
})
