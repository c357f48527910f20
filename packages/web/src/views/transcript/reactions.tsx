import type { VNode } from 'preact'
import type { MessageRow } from '../../state/rows.ts'
import { useLanguage, useVisit } from '../context.ts'

export interface ReactionsProps {
  readonly row: MessageRow
  readonly tabIndex: 0 | -1
}

/** What people put on a message. A click adds one's own, or takes it back. */
export function Reactions({ row, tabIndex }: ReactionsProps): VNode {
  const { t, number } = useLanguage()
  const { session } = useVisit()
  return (
    <div class="chips">
      {row.reactions.map(({ emoji, names, own }) => {
        return (
          <button
            key={emoji}
            type="button"
            class="chip"
            tabIndex={tabIndex}
            aria-pressed={own}
            title={t.reactedBy(emoji, { names, others: 0 })}
            onClick={() => session.change(row, { kind: 'reaction', emoji, removed: own })}
          >
            <span class="emoji">{emoji}</span> {number(names.length)}
          </button>
        )
      })}
    </div>
  )
}
