import type { ComponentChildren, VNode } from 'preact'
import { DOOR } from '../i18n/door.ts'
import { Mark } from '../views/icons.tsx'
import { LanguageButtons } from '../views/language-buttons.tsx'
import { SignInForm } from '../views/sign-in-form.tsx'
import type { Admin } from './admin.ts'
import { Dashboard } from './dashboard.tsx'

interface AdminProps {
  readonly admin: Admin
}

/** `/admin`: for whoever shows the token of an administrator. */
export function AdminPage({ admin }: AdminProps): VNode {
  const isIn = admin.signIn.bearer.value !== null && !admin.isForbidden.value
  return (
    <>
      {isIn ? <Dashboard admin={admin} /> : <Entrance admin={admin} />}
      <p class="unseen" role="status" aria-live="polite">
        {admin.spoken.value}
      </p>
    </>
  )
}

function Entrance({ admin }: AdminProps): VNode {
  const door = admin.signIn.door.value
  const lang = admin.lang.value
  const t = admin.t.value
  const words = DOOR[lang]
  const form = <SignInForm lang={lang} onToken={(token) => admin.show(token)} />
  if (door === 'asking') return <Card admin={admin} title={t.title} why={words.trying} />
  if (door === 'unreachable')
    return (
      <Card admin={admin} title={t.title} why={words.unreachable}>
        <button type="button" class="primary" onClick={() => void admin.arrive()}>
          {words.again}
        </button>
      </Card>
    )
  // Where guests are let in there need be none.
  const { isOptional, bearer } = admin.signIn
  if (door === 'none' || (door === 'open' && isOptional.value && bearer.value === null))
    return (
      <Card admin={admin} title={words.title.none} why={t.noToken}>
        {form}
      </Card>
    )
  if (door !== 'open')
    return (
      <Card admin={admin} title={words.title[door]} why={words.why[door]}>
        {form}
      </Card>
    )
  if (admin.isForbidden.value)
    return (
      <Card admin={admin} title={t.notAdmin} why={t.notAdminHow}>
        {form}
      </Card>
    )
  return <Card admin={admin} title={t.noTokens} why={t.noTokensHow} />
}

interface CardProps extends AdminProps {
  readonly title: string
  readonly why: string
  readonly children?: ComponentChildren
}

function Card({ admin, title, why, children }: CardProps): VNode {
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
          <LanguageButtons
            lang={admin.lang.value}
            label={admin.t.value.language}
            onLang={(lang) => admin.setLang(lang)}
          />
        </footer>
      </div>
    </main>
  )
}
