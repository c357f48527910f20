import { describe, expect, it } from 'vitest'
import { FakeClock } from '../testing/fake-clock.ts'
import { LogOrder } from './log-order.ts'

const blind = () =>
  new LogOrder(
    new FakeClock(),
    () => 0.5,
    () => Promise.reject(new Error('offline')),
    false,
    () => undefined,
  )

describe('LogOrder', () => {
  it('lets numbers rise in each log for itself', () => {
    const order = blind()
    expect(
      ['a1', 'a2', 'b1', 'a2', 'a1', 'a9', 'b1'].map((entry) =>
        order.takes(entry[0] ?? '', Number(entry[1])),
      ),
    ).toEqual([true, true, true, false, false, true, false])
    order.welcomed('a', { epoch: 'e' }, 0)
    expect([order.takes('a', 1), order.takes('b', 1)]).toEqual([true, false])
    order.restart()
    expect(order.takes('b', 1)).toBe(true)
  })

  it('watches a thousand logs and forgets the first beyond', () => {
    const order = blind()
    for (let i = 0; i < 1_001; i++) order.takes(`log-${i}`, 5)
    expect(order.takes('log-1000', 5)).toBe(false)
    expect(order.takes('log-1', 5)).toBe(false)
    expect(order.takes('log-0', 5)).toBe(true)
  })
})
