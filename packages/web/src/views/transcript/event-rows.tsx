import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import type { Dictionary } from '../../i18n/dictionary.ts'
import { sizeOf } from '../../state/log.ts'
import { type Act, type Notice, sizeOfGroup, summarize } from '../../state/notices.ts'
import type {
  EdgeRow as EdgeRowData,
  GapRow as GapRowData,
  NoticesRow as NoticesRowData,
} from '../../state/rows.ts'
import { useLanguage, useVisit } from '../context.ts'
import { Mark } from '../icons.tsx'
import { useModerating } from '../use-moderating.ts'
import { Clock, RowFrame } from './row-frame.tsx'
import type { Stop } from './use-roving.ts'

/** Who came and went. Several in a row are told in one sentence, and one by one on demand. */
export function NoticesRow({ row, stop }: { readonly row: NoticesRowData; readonly stop: Stop }): VNode {
  const { t, lang } = useLanguage()
  const [open, setOpen] = useState(false)
  const { notices } = row
  const parts = useModerating(notices.some(({ act }) => act !== undefined))
  // Until the page's own words are there, those of the server.
  const actWords = (act: Act): string => parts?.sentenceOf(act, lang) ?? act.message
  const [only, second] = notices
  const folded = second !== undefined
  const sentence = folded || only === undefined ? inFewWords(notices, t) : wordsOf(only, t, actWords)
  return (
    <RowFrame row={row} stop={stop} class="event" label={sentence}>
      <div class="message system" data-body="">
        <span class="text">{sentence}</span> <Clock at={notices.at(-1)?.at ?? 0} />
        {folded && (
          <button
            type="button"
            class="link"
            tabIndex={stop.tabIndex}
            aria-expanded={open}
            onClick={() => setOpen(!open)}
          >
            {open ? t.hideEach : t.showEach}
          </button>
        )}
        {folded && open && (
          <ul>
            {notices.map((notice) => (
              <li key={notice.key}>
                {wordsOf(notice, t, actWords)} <Clock at={notice.at} />
              </li>
            ))}
          </ul>
        )}
      </div>
    </RowFrame>
  )
}

function wordsOf(
  { event, names, count, act }: Notice,
  t: Dictionary,
  actWords: (act: Act) => string,
): string {
  if (act !== undefined) return actWords(act)
  const group = { names, others: count - names.length }
  if (event === 'welcome') return t.welcome(names[0] ?? '')
  if (names.length === 0 && count === 1) return event === 'join' ? t.someoneJoined : t.someoneLeft
  return event === 'join' ? t.joined(group) : t.left(group)
}

function inFewWords(notices: readonly Notice[], t: Dictionary): string {
  const summary = summarize(notices)
  return (['joined', 'left', 'returned', 'passed'] as const)
    .filter((what) => sizeOfGroup(summary[what]) > 0)
    .map((what) => t[what](summary[what]))
    .join(t.partBreak)
}

/** Messages that exist and are not here. It fills itself when it comes into view. */
export function GapRow({ row, stop }: { readonly row: GapRowData; readonly stop: Stop }): VNode {
  const { t } = useLanguage()
  const { backfill } = useVisit().session
  const { gap } = row
  const label = t.gap(sizeOf(gap))
  const state = backfill.isLost(gap) ? t.gapLost : backfill.isHealing(gap.log) ? t.loading : null
  return (
    <RowFrame row={row} stop={stop} class="event" label={label}>
      <div class="gap" data-body="">
        <span>{label}</span>
        {state === null ? (
          <button
            type="button"
            class="link"
            tabIndex={stop.tabIndex}
            onClick={() => void backfill.heal(gap, 'after')}
          >
            {t.load}
          </button>
        ) : (
          <span class="hint">{state}</span>
        )}
      </div>
    </RowFrame>
  )
}

/** The top of the transcript. */
export function EdgeRow({ row, stop }: { readonly row: EdgeRowData; readonly stop: Stop }): VNode {
  const { t } = useLanguage()
  const { session } = useVisit()
  const { backfill } = session
  if (row.kind === 'start')
    return (
      <RowFrame row={row} stop={stop} class="edge start" label={t.start(session.room)}>
        <Mark size={48} />
        <h2 dir="auto">{t.start(session.room)}</h2>
        <p>{t.startHint}</p>
      </RowFrame>
    )
  return (
    <RowFrame row={row} stop={stop} class="edge" label={t.loadOlder}>
      {backfill.loadingOlder ? (
        <span class="hint">{t.loading}</span>
      ) : (
        <button type="button" class="link" tabIndex={stop.tabIndex} onClick={() => void backfill.older()}>
          {t.loadOlder}
        </button>
      )}
    </RowFrame>
  )
}
