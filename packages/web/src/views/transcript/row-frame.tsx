import type { ComponentChildren, VNode } from 'preact'
import type { Row } from '../../state/rows.ts'
import { useApp, useLanguage, useVisit } from '../context.ts'
import type { Stop } from './use-roving.ts'

export interface RowFrameProps {
  readonly row: Row
  readonly stop: Stop
  readonly class: string
  /** Words for the whole row, where no element inside says them. */
  readonly label?: string
  /** Elements that name the row, and that hold its text. */
  readonly labelledBy?: string
  readonly describedBy?: string
  readonly children: ComponentChildren
}

/** What all rows have in common: their place in the feed, the day they begin, and what the viewport reads of them. */
export function RowFrame({
  row,
  stop,
  class: kind,
  label,
  labelledBy,
  describedBy,
  children,
}: RowFrameProps): VNode {
  const { t } = useLanguage()
  const { shown } = useVisit().session.jump
  const day = 'day' in row ? row.day : null
  const divided = row.kind === 'message' && row.divided
  return (
    <article
      class={`row ${kind}${shown.value?.key === row.key ? ' shown' : ''}`}
      data-key={row.key}
      data-kind={row.kind}
      tabIndex={stop.tabIndex}
      aria-posinset={stop.position}
      aria-setsize={stop.size}
      aria-label={label}
      aria-labelledby={labelledBy}
      aria-describedby={describedBy}
    >
      {day !== null && <DayLine day={day} />}
      {divided && <p class="new">{t.newMessages}</p>}
      {children}
    </article>
  )
}

/** Marks where a day begins. */
function DayLine({ day }: { readonly day: number }): VNode {
  const { timers } = useApp()
  const language = useLanguage()
  return (
    <div class="day">
      <time dateTime={new Date(day).toISOString()}>{language.day(day, timers.now())}</time>
    </div>
  )
}

/** The time of day of a row. */
export function Clock({ at, id }: { readonly at: number; readonly id?: string }): VNode {
  const { time, moment } = useLanguage()
  return (
    <time id={id} dateTime={new Date(at).toISOString()} title={moment(at)}>
      {time(at)}
    </time>
  )
}
