import type { VNode } from 'preact'
import { useApp, useLanguage } from '../context.ts'

/** Marks where a day begins. */
export function DayLine({ day }: { readonly day: number | null }): VNode | null {
  const { timers } = useApp()
  const language = useLanguage()
  if (day === null) return null
  return (
    <div class="day">
      <time dateTime={new Date(day).toISOString()}>{language.day(day, timers.now())}</time>
    </div>
  )
}
