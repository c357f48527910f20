/** What moderators do, and what it means for who writes: fetched when there is any of it. */
import type { Moderation } from '@roomful/client'
import { MAX_REASON_LENGTH } from '@roomful/protocol'
import type { VNode } from 'preact'
import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { durationOf, MODERATING, type ModeratingTexts } from '../i18n/moderating.ts'
import type { Rules, Silenced } from '../state/ruling.ts'
import { isMuteOf } from '../state/sanctions.ts'
import { useLanguage, useApp, useVisit } from './context.ts'
import { useNow } from './countdown.ts'
import { Field } from './field.tsx'
import { Icon, type IconName } from './icons.tsx'
import { Fault, type Moderating, SanctionsDialog, useModerate, useSanctions } from './sanctions.tsx'

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

const DEEDS = ['mute', 'kick', 'ban', 'unmute'] as const

type Deed = (typeof DEEDS)[number] | 'delete'

const ICONS: Readonly<Record<Deed, IconName>> = {
  delete: 'close',
  mute: 'lock',
  unmute: 'check',
  kick: 'leave',
  ban: 'alert',
}

export interface ModerateProps {
  /** Whose name it is, or who wrote the message. */
  readonly name: string
  /** A message of theirs by which they are meant, which can then be deleted. */
  readonly seq?: number
  readonly onDone: () => void
  /** It has become larger or smaller. */
  readonly onResize: () => void
}

/** Buttons for whoever may moderate. What cannot be taken back by another button asks first. */
export function Moderate({ name, seq, onDone, onResize }: ModerateProps): VNode {
  const [chosen, setChosen] = useState<Deed | null>(null)
  const { fault, moderate } = useModerate()
  const { sanctions, fault: unlisted } = useSanctions()
  const act = async (action: Deed, more: Terms = {}): Promise<void> => {
    const whom = seq === undefined ? { user: name } : { seq }
    if (await moderate({ action, ...whom, ...more })) onDone()
  }
  // Whoever is not muted needs no button that ends it. It comes last, so that nothing moves when it comes.
  const isMuted = sanctions?.all.some((each) => isMuteOf(each, name)) ?? unlisted !== null
  const deeds = [...(seq === undefined ? [] : ['delete' as const]), ...DEEDS]
  useLayoutEffect(onResize, [chosen, fault, isMuted])
  return (
    <div class="deeds moderate">
      {deeds
        .filter((deed) => deed !== 'unmute' || isMuted)
        .map((deed) => (
          <DeedPart
            key={deed}
            deed={deed}
            isChosen={chosen === deed}
            onChosen={(isChosen) => setChosen(isChosen ? deed : null)}
            onAct={(terms) => void act(deed, terms)}
          />
        ))}
      <Fault fault={fault} />
    </div>
  )
}

interface DeedPartProps {
  readonly deed: Deed
  readonly isChosen: boolean
  readonly onChosen: (isChosen: boolean) => void
  readonly onAct: (terms?: Terms) => void
}

/** The first press chooses; what asks nothing is done by the second one. */
function DeedPart({ deed, isChosen, onChosen, onAct }: DeedPartProps): VNode {
  const t = MODERATING[useLanguage().lang]
  const asks = deed === 'mute' || deed === 'ban'
  return (
    <>
      <button
        type="button"
        class={deed === 'unmute' ? 'action' : 'action grave'}
        aria-expanded={asks ? isChosen : undefined}
        onClick={() => {
          if (deed === 'unmute' || (isChosen && !asks)) onAct()
          else onChosen(!isChosen)
        }}
      >
        <Icon name={ICONS[deed]} />
        {isChosen && !asks ? t.sure : deed === 'delete' ? t.remove : t[deed]}
      </button>
      {isChosen && asks && <TermsForm action={deed} onTerms={onAct} />}
    </>
  )
}

type Terms = Pick<Moderation, 'seconds' | 'reason' | 'withAddress'>

