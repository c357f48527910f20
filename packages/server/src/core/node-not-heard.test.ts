import { describe, expect, it } from 'vitest'
import { ManualClock } from '../../testing/manual-clock.ts'
import { HEALING_MS, type UnrulyNode, UnrulyCluster } from '../../testing/unruly-cluster.ts'
import { Everybody } from './person.ts'
import { RemotePresence } from './remote-presence.ts'

/** More than enough for a node to count as not heard. */
const SILENCE_MS = 20_000

const busOf = async ({ hub }: UnrulyNode) => (await hub.readiness()).find(({ name }) => name === 'bus')
const unheard = ({ complaints }: UnrulyNode) => complaints.filter((text) => text.startsWith('node_not_heard'))

async function deaf() {
  const cluster = new UnrulyCluster()
  cluster.fate = () => []
  const here = await cluster.start('here')
  const there = await cluster.start('there')
  return { cluster, clock: cluster.clock, here, there }
}

describe('nodes that live and are not heard', () => {
  it('PR7: are told in the log once, and in the detail of `bus`, until they are heard', async () => {
    const { cluster, clock, here, there } = await deaf()
    expect(await busOf(here)).toMatchObject({ ok: true, detail: 'connected' })
    await clock.advance(SILENCE_MS)
    const detail =
      'connected, but 1 living node is not heard: all nodes must have the same --bus, and reach it'
    for (const node of [here, there]) expect(await busOf(node)).toMatchObject({ ok: true, detail })
    await cluster.start('third')
    await clock.advance(2 * SILENCE_MS)
    expect((await busOf(here))?.detail).toContain('2 living nodes are')
    expect([unheard(here), unheard(there)].map(({ length }) => length)).toEqual([2, 2])
    cluster.fate = () => [0]
    await clock.advance(HEALING_MS)
    expect(await busOf(here)).toMatchObject({ ok: true, detail: 'connected' })
    await clock.advance(SILENCE_MS)
    expect(unheard(here)).toHaveLength(2)
    cluster.fate = () => []
    await there.connect({ username: 'Bob' })
    await clock.advance(2 * SILENCE_MS)
    expect(unheard(here)).toHaveLength(3)
    expect(unheard(there)).toHaveLength(2)
  })

  it('PR7: are not told of while the bus is lost, and have their time anew when it is back', async () => {
    const { cluster, clock, here } = await deaf()
    cluster.isBusLost = true
    await clock.advance(2 * SILENCE_MS)
    expect((await busOf(here))?.detail).toMatch(/^lost/)
    cluster.isBusLost = false
    await clock.advance(SILENCE_MS / 2)
    expect(unheard(here)).toEqual([])
    await clock.advance(SILENCE_MS / 2)
    expect(unheard(here)).toHaveLength(1)
    cluster.isBusLost = true
    await clock.advance(SILENCE_MS)
    cluster.isBusLost = false
    await clock.advance(SILENCE_MS)
    expect(unheard(here)).toHaveLength(1)
  })

  it('PR7: are named, with the seconds, and those who tell something now and then are not', () => {
    const clock = new ManualClock()
    const warned: unknown[] = []
    const logger = { debug() {}, info() {}, error() {}, warn: (...line: unknown[]) => void warned.push(line) }
    const bus = { publish() {}, subscribe: () => () => {}, isLost: false, close: () => Promise.resolve() }
    const remote = new RemotePresence({
      ...{ node: 'here', bus, clock, logger, everybody: new Everybody(), graceMs: 0 },
      rooms: () => expect.fail('nobody is in a room'),
      onAway() {},
    })
    for (let second = 0; second < 40; second++) {
      // Of two parts that would make it whole, only one comes, again and again.
      if (second % 10 === 0)
        remote.hear({ kind: 'part', run: 1, version: 9, part: 0, parts: 2, stays: [] }, 'slow')
      remote.look([
        { node: 'here', version: 5 },
        { node: 'slow', version: 9 },
        { node: 'mute', version: 7 },
      ])
      clock.pass(1_000)
    }
    expect(warned).toEqual([['node_not_heard', { node: 'mute', seconds: 15 }]])
    expect([remote.partial, remote.unheard]).toEqual([true, 1])
  })
})
