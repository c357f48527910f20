import { describe, expect, it } from 'vitest'
import { ManualClock } from '../../../testing/manual-clock.ts'
import { StoreUnavailable } from '../../ports/store.ts'
import type { Question } from './acts.ts'
import { MAX_MARKS } from './marks.ts'
import { MAX_WORDS, Recollection } from './recollection.ts'

function recollectionOf(others: readonly string[], write: (question: Question) => Promise<unknown>) {
  const clock = new ManualClock()
  const deps = { clock, node: 'n1', others: () => others, nextId: () => 'q-1', write, onUnanswered() {} }
  return { clock, recollection: new Recollection(deps) }
}

describe('what a node remembers', () => {
  it('MO2: is bounded, the oldest is forgotten, and one person has so many marks at most', async () => {
    const { recollection } = recollectionOf([], () => Promise.reject(new Error('nobody to ask')))
    for (let i = 0; i < 2 * MAX_WORDS; i++) recollection.note([`m:${i}`], [`a:${i}`])
    const words = Array.from({ length: 2 * MAX_WORDS }, (_, i) => `m:${i}`)
    const known = await recollection.recall(words)
    expect(known.size).toBeGreaterThanOrEqual(MAX_WORDS / 2)
    expect(known.size).toBeLessThanOrEqual(MAX_WORDS)
    expect(known.get(`m:${2 * MAX_WORDS - 1}`)).toEqual([`a:${2 * MAX_WORDS - 1}`])
    for (let i = 0; i < 2 * MAX_MARKS; i++) recollection.note(['p:x', 'n:bob'], [`a:${i}`])
    expect((await recollection.recall(['n:bob'])).get('n:bob')).toHaveLength(MAX_MARKS)
  })

  it('MO2: cannot be told while nothing can be written', async () => {
    const away = new StoreUnavailable('away')
    const { clock, recollection } = recollectionOf(['n2'], () => Promise.reject(away))
    await expect(recollection.recall(['n:bob'])).rejects.toBe(away)
    await clock.advance(10_000)
  })
})
