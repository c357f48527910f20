import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Heights, MAX_ROWS, offsetsOf, piecesOf, rangeOf, rowAt } from './window.ts'

const heights = fc.array(fc.integer({ min: 20, max: 400 }), { minLength: 1, maxLength: 300 })

describe('the window over a long list', () => {
  it('holds every row that is visible, wherever one stands', () => {
    fc.assert(
      fc.property(
        heights,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: 200, max: 1200 }),
        (list, part, view) => {
          const offsets = offsetsOf(list.length, (i) => list[i] ?? 0)
          const total = offsets.at(-1) ?? 0
          const top = part * Math.max(0, total - view)
          const { start, end } = rangeOf(offsets, top, view)
          for (let i = 0; i < list.length; i++) {
            const visible = (offsets[i + 1] ?? 0) > top && (offsets[i] ?? 0) < top + view
            if (visible) expect(i >= start && i < end).toBe(true)
          }
          expect(end - start).toBeLessThanOrEqual(MAX_ROWS)
        },
      ),
    )
  })

  it('never holds more than its limit, even of rows of one pixel', () => {
    const { start, end } = rangeOf(
      offsetsOf(10_000, () => 1),
      5_000,
      2_000,
    )
    expect(end - start).toBe(MAX_ROWS)
  })

  it('keeps the whole height with spaces, with and without a pinned row', () => {
    fc.assert(
      fc.property(heights, fc.nat(), fc.integer({ min: -1, max: 320 }), (list, at, pinned) => {
        const offsets = offsetsOf(list.length, (i) => list[i] ?? 0)
        const total = offsets.at(-1) ?? 0
        const pieces = piecesOf(offsets, rangeOf(offsets, at % total, 300), pinned)
        const sum = pieces.reduce(
          (height, piece) =>
            height +
            (piece.kind === 'space' ? piece.height : (offsets[piece.end] ?? 0) - (offsets[piece.start] ?? 0)),
          0,
        )
        expect(sum).toBeCloseTo(total)
        if (pinned >= 0 && pinned < list.length)
          expect(
            pieces.some((piece) => piece.kind === 'rows' && piece.start <= pinned && pinned < piece.end),
          ).toBe(true)
      }),
    )
  })

  it('is empty for an empty list', () => {
    expect(
      rangeOf(
        offsetsOf(0, () => 0),
        0,
        500,
      ),
    ).toEqual({ start: 0, end: 0 })
    expect(
      rowAt(
        offsetsOf(0, () => 0),
        0,
      ),
    ).toBe(-1)
    expect(
      piecesOf(
        offsetsOf(0, () => 0),
        { start: 0, end: 0 },
        -1,
      ),
    ).toEqual([])
  })
})

describe('Heights', () => {
  it('guesses by the mean of what it measured', () => {
    const known = new Heights()
    expect(known.heightOf('x', 64)).toBe(64)
    for (let i = 0; i < 8; i++) known.set(`r${i}`, 40 + i)
    expect(known.heightOf('x', 64)).toBe(43.5)
    expect(known.heightOf('r3', 64)).toBe(43)
  })

  it('tells a change from noise', () => {
    const known = new Heights()
    expect(known.set('a', 40)).toBe(true)
    expect(known.set('a', 40.01)).toBe(false)
    expect(known.set('a', 41)).toBe(true)
    known.clear()
    expect(known.set('a', 41)).toBe(true)
  })
})
