import type { RefObject } from 'preact'
import { useEffect, useLayoutEffect, useMemo, useReducer, useRef } from 'preact/hooks'
import type { Row } from '../../state/rows.ts'
import type { Session } from '../../state/session.ts'
import type { Piece } from '../../state/window.ts'
import { countNew } from './count-new.ts'
import { type Roving, useRoving } from './use-roving.ts'
import { Viewport } from './viewport.ts'

export interface TranscriptView {
  readonly scroller: RefObject<HTMLDivElement | null>
  readonly pieces: readonly Piece[]
  readonly roving: Roving
  readonly atEnd: boolean
  /** Messages of others that came since the reader left the end. */
  readonly fresh: number
  readonly onScroll: () => void
  readonly toEnd: () => void
}

/** Ties a viewport to the life of a view: rendering, measuring, scrolling, fetching what comes near. */
export function useViewport(rows: readonly Row[], session: Session, sends: number): TranscriptView {
  const view = useMemo(() => new Viewport(), [])
  const [, refresh] = useReducer<number, void>((n) => n + 1, 0)
  const scroller = useRef<HTMLDivElement>(null)
  const roving = useRoving(view, rows, refresh)
  const pieces = view.layOut(rows, roving.pinned)
  const { atEnd } = view
  const toEnd = (): void => {
    view.toEnd()
    refresh()
  }

  useLayoutEffect(() => {
    view.attach(scroller.current)
    if (view.settle()) refresh()
    roving.settle()
  })
  useEffect(() => lookAround(view, rows, session))
  useEffect(() => {
    if (sends > 0) toEnd()
  }, [sends])
  const { shown } = session.jump
  useEffect(() => {
    if (shown.value !== null) roving.bring(shown.value.key)
  }, [shown.value])
  useEffect(() => {
    const watcher = new ResizeObserver(() => refresh())
    for (const element of [scroller.current, scroller.current?.firstElementChild])
      if (element instanceof Element) watcher.observe(element)
    return () => watcher.disconnect()
  }, [])

  const seen = useRef<string | null>(null)
  useEffect(() => {
    if (atEnd) seen.current = rows.at(-1)?.key ?? null
    session.reading.setAtEnd(atEnd)
  }, [atEnd, rows])
  return {
    scroller,
    pieces,
    roving,
    atEnd,
    fresh: atEnd ? 0 : countNew(rows, seen.current),
    onScroll: () => {
      if (view.scrolled() || view.atEnd !== atEnd) refresh()
      else lookAround(view, rows, session)
    },
    toEnd,
  }
}

/** Fetches what comes near: older messages above, and what is missing in a gap that is on the screen. */
function lookAround(view: Viewport, rows: readonly Row[], { backfill, connection }: Session): void {
  if (connection.phase !== 'online') return
  if (view.firstHeld === 0 && rows[0]?.kind === 'older' && !backfill.isStuck('older')) void backfill.older()
  for (const { key, half } of view.visibleGaps()) {
    const row = rows.find((each) => each.key === key)
    if (row?.kind !== 'gap' || backfill.isLost(row.gap) || backfill.isStuck(row.gap.log)) continue
    void backfill.heal(row.gap, half === 'upper' ? 'before' : 'after')
  }
}
