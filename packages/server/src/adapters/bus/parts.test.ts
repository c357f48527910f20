import { describe, expect, it } from 'vitest'
import { Parts } from './parts.ts'

describe('parts of hints', () => {
  it('are put together again, also of several nodes at once', () => {
    const [one, two, here] = [new Parts(3), new Parts(3), new Parts(3)]
    const [first, second] = [one.apart('abcdefgh'), two.apart('123456')]
    expect([first, second].map(({ length }) => length)).toEqual([3, 2])
    const order = [first[0], second[0], first[1], second[1], first[2]]
    expect(order.map((part) => here.add(part ?? ''))).toEqual([null, null, null, '123456', 'abcdefgh'])
    expect(one.apart('').map((part) => here.add(part))).toEqual([''])
  })

  it('are nothing when one is missing, comes twice or comes too early', () => {
    const here = new Parts(1)
    const [a = '', b = '', c = ''] = new Parts(1).apart('abc')
    for (const part of [a, c, b, c, b, a, a, b]) expect(here.add(part)).toBeNull()
  })

  it('that nobody completes are forgotten: the oldest first, by number and by size', () => {
    const here = new Parts(1)
    const unfinished = (id: string, content: string) => here.add(`${id} 0 2 ${content}`)
    for (let i = 0; i < 101; i++) unfinished(`n-${i}`, 'x')
    expect(here.add('n-0 1 2 y')).toBeNull()
    expect(here.add('n-1 1 2 y')).toBe('xy')
    const large = 'x'.repeat(20_000_000)
    unfinished('large-1', large)
    unfinished('large-2', large)
    expect(here.add('n-100 1 2 y')).toBeNull()
    expect(here.add('large-1 1 2 y')).toBeNull()
    expect(here.add('large-2 1 2 y')).toBe(`${large}y`)
  })
})
