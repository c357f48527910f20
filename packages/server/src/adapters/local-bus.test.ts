import { describe, expect, it, vi } from 'vitest'
import { busContract } from '../../testing/bus-contract.ts'
import type { Hint } from '../ports/bus.ts'
import { createLocalBusHub, createLoneBus } from './local-bus.ts'

busContract('the local bus', async () => {
  const hub = createLocalBusHub()
  const nodes = [hub.connect(), hub.connect(), hub.connect()] as const
  return {
    nodes: [...nodes],
    destroy: async () => void (await Promise.all(nodes.map((node) => node.close()))),
  }
})

const hint = (): Hint => ({ entries: [] })

describe('the local bus', () => {
  it('tells each hint once, in the order of publishing', async () => {
    const hub = createLocalBusHub()
    const [one, two] = [hub.connect(), hub.connect()]
    const sent = [hint(), hint(), hint()]
    const heard: Hint[] = []
    two.subscribe((told) => heard.push(told))
    for (const told of sent) one.publish(told)
    await vi.waitFor(() => expect(heard).toHaveLength(3), 60_000)
    heard.forEach((told, index) => expect(told).toBe(sent[index]))
  })

  it('tells nothing of one hub on another', async () => {
    const [here, there] = [createLocalBusHub(), createLocalBusHub()]
    const [one, two, far] = [here.connect(), here.connect(), there.connect()]
    const [near, distant] = [vi.fn<() => void>(), vi.fn<() => void>()]
    two.subscribe(near)
    far.subscribe(distant)
    one.publish(hint())
    await vi.waitFor(() => expect(near).toHaveBeenCalledOnce(), 60_000)
    expect(distant).not.toHaveBeenCalled()
  })

  it('forgets what was on its way to a subscription that ends', async () => {
    const hub = createLocalBusHub()
    const [one, two] = [hub.connect(), hub.connect()]
    const [ended, other] = [vi.fn<() => void>(), vi.fn<() => void>()]
    const end = two.subscribe(ended)
    two.subscribe(other)
    one.publish(hint())
    end()
    await vi.waitFor(() => expect(other).toHaveBeenCalledOnce(), 60_000)
    expect(ended).not.toHaveBeenCalled()
  })

  it('is silent for a node that is alone', async () => {
    const bus = createLoneBus()
    const listener = vi.fn<() => void>()
    bus.subscribe(listener)
    bus.publish(hint())
    await bus.close()
    expect(listener).not.toHaveBeenCalled()
  })
})
