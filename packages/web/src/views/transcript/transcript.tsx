import type { VNode } from 'preact'
import { useEffect, useLayoutEffect, useMemo, useReducer, useRef } from 'preact/hooks'
import type { Row } from '../../state/rows.ts'
import type { Session } from '../../state/session.ts'
import { useLanguage, useVisit } from '../context.ts'
import { Icon } from '../icons.tsx'
import type { Chosen } from '../person-card.tsx'
import { countNew } from './count-new.ts'
import { EdgeRow, GapRow, NoticesRow } from './event-rows.tsx'
import { MessageRow } from './message-row.tsx'
import { useRoving } from './use-roving.ts'
import { Viewport } from './viewport.ts'

export interface TranscriptProps {
  /** Changes with each of the reader's own sends. */
  readonly sends: number
  readonly onPerson: (chosen: Chosen) => void
  /** The reader wants to write to somebody, or to change what failed. */
  readonly onTurn: () => void
}

/** What was said, of which only the part around the reader is in the document. */
export function Transcript({ sends, onPerson, onTurn }: TranscriptProps): VNode {
  const { t } = useLanguage()
  const { session } = useVisit()
  const rows = session.rows.value
  const view = useMemo(() => new Viewport(), [])
  const [, refresh] = useReducer((n: number) => n + 1, 0)
  const scroller = useRef<HTMLDivElement>(null)
  const roving = useRoving(view, rows, () => refresh(undefined))
  const pieces = view.layOut(rows, roving.pinned)

  useLayoutEffect(() => {
    view.attach(scroller.current)
    if (view.settle()) refresh(undefined)
    roving.settle()
  })
  useEffect(() => lookAround(view, rows, session))
  useEffect(() => {
    if (sends === 0) return
    view.toEnd()
    refresh(undefined)
  }, [sends, view])
  useEffect(() => {
    const element = scroller.current
    if (element === null) return
    const watcher = new ResizeObserver(() => refresh(undefined))
    watcher.observe(element)
    if (element.firstElementChild !== null) watcher.observe(element.firstElementChild)
    return () => watcher.disconnect()
  }, [])

  // The newest row that was in view: everything behind it is new.
  const seen = useRef<string | null>(null)
  const { atEnd } = view
  useEffect(() => {
    if (atEnd) seen.current = rows.at(-1)?.key ?? null
  }, [atEnd, rows])
  const fresh = atEnd ? 0 : countNew(rows, seen.current)
  const tabStop = roving.tabStop(pieces)
  const rowView = (row: Row, index: number): VNode => {
    const stop = { tabIndex: row.key === tabStop ? 0 : -1, position: index + 1, size: rows.length }
    switch (row.kind) {
      case 'message':
        return <MessageRow key={row.key} row={row} stop={stop} onPerson={onPerson} onTurn={onTurn} />
      case 'notices':
        return <NoticesRow key={row.key} row={row} stop={stop} />
      case 'gap':
        return <GapRow key={row.key} row={row} stop={stop} />
      default:
        return <EdgeRow key={row.key} row={row} stop={stop} />
    }
  }
  return (
    <div class="transcript">
      <div
        ref={scroller}
        class="scroller"
        onScroll={() => {
          const before = view.atEnd
          if (view.scrolled() || view.atEnd !== before) refresh(undefined)
          else lookAround(view, rows, session)
        }}
      >
        <div
          class="rows"
          role="feed"
          aria-label={t.transcript}
          aria-busy={session.backfill.loadingOlder}
          onKeyDown={roving.onKeyDown}
          onFocusIn={roving.onFocusIn}
          onFocusOut={roving.onFocusOut}
        >
          {pieces.map((piece) =>
            piece.kind === 'space' ? (
              <div key={piece.key} style={{ height: `${piece.height}px` }} />
            ) : (
              rows.slice(piece.start, piece.end).map((row, i) => rowView(row, piece.start + i))
            ),
          )}
        </div>
      </div>
      {!atEnd && (
        <button
          type="button"
          class="latest"
          aria-label={t.latest}
          onClick={() => {
            view.toEnd()
            refresh(undefined)
          }}
        >
          <Icon name="down" size={18} />
          {fresh > 0 && <span>{t.latestCount(fresh)}</span>}
        </button>
      )}
    </div>
  )
}

/** Fetches what comes near: older messages above, and what is missing in a gap that is on the screen. */
function lookAround(view: Viewport, rows: readonly Row[], session: Session): void {
  const { backfill } = session
  if (session.connection.phase !== 'online') return
  if (view.firstHeld === 0 && rows[0]?.kind === 'older' && !backfill.isStuck('older')) void backfill.older()
  for (const { key, half } of view.visibleGaps()) {
    const row = rows.find((each) => each.key === key)
    if (row?.kind !== 'gap' || backfill.isLost(row.gap) || backfill.isStuck(row.gap.log)) continue
    void backfill.heal(row.gap, half === 'upper' ? 'before' : 'after')
  }
}
