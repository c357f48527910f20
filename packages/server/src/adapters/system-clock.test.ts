import { describe, expect, it } from 'vitest'
import { createSystemClock, createSystemRandom } from './system-clock.ts'

const clock = createSystemClock()

describe('the clock of this machine', () => {
  it('tells the wall clock in milliseconds since 1970', () => {
    const before = Date.now()
    const now = clock.now()
    expect(now).toBeGreaterThanOrEqual(before)
    expect(now).toBeLessThanOrEqual(Date.now())
  })

  it('never runs backwards', () => {
    const first = clock.monotonic()
    expect(clock.monotonic()).toBeGreaterThanOrEqual(first)
  })

  it('calls once after a while, and again and again until it is told to stop', async () => {
    const calls: string[] = []
    await new Promise<void>((resolve) => {
      const stop = clock.every(1, () => {
        calls.push('every')
        if (calls.filter((call) => call === 'every').length < 3) return
        stop()
        clock.after(5, resolve)
      })
      const cancel = clock.after(1, () => calls.push('cancelled'))
      clock.after(1, () => calls.push('after'))
      cancel()
    })
    expect(calls.filter((call) => call === 'after')).toHaveLength(1)
    expect(calls.filter((call) => call === 'every')).toHaveLength(3)
    expect(calls).not.toContain('cancelled')
  })

  it('ends a turn after its promises and ticks', async () => {
    const order: string[] = []
    await new Promise<void>((resolve) => {
      clock.endOfTurn(() => {
        order.push('end of turn')
        resolve()
      })
      process.nextTick(() => order.push('tick'))
      void Promise.resolve().then(() => order.push('promise'))
    })
    expect(order.slice(0, 2).sort()).toEqual(['promise', 'tick'])
    expect(order[2]).toBe('end of turn')
  })

  it('does not keep a process alive', () => {
    const timers = () => process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length
    const before = timers()
    const ends = [clock.every(60_000, () => {}), clock.after(60_000, () => {})]
    expect(timers()).toBe(before)
    for (const end of ends) end()
  })
})

describe('the random source of this machine', () => {
  it('gives as many bytes as asked for, never the same', () => {
    const random = createSystemRandom()
    const tokens = Array.from({ length: 100 }, () => random.token(16))
    expect(new Set(tokens).size).toBe(100)
    for (const token of tokens) expect(Buffer.from(token, 'base64url')).toHaveLength(16)
  })
})
