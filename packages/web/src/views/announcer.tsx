import type { VNode } from 'preact'
import { useApp } from './context.ts'

/**
 * The one live region of the page, apart from everything that is seen: what changes there (times, marks, the way from
 * sending to sent) is never read out twice.
 */
export function AnnouncerRegion(): VNode {
  const spoken = useApp().spoken.value
  return (
    <div class="unseen" role="status" aria-live="polite" aria-atomic="false" aria-relevant="additions">
      {spoken !== null && <p key={spoken.number}>{spoken.sentence}</p>}
    </div>
  )
}
