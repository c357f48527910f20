import { describe, expect, it } from 'vitest'
import { scalingDoc, writtenDoc } from './doc.mjs'

describe('docs/scaling.md', () => {
  it('holds what was measured and simulated: npm run bench:cluster -- doc', () => {
    const doc = writtenDoc()
    expect(scalingDoc(doc)).toBe(doc)
  }, 60_000)

  it('says which part a document lacks', () => {
    expect(() => scalingDoc('# How far it goes')).toThrow('<!-- units')
  })
})
