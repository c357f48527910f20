import { describe, expect, it } from 'vitest'
import type { MemorySocket } from '../../testing/memory-socket.ts'
import { createTestHub } from '../../testing/test-hub.ts'
import { createMemoryStore } from '../adapters/memory-store.ts'
import { StoreUnavailable } from '../ports/store.ts'

/** For so long the numbers of a log that nobody reads are known. */
const KEPT_MS = 60_000

it('V1: what is committed while the head of a log is being read counts, though the answer is older', async () => {
  const store = createMemoryStore()
  const test = createTestHub({}, { store })
  const alice = await test.connect({ username: 'Alice', dialect: 'v1' })
  const first = await test.connect({ username: 'Bob', dialect: 'v1' })
  const resumeToken = String(first.all()[0]?.['resume_token'])
  first.hangUp()
  await test.clock.settle()
  test.clock.pass(KEPT_MS)
  const read = store.heads.bind(store)
  let answer = (): void => {}
  store.heads = async (logs) => {
    const heads = await read(logs)
    await new Promise<void>((resolve) => (answer = resolve))
    return heads
  }
  const bob = await test.connect({ username: 'Bob', dialect: 'v1', resumeToken })
  alice.say({ message: 'psst', target_user: 'Bob' })
  await test.clock.settle()
  answer()
  await test.clock.settle()
  expect(bob.news()).toMatchObject([{ event: 'welcome', private_head_seq: 1 }])
  alice.say({ message: 'again', target_user: 'Bob' })
  await test.clock.settle()
  expect(bob.news()).toMatchObject([{ type: 'private', seq: 2 }])
})

describe('what people who come back cost the store', () => {
  /** So many people, who were there before and have gone, and how often the store is asked for numbers of logs from now on. */
  async function gone(count: number) {
    const store = createMemoryStore()
    const test = createTestHub({}, { store })
    const tokens: string[] = []
    const all: MemorySocket[] = []
    for (let i = 0; i < count; i++) {
      const socket = await test.connect({ username: `u${i}`, dialect: 'v1' })
      tokens.push(String(socket.all()[0]?.['resume_token']))
      all.push(socket)
    }
    await test.connect({ username: 'stays' })
    for (const socket of all) socket.hangUp()
    await test.clock.settle()
    const asked: number[] = []
    const heads = store.heads.bind(store)
    const firsts = store.firsts.bind(store)
    store.heads = (logs) => {
      asked.push(logs.length)
      return heads(logs)
    }
    store.firsts = (logs) => {
      asked.push(logs.length)
      return firsts(logs)
    }
    return { store, test, tokens, asked }
  }

  async function comeBack({ test, tokens }: Awaited<ReturnType<typeof gone>>) {
    const sockets = tokens.map((resumeToken, i) =>
      test.dial({ username: `u${i}`, dialect: 'v1', resumeToken }),
    )
    await test.clock.settle()
    return sockets
  }

  it('nothing, when they come back soon', async () => {
    const scene = await gone(30)
    const sockets = await comeBack(scene)
    expect(scene.asked).toEqual([])
    for (const socket of sockets)
      expect(socket.all()[0]).toMatchObject({ event: 'welcome', private_head_seq: 0 })
  })

  it('one question for all who come in one turn, when they come later', async () => {
    const scene = await gone(30)
    scene.test.clock.pass(KEPT_MS)
    const sockets = await comeBack(scene)
    expect(scene.asked).toEqual([30, 30])
    for (const socket of sockets)
      expect(socket.all()[0]).toMatchObject({ event: 'welcome', private_head_seq: 0 })
  })

  it('nobody else’s coming, when one log cannot be read', async () => {
    const scene = await gone(3)
    scene.test.clock.pass(KEPT_MS)
    const heads = scene.store.heads.bind(scene.store)
    let unreadable = ''
    scene.store.heads = async (logs) => {
      unreadable ||= logs.find((log) => log.startsWith('@')) ?? ''
      if (logs.includes(unreadable)) throw new StoreUnavailable('torn')
      return await heads(logs)
    }
    const sockets = await comeBack(scene)
    expect(sockets.map(({ closed }) => closed?.code)).toEqual([1013, undefined, undefined])
  })

  it('a question, when a batch failed meanwhile: the store may hold what nobody was told of', async () => {
    const scene = await gone(1)
    const other = await scene.test.connect({ username: 'other', dialect: 'v1', room: 'elsewhere' })
    scene.asked.length = 0
    scene.store.append = () => Promise.reject(new StoreUnavailable('disk full'))
    other.say({ message: 'refused' })
    await scene.test.clock.settle()
    await comeBack(scene)
    expect(scene.asked).toEqual([1, 1])
  })

  it('a question, when something is said in the log after they have gone', async () => {
    const scene = await gone(2)
    const [back, other] = await comeBack(scene)
    back?.say({ message: 'psst', target_user: 'u1' })
    back?.hangUp()
    other?.hangUp()
    await scene.test.clock.settle()
    const [again] = await comeBack(scene)
    expect(scene.asked).toEqual([2, 2])
    expect(again?.all()[0]).toMatchObject({ event: 'welcome', private_head_seq: 1 })
  })
})
