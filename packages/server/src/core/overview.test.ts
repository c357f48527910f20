import { expect, it } from 'vitest'
import { createTestCluster } from '../../testing/test-cluster.ts'
import { createTestHub } from '../../testing/test-hub.ts'

it('OP6: names the fullest rooms first, and no more than asked for', async () => {
  const { connect, hub, clock } = createTestHub()
  const people = { den: 1, hall: 3, lobby: 2, attic: 1 }
  for (const [room, count] of Object.entries(people))
    for (let i = 0; i < count; i++) await connect({ username: `${room}-${i}`, room })
  const speaker = await connect({ username: 'Ann', room: 'hall' })
  speaker.say({ message: 'hello' })
  await clock.settle()
  const { rooms, nodes } = await hub.overview(2)
  expect(rooms).toEqual([
    { room: 'hall', connected_count: 4, head_seq: 1 },
    { room: 'lobby', connected_count: 2, head_seq: 0 },
  ])
  expect(nodes).toEqual([{ node: null, people: 8, answers: true, complete: true }])
  expect((await hub.overview(20)).rooms.map(({ room }) => room)).toEqual(['hall', 'lobby', 'den', 'attic'])
})

it('OP6: names all nodes with their people, and rooms with those of all', async () => {
  const { nodes, clock } = createTestCluster()
  const [a, b] = nodes
  await a.connect({ username: 'Ann', room: 'hall' })
  await b.connect({ username: 'Ben', room: 'hall' })
  await b.connect({ username: 'Cai', room: 'den' })
  await clock.advance(3_000)
  const overview = await a.hub.overview(20)
  expect(overview.nodes).toMatchObject([
    { people: 1, answers: true },
    { people: 2, answers: false, complete: true },
    { people: 0, answers: false, complete: true },
  ])
  expect(overview.rooms).toMatchObject([
    { room: 'hall', connected_count: 2 },
    { room: 'den', connected_count: 1 },
  ])
})
