import type { VNode } from 'preact'
import { type Signal, useSignal } from '@preact/signals'
import { Composer } from './composer.tsx'
import { ConnectionPill } from './connection-pill.tsx'
import { useApp, useLanguage, useVisit } from './context.ts'
import { Header } from './header.tsx'
import { PeopleDrawer, PeoplePanel } from './people.tsx'
import type { ChosenMessage } from './message-menu.tsx'
import { type Chosen, PersonCard } from './person-card.tsx'
import { Transcript } from './transcript/transcript.tsx'
import { useLazy } from './use-lazy.ts'
import { useModerating } from './use-moderating.ts'
import { useWide } from './use-wide.ts'

/** The room: header, transcript, composer, and who is here. */
export function Chat(): VNode {
  const { session } = useVisit()
  const wide = useWide()
  const isEnding = useApp().signIn.isEnding.value
  const doors = useLazy(isEnding, () => import('./door.tsx'))
  const moderating = useModerating(session.ruling.isShown)
  const panelOpen = useSignal(true)
  const drawerOpen = useSignal(false)
  const chosen = useSignal<Chosen | null>(null)
  // Each of the reader's own sends brings the end of the transcript into view.
  const sends = useSignal(0)
  // Each turn to a person or back brings the focus to the text field.
  const turns = useSignal(0)
  const tools = useSignal<ChosenMessage | null>(null)
  // How often one has asked for it since it was closed.
  const sharing = useSignal(0)
  const menus = useLazy(tools.value, () => import('./message-menu.tsx'))
  const shares = useLazy(sharing.value, () => import('./share-dialog.tsx'))
  const people = wide ? panelOpen : drawerOpen
  const onPerson = setter(chosen)
  const onTurn = (): void => {
    turns.value++
  }
  return (
    <div class="chat">
      <Header
        peopleOpen={people.value}
        onPeople={() => setter(people)(!people.value)}
        onShare={() => setter(sharing)(sharing.value + 1)}
      />
      <main class="talk" aria-label={session.room}>
        <div>
          <ConnectionPill />
          {isEnding && doors && <doors.Ending />}
          {moderating && <moderating.Restrictions />}
        </div>
        <Transcript sends={sends.value} onPerson={onPerson} onTools={setter(tools)} onTurn={onTurn} />
        <Composer turns={turns.value} onSent={() => setter(sends)(sends.value + 1)} />
      </main>
      {wide && panelOpen.value && <Panel onPerson={onPerson} />}
      {!wide && drawerOpen.value && (
        <PeopleDrawer onWhisper={onTurn} onClose={() => setter(drawerOpen)(false)} />
      )}
      {menus && tools.value !== null && (
        <menus.MessageMenu chosen={tools.value} onClose={closing(tools)} onTurn={onTurn} />
      )}
      {shares && sharing.value > 0 && <shares.ShareDialog onClose={() => setter(sharing)(0)} />}
      <PersonCard chosen={chosen.value} onWhisper={onTurn} onClose={closing(chosen)} />
    </div>
  )
}

/** The word that a card has closed comes late: by then it may be open again for something else. */
function closing<T>(signal: Signal<T | null>): () => void {
  const closed = signal.value
  return () => {
    if (signal.value === closed) signal.value = null
  }
}

function setter<T>(signal: Signal<T>): (value: T) => void {
  return (value) => {
    signal.value = value
  }
}

function Panel({ onPerson }: { readonly onPerson: (chosen: Chosen) => void }): VNode {
  const { t } = useLanguage()
  const { session } = useVisit()
  return (
    <aside class="panel" aria-label={t.peopleOf(session.room)}>
      <PeoplePanel onPerson={onPerson} />
    </aside>
  )
}
