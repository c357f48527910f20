import type { Row } from '../../state/rows.ts'
import { Heights, offsetsOf, type Piece, piecesOf, type Range, rangeOf, rowAt } from '../../state/window.ts'

/** A row that was visible, and where: pixels below the upper edge of the view. */
interface Mark {
  readonly key: string
  readonly rowTop: number
  /** The same of the message itself, since the row around it may gain or lose a heading; null: the row's own top counts. */
  readonly bodyTop: number | null
}

/** What stays in place while the list changes: its end, or what the reader sees. */
type Anchor = { readonly at: 'end' } | { readonly at: 'marks'; readonly marks: readonly Mark[] }

/** Closer than this many pixels to the end counts as being there. */
const NEAR_END = 24

/** Guess in pixels for the height of a row before any was measured. */
const GUESS = 52

/** Pixels kept free above or below a row that the keyboard moves to. */
const CLEARANCE = 12

/** Renderings in a row that measuring may ask for; they settle after two or three. */
const MAX_PASSES = 6

/**
 * Keeps the right rows in the document and the reader's place on the screen. The browser's own scroll anchoring is not
 * used: Safari has none, and none knows rows that are not in the document.
 */
export class Viewport {
  readonly #heights = new Heights()
  #scroller: HTMLElement | null = null
  #rows: readonly Row[] = []
  #index: ReadonlyMap<string, number> = new Map()
  #anchor: Anchor = { at: 'end' }
  #range: Range = { start: 0, end: 0 }
  #offsets: Float64Array = new Float64Array(1)
  #width = 0
  #passes = 0
  /** Scroll position that is known: the one that this class has set, or that of which it has noted what stands where. */
  #known = 0
  /** Where the upper edge of the view was on the screen when the anchor was set: it gives way to what comes above it. */
  #edge = 0

  attach(scroller: HTMLElement | null): void {
    this.#scroller = scroller
  }

  get atEnd(): boolean {
    return this.#anchor.at === 'end'
  }

  /** Index of the first row that is held in the document, a pinned one not counted. */
  get firstHeld(): number {
    return this.#range.start
  }

