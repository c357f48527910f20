import { expect, it } from 'vitest'
import { linePath, niceMax } from './scale.ts'

it.each([
  [0, 1],
  [1, 1],
  [1.2, 2],
  [37, 50],
  [50, 50],
  [501, 1000],
])('the scale of %d ends at %d', (value, end) => {
  expect(niceMax(value)).toBe(end)
})

it('breaks a line where there is nothing', () => {
  expect(
    linePath(
      [1, 2, null, 3],
      (i) => i * 10,
      (value) => value,
    ),
  ).toBe('M0.0 1.0L10.0 2.0M30.0 3.0h0')
})
