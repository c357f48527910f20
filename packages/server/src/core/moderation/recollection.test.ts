import { describe, expect, it } from 'vitest'
import { ManualClock } from '../../../testing/manual-clock.ts'
import { StoreUnavailable } from '../../ports/store.ts'
import type { Question } from './acts.ts'
import { MAX_MARKS } from './marks.ts'
import { MAX_LEFT, MAX_NAMELESS, Recollection } from './recollection.ts'

function recollectionOf(others: readonly string[], write: (question: Question) => Promise<unknown>) {
  const clock = new ManualClock()
  const deps = { clock, node: 'n1', others: () => others, nextId: () => 'q-1', write, onUnanswered() {} }
  return { clock, recollection: new Recollection(deps) }
}

describe('what a node remembers', () => {
  it('MO2: is bounded, the oldest is forgotten, and one person has so many marks at most', async () => {
    const { recollection } = recollectionOf([], () => Promise.reject(new Error('nobody to ask')))
    for (const [kind, most] of [
      ['m', MAX_NAMELESS],
      ['n', MAX_LEFT],
    ] as const) {
      const words = Array.from({ length: 3 * most }, (_, i) => `${kind}:${i}`)
      for (const word of words)
        if (kind === 'm') recollection.said(word, [`a:${word}`])
        else recollection.left([`p:${word}`, word], [`a:${word}`])
      const known = await recollection.recall(words)
      expect(known.size).toBeGreaterThanOrEqual(most / 2)
      expect(known.size).toBeLessThanOrEqual(most)
      const last = words.at(-1) ?? ''
      expect(known.get(last)).toEqual([`a:${last}`])
    }
    for (let i = 0; i < 2 * MAX_MARKS; i++) recollection.left(['p:x', 'n:bob'], [`a:${i}`])
    expect((await recollection.recall(['n:bob'])).get('n:bob')).toHaveLength(MAX_MARKS)
  })

  it('MO2: cannot be told while nothing can be written', async () => {
    const away = new StoreUnavailable('away')
    const { clock, recollection } = recollectionOf(['n2'], () => Promise.reject(away))
    await expect(recollection.recall(['n:bob'])).rejects.toBe(away)
    await clock.advance(10_000)
  })
})
