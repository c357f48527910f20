import { describe, expect, it } from 'vitest'
import { LogOrder } from './log-order.ts'

describe('LogOrder', () => {
  it('lets numbers rise in each log for itself', () => {
    const order = new LogOrder()
    expect(
      ['a1', 'a2', 'b1', 'a2', 'a1', 'a9', 'b1'].map((entry) =>
        order.rises(entry[0] ?? '', Number(entry[1])),
      ),
    ).toEqual([true, true, true, false, false, true, false])
    order.restart('a')
    expect([order.rises('a', 1), order.rises('b', 1)]).toEqual([true, false])
    order.clear()
    expect(order.rises('b', 1)).toBe(true)
  })

  it('watches a thousand logs and forgets the first beyond', () => {
    const order = new LogOrder()
    for (let i = 0; i < 1_001; i++) order.rises(`log-${i}`, 5)
    expect(order.rises('log-1000', 5)).toBe(false)
    expect(order.rises('log-1', 5)).toBe(false)
    expect(order.rises('log-0', 5)).toBe(true)
  })
})
