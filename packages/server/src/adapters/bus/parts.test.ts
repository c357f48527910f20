import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Parts } from './parts.ts'

describe('parts of hints', () => {
  it('are put together again, also of several nodes at once', () => {
    const [one, two, here] = [new Parts(3), new Parts(3), new Parts(3)]
    const [first, second] = [one.apart('abcdefgh'), two.apart('123456')]
    expect([first, second].map(({ length }) => length)).toEqual([3, 2])
    const order = [first[0], second[0], first[1], second[1], first[2]]
    expect(order.map((part) => here.add(part ?? ''))).toEqual([null, null, null, '123456', 'abcdefgh'])
  })

  it('of nothing are one that is empty', () => {
    expect(new Parts(3).apart('')).toEqual([''])
    expect(new Parts(3).add('')).toBe('')
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

  it.each([
    'x 0 999999999 ',
    'x 0 2 ',
    'x 0 999999999 y',
    'x 0 4303 y',
    'x 2 2 y',
    'x 0 0 y',
    'x -1 2 y',
    'x 1e0 2 y',
    'x 00 2 y',
    ' 0 2 y',
    'x 0 2 y z',
    `${'x'.repeat(41)} 0 2 y`,
    'x',
    '',
  ])('that no node sends are handed on as they are, to be refused: %j', (text) => {
    expect(new Parts(7_800).add(text)).toBe(text)
  })

  it('of a hint that grows too long, or says another length than it began with, are given up', () => {
    const here = new Parts(1)
    const large = 'x'.repeat(33_554_432)
    expect(here.add(`a 0 3 ${large}`)).toBeNull()
    expect(here.add('a 1 3 y')).toBe('a 1 3 y')
    expect(here.add('a 2 3 z')).toBeNull()
    expect(here.add('b 0 2 x')).toBeNull()
    expect(here.add('b 1 3 y')).toBeNull()
    expect(here.add('b 1 2 y')).toBeNull()
  })

  it('come to whole hints or to nothing, whatever strangers send between them', () => {
    const number = fc.oneof(fc.integer({ min: -1, max: 4 }).map(String), fc.string({ maxLength: 3 }))
    const forged = fc
      .tuple(fc.constantFrom('x', 'y', ''), number, number, fc.string({ maxLength: 3 }))
      .map((words) => words.join(' '))
    const strange = fc.oneof(forged, fc.string())
    const hints = fc.array(fc.stringMatching(/^[\w.-]{1,20}$/), { maxLength: 5 })
    fc.assert(
      fc.property(hints, fc.array(strange, { maxLength: 60 }), fc.nat(), (said, forgeries, pace) => {
        const [node, here] = [new Parts(3), new Parts(3)]
        const rest = [...forgeries]
        const heard: (string | null)[] = []
        for (const part of said.flatMap((hint) => node.apart(hint))) {
          for (const text of rest.splice(0, pace % 5)) here.add(text)
          heard.push(here.add(part))
        }
        expect(heard.filter((hint) => hint !== null)).toEqual(said)
        for (const text of rest) {
          const answer = here.add(text)
          if (!/^[xy] \d \d \S+$/.test(text)) expect(answer).toBe(text)
        }
      }),
    )
  })

  it('cost each the same, however many came before', () => {
    const here = new Parts(1)
    for (let i = 0; i < 300_000; i++) here.add(`x ${i} 999999 y`)
    expect(here.add('x 300000 999999 y')).toBeNull()
  }, 60_000)
})
