import { describe, expect, it } from 'vitest'
import { Turnstile } from './turnstile.ts'

function setUp() {
  let now = 0
  let turns: (() => void)[] = []
  const inside: number[] = []
  const turnstile = new Turnstile({ monotonic: () => now, endOfTurn: (task) => turns.push(task) })
  return {
    turnstile,
    inside,
    come: (who: number, takesMs = 1) =>
      turnstile.enter(() => {
        now += takesMs
        inside.push(who)
      }),
    /** Ends a turn; false when nothing was to be done at its end. */
    endTurn(): boolean {
      const tasks = turns
      turns = []
      for (const task of tasks) task()
      return tasks.length > 0
    },
  }
}

describe('the turnstile', () => {
  it('lets somebody in at once who comes alone', () => {
    const { come, inside } = setUp()
    come(1)
    expect(inside).toEqual([1])
  })

  it('gives newcomers a part of each turn, in the order in which they came, and comes to rest', () => {
    const { come, inside, endTurn } = setUp()
    for (let who = 0; who < 50; who++) come(who)
    const inAfter = [inside.length]
    while (endTurn()) inAfter.push(inside.length)
    expect(inAfter).toEqual([20, 40, 50, 50])
    expect(inside).toEqual(Array.from({ length: 50 }, (_, who) => who))
  })

  it('lets in one at least in a turn, however long that takes', () => {
    const { come, inside, endTurn } = setUp()
    for (let who = 0; who < 3; who++) come(who, 500)
    endTurn()
    expect(inside).toEqual([0, 1])
  })

  it('has the listen queue emptied first, a connection a turn, but not for ever', () => {
    const { turnstile, come, inside, endTurn } = setUp()
    const turnsUntilInside: number[] = []
    for (let turn = 1; turn <= 300; turn++) {
      turnstile.accepted()
      come(turn)
      const before = inside.length
      endTurn()
      if (inside.length > before) turnsUntilInside.push(turn)
    }
    expect(turnsUntilInside).toEqual([100, 200, 300])
    expect(inside).toHaveLength(60)
    endTurn()
    expect(inside).toHaveLength(80)
  })
})