  /** Chooses the rows to render. `pinned`: key of a row that must stay in the document, since it holds the focus. */
  layOut(rows: readonly Row[], pinned: string | null): readonly Piece[] {
    // The event of a scrolling comes later than a tap may; until it does the reader's new place would be taken back.
    this.#look()
    if (rows !== this.#rows) {
      this.#rows = rows
      this.#index = new Map(rows.map((row, i) => [row.key, i]))
    }
    this.#offsets = offsetsOf(rows.length, (i) => this.#heights.heightOf(rows[i]?.key ?? '', GUESS))
    const height = this.#scroller?.clientHeight ?? 800
    this.#range = rangeOf(this.#offsets, this.#intendedTop(height), height)
    return piecesOf(this.#offsets, this.#range, pinned === null ? -1 : (this.#index.get(pinned) ?? -1))
  }

  /** Where the view should stand, as far as the heights are known. */
  #intendedTop(height: number): number {
    const total = this.#offsets.at(-1) ?? 0
    if (this.#anchor.at === 'marks') {
      const mark = this.#survivor(this.#anchor.marks)
      if (mark !== null) return (this.#offsets[this.#index.get(mark.key) ?? 0] ?? 0) - mark.rowTop
      this.#anchor = { at: 'end' }
    }
    return total - height
  }

  #survivor(marks: readonly Mark[]): Mark | null {
    return marks.find(({ key }) => this.#index.has(key)) ?? null
  }

  /** After rendering: measures, puts the view where it should stand. Returns whether rows must be rendered anew. */
  settle(): boolean {
    const scroller = this.#scroller
    if (scroller === null) return false
    if (scroller.clientWidth !== this.#width) {
      this.#width = scroller.clientWidth
      this.#heights.clear()
    }
    let changed = false
    for (const row of rowElements(scroller)) {
      const { height } = row.getBoundingClientRect()
      if (this.#heights.set(keyOf(row), height)) changed = true
    }
    this.#restore(scroller)
    this.#passes = changed ? this.#passes + 1 : 0
    return changed && this.#passes < MAX_PASSES
  }

  #restore(scroller: HTMLElement): void {
    if (this.#anchor.at === 'end') scroller.scrollTop = scroller.scrollHeight
    else {
      const mark = this.#survivor(this.#anchor.marks)
      const row = mark === null ? null : elementOf(scroller, mark.key)
      if (mark === null || row === null) return
      const aligned = mark.bodyTop === null ? row : bodyOf(row)
      const lowered = edgeOf(scroller) - this.#edge
      const drift = topIn(scroller, aligned) + lowered - (mark.bodyTop ?? mark.rowTop)
      if (Math.abs(drift) > 0.01) scroller.scrollTop += drift
    }
    this.#known = scroller.scrollTop
  }

  /** Notes what stands where, if that is news. */
  #look(): boolean {
    const scroller = this.#scroller
    if (scroller === null || scroller.scrollTop === this.#known) return false
    this.#known = scroller.scrollTop
    this.#mark(scroller)
    return true
  }

  /** The reader has scrolled, or the view has: notes what stands where. Returns whether other rows are needed. */
  scrolled(): boolean {
    if (!this.#look()) return false
    const height = this.#scroller?.clientHeight ?? 0
    const { start, end } = rangeOf(this.#offsets, this.#intendedTop(height), height)
    return start !== this.#range.start || end !== this.#range.end
  }

  #mark(scroller: HTMLElement): void {
    this.#edge = edgeOf(scroller)
    const { scrollTop, scrollHeight, clientHeight } = scroller
    if (scrollHeight - clientHeight - scrollTop <= NEAR_END) {
      this.#anchor = { at: 'end' }
      return
    }
    const marks: Mark[] = []
    for (const row of rowElements(scroller)) {
      const rowTop = topIn(scroller, row)
      if (rowTop + row.offsetHeight <= 0 || rowTop >= clientHeight || !isSteady(row)) continue
      marks.push({ key: keyOf(row), rowTop, bodyTop: topIn(scroller, bodyOf(row)) })
    }
    // In the middle of a space, after a long jump, no row is visible yet: stand by the offsets.
    const index = rowAt(this.#offsets, scrollTop)
    const row = this.#rows[index]
    if (marks.length === 0 && row !== undefined)
      marks.push({ key: row.key, rowTop: (this.#offsets[index] ?? 0) - scrollTop, bodyTop: null })
    this.#anchor = { at: 'marks', marks }
  }

  toEnd(): void {
    this.#look()
    this.#anchor = { at: 'end' }
  }

  /** Brings a row into view with the least movement. Returns whether anything has to move. */
  reveal(key: string): boolean {
    this.#look()
    const scroller = this.#scroller
    const index = this.#index.get(key)
    if (scroller === null || index === undefined) return false
    const view = scroller.clientHeight
    const element = elementOf(scroller, key)
    const top = element === null ? null : topIn(scroller, element)
    const height = element?.offsetHeight ?? this.#heights.heightOf(key, GUESS)
    if (top !== null && top >= 0 && top + height <= view) return false
    if (index === this.#rows.length - 1) {
      this.toEnd()
      return true
    }
    const above = top === null ? index < this.#range.start : top < 0
    const rowTop = above || height > view ? CLEARANCE : view - height - CLEARANCE
    this.#edge = edgeOf(scroller)
    this.#anchor = { at: 'marks', marks: [{ key, rowTop, bodyTop: null }] }
    return true
  }

  /** Puts a row a third below the upper edge. */
  center(key: string): void {
    this.#look()
    const rowTop = (this.#scroller?.clientHeight ?? 0) / 3
    this.#edge = this.#scroller === null ? 0 : edgeOf(this.#scroller)
    if (this.#index.has(key)) this.#anchor = { at: 'marks', marks: [{ key, rowTop, bodyTop: null }] }
  }

  /** Gap rows on the screen, and in which half of it. */
  visibleGaps(): readonly { readonly key: string; readonly half: 'upper' | 'lower' }[] {
    const scroller = this.#scroller
    if (scroller === null) return []
    return rowElements(scroller).flatMap((row) => {
      const top = topIn(scroller, row)
      if (row.dataset['kind'] !== 'gap' || top + row.offsetHeight < 0 || top > scroller.clientHeight)
        return []
      return [
        { key: keyOf(row), half: top < scroller.clientHeight / 2 ? ('upper' as const) : ('lower' as const) },
      ]
    })
  }

  /** The element of a row, if it is in the document. */
  elementOf(key: string): HTMLElement | null {
    return this.#scroller === null ? null : elementOf(this.#scroller, key)
  }
}

function rowElements(scroller: HTMLElement): readonly HTMLElement[] {
  return [...scroller.querySelectorAll<HTMLElement>('[data-key]')]
}

/** Whether a row stays what it is: gaps and the edge give way to what is loaded. */
function isSteady(row: HTMLElement): boolean {
  return row.dataset['kind'] === 'message' || row.dataset['kind'] === 'notices'
}

function keyOf(row: HTMLElement): string {
  return row.dataset['key'] ?? ''
}

function elementOf(scroller: HTMLElement, key: string): HTMLElement | null {
  return rowElements(scroller).find((row) => keyOf(row) === key) ?? null
}

function bodyOf(row: HTMLElement): HTMLElement {
  return row.querySelector<HTMLElement>('[data-body]') ?? row
}

/** Pixels from the top of the page to the upper edge of the view. */
function edgeOf(scroller: HTMLElement): number {
  return scroller.getBoundingClientRect().top
}

/** Pixels from the upper edge of the view. */
function topIn(scroller: HTMLElement, element: HTMLElement): number {
  return element.getBoundingClientRect().top - edgeOf(scroller)
}
