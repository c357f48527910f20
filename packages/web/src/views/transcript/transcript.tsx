import type { VNode } from 'preact'
import type { Row } from '../../state/rows.ts'
import { useLanguage, useVisit } from '../context.ts'
import { Icon } from '../icons.tsx'
import type { ChosenMessage } from '../message-menu.tsx'
import type { Chosen } from '../person-card.tsx'
import { EdgeRow, GapRow, NoticesRow } from './event-rows.tsx'
import { MessageRow } from './message-row.tsx'
import type { Stop } from './use-roving.ts'
import { useViewport } from './use-viewport.ts'

export interface TranscriptProps {
  /** Changes with each of the reader's own sends. */
  readonly sends: number
  readonly onPerson: (chosen: Chosen) => void
  readonly onTools: (chosen: ChosenMessage) => void
  /** The reader wants to write to somebody, or to change what failed. */
  readonly onTurn: () => void
}

/** What was said, of which only the part around the reader is in the document. */
export function Transcript({ sends, onPerson, onTools, onTurn }: TranscriptProps): VNode {
  const { t } = useLanguage()
  const { session } = useVisit()
  const rows = session.rows.value
  const { scroller, pieces, roving, atEnd, fresh, onScroll, toEnd } = useViewport(rows, session, sends)
  const tabStop = roving.tabStop(pieces)
  const rowView = (row: Row, index: number): VNode => {
    const stop: Stop = { tabIndex: row.key === tabStop ? 0 : -1, position: index + 1, size: rows.length }
    switch (row.kind) {
      case 'message':
        return <MessageRow key={row.key} {...{ row, stop, onPerson, onTools, onTurn }} />
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
      <div ref={scroller} class="scroller" onScroll={onScroll}>
        <div
          class="rows"
          role="feed"
          aria-label={t.transcript}
          aria-busy={session.backfill.loadingOlder}
          onKeyDown={roving.onKeyDown}
          onFocusIn={roving.onFocusIn}
          onFocusOut={roving.onFocusOut}
        >
          {/* One flat list: a row that wandered between lists would be made anew and lose the focus. */}
          {pieces.flatMap((piece) =>
            piece.kind === 'space'
              ? [<div key={piece.key} style={{ height: `${piece.height}px` }} />]
              : rows.slice(piece.start, piece.end).map((row, i) => rowView(row, piece.start + i)),
          )}
        </div>
      </div>
      {!atEnd && (
        <button type="button" class="latest" aria-label={t.latest} onClick={toEnd}>
          <Icon name="down" size={18} />
          {fresh > 0 && <span>{t.latestCount(fresh)}</span>}
        </button>
      )}
    </div>
  )
}
