import type { VNode } from 'preact'
import { type Signal, useSignal } from '@preact/signals'
import { Composer } from './composer.tsx'
import { ConnectionPill } from './connection-pill.tsx'
import { useApp, useLanguage, useVisit } from './context.ts'
import { Header } from './header.tsx'
import { PeopleDrawer, PeoplePanel } from './people.tsx'
import { type Chosen, PersonCard } from './person-card.tsx'
import type { ChosenMessage, MessageMenu } from './message-menu.tsx'
import type { ShareDialog } from './share-dialog.tsx'
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
  const moderating = useModerating(session.ruling.isRestricted)
  const panelOpen = useSignal(true)
  const drawerOpen = useSignal(false)
  const chosen = useSignal<Chosen | null>(null)
  // Each of the reader's own sends brings the end of the transcript into view.
  const sends = useSignal(0)
  // Each turn to a person or back brings the focus to the text field.
  const turns = useSignal(0)
  // Fetched when somebody shares: the encoder of the QR code is larger than any view.
  const share = useSignal<typeof ShareDialog | null>(null)
  const Share = share.value
  // Fetched when somebody first does something with a message.
  const menu = useSignal<typeof MessageMenu | null>(null)
  const tools = useSignal<ChosenMessage | null>(null)
  const Menu = menu.value
  const onTools = (message: ChosenMessage): void => {
    setter(tools)(message)
    void import('./message-menu.tsx').then((module) => setter(menu)(module.MessageMenu))
  }
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
        onShare={() => void import('./share-dialog.tsx').then((module) => setter(share)(module.ShareDialog))}
      />
      <main class="talk" aria-label={session.room}>
        <div>
          <ConnectionPill />
          {isEnding && doors && <doors.Ending />}
          {moderating && <moderating.Restrictions />}
        </div>
        <Transcript sends={sends.value} onPerson={onPerson} onTools={onTools} onTurn={onTurn} />
        <Composer turns={turns.value} onSent={() => setter(sends)(sends.value + 1)} />
      </main>
      {wide && panelOpen.value && <Panel onPerson={onPerson} />}
      {!wide && drawerOpen.value && (
        <PeopleDrawer onWhisper={onTurn} onClose={() => setter(drawerOpen)(false)} />
      )}
      {Menu !== null && tools.value !== null && (
        <Menu chosen={tools.value} onClose={closing(tools)} onTurn={onTurn} />
      )}
      {Share !== null && <Share onClose={() => setter(share)(null)} />}
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
