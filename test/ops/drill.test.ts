/** The drills in the small, as `npm test` has them; `npm run ops:drill` has them whole. */
import { describe, expect, it } from 'vitest'
import { holds } from '../fault/runs/run.mjs'
import { history, upgrade } from './history.mjs'

const PLAN = { messages: 2_000, clients: 20, whole: false, seed: 20_261_126 }

// The planned end is among the fault runs, canary and secrets have tests of their own.
describe.concurrent('what an operator does by the book', () => {
  it.each(Object.entries({ upgrade, history }))(
    '%s',
    async (_name, drill) => {
      const figures = await drill(PLAN)
      // How long things took decides nothing here: that is for a machine which does nothing else.
      expect(figures.filter((figure) => !holds(figure, { timed: false }))).toEqual([])
    },
    120_000,
  )
})
