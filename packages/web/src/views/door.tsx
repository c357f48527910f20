/** All that stands between somebody and a room besides its name: fetched when it does. */
import type { ComponentChildren, VNode } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { DOOR } from '../i18n/door.ts'
import type { Visit } from '../state/app.ts'
import type { ShutReason } from '../state/connection.ts'
import type { Closed, Door as DoorState } from '../state/sign-in.ts'
import { useApp } from './context.ts'
import { useNow } from './countdown.ts'
import { Icon, Mark } from './icons.tsx'
import { LanguageSwitch } from './language-switch.tsx'
import { SignInForm } from './sign-in-form.tsx'

/** Before one is anywhere. */
export function Door({ door }: { readonly door: Exclude<DoorState, 'open'> }): VNode {
  const app = useApp()
  const { lang } = app.language.value
  const t = DOOR[lang]
  if (door === 'asking') return <Card title="Roomful" why={t.trying} />
  if (door === 'unreachable')
    return (
      <Card title="Roomful" why={t.unreachable}>
        <button type="button" class="primary" onClick={() => void app.arrive()}>
          {t.again}
        </button>
      </Card>
    )
  return (
    <Card title={t.title[door]} why={t.why[door]}>
      <SignInForm lang={lang} onToken={(token) => app.show(token)} />
      {app.signIn.isOptional.value && (
        <div class="entering">
          <button type="button" onClick={() => app.signIn.enterAsGuest()}>
            {t.asGuest}
          </button>
        </div>
      )}
    </Card>
  )
}

/** One is not let into a room, or not back. */
export function Refused({ visit, stopped }: { readonly visit: Visit; readonly stopped: ShutReason }): VNode {
  const app = useApp()
  const { lang, tag } = app.language.value
  const t = DOOR[lang]
  const { connection } = visit.session
  const { until, reason } = (connection.phase === 'stopped' && connection.reason.error) || {}
  const closed = closedBy(stopped, app.signIn.shows)
  // Without a token there is none that could have been taken back.
  const shut = stopped === 'revoked' || stopped === 'unauthorized' ? 'kicked' : stopped
  const [title, why] =
    closed === null
      ? [t.shutTitle[shut], until === undefined ? t.shut[shut] : t.bannedUntil(momentOf(until, tag))]
      : [t.title[closed], t.why[closed]]
  return (
    <Card title={title} why={reason === undefined ? why : `${why}\n${t.because}${reason}`}>
      {closed !== null && <SignInForm lang={lang} onToken={(token) => app.show(token)} />}
      <div class="entering">
        {closed === null && (
          <button type="button" class="primary" onClick={() => visit.session.retryNow()}>
            {shut === 'kicked' ? t.comeBack : t.again}
          </button>
        )}
        <button type="button" onClick={() => app.leave()}>
          {closed === null ? t.otherRoom : t.back}
        </button>
      </div>
    </Card>
  )
}

function momentOf(until: string, tag: string): string {
  return new Intl.DateTimeFormat(tag, { dateStyle: 'long', timeStyle: 'short' }).format(Date.parse(until))
}

function closedBy(stopped: ShutReason, showed: boolean): Closed | null {
  if (stopped === 'unauthorized') return 'ended'
  return stopped === 'revoked' && showed ? 'revoked' : null
}

interface CardProps {
  readonly title: string
  readonly why: string
  readonly children?: ComponentChildren
}

function Card({ title, why, children }: CardProps): VNode {
  const app = useApp()
  useEffect(() => app.say(`${title}. ${why}`), [title, why, app])
  return (
    <main class="join">
      <div class="join-card">
        <header>
          <Mark size={56} />
          <h1>{title}</h1>
          <p>{why}</p>
        </header>
        {children}
        <footer>
          <LanguageSwitch />
        </footer>
      </div>
    </main>
  )
}

/** In the room: one's sign-in ends soon, and can be followed by the next. */
export function Ending(): VNode {
  const app = useApp()
  const { lang, tag } = app.language.value
  const t = DOOR[lang]
  const [isOpen, setOpen] = useState(false)
  const left = leftOf((app.signIn.bearer.value?.endsAt ?? 0) - useNow(), tag)
  useEffect(
    () => app.say(t.ending(leftOf((app.signIn.bearer.peek()?.endsAt ?? 0) - app.timers.now(), tag))),
    [app, t, tag],
  )
  return (
    <div class="pill stopped ending">
      <Icon name="clock" size={18} />
      <span>{t.ending(left)}</span>
      {isOpen ? (
        <SignInForm lang={lang} onToken={(token) => app.show(token)} />
      ) : (
        <button type="button" onClick={() => setOpen(true)}>
          {t.renew}
        </button>
      )}
    </div>
  )
}

function leftOf(ms: number, tag: string): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000))
  const isLong = seconds > 90
  const unit = isLong ? 'minute' : 'second'
  return new Intl.NumberFormat(tag, { style: 'unit', unit, unitDisplay: 'long' }).format(
    isLong ? Math.ceil(seconds / 60) : seconds,
  )
}
