/** Which rows of a long list are in the document: arithmetic only, heights come from outside. */

/** Most rows in the document at once, the one that holds the keyboard focus not counted. */
export const MAX_ROWS = 112

/** Rows kept on each side of what is visible. */
const OVERSCAN = 16

/** Rows `start <= i < end`. */
export interface Range {
  readonly start: number
  readonly end: number
}

/** Where each row begins, in pixels from the first one; one entry more than rows, the last one is the whole height. */
export function offsetsOf(count: number, heightOf: (index: number) => number): Float64Array {
  const offsets = new Float64Array(count + 1)
  for (let i = 0; i < count; i++) offsets[i + 1] = (offsets[i] ?? 0) + heightOf(i)
  return offsets
}

/** The row that covers the pixel `y`; the first or last one when `y` lies outside. -1 in an empty list. */
export function rowAt(offsets: Float64Array, y: number): number {
  let low = 0
  let high = offsets.length - 2
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((offsets[middle] ?? 0) <= y) low = middle
    else high = middle - 1
  }
  return high < 0 ? -1 : low
}

/** The rows to hold for a view of `height` pixels whose upper edge is at `top`. */
export function rangeOf(offsets: Float64Array, top: number, height: number): Range {
  const count = offsets.length - 1
  if (count <= 0) return { start: 0, end: 0 }
  const first = rowAt(offsets, top)
  const last = rowAt(offsets, top + height)
  const start = Math.max(0, first - OVERSCAN)
  const end = Math.min(count, last + 1 + OVERSCAN, start + MAX_ROWS)
  return { start, end }
}

/** A stretch of the list as the document holds it: rows, or an empty space in their stead. */
export type Piece =
  | { readonly kind: 'rows'; readonly start: number; readonly end: number }
  | { readonly kind: 'space'; readonly key: string; readonly height: number }

/** Rows of the range and one pinned row (-1: none), with spaces for all the others. */
export function piecesOf(offsets: Float64Array, range: Range, pinned: number): readonly Piece[] {
  const count = offsets.length - 1
  const runs: Range[] = [range]
  if (pinned >= 0 && pinned < range.start) runs.unshift({ start: pinned, end: pinned + 1 })
  if (pinned >= range.end && pinned < count) runs.push({ start: pinned, end: pinned + 1 })
  const pieces: Piece[] = []
  let done = 0
  for (const [i, { start, end }] of runs.entries()) {
    addSpace(pieces, offsets, done, start, i === 0 ? 'above' : `between${i}`)
    if (end > start) pieces.push({ kind: 'rows', start, end })
    done = end
  }
  addSpace(pieces, offsets, done, count, 'below')
  return pieces
}

function addSpace(pieces: Piece[], offsets: Float64Array, from: number, to: number, key: string): void {
  const height = (offsets[to] ?? 0) - (offsets[from] ?? 0)
  if (height > 0) pieces.push({ kind: 'space', key, height })
}

/** Measured heights by row key, and a guess for rows that were never in the document. */
export class Heights {
  readonly #measured = new Map<string, number>()
  #sum = 0

  /** `fallback`: the guess in pixels before anything was measured. */
  heightOf(key: string, fallback: number): number {
    const measured = this.#measured.get(key)
    if (measured !== undefined) return measured
    return this.#measured.size < 8 ? fallback : this.#sum / this.#measured.size
  }

  /** Whether it differs from what was known by more than the eye can see. */
  set(key: string, height: number): boolean {
    const known = this.#measured.get(key)
    if (known !== undefined && Math.abs(known - height) < 0.05) return false
    this.#measured.set(key, height)
    this.#sum += height - (known ?? 0)
    return true
  }

  /** Forgets everything, as when the width has changed. */
  clear(): void {
    this.#measured.clear()
    this.#sum = 0
  }
}
