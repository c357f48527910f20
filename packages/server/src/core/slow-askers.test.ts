import { describe, expect, it } from 'vitest'
import { createTestHub, type TestHub } from '../../testing/test-hub.ts'
import type { MemorySocket } from '../../testing/memory-socket.ts'

const LONG = '界'.repeat(5_000)

/** A room of so many long messages, and somebody there who reads nothing from now on. */
async function askerOf(test: TestHub, messages: number): Promise<MemorySocket> {
  const author = await test.connect({ username: 'author' })
  for (let i = 0; i < messages; i++) author.say({ message: LONG })
  await test.clock.settle()
  const asker = await test.connect({ username: 'asker', dialect: 'v1' })
  asker.news()
  asker.read()
  asker.capacity = 65_536
  return asker
}

const answers = (asker: MemorySocket, type: string) => asker.news().filter((frame) => frame.type === type)

/** What comes for somebody who reads again. */
async function readOn(test: TestHub, asker: MemorySocket, type: string): Promise<number> {
  let count = 0
  for (;;) {
    asker.read()
    await test.clock.settle()
    const more = answers(asker, type).length
    if (more === 0) return count
    count += more
  }
}

describe('a peer that asks without reading the answers', () => {
  it('V5: a page of long messages is shorter, says so, and goes on where it ended', async () => {
    const test = createTestHub({ rateLimit: null })
    const asker = await askerOf(test, 10)
    asker.say({ type: 'history', limit: 100 })
    await test.clock.settle()
    const [page] = answers(asker, 'history')
    const seqs = (page?.['entries'] as { seq: number }[] | undefined)?.map(({ seq }) => seq)
    expect(seqs).toEqual([7, 8, 9, 10])
    expect(page?.['complete']).toBe(false)
    asker.say({ type: 'history', limit: 100, before: 7 })
    await test.clock.settle()
    expect(answers(asker, 'history')[0]?.['entries']).toMatchObject([3, 4, 5, 6].map((seq) => ({ seq })))
  })

  it('ER13: pages of history are made for it as it takes them, and all of them in the end', async () => {
    const test = createTestHub({ rateLimit: null })
    const asker = await askerOf(test, 10)
    for (let i = 0; i < 60; i++) asker.say({ type: 'history', limit: 100 })
    await test.clock.settle()
    const made = answers(asker, 'history').length
    expect(made).toBeGreaterThan(0)
    expect(asker.buffered).toBeLessThan(4 * 65_536)
    expect(asker.paused).toBe(true)
    expect(made + (await readOn(test, asker, 'history'))).toBe(60)
    expect(asker.paused).toBe(false)
  })

  it('ER13: other requests wait as well, and are answered in their order', async () => {
    const test = createTestHub({ rateLimit: null })
    const asker = await askerOf(test, 1)
    asker.capacity = 1
    for (let i = 0; i < 1_000; i++) asker.say({ type: 'status' })
    asker.say({ message: 'last' })
    await test.clock.settle()
    const made = answers(asker, 'status').length
    expect(asker.buffered).toBeLessThan(3 * 65_536)
    expect(made + (await readOn(test, asker, 'status'))).toBe(1_000)
    expect(asker.all().at(-1)).toMatchObject({ type: 'message', message: 'last' })
  })
})
