import type { VNode } from 'preact'
import { failureOf } from '../../state/failure.ts'
import type { MessageRow as Row } from '../../state/rows.ts'
import { hueOf } from '../../text/avatar.ts'
import { Avatar } from '../avatar.tsx'
import { useLanguage, useVisit } from '../context.ts'
import { Icon } from '../icons.tsx'
import type { Chosen } from '../person-card.tsx'
import { RichText } from '../rich-text.tsx'
import { Clock, RowFrame } from './row-frame.tsx'
import type { Stop } from './use-roving.ts'

export interface MessageRowProps {
  readonly row: Row
  readonly stop: Stop
  readonly onPerson: (chosen: Chosen) => void
  readonly onTurn: () => void
}

/** One message. Every bubble holds its author and its time; within a group the name is there for those who listen. */
export function MessageRow({ row, stop, onPerson, onTurn }: MessageRowProps): VNode {
  const { t } = useLanguage()
  const { author, own, first, sentAt, log, to } = row
  const isPrivate = log === 'private'
  const id = `m-${row.key}`
  return (
    <RowFrame
      row={row}
      stop={stop}
      class={`${own ? 'own' : 'theirs'} ${first ? 'first' : ''}`}
      labelledBy={`${id}-author ${id}-time`}
      describedBy={`${id}-text`}
    >
      <div class="bubble-line">
        {!own && first && (
          <button
            type="button"
            class="face"
            tabIndex={stop.tabIndex}
            aria-label={author}
            onClick={(event) => onPerson({ name: author, beside: event.currentTarget })}
          >
            <Avatar name={author} />
          </button>
        )}
        <div class={classOf(row)} data-body="">
          {isPrivate && (
            <span class="seal">
              <Icon name="lock" size={14} />
              {own ? t.privateTo(to ?? '') : t.privateFrom(author)}
              {!own && <PrivateReply name={author} tabIndex={stop.tabIndex} onTurn={onTurn} />}
            </span>
          )}
          <span
            id={`${id}-author`}
            class={first && !isPrivate ? `author ink-${hueOf(author)}` : 'unseen'}
            dir="auto"
          >
            {author}
          </span>
          <RichText id={`${id}-text`} text={row.text} tabIndex={stop.tabIndex} />
          <span class="meta">
            <Clock id={`${id}-time`} at={sentAt} />
            {row.status !== null && <Status status={row.status} />}
          </span>
        </div>
      </div>
      {(row.status === 'failed' || row.status === 'queued') && (
        <Unsent row={row} tabIndex={stop.tabIndex} onTurn={onTurn} />
      )}
    </RowFrame>
  )
}

function classOf({ log, own }: Row): string {
  if (log === 'private') return own ? 'message private sent' : 'message private'
  return own ? 'message user' : 'message other'
}

function Status({ status }: { readonly status: NonNullable<Row['status']> }): VNode {
  const { t } = useLanguage()
  const words = { queued: t.queued, sending: t.sending, sent: t.sent, failed: t.failed }[status]
  const icon = { queued: 'clock', sending: 'clock', sent: 'check', failed: 'alert' } as const
  return (
    <span class={`status ${status}`} title={words}>
      <Icon name={icon[status]} size={14} />
      <span class="unseen">{words}</span>
    </span>
  )
}

function PrivateReply({
  name,
  tabIndex,
  onTurn,
}: {
  readonly name: string
  readonly tabIndex: 0 | -1
  readonly onTurn: () => void
}): VNode {
  const { t } = useLanguage()
  const { composing } = useVisit()
  return (
    <button
      type="button"
      class="link"
      tabIndex={tabIndex}
      onClick={() => {
        composing.address(name)
        onTurn()
      }}
    >
      {t.replyPrivately}
    </button>
  )
}

interface UnsentProps {
  readonly row: Row
  readonly tabIndex: 0 | -1
  readonly onTurn: () => void
}

/** Why it was not sent so far, and what can be done about it. */
function Unsent({ row, tabIndex, onTurn }: UnsentProps): VNode {
  const { t } = useLanguage()
  const { session, composing } = useVisit()
  return (
    <p class={`after ${row.status}`}>
      <span>{row.failure === null ? t.queued : t.failure[failureOf(row.failure)]}</span>
      {row.failure !== null && (
        <button type="button" class="link" tabIndex={tabIndex} onClick={() => session.sending.retry(row.key)}>
          {t.retry}
        </button>
      )}
      <button
        type="button"
        class="link"
        tabIndex={tabIndex}
        onClick={() => {
          const message = session.sending.withdraw(row.key)
          if (message === null) return
          composing.takeBack(message.text, message.to)
          onTurn()
        }}
      >
        {t.editAgain}
      </button>
      <button
        type="button"
        class="link"
        tabIndex={tabIndex}
        onClick={() => session.sending.withdraw(row.key)}
      >
        {t.discard}
      </button>
    </p>
  )
}
