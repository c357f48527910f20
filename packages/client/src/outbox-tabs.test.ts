import { expect, it } from 'vitest'
import { FakeClock } from '../testing/fake-clock.ts'
import { settled as soon } from '../testing/harness.ts'
import { FakeOutboxStorage } from '../testing/outbox-storage.ts'
import { StoredOutbox } from './outbox.ts'
import { adopt, takeOver } from './outbox-tabs.ts'

/** A storage answers some turns later. */
const settled = async (): Promise<void> => {
  for (let i = 0; i < 5; i++) await soon()
}

const over = (kept: FakeOutboxStorage) =>
  new StoredOutbox(kept, new FakeClock(), () => 0.5, {
    send: () => new Promise(() => undefined),
    isOpen: () => true,
    home: 'lobby',
    epochOf: () => undefined,
    person: () => undefined,
  })

it('what a follower throws away while the leader sends it is kept, so that the next leader has it', async () => {
  const kept = new FakeOutboxStorage()
  const leader = over(kept)
  const entry = leader.add({ text: 'x' })
  await settled()
  expect(leader.entries).toMatchObject([{ state: { phase: 'sending' } }])
  await kept.delete(entry.clientId)
  const told: string[] = []
  adopt(leader, { ...entry, state: { phase: 'discarded' } }, true, ({ state }) => told.push(state.phase))
  await settled()
  expect(told).toEqual(['sending'])
  const next = over(kept)
  await settled()
  expect(next.entries).toMatchObject([{ text: 'x', state: { phase: 'sending' } }])
})

it('what is kept is told in the order of the key presses, whatever the order of the storage', async () => {
  const kept = new FakeOutboxStorage()
  const first = over(kept)
  for (const text of ['one', 'two', 'three']) first.add({ text })
  await settled()
  kept.all = async () => [...kept.kept.values()].toReversed()
  const next = over(kept)
  const told: string[] = []
  next.onChange(({ text, state }) => state.phase === 'queued' && told.push(text))
  await settled()
  expect(told).toEqual(['one', 'two', 'three'])
  expect(next.entries.map(({ text }) => text)).toEqual(['one', 'two', 'three'])
})

it('what another tab puts into the storage while a new leader reads it is not taken for thrown away', async () => {
  const kept = new FakeOutboxStorage()
  const leader = over(kept)
  await settled()
  let answer = (): void => undefined
  kept.all = () => new Promise((resolve) => (answer = () => resolve([])))
  takeOver(leader)
  await settled()
  const follower = over(new FakeOutboxStorage())
  const entry = follower.add({ text: 'meanwhile' })
  adopt(leader, entry, true, () => undefined)
  answer()
  await settled()
  expect(leader.entries).toMatchObject([{ text: 'meanwhile', state: { phase: 'sending' } }])
})
