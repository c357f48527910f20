import type { VNode } from 'preact'
import type { Dictionary } from '../../i18n/dictionary.ts'
import { whyUnsent } from '../../i18n/why-unsent.ts'
import type { MessageRow as Row } from '../../state/rows.ts'
import { hueOf } from '../../text/avatar.ts'
import { Avatar } from '../avatar.tsx'
import { useLanguage, useVisit } from '../context.ts'
import { Icon } from '../icons.tsx'
import type { ChosenMessage } from '../message-menu.tsx'
import type { Chosen } from '../person-card.tsx'
import { RichText } from '../rich-text.tsx'
import { Quote } from './quote.tsx'
import { Reactions } from './reactions.tsx'
import { Clock, RowFrame } from './row-frame.tsx'
import type { Stop } from './use-roving.ts'

export interface MessageRowProps {
  readonly row: Row
  readonly stop: Stop
  readonly onPerson: (chosen: Chosen) => void
  readonly onTools: (chosen: ChosenMessage) => void
  readonly onTurn: () => void
}

/** One message. Every bubble holds its author and its time; within a group the name is there for those who listen. */
export function MessageRow({ row, stop, onPerson, onTools, onTurn }: MessageRowProps): VNode {
  const { t } = useLanguage()
  const { author, own, first } = row
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
        <Bubble row={row} tabIndex={stop.tabIndex} onTurn={onTurn} />
        {row.id !== null && !row.deleted && (
          <button
            type="button"
            class="tools"
            tabIndex={stop.tabIndex}
            aria-label={t.toolsOf(author)}
            aria-haspopup="dialog"
            onClick={(event) => onTools({ row, beside: event.currentTarget })}
          >
            <Icon name="more" size={18} />
          </button>
        )}
      </div>
      {row.reactions.length > 0 && <Reactions row={row} tabIndex={stop.tabIndex} />}
      {(row.status === 'failed' || row.status === 'queued') && (
        <Unsent row={row} tabIndex={stop.tabIndex} onTurn={onTurn} />
      )}
    </RowFrame>
  )
}

/** What was said, by whom and when. */
function Bubble({ row, tabIndex, onTurn }: PartProps): VNode {
  const { t } = useLanguage()
  const { author, own, first, sentAt, log, to } = row
  const isPrivate = log === 'private'
  const id = `m-${row.key}`
  return (
    <div class={classOf(row)} data-body="">
      {isPrivate && (
        <span class="seal">
          <Icon name="lock" size={14} />
          {own ? t.privateTo(to ?? '') : t.privateFrom(author)}
          {!own && <PrivateReply name={author} tabIndex={tabIndex} onTurn={onTurn} />}
        </span>
      )}
      <span
        id={`${id}-author`}
        class={first && !isPrivate ? `author ink-${hueOf(author)}` : 'unseen'}
        dir="auto"
      >
        {author}
      </span>
      {row.quote !== null && <Quote quote={row.quote} tabIndex={tabIndex} />}
      {row.deleted ? (
        <em id={`${id}-text`} class="gone">
          {goneWords(row, t)}
        </em>
      ) : (
        <RichText id={`${id}-text`} text={row.text} tabIndex={tabIndex} />
      )}
      <span class="meta">
        {row.edited && t.edited}
        <Clock id={`${id}-time`} at={sentAt} />
        {row.status !== null && !(row.deleted && row.status === 'sent') && <Status status={row.status} />}
      </span>
    </div>
  )
}

function goneWords({ author, own, deletedBy }: Row, t: Dictionary): string {
  if (deletedBy === null) return t.quoteDeleted
  if (deletedBy !== author) return t.removed(deletedBy)
  return own ? t.ownRecalled : t.recalled(author)
}

function classOf({ log, own, deleted }: Row): string {
  const gone = deleted ? ' recalled' : ''
  if (log === 'private') return `message private${own ? ' sent' : ''}${gone}`
  return `message ${own ? 'user' : 'other'}${gone}`
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

interface PartProps {
  readonly row: Row
  readonly tabIndex: 0 | -1
  readonly onTurn: () => void
}

/** Why it was not sent so far, and what can be done about it. */
function Unsent({ row, tabIndex, onTurn }: PartProps): VNode {
  const { t } = useLanguage()
  const { session, composing } = useVisit()
  const pending = row.pending ?? row.key
  return (
    <p class={`after ${row.status}`}>
      <span>
        {row.failure === null
          ? t.queued
          : whyUnsent(t, row.text, { code: row.failure, message: row.refusal })}
      </span>
      {row.failure !== null && (
        <button type="button" class="link" tabIndex={tabIndex} onClick={() => session.outbox.retry(pending)}>
          {t.retry}
        </button>
      )}
      <button
        type="button"
        class="link"
        tabIndex={tabIndex}
        onClick={() => {
          const mine = session.outbox.discard(pending)
          if (mine === undefined) return
          const { log, id, seq, author } = row
          if (id !== null && seq !== null) composing.edit({ log, id, seq, author, text: mine.text })
          else {
            const { to = null, text, replyTo } = mine
            composing.takeBack(text, to)
            const { quote } = row
            if (replyTo !== undefined && quote !== null)
              composing.reply({ log, id: '', seq: replyTo, author: quote.author ?? '', text: quote.text }, to)
          }
          onTurn()
        }}
      >
        {t.editAgain}
      </button>
      <button type="button" class="link" tabIndex={tabIndex} onClick={() => session.outbox.discard(pending)}>
        {t.discard}
      </button>
    </p>
  )
}
