import { expect, it } from 'vitest'
import type { PresenceChange } from '../ports/bus.ts'
import { NodeCopy, Staging } from './node-copy.ts'

const left = (person: string): PresenceChange => ({ kind: 'left', room: 'lobby', person })

/** What the copy takes now, as the people of the changes. */
function taken(copy: NodeCopy): unknown[] {
  const people: unknown[] = []
  for (let next = copy.takeNext(); next !== null; next = copy.takeNext()) {
    for (const change of next) people.push('person' in change ? change.person : null)
    copy.version += next.length
  }
  return people
}

it('PR2: a copy takes each change once, in order, also where hints overlap', () => {
  const copy = new NodeCopy('there', true)
  copy.learn(100)
  copy.wait(103, [left('d'), left('e')])
  expect(taken(copy)).toEqual([])
  expect(copy.isWhole).toBe(false)
  copy.wait(100, [left('a'), left('b')])
  expect(taken(copy)).toEqual(['a', 'b'])
  copy.wait(101, [left('b'), left('c'), left('d')])
  expect(taken(copy)).toEqual(['c', 'd', 'e'])
  expect([copy.version, copy.isWhole]).toEqual([105, true])
  copy.wait(100, [left('a')])
  expect(taken(copy)).toEqual([])
  expect(copy.isWhole).toBe(true)
})

it('PR2: changes that wait for those before them are bounded', () => {
  const copy = new NodeCopy('there', true)
  const many = Array.from({ length: 250 }, () => left('x'))
  for (let hint = 0; hint < 100; hint++) copy.wait(1 + hint * 250, many)
  copy.wait(0, [left('first')])
  expect(taken(copy)).toHaveLength(20_001)
})

it('PR2: a snapshot is whole when each of its parts has come, whatever else comes', () => {
  const staging = new Staging(7, 3)
  staging.add(2, 3, [{ kind: 'more', room: 'lobby', count: 2 }])
  staging.add(2, 3, [])
  staging.add(5, 3, [])
  staging.add(0, 4, [])
  expect([staging.isWhole, staging.missing(1), staging.missing(9)]).toEqual([false, [0], [0, 1]])
  staging.add(0, 3, [])
  staging.add(1, 3, [])
  expect([staging.isWhole, [...staging.stays()]]).toEqual([true, [{ kind: 'more', room: 'lobby', count: 2 }]])
})
