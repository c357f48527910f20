/** What moderators do, and what it means for who writes: fetched when there is any of it. */
import { ClientError, type Moderation } from '@roomful/client'
import type { VNode } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { MODERATING, type ModeratingTexts } from '../i18n/moderating.ts'
import type { Silenced } from '../state/ruling.ts'
import { useLanguage, useApp, useVisit } from './context.ts'
import { useNow } from './countdown.ts'
import { Icon } from './icons.tsx'

/** Why one can say nothing now, counted down. */
export function SilencedStrip({ silenced }: { readonly silenced: Silenced }): VNode {
  const app = useApp()
  const { lang, tag } = useLanguage()
  const t = MODERATING[lang]
  const now = useNow()
  const { why } = silenced
  useEffect(() => {
    // Counting seconds aloud helps nobody.
    if (why !== 'slow') app.say(sentence(t, silenced, app.timers.now(), tag))
  }, [app, t, tag, why])
  return (
    <div class="strip about silenced">
      <Icon name={why === 'slow' ? 'clock' : 'lock'} size={18} />
      <p>{sentence(t, silenced, now, tag)}</p>
    </div>
  )
}

function sentence(t: ModeratingTexts, { why, until }: Silenced, now: number, tag: string): string {
  if (why === 'read_only') return t.readOnly
  if (until === Infinity) return t.mutedForGood
  const left = timeOf(until - now, tag)
  return why === 'muted' ? t.muted(left) : t.slow(left)
}

function timeOf(ms: number, tag: string): string {
  const seconds = Math.max(1, Math.ceil(ms / 1000))
  const isLong = seconds > 90
  return new Intl.NumberFormat(tag, {
    style: 'unit',
    unit: isLong ? 'minute' : 'second',
    unitDisplay: 'long',
  }).format(isLong ? Math.ceil(seconds / 60) : seconds)
}

const DEEDS = ['mute', 'unmute', 'kick', 'ban'] as const

const MUTE_SECONDS = 600

export interface ModerateProps {
  /** Somebody by name, or by a message of theirs, which can then be deleted. */
  readonly target: { readonly user: string } | { readonly seq: number }
  readonly onDone: () => void
}

/** Buttons for whoever may moderate. What cannot be taken back by another button asks first. */
export function Moderate({ target, onDone }: ModerateProps): VNode {
  const t = MODERATING[useLanguage().lang]
  const { ruling } = useVisit().session
  const [sure, setSure] = useState<string | null>(null)
  const [fault, setFault] = useState<string | null>(null)
  const act = async (action: Moderation['action']): Promise<void> => {
    try {
      await ruling.moderate({ action, ...target, ...(action === 'mute' && { seconds: MUTE_SECONDS }) })
      onDone()
    } catch (error) {
      setFault(error instanceof ClientError ? error.message : String(error))
    }
  }
  const deeds = 'seq' in target ? (['delete', ...DEEDS] as const) : DEEDS
  return (
    <div class="deeds moderate">
      {deeds.map((action) => (
        <button
          key={action}
          type="button"
          class="action grave"
          onClick={() => (action === 'unmute' || sure === action ? void act(action) : setSure(action))}
        >
          <Icon name={action === 'delete' ? 'close' : 'lock'} />
          {sure === action ? t.sure : action === 'delete' ? t.remove : t[action]}
        </button>
      ))}
      {fault !== null && (
        <p class="fault" role="alert">
          {fault}
        </p>
      )}
    </div>
  )
}
