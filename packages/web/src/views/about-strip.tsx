import type { VNode } from 'preact'
import type { About } from '../state/drafts.ts'
import { useLanguage } from './context.ts'
import { Icon } from './icons.tsx'

export interface AboutStripProps {
  readonly about: About
  readonly onEnd: () => void
}

/** Says which message one answers or changes. */
export function AboutStrip({ about, onEnd }: AboutStripProps): VNode {
  const { t } = useLanguage()
  const edits = about.kind === 'edit'
  return (
    <div class="strip about">
      <Icon name={edits ? 'edit' : 'reply'} size={18} />
      <p>
        <strong dir="auto">{edits ? t.editing : t.replyingTo(about.author)}</strong>
        <span class="excerpt" dir="auto">
          {about.text}
        </span>
      </p>
      <button type="button" class="action" onClick={onEnd}>
        <Icon name="close" size={16} />
        {t.cancel}
      </button>
    </div>
  )
}
