import { describe, expect, it } from 'vitest'
import { entry } from '../../testing/store-support.ts'
import { createTestHub } from '../../testing/test-hub.ts'
import { createMemoryStore } from '../adapters/memory-store.ts'

/** More than are asked for at once. */
const MANY_ROOMS = 1_001

describe('a look at the heads', () => {
  it('goes on with the other logs when the read of one fails, says so once, and reads that one as soon as it can', async () => {
    const store = createMemoryStore()
    const read = store.read.bind(store)
    const test = createTestHub({ headWatchMs: 1_000 }, { store })
    const rooms = ['one', 'two', 'three', 'four']
    const people = []
    for (const room of rooms) people.push(await test.connect({ username: `u-${room}`, dialect: 'v1', room }))
    for (const person of people) person.news()
    store.read = (log, ...rest) =>
      log === 'one' || log === 'three' ? Promise.reject(new Error('fault')) : read(log, ...rest)
    for (const log of rooms) await store.append([entry({ log })])
    await test.clock.advance(1_000)
    await test.clock.advance(1_000)
    expect(people.map((person) => person.news().length)).toEqual([0, 1, 0, 1])
    expect(test.complaints).toEqual(['heads_not_read Error: fault'])
    store.read = read
    await test.clock.advance(1_000)
    expect(people.map((person) => person.news().length)).toEqual([1, 0, 1, 0])
    await test.clock.advance(3_000)
    expect(test.complaints).toHaveLength(1)
  })

  it('goes on with other heads when some cannot be read, and does not wait longer for what it has seen before', async () => {
    const store = createMemoryStore()
    const heads = store.heads.bind(store)
    const test = createTestHub({ headWatchMs: 1_000 }, { store })
    const first = await test.connect({ username: 'First', dialect: 'v1', room: 'r0' })
    for (let i = 1; i < MANY_ROOMS - 1; i++)
      await test.connect({ username: `u${i}`, dialect: 'v1', room: `r${i}` })
    const last = await test.connect({ username: 'Last', dialect: 'v1', room: `r${MANY_ROOMS}` })
    first.news()
    last.news()
    const isHeard = () => [first, last].map((socket) => socket.news().some(({ type }) => type === 'message'))
    await store.append([entry({ log: 'r0' }), entry({ log: `r${MANY_ROOMS}` })])
    await test.clock.advance(1_000)
    store.heads = (names) =>
      names.length > 1 && names.includes('r0') ? Promise.reject(new Error('fault')) : heads(names)
    await test.clock.advance(1_000)
    expect(isHeard()).toEqual([false, true])
    store.heads = heads
    await test.clock.advance(1_000)
    expect(isHeard()).toEqual([true, false])
  })
})
