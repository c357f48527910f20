import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { settingsPageZh } from './reference-zh.ts'
import { MEANINGS } from './meanings.ts'

it('docs/settings.zh-TW.md is what the table says (npm run build && node scripts/settings-doc.mjs)', () => {
  const page = readFileSync(new URL('../../../../docs/settings.zh-TW.md', import.meta.url), 'utf8')
  expect(page).toBe(settingsPageZh())
})

it('every meaning is a sentence in Chinese', () => {
  const others = Object.entries(MEANINGS).filter(([, meaning]) => !/^[^A-Z].*。$/.test(meaning))
  expect(others.filter(([, meaning]) => !/^(?:JSON|PostgreSQL).*。$/.test(meaning))).toEqual([])
})
