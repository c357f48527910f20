import type { VNode } from 'preact'
import type { Language } from '../i18n/i18n.ts'
import type { Standing } from '../state/check.ts'
import { useLanguage, useVisit } from './context.ts'
import { useNow } from './countdown.ts'
import { Icon } from './icons.tsx'

/** Whether anything is missing, and when the server was last asked. A click asks again. Without a connection nobody can tell. */
export function SyncLine(): VNode | null {
  const language = useLanguage()
  const { check, connection } = useVisit().session
  const standing = check.standing.value
  const words = wordsOf(standing, useNow(), language)
  if (connection.phase !== 'online') return null
  return (
    <button
      type="button"
      class={`sync ${standing.kind}`}
      title={language.t.checkNow}
      onClick={() => check.now()}
    >
      <Icon name={standing.kind === 'complete' ? 'check' : 'clock'} size={14} />
      <span>{words}</span>
    </button>
  )
}

function wordsOf(standing: Standing, now: number, { t, number, ago }: Language): string {
  switch (standing.kind) {
    case 'checking':
      return t.checking
    case 'missing':
      return t.missing(standing.count)
    case 'complete':
      return t.upTo(number(standing.upTo), ago(now - standing.checkedAt))
  }
}
