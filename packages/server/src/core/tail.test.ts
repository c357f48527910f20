import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Frame, Tail } from './tail.ts'

/** A tail of frames of one character each; 0 is a notice, which has no number. */
function tailOf(limit: number, head: number, seqs: readonly number[]): Tail {
  const tail = new Tail(limit, head)
  for (const seq of seqs) tail.push(new Frame(seq, '.'))
  return tail
}

describe('the position behind an entry', () => {
  it('is found among notices', () => {
    const tail = tailOf(100, 6, [0, 0, 7, 0, 8, 9, 0])
    expect([5, 6, 7, 8, 9].map((seq) => tail.positionBehind(seq))).toEqual([null, 0, 3, 5, 6])
  })

  it('is the start when there are only notices, unless entries were dropped in front of them', () => {
    expect(tailOf(100, 6, [0, 0]).positionBehind(6)).toBe(0)
    expect(tailOf(100, 6, []).positionBehind(6)).toBe(0)
    const dropped = tailOf(2, 0, [1, 2, 0, 0])
    dropped.markFlushed()
    expect([0, 1, 2].map((seq) => dropped.positionBehind(seq))).toEqual([null, null, 2])
  })

  it('is what looking at every frame would find', () => {
    const shape = fc.array(fc.boolean(), { maxLength: 40 })
    fc.assert(
      fc.property(
        shape,
        fc.nat(20),
        fc.integer({ min: 1, max: 60 }),
        fc.nat(70),
        (shapes, head, limit, at) => {
          let seq = head
          const tail = tailOf(
            limit,
            head,
            shapes.map((isEntry) => (isEntry ? ++seq : 0)),
          )
          tail.markFlushed()
          const wanted = Math.min(at, seq)
          const kept = Array.from({ length: tail.end - tail.start }, (_, i) => tail.at(tail.start + i).seq)
          const first = kept.find((each) => each > 0) ?? seq + 1
          const found = wanted === 0 ? -1 : kept.indexOf(wanted)
          const expected = found >= 0 ? tail.start + found + 1 : first === wanted + 1 ? tail.start : null
          expect(tail.positionBehind(wanted)).toBe(expected)
        },
      ),
    )
  })
})

describe('a frame beyond the limit', () => {
  it('is given up at once, and not when many are', async () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const tail = new Tail(1, 0)
    const dropped = ((): WeakRef<Frame> => {
      const frame = new Frame(1, '.')
      tail.push(frame)
      return new WeakRef(frame)
    })()
    tail.push(new Frame(2, '.'))
    tail.markFlushed()
    expect([tail.start, tail.end]).toEqual([1, 2])
    // A `WeakRef` holds on until the end of the turn.
    await new Promise((resolve) => setImmediate(resolve))
    collect()
    expect(dropped.deref()).toBeUndefined()
  })
})
