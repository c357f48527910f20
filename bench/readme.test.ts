import { describe, expect, it } from 'vitest'
import { benchSection, quotedRun, readmeOf, withSection } from '../scripts/lib/bench-table.mjs'

describe('the performance tables of the READMEs', () => {
  for (const lang of ['en', 'zh-TW'] as const)
    it(`hold what the run that they name measured: node scripts/bench-doc.mjs (${lang})`, () => {
      const readme = readmeOf(lang)
      const file = quotedRun(readme) ?? expect.fail('no run is named')
      expect(withSection(readme, benchSection(file, lang))).toBe(readme)
    })

  it('say what is missing when a README has no place for them', () => {
    expect(() => withSection('# Roomful', 'table')).toThrow('<!-- bench')
  })
})
