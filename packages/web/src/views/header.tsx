import type { VNode } from 'preact'
import { useApp, useLanguage, useVisit } from './context.ts'
import { Icon, Mark } from './icons.tsx'
import { LanguageSwitch } from './language-switch.tsx'
import { useModerating } from './use-moderating.ts'

export interface HeaderProps {
  readonly peopleOpen: boolean
  readonly onPeople: () => void
  readonly onShare: () => void
}

/** Where one is, whether one is connected, and what one can do about it. */
export function Header({ peopleOpen, onPeople, onShare }: HeaderProps): VNode {
  const { t, number } = useLanguage()
  const { session } = useVisit()
  const online = session.connection.phase === 'online'
  const { count } = session.people
  return (
    <header class="bar">
      <Mark size={40} />
      <div class="where">
        <h1 dir="auto">{session.room}</h1>
        <p>
          <span class={online ? 'dot on' : 'dot'} aria-hidden="true" />
          {online ? `${t.online} · ${t.peopleHere(count)}` : t.offline}
        </p>
      </div>
      <button
        type="button"
        class="action"
        aria-expanded={peopleOpen}
        aria-label={`${t.people}: ${t.peopleHere(count)}`}
        onClick={onPeople}
      >
        <Icon name="people" />
        <span class="count">{number(count)}</span>
      </button>
      <div class="roomy">
        <Actions onShare={onShare} />
      </div>
      <button type="button" class="action tight" aria-label={t.more} popovertarget="more">
        <Icon name="more" />
      </button>
      <div id="more" class="menu" popover="auto">
        <Actions onShare={onShare} />
      </div>
    </header>
  )
}

/** In the bar where there is room, otherwise in a menu. */
function Actions({ onShare }: { readonly onShare: () => void }): VNode {
  const app = useApp()
  const { t } = useLanguage()
  const moderating = useModerating(useVisit().session.ruling.rules.value.mayModerate)
  return (
    <>
      {moderating && <moderating.RoomSettings />}
      <button type="button" class="action" onClick={onShare}>
        <Icon name="share" />
        {t.share}
      </button>
      <LanguageSwitch />
      <button type="button" class="action" onClick={() => app.leave()}>
        <Icon name="leave" />
        {t.disconnect}
      </button>
    </>
  )
}
