import type { VNode } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { nameKey } from '@roomful/protocol'
import { Avatar } from './avatar.tsx'
import { useLanguage, useVisit } from './context.ts'
import { Icon } from './icons.tsx'
import { useModerating } from './use-moderating.ts'

/** A person that was chosen, and the element on which the choice was made. */
export interface Chosen {
  readonly name: string
  readonly beside: HTMLElement
}

export interface PersonCardProps {
  readonly chosen: Chosen | null
  readonly onClose: () => void
  readonly onWhisper: () => void
}

/** Least space in pixels between the card and the edges of the page. */
const MARGIN = 12

/** What one can do with a person, shown beside the place where the person was chosen. */
export function PersonCard({ chosen, onClose, onWhisper }: PersonCardProps): VNode {
  const { t } = useLanguage()
  const { session, composing } = useVisit()
  const card = useRef<HTMLDivElement>(null)
  const name = chosen?.name ?? ''
  const own = nameKey(name) === session.ownKey
  const mayModerate = session.ruling.rules.value.mayModerate && !own && chosen !== null
  const parts = useModerating(mayModerate)
  const place = (): void => {
    if (card.current !== null && chosen !== null) showBeside(card.current, chosen.beside)
  }
  useLayoutEffect(place, [chosen, parts])
  const { names, truncated } = session.people
  const here = truncated || names.some((each) => nameKey(each) === nameKey(name))
  return (
    <div
      ref={card}
      class="card"
      popover="auto"
      role="dialog"
      aria-label={name}
      onToggle={(event) => {
        if (!event.currentTarget.matches(':popover-open')) onClose()
      }}
    >
      <div class="who">
        <Avatar name={name} />
        <span class="name" dir="auto">
          {name}
        </span>
        {(own || !here || session.presence.isAway(name)) && (
          <span class="tag">{own ? t.you : here ? t.isAway : t.away}</span>
        )}
      </div>
      {!own && (
        <button
          type="button"
          class="whisper"
          disabled={!here}
          onClick={() => {
            card.current?.hidePopover()
            composing.address(name)
            onWhisper()
          }}
        >
          <Icon name="lock" size={18} />
          {t.whisperTo(name)}
        </button>
      )}
      {mayModerate && parts !== null && (
        <parts.Moderate key={name} name={name} onDone={() => card.current?.hidePopover()} onResize={place} />
      )}
    </div>
  )
}

/** Opens a card beside an element, within the page, and moves the focus into it. An open one is put into place again. */
export function showBeside(card: HTMLElement, beside: HTMLElement): void {
  const { left, bottom } = beside.getBoundingClientRect()
  if (!card.matches(':popover-open')) {
    card.showPopover()
    card.querySelector<HTMLElement>('button:not(:disabled)')?.focus()
  }
  const { width, height } = card.getBoundingClientRect()
  card.style.left = `${Math.max(MARGIN, Math.min(left, innerWidth - width - MARGIN))}px`
  card.style.top = `${Math.max(MARGIN, Math.min(bottom + 4, innerHeight - height - MARGIN))}px`
}
