import type { VNode } from 'preact'
import { isFull, isShut, whyStopped } from '../state/connection.ts'
import { useApp, useLanguage, useVisit } from './context.ts'
import { useCountdown } from './countdown.ts'
import { Icon } from './icons.tsx'

/** Tells that the connection is gone and when the next try is. It takes room from the transcript, which keeps what is read where it is. */
export function ConnectionPill(): VNode | null {
  const app = useApp()
  const { t } = useLanguage()
  const { session } = useVisit()
  const { connection } = session
  switch (connection.phase) {
    case 'online':
      return null
    case 'waiting':
      return (
        <Waiting
          retryAt={connection.retryAt}
          full={isFull(connection.reason)}
          onNow={() => session.retryNow()}
        />
      )
    case 'stopped': {
      const stopped = whyStopped(connection.reason)
      // Those have a screen of their own.
      if (isShut(stopped)) return null
      return (
        <div class="pill stopped">
          <Icon name="alert" size={18} />
          <span>{t.stopped[stopped]}</span>
          <button type="button" onClick={() => session.retryNow()}>
            {t.rejoin}
          </button>
          <button type="button" onClick={() => app.leave()}>
            {t.disconnect}
          </button>
        </div>
      )
    }
    default:
      return (
        <div class="pill">
          <span class="dot pulse" aria-hidden="true" />
          <span>{t.reconnecting}</span>
        </div>
      )
  }
}

interface WaitingProps {
  readonly retryAt: number
  readonly full: boolean
  readonly onNow: () => void
}

function Waiting({ retryAt, full, onNow }: WaitingProps): VNode {
  const { t } = useLanguage()
  const seconds = useCountdown(retryAt)
  return (
    <div class="pill">
      <span class="dot" aria-hidden="true" />
      <span>
        {full ? t.serverFull : t.lost} {t.nextTry(seconds)}
      </span>
      <button type="button" onClick={onNow}>
        {t.retryNow}
      </button>
    </div>
  )
}