/** Seconds that can be chosen. */
const LASTING_SECONDS = [600, 3_600, 86_400, 604_800]

interface TermsFormProps {
  readonly action: 'mute' | 'ban'
  readonly onTerms: (terms: Terms) => void
}

interface HowLongProps extends Pick<TermsFormProps, 'action'> {
  readonly seconds: number
  readonly onSeconds: (seconds: number) => void
}

/** Takes the focus as it appears. */
function HowLong({ action, seconds, onSeconds }: HowLongProps): VNode {
  const { lang, tag } = useLanguage()
  const t = MODERATING[lang]
  const first = useRef<HTMLSelectElement>(null)
  useEffect(() => first.current?.focus(), [])
  return (
    <label class="field">
      <span>{t.time}</span>
      <select
        ref={first}
        value={seconds}
        onChange={({ currentTarget }) => onSeconds(Number(currentTarget.value))}
      >
        {LASTING_SECONDS.map((each) => (
          <option key={each} value={each}>
            {durationOf(each, tag)}
          </option>
        ))}
        {action === 'ban' && <option value={0}>{t.forGood}</option>}
      </select>
    </label>
  )
}

/** For how long, why, and whether whoever shares the address is meant too. */
function TermsForm({ action, onTerms }: TermsFormProps): VNode {
  const t = MODERATING[useLanguage().lang]
  const [seconds, setSeconds] = useState(action === 'mute' ? 600 : 0)
  const [reason, setReason] = useState('')
  const [withAddress, setWithAddress] = useState(false)
  return (
    <form
      class="terms"
      onSubmit={(event) => {
        event.preventDefault()
        onTerms({
          seconds: seconds || undefined,
          reason: reason.trim() || undefined,
          withAddress: withAddress || undefined,
        })
      }}
    >
      <HowLong action={action} seconds={seconds} onSeconds={setSeconds} />
      <Field
        label={t.reason}
        hint={t.reasonHint}
        value={reason}
        onValue={setReason}
        fault={null}
        name="reason"
        autocomplete="off"
        maxLength={MAX_REASON_LENGTH}
      />
      {action === 'ban' && (
        <label class="check">
          <input
            type="checkbox"
            checked={withAddress}
            onChange={({ currentTarget }) => setWithAddress(currentTarget.checked)}
          />
          <span>{t.withAddress}</span>
        </label>
      )}
      <button type="submit" class="primary">
        {t[action]}
      </button>
    </form>
  )
}

/** Seconds between two messages of one person that can be chosen. */
const SLOW_SECONDS = [0, 5, 10, 30, 60, 300]

function SlowMode({ moderate }: Pick<Moderating, 'moderate'>): VNode {
  const { lang, tag } = useLanguage()
  const t = MODERATING[lang]
  const slow = useVisit().session.ruling.rules.value.slowMs / 1000
  return (
    <label class="field">
      <span>{t.slowMode}</span>
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
  )
}

/** For moderators: how the room may be used. */
export function RoomSettings(): VNode {
  const t = MODERATING[useLanguage().lang]
  const { ruling } = useVisit().session
  const { locked, readOnly } = ruling.rules.value
  const { fault, moderate } = useModerate()
  const id = useId()
  return (
    <>
      <button type="button" class="action" popovertarget={id}>
        <Icon name="lock" />
        {t.room}
      </button>
      <div id={id} class="menu rules" popover="auto" role="dialog" aria-label={t.room}>
        <SlowMode moderate={moderate} />
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
        <button
          type="button"
          class="action"
          onClick={() => {
            ruling.isListing.value = true
          }}
        >
          <Icon name="people" />
          {t.list}
        </button>
        <Fault fault={fault} />
      </div>
    </>
  )
}

/** Tells how the room may be used, where it is not as any other; and for moderators the list that is asked for. */
export function Restrictions(): VNode {
  const { ruling } = useVisit().session
  return (
    <>
      <Holding />
      {ruling.isListing.value && <SanctionsDialog />}
    </>
  )
}

function Holding(): VNode | null {
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
