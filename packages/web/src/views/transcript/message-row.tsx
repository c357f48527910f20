import type { VNode } from 'preact'
import type { MessageRow as Row } from '../../state/rows.ts'
import { hueOf } from '../../text/avatar.ts'
import { Avatar } from '../avatar.tsx'
import { useLanguage, useVisit } from '../context.ts'
import { Icon } from '../icons.tsx'
import type { Chosen } from '../person-card.tsx'
import { RichText } from '../rich-text.tsx'
import { DayLine } from './day-line.tsx'
import type { Stop } from './use-roving.ts'

export interface MessageRowProps {
  readonly row: Row
  readonly stop: Stop
  readonly onPerson: (chosen: Chosen) => void
  readonly onTurn: () => void
}

/** One message. Every bubble holds its author and its time; within a group the name is there for those who listen. */
export function MessageRow({ row, stop, onPerson, onTurn }: MessageRowProps): VNode {
  const { t, time, moment } = useLanguage()
  const { author, own, first, sentAt, log, to } = row
  const isPrivate = log === 'private'
  const id = `m-${row.key}`
  const reach = stop.tabIndex === 0 ? 0 : -1
  const choose = (event: { currentTarget: HTMLElement }): void =>
    onPerson({ name: author, beside: event.currentTarget })
  return (
    <article
      class={`row ${own ? 'own' : 'theirs'} ${first ? 'first' : ''}`}
      data-key={row.key}
      data-steady=""
      tabIndex={stop.tabIndex}
      aria-posinset={stop.position}
      aria-setsize={stop.size}
      aria-labelledby={`${id}-author ${id}-time`}
      aria-describedby={`${id}-text`}
    >
      <DayLine day={row.day} />
      <div class="bubble-line">
        {!own && first && (
          <button type="button" class="face" tabIndex={reach} aria-label={author} onClick={choose}>
            <Avatar name={author} />
          </button>
        )}
        <div class={classOf(row)} data-body="">
          {isPrivate && (
            <span class="seal">
              <Icon name="lock" size={14} />
              {own ? t.privateTo(to ?? '') : t.privateFrom(author)}
              {!own && <PrivateReply name={author} reach={reach} onTurn={onTurn} />}
            </span>
          )}
          <span
            id={`${id}-author`}
            class={first && !isPrivate ? `author ink-${hueOf(author)}` : 'unseen'}
            dir="auto"
          >
            {author}
          </span>
          <RichText id={`${id}-text`} text={row.text} reachable={reach === 0} />
          <span class="meta">
            <time id={`${id}-time`} dateTime={new Date(sentAt).toISOString()} title={moment(sentAt)}>
              {time(sentAt)}
            </time>
            {row.status !== null && <Status status={row.status} />}
          </span>
        </div>
      </div>
      {row.status === 'failed' && <Failed row={row} reach={reach} onTurn={onTurn} />}
    </article>
  )
}

function classOf({ log, own }: Row): string {
  if (log === 'private') return own ? 'message private sent' : 'message private'
  return own ? 'message user' : 'message other'
}

function Status({ status }: { readonly status: NonNullable<Row['status']> }): VNode {
  const { t } = useLanguage()
  const words = { sending: t.sending, sent: t.sent, failed: t.failed }[status]
  const icon = { sending: 'clock', sent: 'check', failed: 'alert' } as const
  return (
    <span class={`status ${status}`} title={words}>
      <Icon name={icon[status]} size={14} />
      <span class="unseen">{words}</span>
    </span>
  )
}

function PrivateReply({
  name,
  reach,
  onTurn,
}: {
  readonly name: string
  readonly reach: 0 | -1
  readonly onTurn: () => void
}): VNode {
  const { t } = useLanguage()
  const { composing } = useVisit()
  return (
    <button
      type="button"
      class="link"
      tabIndex={reach}
      onClick={() => {
        composing.address(name)
        onTurn()
      }}
    >
      {t.replyPrivately}
    </button>
  )
}

interface FailedProps {
  readonly row: Row
  readonly reach: 0 | -1
  readonly onTurn: () => void
}

/** Why it was not sent, and what can be done about it. */
function Failed({ row, reach, onTurn }: FailedProps): VNode {
  const { t } = useLanguage()
  const { session, composing } = useVisit()
  return (
    <p class="after failed">
      <span>
        {t.failed}
        {row.failure !== null && `: ${t.sendFailure[row.failure]}`}
      </span>
      <button type="button" class="link" tabIndex={reach} onClick={() => session.retry(row.key)}>
        {t.retry}
      </button>
      <button
        type="button"
        class="link"
        tabIndex={reach}
        onClick={() => {
          const message = session.withdraw(row.key)
          if (message === null) return
          composing.takeBack(message.text, message.to)
          onTurn()
        }}
      >
        {t.editAgain}
      </button>
      <button type="button" class="link" tabIndex={reach} onClick={() => session.withdraw(row.key)}>
        {t.discard}
      </button>
    </p>
  )
}
