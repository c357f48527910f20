import { expect, it } from 'vitest'
import { createTestHub } from '../../testing/test-hub.ts'
import { createMemoryStore } from '../adapters/memory-store.ts'

it('V1: what is committed while the head of a log is being read counts, though the answer is older', async () => {
  const store = createMemoryStore()
  const test = createTestHub({}, { store })
  const alice = await test.connect({ username: 'Alice', dialect: 'v1' })
  const first = await test.connect({ username: 'Bob', dialect: 'v1' })
  const resumeToken = String(first.all()[0]?.['resume_token'])
  first.hangUp()
  await test.clock.settle()
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
