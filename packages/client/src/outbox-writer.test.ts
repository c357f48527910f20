import { describe, expect, it } from 'vitest'
import { online, settled as soon } from '../testing/harness.ts'
import { ack, settled } from '../testing/posting.ts'
import type { OutboxEntry } from './outbox-entry.ts'
import { MAX_OUTBOX_ENTRIES } from './outbox.ts'
import { STORAGE_TIMEOUT_MS } from './outbox-writer.ts'

/** Reads all of it, and writes all of it when it is let: what was written in between is lost. */
class ReadModifyWrite {
  kept: readonly OutboxEntry[] = []
  readonly asked: string[] = []
  most = 0
  #under: (() => void)[] = []

  put(entry: OutboxEntry): Promise<void> {
    return this.#change(`put ${entry.text}`, entry.clientId, [entry])
  }

  delete(clientId: string): Promise<void> {
    const text = this.kept.find((entry) => entry.clientId === clientId)?.text
    return this.#change(`delete ${text}`, clientId, [])
  }

  async all(): Promise<readonly OutboxEntry[]> {
    return this.kept
  }

  get texts(): string[] {
    return this.kept.map(({ text }) => text).toSorted()
  }

  /** Lets what is under way end, and what follows, until nothing does. */
  async letAll(): Promise<void> {
    for (let one = this.#under.shift(); one; one = this.#under.shift()) {
      one()
      await settled()
    }
  }

  async #change(name: string, clientId: string, more: readonly OutboxEntry[]): Promise<void> {
    this.asked.push(name)
    const rest = this.kept.filter((entry) => entry.clientId !== clientId)
    await new Promise<void>((resolve) => {
      this.#under.push(resolve)
      this.most = Math.max(this.most, this.#under.length)
    })
    this.kept = [...rest, ...more]
  }
}

/** Online over such a storage; each message is acknowledged by `serve`. */
async function slow() {
  const storage = new ReadModifyWrite()
  const made = online({ outbox: storage })
  await settled()
  let seq = 0
  const sent: unknown[] = []
  const serve = async (): Promise<void> => {
    for (let frames = made.server.flushToServer(); frames.length > 0; frames = made.server.flushToServer()) {
      for (const { client_id, message } of frames) {
        sent.push(message)
        seq += 1
        made.server.say(ack(client_id, seq)).flushToClient()
        await settled()
      }
    }
  }
  return { ...made, outbox: made.client.outbox, storage, sent, serve }
}

describe('a storage that takes longer than 2 s', () => {
  it('is told one thing at a time all the same, and keeps all that waits', async () => {
    const { outbox, clock, server, storage } = await slow()
    server.close(1006).flushToClient()
    for (const text of ['a', 'b', 'c']) outbox.add({ text })
    clock.advance(STORAGE_TIMEOUT_MS)
    await settled()
    expect(outbox.persistent).toBe(false)
    outbox.add({ text: 'd' })
    clock.advance(STORAGE_TIMEOUT_MS * 4)
    await settled()
    expect(storage.asked).toEqual(['put a'])
    await storage.letAll()
    expect(storage.texts).toEqual(['a', 'b', 'c', 'd'])
    expect(storage.most).toBe(1)
  })

  it('holds up nothing else after them, and forgets what was delivered', async () => {
    const { outbox, clock, storage, sent, serve } = await slow()
    for (const text of ['a', 'b', 'c']) outbox.add({ text })
    await settled()
    clock.advance(STORAGE_TIMEOUT_MS - 1)
    await settled()
    await serve()
    expect(sent).toEqual([])
    clock.advance(1)
    await settled()
    await serve()
    expect(sent).toEqual(['a', 'b', 'c'])
    outbox.add({ text: 'd' })
    await settled()
    await serve()
    expect(sent).toEqual(['a', 'b', 'c', 'd'])
    expect(outbox.entries).toEqual([])
    await storage.letAll()
    expect(storage.kept).toEqual([])
    expect(storage.most).toBe(1)
  })

  it('is told nothing of what came and went meanwhile, so nothing piles up', async () => {
    const { outbox, clock, storage, serve } = await slow()
    outbox.add({ text: 'a' })
    await settled()
    clock.advance(STORAGE_TIMEOUT_MS)
    for (let i = 0; i < MAX_OUTBOX_ENTRIES + 10; i++) {
      outbox.add({ text: `more ${i}` })
      await soon()
      await serve()
    }
    expect(outbox.entries).toEqual([])
    await storage.letAll()
    expect(storage.asked).toEqual(['put a', 'delete a'])
    expect(storage.kept).toEqual([])
  })

  it('is told the latest of an entry, and deletes before it puts', async () => {
    const { outbox, clock, server, storage } = await slow()
    server.close(1006).flushToClient()
    const [a, b] = ['a', 'b', 'c'].map((text) => outbox.add({ text }).clientId)
    clock.advance(STORAGE_TIMEOUT_MS)
    await settled()
    outbox.retry(b ?? '')
    outbox.retry(b ?? '')
    outbox.discard(a ?? '')
    await settled()
    await storage.letAll()
    expect(storage.asked).toEqual(['put a', 'delete a', 'put b', 'put c'])
    expect(storage.texts).toEqual(['b', 'c'])
  })
})

it('one that keeps the order itself is asked for one thing at a time after it was silent', async () => {
  const asked: string[] = []
  const never = (name: string) => async (): Promise<never> => {
    asked.push(name)
    return await new Promise(() => undefined)
  }
  const storage = { ordered: true, all: async () => [], put: never('put'), delete: never('delete') }
  const { client, clock } = online({ outbox: storage })
  await settled()
  client.outbox.add({ text: 'a' })
  client.outbox.add({ text: 'b' })
  expect(asked).toEqual(['put', 'put'])
  clock.advance(STORAGE_TIMEOUT_MS)
  await settled()
  for (let i = 0; i < 10; i++) client.outbox.add({ text: 'c' })
  await settled()
  expect(asked).toEqual(['put', 'put', 'put'])
})
