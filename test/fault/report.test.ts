import { describe, expect, it } from 'vitest'
import { judge } from './checker.mjs'
import { remarksOf, reportOf } from './report.mjs'

const NOTHING = { witnesses: [], room: [], inboxes: new Map(), faults: 0, peakMiB: 0 }
const passing = judge({ ...NOTHING, bounds: { acks: 0, faults: 0, peakMiB: 1 } })
const figures = [{ name: 'ready again', unit: 'ms', value: 12.34, atMost: 2_000 }]
const done = { verdict: passing, figures, result: 'pass', seed: 7, scale: 1, seconds: 3 }
const caught = { ...done, verdict: { ...passing, counts: { ...passing.counts, hole: 3 } } }
const HEAD = { date: '2026-11-25', machine: 'a machine', load: 0.25, seconds: 1_800 }
const SIMULATED = { passed: true, said: '10 seeds: 10 pass' }
const report = (run: typeof done | string, mutant: typeof done | string = caught, simulated = SIMULATED) =>
  reportOf({ ...HEAD, runs: new Map([['kill9', run]]), mutants: new Map([['drop', mutant]]), simulated })

describe('the torture report', () => {
  it('has every figure beside its bound, and what each lie was caught as', () => {
    const { text, passed } = report(done)
    expect(passed).toBe(true)
    expect(text).toContain('| `kill9` | pass | 7 | 1 | 3 s | nothing |')
    expect(text).toContain('| ready again | 12.3 ms | at most 2,000 |')
    expect(text).toContain('| one of 1,000 deliveries is not made | hole (3) |')
    expect(text).toContain('`npm run sim`: pass.\n\n```\n10 seeds: 10 pass\n```')
  })

  it.each([
    ['a run failed', { ...done, result: 'fail' }, caught, '**fail**'],
    ['a run came to no figures', 'not within 60 s', caught, '**unknown** | | | | not within 60 s |'],
    ['a lie was not caught', done, done, '**not caught**'],
    ['a lie was not tried', done, 'not done', '**not caught**'],
  ])('does not pass when %s', (_, run, mutant, mark) => {
    const { text, passed } = report(run, mutant)
    expect(passed).toBe(false)
    expect(text).toContain(mark)
  })

  it('does not pass when the simulation did not', () => {
    const { text, passed } = report(done, caught, { passed: false, said: 'seed 3 fails' })
    expect(passed).toBe(false)
    expect(text).toContain('**fail**')
  })

  it('marks the figure that is out of its bound', () => {
    const late = [{ name: 'ready again', unit: 'ms', value: 3_000, atMost: 2_000 }]
    expect(report({ ...done, figures: late }).text).toContain('| ready again | **3,000 ms** |')
  })

  it('keeps what people wrote at its end, and has a place for it before', () => {
    const first = report(done).text
    const empty = remarksOf(first)
    expect(empty).toContain('## Remarks')
    expect(remarksOf(`${first}${empty}The disk was slow.\n`)).toBe(`${empty}The disk was slow.\n`)
    expect(report({ ...done, seed: 8 }).text).not.toContain('## Remarks')
  })
})
