import fc from 'fast-check'
import { expect, it } from 'vitest'
import { HUES, hueOf, initialsOf } from './avatar.ts'

it.each([
  ['Alice', 'A'],
  ['alice', 'A'],
  ['Ada Lovelace', 'AL'],
  ['ada_lovelace', 'AL'],
  ['王小明', '小明'],
  ['小美', '小美'],
  ['明', '明'],
  ['歐陽上善若水', '歐'],
  ['김민준', '김'],
  ['👩‍💻 dev', '👩‍💻'],
  ['1234', '1'],
  ['Élodie', 'É'],
])('stands for %s with %s', (name, initials) => {
  expect(initialsOf(name)).toBe(initials)
})

it('gives one name one colour, however it is spelled', () => {
  expect(hueOf('Alice')).toBe(hueOf('ＡLICE'))
  fc.assert(
    fc.property(fc.string(), (name) => {
      expect(hueOf(name)).toBeGreaterThanOrEqual(0)
      expect(hueOf(name)).toBeLessThan(HUES)
    }),
  )
})
