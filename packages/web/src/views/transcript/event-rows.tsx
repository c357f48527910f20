import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import type { Dictionary } from '../../i18n/dictionary.ts'
import { sizeOf } from '../../state/log.ts'
import { type Notice, sizeOfGroup, summarize } from '../../state/notices.ts'
import type {
  EdgeRow as EdgeRowData,
  GapRow as GapRowData,
  NoticesRow as NoticesRowData,
} from '../../state/rows.ts'
import { useLanguage, useVisit } from '../context.ts'
import { Icon, Mark } from '../icons.tsx'
import { DayLine } from './day-line.tsx'
import type { Stop } from './use-roving.ts'

/** Who came and went. Several in a row are told in one sentence, and one by one on demand. */
export function NoticesRow({ row, stop }: { readonly row: NoticesRowData; readonly stop: Stop }): VNode {
  const { t, time } = useLanguage()
  const [open, setOpen] = useState(false)
  const { notices } = row
  const sentence =
    notices.length === 1 && notices[0] !== undefined ? wordsOf(notices[0], t) : inFewWords(notices, t)
  return (
    <article
      class="row event"
      data-key={row.key}
      data-steady=""
      tabIndex={stop.tabIndex}
      aria-posinset={stop.position}
      aria-setsize={stop.size}
      aria-label={sentence}
    >
      <DayLine day={row.day} />
      <div class="message system" data-body="">
        <span class="text">{sentence}</span>{' '}
        <time dateTime={new Date(notices.at(-1)?.at ?? 0).toISOString()}>
          {time(notices.at(-1)?.at ?? 0)}
        </time>
        {notices.length > 1 && (
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
        {open && notices.length > 1 && (
          <ul>
            {notices.map((notice) => (
              <li key={notice.key}>
                {wordsOf(notice, t)}{' '}
                <time dateTime={new Date(notice.at).toISOString()}>{time(notice.at)}</time>
              </li>
            ))}
          </ul>
        )}
      </div>
    </article>
  )
}

function wordsOf({ event, names, count }: Notice, t: Dictionary): string {
  const group = { names, others: count - names.length }
  if (event === 'welcome') return t.welcome(names[0] ?? '')
  if (names.length === 0 && count === 1) return event === 'join' ? t.someoneJoined : t.someoneLeft
  return event === 'join' ? t.joined(group) : t.left(group)
}

function inFewWords(notices: readonly Notice[], t: Dictionary): string {
  const { joined, left, returned, passed } = summarize(notices)
  const parts = [
    sizeOfGroup(joined) > 0 ? t.joined(joined) : '',
    sizeOfGroup(left) > 0 ? t.left(left) : '',
    sizeOfGroup(returned) > 0 ? t.returned(returned) : '',
    sizeOfGroup(passed) > 0 ? t.passed(passed) : '',
  ]
  return parts.filter((part) => part !== '').join(t.partBreak)
}

/** Messages that exist and are not here. It fills itself when it comes into view. */
export function GapRow({ row, stop }: { readonly row: GapRowData; readonly stop: Stop }): VNode {
  const { t } = useLanguage()
  const { session } = useVisit()
  const { backfill } = session
  const { gap } = row
  const healing = backfill.isHealing(gap.log)
  return (
    <article
      class="row event"
      data-key={row.key}
      data-gap=""
      tabIndex={stop.tabIndex}
      aria-posinset={stop.position}
      aria-setsize={stop.size}
      aria-label={t.gap(sizeOf(gap))}
    >
      <div class="gap" data-body="">
        <span>{t.gap(sizeOf(gap))}</span>
        {backfill.isLost(gap) ? (
          <span class="hint">{t.gapLost}</span>
        ) : healing ? (
          <span class="hint">{t.gapLoading}</span>
        ) : (
          <button
            type="button"
            class="link"
            tabIndex={stop.tabIndex}
            onClick={() => void backfill.heal(gap, 'after')}
          >
            {t.load}
          </button>
        )}
      </div>
    </article>
  )
}

/** The top of the transcript. */
export function EdgeRow({ row, stop }: { readonly row: EdgeRowData; readonly stop: Stop }): VNode {
  const { t } = useLanguage()
  const { session } = useVisit()
  const { backfill } = session
  const label =
    row.kind === 'start' ? t.start(session.room) : backfill.loadingOlder ? t.loadingOlder : t.loadOlder
  return (
    <article
      class={`row edge ${row.kind}`}
      data-key={row.key}
      tabIndex={stop.tabIndex}
      aria-posinset={stop.position}
      aria-setsize={stop.size}
      aria-label={label}
    >
      {row.kind === 'start' ? (
        <div data-body="">
          <Mark size={48} />
          <h2 dir="auto">{label}</h2>
          <p>{t.startHint}</p>
        </div>
      ) : (
        <div data-body="">
          {backfill.loadingOlder ? (
            <span class="hint">
              <Icon name="clock" size={16} /> {label}
            </span>
          ) : (
            <button type="button" class="link" tabIndex={stop.tabIndex} onClick={() => void backfill.older()}>
              {label}
            </button>
          )}
        </div>
      )}
    </article>
  )
}
