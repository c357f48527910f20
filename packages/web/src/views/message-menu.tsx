import type { VNode } from 'preact'
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { MessageRow } from '../state/rows.ts'
import { useApp, useLanguage, useVisit } from './context.ts'
import { Icon } from './icons.tsx'
import { showBeside } from './person-card.tsx'
import { useModerating } from './use-moderating.ts'

/** A message that was chosen, and the element on which the choice was made. */
export interface ChosenMessage {
  readonly row: MessageRow
  readonly beside: HTMLElement
}

export interface MessageMenuProps {
  readonly chosen: ChosenMessage
  readonly onClose: () => void
  /** One is about to write. */
  readonly onTurn: () => void
}

const EMOJI = ['👍', '❤️', '😂', '🎉', '😮', '🙏']

/** What one can do with a message. */
export function MessageMenu({ chosen, onClose, onTurn }: MessageMenuProps): VNode {
  const { t } = useLanguage()
  const card = useRef<HTMLDivElement>(null)
  const { log, own, seq } = chosen.row
  const mayModerate = useVisit().session.ruling.rules.value.mayModerate && log === 'room' && !own
  const parts = useModerating(mayModerate)
  const place = (): void => {
    if (card.current !== null) showBeside(card.current, chosen.beside)
  }
  useLayoutEffect(place, [chosen, parts])
  const close = (): void => card.current?.hidePopover()
  return (
    <div
      ref={card}
      class="card tools-card"
      popover="auto"
      role="dialog"
      aria-label={t.toolsOf(chosen.row.author)}
      onToggle={(event) => {
        if (!event.currentTarget.matches(':popover-open')) onClose()
      }}
    >
      <Palette row={chosen.row} onDone={close} />
      <Deeds key={chosen.row.key} row={chosen.row} onDone={close} onTurn={onTurn} />
      {mayModerate && parts !== null && seq !== null && (
        <parts.Moderate key={seq} name={chosen.row.author} seq={seq} onDone={close} onResize={place} />
      )}
    </div>
  )
}

interface PartProps {
  readonly row: MessageRow
  readonly onDone: () => void
}

function Palette({ row, onDone }: PartProps): VNode {
  const { t } = useLanguage()
  const { session } = useVisit()
  return (
    <div class="palette">
      {EMOJI.map((emoji) => {
        const own = row.reactions.some((reaction) => reaction.emoji === emoji && reaction.own)
        return (
          <button
            key={emoji}
            type="button"
            class="emoji"
            aria-label={t.reactWith(emoji)}
            aria-pressed={own}
            onClick={() => {
              session.change(row, { kind: 'reaction', emoji, removed: own })
              onDone()
            }}
          >
            {emoji}
          </button>
        )
      })}
    </div>
  )
}

function Deeds({ row, onDone, onTurn }: PartProps & { readonly onTurn: () => void }): VNode {
  const app = useApp()
  const { t } = useLanguage()
  const { session, composing } = useVisit()
  const [sure, setSure] = useState(false)
  const { log, id, seq, author, text, own } = row
  const about = { log, id: id ?? '', seq: seq ?? 0, author, text }
  const write = (begin: () => void): void => {
    onDone()
    begin()
    onTurn()
  }
  return (
    <div class="deeds">
      <button
        type="button"
        class="action"
        onClick={() => write(() => composing.reply(about, log === 'room' ? null : own ? row.to : author))}
      >
        <Icon name="reply" />
        {t.reply}
      </button>
      {own && (
        <button type="button" class="action" onClick={() => write(() => composing.edit(about))}>
          <Icon name="edit" />
          {t.edit}
        </button>
      )}
      {log === 'room' && seq !== null && (
        <a
          class="action"
          href={`#m-${seq}`}
          onClick={(event) => {
            const link = event.currentTarget.href
            onDone()
            // Exists in secure contexts only; elsewhere the address of the page is the link.
            void navigator.clipboard?.writeText(link).then(() => app.say(t.copied))
          }}
        >
          <Icon name="copy" />
          {t.linkTo}
        </a>
      )}
      {own && (
        <button
          type="button"
          class="action grave"
          onClick={() => {
            if (!sure) return setSure(true)
            onDone()
            session.change(row, { kind: 'delete' })
          }}
        >
          <Icon name="close" />
          {sure ? t.recallSure : t.recall}
        </button>
      )}
    </div>
  )
}
