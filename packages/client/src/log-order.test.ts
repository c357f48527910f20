import { describe, expect, it } from 'vitest'
import { FakeClock } from '../testing/fake-clock.ts'
import { type Gap, LogOrder } from './log-order.ts'

const blind = (isIn = (_log: string): boolean => true) =>
  new LogOrder(
    new FakeClock(),
    () => 0.5,
    () => Promise.reject(new Error('offline')),
    false,
    isIn,
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

  it('tells a gap once when two answers tell of it, and what is missing behind it', () => {
    const gaps: Gap[] = []
    const order = new LogOrder(
      new FakeClock(),
      () => 0.5,
      () => Promise.reject(new Error('offline')),
      true,
      () => true,
      (gap) => gaps.push(gap),
      { a: { epoch: 'e', seq: 1 } },
    )
    const resume = { outcome: 'gap', first_available: 3 } as const
    order.welcomed('a', { epoch: 'e', resume }, 6)
    order.welcomed('a', { epoch: 'e', resume }, 6)
    order.welcomed('a', { epoch: 'e', resume }, 8)
    expect(gaps).toEqual([
      { room: 'a', after: 1, before: 7 },
      { room: 'a', after: 6, before: 9 },
    ])
  })

  it('believes nothing of logs that one is not in', () => {
    const order = blind((log) => log === 'home')
    expect([order.takes('home', 5), order.takes('x', 1)]).toEqual([true, false])
    order.welcomed('x', { epoch: 'e' }, 7)
    expect(order.takes('x', 8)).toBe(false)
  })
})
