import type { VNode } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { nameKey } from '@roomful/protocol'
import { useSignal } from '@preact/signals'
import { unlisted } from '../state/people.ts'
import { Avatar } from './avatar.tsx'
import { useLanguage, useVisit } from './context.ts'
import { Icon } from './icons.tsx'
import { type Chosen, PersonCard } from './person-card.tsx'

export interface PeopleProps {
  readonly onPerson: (chosen: Chosen) => void
}

export interface PeopleDrawerProps {
  readonly onWhisper: () => void
  readonly onClose: () => void
}

export function PeoplePanel({ onPerson }: PeopleProps): VNode {
  const { t } = useLanguage()
  const { session } = useVisit()
  return (
    <>
      <h2>
        {t.people} <span class="hint">{t.peopleHere(session.people.count)}</span>
      </h2>
      <PeopleList onPerson={onPerson} />
    </>
  )
}

/** The same list where there is no room for it beside the transcript. */
export function PeopleDrawer({ onWhisper, onClose }: PeopleDrawerProps): VNode {
  const { t } = useLanguage()
  const { session } = useVisit()
  const dialog = useRef<HTMLDialogElement>(null)
  const chosen = useSignal<Chosen | null>(null)
  useEffect(() => dialog.current?.showModal(), [])
  return (
    <dialog ref={dialog} class="drawer" aria-label={t.peopleOf(session.room)} onClose={onClose}>
      <button type="button" class="action close" aria-label={t.close} onClick={() => dialog.current?.close()}>
        <Icon name="close" />
      </button>
      <PeoplePanel
        onPerson={(person) => {
          chosen.value = person
        }}
      />
      <PersonCard
        chosen={chosen.value}
        onWhisper={() => {
          dialog.current?.close()
          onWhisper()
        }}
        onClose={() => {
          chosen.value = null
        }}
      />
    </dialog>
  )
}

/** Oneself first, the others by name. */
function PeopleList({ onPerson }: PeopleProps): VNode {
  const { t, compare } = useLanguage()
  const { session, composing } = useVisit()
  const { names, truncated } = session.people
  const to = composing.to.value
  const isOwn = (name: string): boolean => nameKey(name) === session.ownKey
  const others = names.filter((name) => !isOwn(name)).sort(compare)
  const own = names.filter(isOwn)
  const more = unlisted(session.people)
  return (
    <>
      <ul class="people">
        {[...own, ...others].map((name) => (
          <li key={name}>
            <button type="button" onClick={(event) => onPerson({ name, beside: event.currentTarget })}>
              <Avatar name={name} />
              <span class={session.presence.isAway(name) ? 'dot' : 'dot on'} aria-hidden="true" />
              <span class="name" dir="auto">
                {name}
              </span>
              {session.presence.isAway(name) && <span class="tag">{t.isAway}</span>}
              {isOwn(name) ? (
                <span class="tag">{t.you}</span>
              ) : (
                name !== to && composing.hasDraft(name) && <span class="tag">{t.hasDraft}</span>
              )}
            </button>
          </li>
        ))}
      </ul>
      {more > 0 && (
        <p class="hint">{truncated || session.people.stale ? t.unlisted(more) : t.anonymous(more)}</p>
      )}
    </>
  )
}
