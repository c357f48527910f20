import type { VNode } from 'preact'
import { sizeOfGroup } from '../state/notices.ts'
import { useLanguage, useVisit } from './context.ts'

/** Who is writing, a few by name. */
export function TypingLine(): VNode | null {
  const { t } = useLanguage()
  const typing = useVisit().session.presence.typing.value
  return sizeOfGroup(typing) === 0 ? null : <p class="typing">{t.typing(typing)}</p>
}
