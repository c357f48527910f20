import type { VNode } from 'preact'
import { useSignal } from '@preact/signals'
import { Composer } from './composer.tsx'
import { ConnectionPill } from './connection-pill.tsx'
import { useLanguage, useVisit } from './context.ts'
import { Header } from './header.tsx'
import { PeopleDrawer, PeoplePanel } from './people.tsx'
import { type Chosen, PersonCard } from './person-card.tsx'
import { ShareDialog } from './share-dialog.tsx'
import { Transcript } from './transcript/transcript.tsx'
import { useWide } from './use-wide.ts'

/** The room: header, transcript, composer, and who is here. */
export function Chat(): VNode {
  const { t } = useLanguage()
  const { session } = useVisit()
  const wide = useWide()
  const panelOpen = useSignal(true)
  const drawerOpen = useSignal(false)
  const sharing = useSignal(false)
  // Counts the reader's own sends: each brings the end of the transcript into view.
  const sends = useSignal(0)
  // Counts the turns to a person or back: each brings the focus to the text field.
  const turns = useSignal(0)
  const chosen = useSignal<Chosen | null>(null)
  const people = wide ? panelOpen : drawerOpen
  const onPerson = (person: Chosen): void => {
    chosen.value = person
  }
  return (
    <div class="chat">
      <Header
        peopleOpen={people.value}
        onPeople={() => {
          people.value = !people.value
        }}
        onShare={() => {
          sharing.value = true
        }}
      />
      <main class="talk" aria-label={session.room}>
        <ConnectionPill />
        <Transcript sends={sends.value} onPerson={onPerson} onTurn={() => turns.value++} />
        <Composer turns={turns.value} onSent={() => sends.value++} />
      </main>
      {wide && panelOpen.value && (
        <aside class="panel" aria-label={t.peopleOf(session.room)}>
          <PeoplePanel onPerson={onPerson} />
        </aside>
      )}
      {!wide && drawerOpen.value && (
        <PeopleDrawer
          onWhisper={() => turns.value++}
          onClose={() => {
            drawerOpen.value = false
          }}
        />
      )}
      {sharing.value && (
        <ShareDialog
          onClose={() => {
            sharing.value = false
          }}
        />
      )}
      <PersonCard
        chosen={chosen.value}
        onWhisper={() => turns.value++}
        onClose={() => {
          chosen.value = null
        }}
      />
    </div>
  )
}
