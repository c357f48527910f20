import { expect, it } from 'vitest'
import { checkTokens } from './tokens.ts'

it('warns where tokens need not say when they were issued', () => {
  expect(checkTokens({ needsIat: true })).toMatchObject({ check: 'tokens', state: 'good', fix: null })
  const found = checkTokens({ needsIat: false })
  expect(found).toMatchObject({ check: 'tokens', state: 'warning' })
  expect(found.fix?.en).toContain('jwt-iat')
})
