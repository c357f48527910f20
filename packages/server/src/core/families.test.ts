import { expect, it } from 'vitest'
import { ManualClock } from '../../testing/manual-clock.ts'
import { createTestHub } from '../../testing/test-hub.ts'
import { createMemoryStore } from '../adapters/memory-store.ts'
import type { Family } from '../ports/metrics.ts'

/** A hub, and how its numbers are asked for. */
function measuredHub(...[options, parts]: Parameters<typeof createTestHub>) {
  let read: () => readonly Family[] = () => []
  const test = createTestHub(options, { ...parts, metrics: { add: (given) => (read = given) } })
  const numbers = (): Map<string, number> => {
    const all = new Map<string, number>()
    for (const family of read()) {
      if (family.type === 'histogram') {
        all.set(`${family.name}_sum`, family.sum)
        family.counts.forEach((count, i) => all.set(`${family.name} ${family.bounds[i] ?? 'Inf'}`, count))
      } else {
        for (const { labels, value } of family.samples)
          all.set([family.name, ...Object.values(labels)].join(' '), value)
      }
    }
    return all
  }
  return { ...test, numbers }
}

/** Those that are not what they were, by what they have become. */
function changes(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>) {
  return Object.fromEntries([...after].filter(([name, value]) => before.get(name) !== value))
}

it('counts connections, people, rooms and logs as they are', async () => {
  const { connect, hub, clock, numbers } = measuredHub()
  await clock.settle()
  const before = numbers()
  const alice = await connect({ username: 'Alice', dialect: 'v1' })
  await connect({ username: 'Bob', room: 'den' })
  await connect()
  expect(changes(before, numbers())).toMatchObject({
    'roomful_connections chat classic': 2,
    'roomful_connections chat v1': 1,
    roomful_connections_opened_total: 3,
    roomful_people: 3,
    roomful_rooms: 2,
    // Two rooms and two private logs.
    // That of moderation among them.
    roomful_logs: 6,
  })
  alice.hangUp(1001)
  await clock.settle()
  expect(numbers().get('roomful_connections chat v1')).toBe(0)
  expect(numbers().get('roomful_closes_total 1001 peer')).toBe(1)
  await hub.stop('shutdown')
  expect(numbers().get('roomful_closes_total 1001 going_away')).toBe(2)
  expect(numbers().get('roomful_draining')).toBe(1)
})

it('counts what is said, committed, delivered and refused', async () => {
  const { connect, clock, numbers } = measuredHub()
  const alice = await connect({ username: 'Alice', dialect: 'v1' })
  await connect({ username: 'Bob' })
  const before = numbers()
  const client_id = '7d444840-9dc0-11d1-b245-5ffdce74fad2'
  alice.say({ message: 'one', client_id })
  alice.say({ message: 'two' })
  await clock.settle()
  alice.say({ message: 'one', client_id })
  alice.say({ message: 'other', client_id })
  alice.say({ message: '' })
  alice.say('{')
  await clock.settle()
  expect(changes(before, numbers())).toMatchObject({
    roomful_frames_received_total: 6,
    'roomful_entries_total appended': 2,
    'roomful_entries_total duplicate': 1,
    'roomful_entries_total conflict': 1,
    'roomful_refusals_total bad_message': 2,
    'roomful_refusals_total conflict': 1,
    'roomful_append_batch_entries 2': 2,
    roomful_append_batch_entries_sum: 4,
  })
  const delivered = (at: ReadonlyMap<string, number>) => at.get('roomful_deliveries_total') ?? 0
  // Both entries to both, with whatever notice came before.
  expect(delivered(numbers()) - delivered(before)).toBe(4)
})

it('times from the first message of a batch to the end of its turn, and notices not at all', async () => {
  const clock = new ManualClock()
  const store = createMemoryStore()
  const append = store.append.bind(store)
  store.append = (batch) => {
    clock.pass(30)
    return append(batch)
  }
  const { connect, numbers } = measuredHub({}, { store, clock })
  const alice = await connect({ username: 'Alice' })
  await connect({ username: 'Bob' })
  const before = numbers()
  for (const message of ['one', 'two']) alice.say({ message })
  await clock.settle()
  expect(changes(before, numbers())).toMatchObject({ 'roomful_delivery_lag_seconds 0.05': 1 })
  expect(numbers().get('roomful_delivery_lag_seconds_sum')).toBeCloseTo(0.03)
})

it('says that the store is down when it has refused a batch, and counts what failed', async () => {
  const { connect, clock, store, numbers } = measuredHub()
  const alice = await connect({ username: 'Alice' })
  expect(numbers().get('roomful_store_up')).toBe(1)
  await store.close()
  alice.say({ message: 'lost' })
  await clock.settle()
  expect(numbers().get('roomful_store_up')).toBe(0)
  expect(numbers().get('roomful_entries_total failed')).toBe(1)
  expect(numbers().get('roomful_refusals_total unavailable')).toBe(1)
})

it('shows who reads too slowly and how many cursors lag', async () => {
  const { connect, clock, numbers } = measuredHub()
  const alice = await connect({ username: 'Alice' })
  const bob = await connect({ username: 'Bob' })
  bob.capacity = 1
  for (let i = 0; i < 3; i++) {
    alice.say({ message: 'hello' })
    await clock.settle()
  }
  expect(numbers().get('roomful_connections_full')).toBe(1)
  expect(numbers().get('roomful_cursors_behind')).toBe(1)
})

it('has as many series with 10,000 names, rooms and messages as with none', async () => {
  const { dial, clock, numbers } = measuredHub({ maxConnections: 20_000, rateLimit: null })
  const before = [...numbers().keys()]
  for (let i = 0; i < 10_000; i++) {
    const socket = dial({ username: `user-${i}`, room: `room-${i}`, address: `10.0.${i >> 8}.${i & 255}` })
    if (i % 500 !== 499) continue
    await clock.settle()
    socket.say({ message: `text ${i}` })
  }
  await clock.settle()
  const after = numbers()
  expect(after.get('roomful_people')).toBe(10_000)
  expect(after.get('roomful_rooms')).toBe(10_000)
  expect([...after.keys()]).toEqual(before)
})
