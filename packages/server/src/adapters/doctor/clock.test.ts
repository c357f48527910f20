import { expect, it } from 'vitest'
import { clockFinding } from './clock.ts'
import { said } from './finding.ts'

it.each([
  [500, 'good', 'agree'],
  [-5_000, 'warning', '5.0 s ahead of'],
  [45_000, 'bad', '45.0 s behind'],
])('a clock that is %d ms behind is %s', (offMs, state, words) => {
  const found = clockFinding(offMs, said('the database', '資料庫'))
  expect(found.state).toBe(state)
  expect(found.what.en).toContain(words)
})
