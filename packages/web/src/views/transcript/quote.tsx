import type { VNode } from 'preact'
import type { Quote as QuoteData } from '../../state/rows.ts'
import { useApp, useLanguage, useVisit } from '../context.ts'

export interface QuoteProps {
  readonly quote: QuoteData
  readonly tabIndex: 0 | -1
}

/** The message that this one answers. A click leads there. */
export function Quote({ quote, tabIndex }: QuoteProps): VNode {
  const app = useApp()
  const { t, number } = useLanguage()
  const { session } = useVisit()
  const { seq, author, text, deleted } = quote
  const jump = async (): Promise<void> => {
    if (seq === null || !(await session.jump.to(seq))) app.say(t.noSuchMessage)
  }
  return (
    <button type="button" class="quote" tabIndex={tabIndex} onClick={() => void jump()}>
      <strong dir="auto">{author ?? t.quoted(seq === null ? '' : number(seq))}</strong>
      <span dir="auto">{deleted ? t.quoteDeleted : text}</span>
    </button>
  )
}
