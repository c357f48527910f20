/** Every rule of PROTOCOL.md has a test, and planted faults prove that this is seen. */
import { describe, expect, it } from 'vitest'
import { ruleFaults, ruleIds, titlesIn } from '../scripts/lib/rules.mjs'
import { protocolFaults } from '../scripts/lib/sources.mjs'

const titles = (text: string) => titlesIn('a.test.ts', text).map(({ title }) => title)

describe('PROTOCOL.md', () => {
  const { rules, faults } = protocolFaults()

  it('has been read', () => {
    expect(rules).toBeGreaterThan(70)
  })

  it('has a test for each rule, and no test speaks of an unknown one', () => {
    expect(faults).toEqual([])
  })
})

describe('reading rules and titles', () => {
  it('takes ids from the first column only', () => {
    expect(
      ruleIds('| Id | Rule |\n|---|---|\n| EP1 | as MS5 says |\n| V12 | x |\n| 1000 | normal |'),
    ).toEqual(['EP1', 'V12'])
  })

  it.each([
    ['plain', `it('EP1: echoes', () => {})`],
    ['test', `test("EP1: echoes", () => {})`],
    ['with options', `it('EP1: echoes', { timeout: 5 }, () => {})`],
    ['over lines', `it(\n  'EP1: echoes',\n  () => {},\n)`],
    ['each', `it.each([['a (b', 1]])('EP1: echoes', () => {})`],
    ['skipIf', `it.skipIf(!installed())('EP1: echoes', () => {})`],
    ['sequential', `it.sequential('EP1: echoes', () => {})`],
  ])('sees a %s test', (_, text) => {
    expect(titles(text)).toEqual(['EP1: echoes'])
  })

  it('takes a computed title up to its first variable', () => {
    expect(titles('it(`EP1: echoes ${text} at once`, () => {})')).toEqual(['EP1: echoes '])
  })

  it.each([
    ['skipped', `it.skip('EP1: echoes', () => {})`],
    ['planned', `it.todo('EP1: echoes')`],
    ['commented out', `// it('EP1: echoes', () => {})`],
    ['described', `describe('EP1: echoes', () => {})`],
    ['method call', `pattern.test('EP1: echoes')`],
  ])('does not count a %s one', (_, text) => {
    expect(titles(text)).toEqual([])
  })
})

describe('a planted fault is found', () => {
  const protocol = '| EP1 | a |\n| EP2 | b |\n'
  const test = (title: string) => ({ title, file: 'a.test.ts', line: 7 })

  it('a rule without a test', () => {
    expect(ruleFaults(protocol, [test('EP1: a')])).toEqual(['EP2 has no test'])
  })

  it('a test of an unknown rule', () => {
    expect(ruleFaults(protocol, [test('EP1, EP2: a'), test('EP3: c')])).toEqual([
      'a.test.ts:7: EP3 is no rule',
    ])
  })

  it('an id that is given twice', () => {
    expect(ruleFaults(`${protocol}| EP2 | c |\n`, [test('EP1 and EP2: a')])).toEqual(['EP2 is given twice'])
  })

  it('and a title that begins with no id is none', () => {
    expect(
      ruleFaults(protocol, [test('EP1, EP2: a'), test('V8 is an engine'), test('EP3 comes later')]),
    ).toEqual([])
  })
})
