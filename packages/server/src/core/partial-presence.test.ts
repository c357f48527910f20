import { describe, expect, it } from 'vitest'
import { HEALING_MS, UnrulyCluster } from '../../testing/unruly-cluster.ts'
import { createTestHub } from '../../testing/test-hub.ts'

async function two() {
  const cluster = new UnrulyCluster()
  const here = await cluster.start('here', { noticesPerSecond: 1 })
  const there = await cluster.start('there')
  return { cluster, clock: cluster.clock, here, there }
}

describe('counts while something of another node is missing', () => {
  it('PR2, WE5, JL1, JL2, JL5: are partial in each welcome and notice, classic ones too, until all is here', async () => {
    const { cluster, clock, here, there } = await two()
    const zoe = await here.connect({ username: 'Zoe' })
    const alice = await here.connect({ username: 'Alice', dialect: 'v1' })
    await clock.advance(HEALING_MS)
    for (const socket of [zoe, alice]) socket.news()
    cluster.fate = () => []
    await there.connect({ username: 'Bob' })
    await clock.advance(HEALING_MS)
    const carol = await here.connect({ username: 'Carol' })
    expect(carol.news()[0]).toMatchObject({ event: 'welcome', connected_count: 3, partial: true })
    const nobody = await here.connect()
    expect(nobody.news()[0]).toMatchObject({ event: 'welcome', connected_count: 4, partial: true })
    await here.connect({ username: 'Dora' })
    carol.hangUp()
    await clock.advance(3_000)
    for (const socket of [zoe, alice])
      expect(socket.news()).toMatchObject([
        { event: 'join', username: 'Carol', connected_count: 3, partial: true },
        { event: 'join', count: 2, connected_count: 4, partial: true },
        { event: 'leave', username: 'Carol', connected_count: 4, partial: true },
      ])
    cluster.fate = () => [0]
    await clock.advance(HEALING_MS)
    zoe.news()
    const erin = await here.connect({ username: 'Erin' })
    await clock.settle()
    for (const frame of [erin.news()[0], zoe.news()[0]]) {
      expect(frame).toMatchObject({ connected_count: 6 })
      expect(frame).not.toHaveProperty('partial')
    }
  })

  it('PR2: a server without others says nothing of it', async () => {
    const test = createTestHub({ noticesPerSecond: 1 })
    const zoe = await test.connect({ username: 'Zoe' })
    for (const username of ['Ann', 'Ben', 'Cleo']) await test.connect({ username })
    await test.clock.advance(2_000)
    const frames = zoe.news()
    expect(frames).toMatchObject([{ event: 'welcome' }, { event: 'join' }, { event: 'join', count: 2 }])
    for (const frame of frames) expect(frame).not.toHaveProperty('partial')
  })
})
