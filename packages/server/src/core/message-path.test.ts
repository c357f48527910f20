import { afterEach, describe, expect, it, vi } from 'vitest'
import type { MemorySocket } from '../../testing/memory-socket.ts'
import { createTestHub, type TestHub } from '../../testing/test-hub.ts'
import { Frame, Tail } from './tail.ts'

afterEach(() => vi.restoreAllMocks())

/** Counts the calls of every method of a class from now on. */
function countCalls({ name, prototype }: { name: string; prototype: object }): Record<string, number> {
  const calls: Record<string, number> = {}
  for (const [method, { value }] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
    if (typeof value !== 'function' || method === 'constructor') continue
    const original = value as (...args: unknown[]) => unknown
    const key = `${name}.${method}`
    calls[key] = 0
    vi.spyOn(prototype as Record<string, (...args: unknown[]) => unknown>, method).mockImplementation(
      function (this: unknown, ...args) {
        calls[key] = (calls[key] ?? 0) + 1
        return original.apply(this, args)
      },
    )
  }
  return calls
}

async function inRoom(test: TestHub, count: number): Promise<MemorySocket[]> {
  const sockets: MemorySocket[] = []
  for (let i = 0; i < count; i++) sockets.push(await test.connect({ username: `u${i}` }))
  await test.clock.advance(5000)
  for (const socket of sockets) socket.news()
  return sockets
}

/** What one turn with so many messages costs besides the writes. */
async function costOfTurn(readers: number, messages: number) {
  const test = createTestHub({ rateLimit: null })
  const sockets = await inRoom(test, readers)
  const said = Array.from({ length: messages }, (_, i) => JSON.stringify({ message: `m${i}` }))
  const stringify = vi.spyOn(JSON, 'stringify')
  const frames = countCalls(Frame)
  const tails = countCalls(Tail)
  const { encoded, joined } = test.encoder
  for (const text of said) sockets[0]?.say(text)
  await test.clock.settle()
  const calls: Record<string, number> = { ...frames, ...tails, stringify: stringify.mock.calls.length }
  vi.restoreAllMocks()
  const last = new Set(sockets.map((socket) => socket.writes.at(-1)))
  expect(sockets[readers - 1]?.news()).toHaveLength(messages)
  return {
    calls,
    encoded: test.encoder.encoded - encoded,
    joined: test.encoder.joined - joined,
    buffers: last.size,
  }
}

describe('the message path', () => {
  it.each([1, 20])(
    'costs 50 readers nothing that 5 do not cost, but for the writes: %i messages',
    async (messages) => {
      const few = await costOfTurn(5, messages)
      const many = await costOfTurn(50, messages)
      expect(many).toEqual(few)
      expect(many).toMatchObject({ encoded: messages, buffers: 1, joined: messages > 1 ? 1 : 0 })
      expect(many.calls['Frame.bytes']).toBeGreaterThan(0)
    },
  )

  it('ER13: queues nothing for a full socket that has just entered a room in which something is said', async () => {
    const test = createTestHub({ rateLimit: null })
    const [ann, ben] = (await inRoom(test, 2)) as [MemorySocket, MemorySocket]
    ann.say({ type: 'join', room: 'other' })
    await test.clock.settle()
    ben.capacity = 1
    ben.buffered = 0
    ann.say({ message: 'fills it' })
    await test.clock.settle()
    const writes = ben.writes.length
    ben.say({ type: 'join', room: 'other' })
    // Still in this turn: the log is open, so entering it takes promises only.
    while (test.hub.members('other').connected_count < 2) await Promise.resolve()
    ann.say({ message: 'in the other room', room: 'other' })
    await test.clock.settle()
    ann.say({ message: 'and again', room: 'other' })
    await test.clock.settle()
    expect(ben.writes.length).toBe(writes)
    ben.capacity = Infinity
    ben.read()
    ben.events?.onDrain()
    await test.clock.settle()
    const heard = ben.news().flatMap((frame) => (frame.type === 'message' ? [frame['message']] : []))
    expect(heard).toEqual(['fills it', 'in the other room', 'and again'])
  })

  it('ER13: sends no answers into a full socket; they come when it has drained', async () => {
    const test = createTestHub({ rateLimit: null })
    const [ann, ben] = (await inRoom(test, 2)) as [MemorySocket, MemorySocket]
    ben.capacity = 1
    ben.buffered = 0
    ann.say({ message: 'fills it' })
    await test.clock.settle()
    const writes = ben.writes.length
    for (let i = 0; i < 3; i++) ben.say({ type: 'status' })
    await test.clock.settle()
    expect(ben.writes.length).toBe(writes)
    ben.capacity = Infinity
    ben.events?.onDrain()
    await test.clock.settle()
    expect(ben.news().map(({ type }) => type)).toEqual(['message', 'status', 'status', 'status'])
  })
})
