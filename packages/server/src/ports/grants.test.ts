import { expect, it } from 'vitest'
import { decidingPattern } from './grants.ts'

it('PE2: a text that is too long for any room is decided about as soon as one that is not', () => {
  const grants = { 'class-*': ['join'], '*': ['read'] } as const
  expect(decidingPattern(grants, 'class-1')).toBe('class-*')
  // With each of its beginnings looked up this would take hours.
  expect(decidingPattern(grants, 'x'.repeat(5_000_000))).toBe('*')
  expect(decidingPattern({ 'class-*': ['join'] }, `class-${'x'.repeat(5_000_000)}`)).toBe('class-*')
})
