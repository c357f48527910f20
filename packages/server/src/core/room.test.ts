import { MAX_LISTED_USERS } from '@roomful/protocol'
import fc from 'fast-check'
import { expect, it, vi } from 'vitest'
import { Person } from './person.ts'
import { Room } from './room.ts'

const person = (i: number) => new Person(`id ${i}`, i % 7 === 0 ? null : `u${i}`, `u${i}`)

it('WE2, WE6: the list is that of who is here, in order of arrival, whoever comes and goes', () => {
  const people = Array.from({ length: MAX_LISTED_USERS + 120 }, (_, i) => person(i))
  const steps = fc.array(fc.nat(people.length - 1), { minLength: 1, maxLength: 60 })
  fc.assert(
    fc.property(steps, (who) => {
      const room = new Room('lobby', 5)
      const here: Person[] = []
      const step = (one: Person) => {
        const at = here.indexOf(one)
        if (at < 0) {
          here.push(one)
          room.enter(one)
        } else {
          here.splice(at, 1)
          room.exit(one)
        }
      }
      for (const one of people) step(one)
      for (const index of who) {
        step(people[index] as Person)
        const names = here.flatMap(({ name }) => (name === null ? [] : [name])).slice(0, MAX_LISTED_USERS)
        expect(room.namesJson()).toBe(JSON.stringify(names))
      }
    }),
    { numRuns: 30 },
  )
})

it('lists nobody anew when somebody comes and goes who is not in the list', () => {
  const room = new Room('lobby', 5)
  for (let i = 0; i < MAX_LISTED_USERS * 2; i++) room.enter(person(i))
  const names = vi.spyOn(room, 'names')
  for (let i = 0; i < 10; i++) {
    const last = person(2_001)
    room.enter(last)
    room.namesJson()
    room.exit(last)
    room.namesJson()
  }
  expect(names).toHaveBeenCalledTimes(1)
})
