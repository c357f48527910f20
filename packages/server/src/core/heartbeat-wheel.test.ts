import { describe, expect, it } from 'vitest'
import { ManualClock } from '../../testing/manual-clock.ts'
import { HeartbeatWheel } from './heartbeat-wheel.ts'

describe('heartbeat wheel', () => {
  const make = (look: (item: { slot: number }, now: number) => number) => {
    const clock = new ManualClock()
    return { clock, wheel: new HeartbeatWheel(clock, 1000, 30_000, look) }
  }

  it('looks at an item when it asked for it, to the tick', async () => {
    const seen: number[] = []
    const { clock, wheel } = make((_item, now) => {
      seen.push(now)
      return seen.length === 1 ? 2500 : 0
    })
    wheel.add({ slot: -1 }, 10_000)
    await clock.advance(60_000)
    expect(seen).toEqual([10_000, 13_000])
  })

  it('does not look at what was removed, also by the look of another item in the same slot', async () => {
    const a = { slot: -1 }
    const b = { slot: -1 }
    const seen: unknown[] = []
    const { clock, wheel } = make((item) => {
      seen.push(item)
      wheel.remove(item === a ? b : a)
      return 0
    })
    wheel.add(a, 5000)
    wheel.add(b, 5000)
    await clock.advance(60_000)
    expect(seen).toEqual([a])
  })

  it('does not let time pass while the process is stopped', () => {
    const { wheel } = make(() => 0)
    wheel.tick()
    wheel.tick()
    expect(wheel.now).toBe(2000)
  })

  it('carries ten thousand items with one timer', async () => {
    let looks = 0
    const { clock, wheel } = make(() => {
      looks++
      return 10_000
    })
    for (let i = 0; i < 10_000; i++) wheel.add({ slot: -1 }, 10_000)
    await clock.advance(30_000)
    expect(looks).toBe(30_000)
  })
})
