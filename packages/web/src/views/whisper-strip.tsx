import type { VNode } from 'preact'
import { useLanguage, useVisit } from './context.ts'
import { Icon } from './icons.tsx'

export interface WhisperStripProps {
  readonly to: string
  readonly onEnd: () => void
}

/** Says to whom one is whispering, and holds back when it is not sure that this is still the same person. */
export function WhisperStrip({ to, onEnd }: WhisperStripProps): VNode {
  const { t } = useLanguage()
  const { composing } = useVisit()
  const standing = composing.standing.value
  const words = { here: t.whisperOnly, gone: t.whisperGone, back: t.whisperBack }[standing]
  return (
    <div class="strip">
      <Icon name="lock" size={18} />
      <p>
        <strong dir="auto">{t.whisperTo(to)}</strong>
        {' · '}
        <span>{words(to)}</span>
      </p>
      {standing === 'back' && (
        <button type="button" class="action" onClick={() => composing.confirm()}>
          {t.whisperConfirm(to)}
        </button>
      )}
      <button type="button" class="action" onClick={onEnd}>
        <Icon name="close" size={16} />
        {t.whisperEnd}
      </button>
    </div>
  )
}
