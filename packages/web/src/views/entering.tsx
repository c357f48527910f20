import type { VNode } from 'preact'
import { useEffect } from 'preact/hooks'
import type { Visit } from '../state/app.ts'
import { isFull } from '../state/connection.ts'
import { useApp } from './context.ts'
import { useCountdown } from './countdown.ts'
import { Icon } from './icons.tsx'

/** On the way in: under way, or waiting for the next try. */
export function Entering({ visit }: { readonly visit: Visit }): VNode {
  const app = useApp()
  const { t } = app.language.value
  const { connection } = visit.session
  return (
    <div class="entering">
      {connection.phase === 'waiting' ? (
        <Waiting
          retryAt={connection.retryAt}
          full={isFull(connection.reason)}
          onNow={() => visit.session.retryNow()}
        />
      ) : (
        <p class="working">{t.connecting}</p>
      )}
      <button type="button" onClick={() => app.leave()}>
        {t.cancel}
      </button>
    </div>
  )
}

interface WaitingProps {
  readonly retryAt: number
  readonly full: boolean
  readonly onNow: () => void
}

function Waiting({ retryAt, full, onNow }: WaitingProps): VNode {
  const app = useApp()
  const { t } = app.language.value
  const seconds = useCountdown(retryAt)
  const why = full ? t.serverFull : t.unreachable
  useEffect(() => app.say(why), [why, app])
  return (
    <>
      <p class="fault">
        <Icon name="alert" size={18} />
        <span>
          {why} <span class="hint">{t.nextTry(seconds)}</span>
        </span>
      </p>
      <button type="button" class="primary" onClick={onNow}>
        {t.retryNow}
      </button>
    </>
  )
}
