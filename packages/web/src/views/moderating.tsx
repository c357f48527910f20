/** What moderators do, and what it means for who writes: fetched when there is any of it. */
import { ClientError, type Moderation } from '@roomful/client'
import type { VNode } from 'preact'
import { useEffect, useId, useState } from 'preact/hooks'
import { durationOf, MODERATING, type ModeratingTexts } from '../i18n/moderating.ts'
import type { Rules, Silenced } from '../state/ruling.ts'
import { useLanguage, useApp, useVisit } from './context.ts'
import { useNow } from './countdown.ts'
import { Icon } from './icons.tsx'

export { sentenceOf } from '../i18n/moderating.ts'

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
  const left = durationOf((until - now) / 1000, tag)
  return why === 'muted' ? t.muted(left) : t.slow(left)
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
  const [sure, setSure] = useState<string | null>(null)
  const { fault, moderate } = useModerate()
  const act = async (action: Moderation['action']): Promise<void> => {
    if (await moderate({ action, ...target, ...(action === 'mute' && { seconds: MUTE_SECONDS }) })) onDone()
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
      <Fault fault={fault} />
    </div>
  )
}

interface Moderating {
  /** Why the server refused the last one, in its words. */
  readonly fault: string | null
  /** Answers whether it was done. */
  readonly moderate: (what: Moderation) => Promise<boolean>
}

function useModerate(): Moderating {
  const { ruling } = useVisit().session
  const [fault, setFault] = useState<string | null>(null)
  return {
    fault,
    moderate: async (what) => {
      setFault(null)
      try {
        await ruling.moderate(what)
        return true
      } catch (error) {
        setFault(error instanceof ClientError ? error.message : String(error))
        return false
      }
    },
  }
}

function Fault({ fault }: Pick<Moderating, 'fault'>): VNode | null {
  return fault === null ? null : (
    <p class="fault" role="alert">
      {fault}
    </p>
  )
}

/** Seconds between two messages of one person that can be chosen. */
const SLOW_SECONDS = [0, 5, 10, 30, 60, 300]

/** For moderators: how the room may be used. */
export function RoomSettings(): VNode {
  const { lang, tag } = useLanguage()
  const t = MODERATING[lang]
  const { slowMs, locked, readOnly } = useVisit().session.ruling.rules.value
  const { fault, moderate } = useModerate()
  const id = useId()
  const slow = slowMs / 1000
  return (
    <>
      <button type="button" class="action" popovertarget={id}>
        <Icon name="lock" />
        {t.room}
      </button>
      <div id={id} class="menu rules" popover="auto" role="dialog" aria-label={t.room}>
        <label>
          {t.slowMode}
          <select
            value={slow}
            onChange={({ currentTarget }) => {
              const seconds = Number(currentTarget.value)
              // What is shown is what holds, also when it is refused.
              currentTarget.value = String(slow)
              void moderate({ action: 'slow', seconds })
            }}
          >
            {[...new Set([...SLOW_SECONDS, slow])]
              .toSorted((a, b) => a - b)
              .map((seconds) => (
                <option key={seconds} value={seconds}>
                  {seconds === 0 ? t.off : t.oneEvery(durationOf(seconds, tag))}
                </option>
              ))}
          </select>
        </label>
        <button
          type="button"
          class="action"
          onClick={() => void moderate({ action: locked ? 'unlock' : 'lock' })}
        >
          <Icon name="lock" />
          {locked ? t.unlock : t.lock}
        </button>
        <button
          type="button"
          class="action"
          onClick={() => void moderate({ action: readOnly ? 'writable' : 'read_only' })}
        >
          <Icon name="edit" />
          {readOnly ? t.readOnlyOff : t.readOnlyOn}
        </button>
        <Fault fault={fault} />
      </div>
    </>
  )
}

/** Tells how the room may be used, where it is not as any other. */
export function Restrictions(): VNode | null {
  const app = useApp()
  const { lang, tag, t } = useLanguage()
  const said = restrictions(MODERATING[lang], useVisit().session.ruling.rules.value, tag).join(t.partBreak)
  useEffect(() => {
    if (said !== '') app.say(said)
  }, [app, said])
  return said === '' ? null : (
    <p class="restrictions">
      <Icon name="lock" size={16} />
      <span>{said}</span>
    </p>
  )
}

function restrictions({ holds }: ModeratingTexts, rules: Rules, tag: string): readonly string[] {
  const { slowMs, locked, readOnly, mayModerate } = rules
  return [
    // Whoever may not write is told where they would.
    ...(readOnly && mayModerate ? [holds.readOnly] : []),
    ...(slowMs > 0 ? [holds.slow(durationOf(slowMs / 1000, tag))] : []),
    ...(locked ? [holds.locked] : []),
  ]
}
