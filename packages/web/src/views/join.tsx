import { MAX_ROOM_LENGTH, MAX_USERNAME_LENGTH } from '@roomful/protocol'
import type { VNode } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { Dictionary } from '../i18n/dictionary.ts'
import type { JoinFault } from '../state/app.ts'
import { useApp } from './context.ts'
import { Entering } from './entering.tsx'
import { Field } from './field.tsx'
import { Icon, Mark } from './icons.tsx'
import { LanguageSwitch } from './language-switch.tsx'
import { Waiting } from './waiting.tsx'

/** The way in: a name, a room, and what stands in the way. */
export function Join(): VNode {
  const app = useApp()
  const { t } = app.language.value
  const fault = app.joinFault.value
  const message = fault === null ? null : wordsOf(fault, t)
  // What is wrong with a field is read with the field, which gets the focus.
  const unspoken = fault?.field === null ? message : null
  useEffect(() => {
    if (unspoken !== null) app.say(unspoken)
  }, [unspoken, app])
  return (
    <main class="join">
      <div class="join-card">
        <header>
          <Mark size={56} />
          <h1>Roomful</h1>
          <p>{t.tagline}</p>
        </header>
        <JoinForm fault={fault} message={message} />
        <footer>
          <LanguageSwitch />
        </footer>
      </div>
    </main>
  )
}

function wordsOf(fault: JoinFault, t: Dictionary): string {
  if ('stopped' in fault) return t.stopped[fault.stopped]
  return fault.field === 'name' ? t.nameFault[fault.fault] : t.roomFault
}

interface JoinFormProps {
  readonly fault: JoinFault | null
  readonly message: string | null
}

function JoinForm({ fault, message }: JoinFormProps): VNode {
  const app = useApp()
  const { t } = app.language.value
  const visit = app.visit.value
  const bearer = app.signIn.bearer.value
  const [name, setName] = useState(app.prefill.name)
  const [room, setRoom] = useState(app.prefill.room)
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        if (visit === null) app.join(name, room)
      }}
    >
      {bearer === null ? (
        <NameField name={name} onName={setName} fault={fault?.field === 'name' ? message : null} />
      ) : (
        <SignedIn username={bearer.username} />
      )}
      <Field
        label={t.roomLabel}
        hint={t.roomHint}
        value={room}
        onValue={setRoom}
        fault={fault?.field === 'room' ? message : null}
        name="room"
        autocomplete="off"
        maxLength={MAX_ROOM_LENGTH * 2}
      />
      {fault?.field === null && (
        <p class="fault">
          <Icon name="alert" size={18} />
          {message}
        </p>
      )}
      {visit === null ? (
        <>
          <button type="submit" class="primary">
            {t.connect}
          </button>
          {bearer === null && app.signIn.isOptional.value && <WithToken />}
          <Waiting
            onEnter={(person, place) => {
              setName(person)
              setRoom(place)
              app.join(person, place)
            }}
          />
        </>
      ) : (
        <Entering visit={visit} />
      )}
    </form>
  )
}

interface NameFieldProps {
  readonly name: string
  readonly onName: (name: string) => void
  readonly fault: string | null
}

function NameField({ name, onName, fault }: NameFieldProps): VNode {
  const { t } = useApp().language.value
  return (
    <Field
      label={t.nameLabel}
      hint={t.nameHint}
      value={name}
      onValue={onName}
      fault={fault}
      name="username"
      autocomplete="nickname"
      maxLength={MAX_USERNAME_LENGTH * 2}
      autofocus
    />
  )
}

function SignedIn({ username }: { readonly username: string }): VNode {
  const app = useApp()
  const { t } = app.language.value
  return (
    <p class="bearer">
      <span>{t.signedInAs(username)}</span>
      <button type="button" class="link" onClick={() => void app.signOut()}>
        {t.signOut}
      </button>
    </p>
  )
}

function WithToken(): VNode {
  const app = useApp()
  return (
    <button type="button" class="link" onClick={() => app.signIn.refused('chosen')}>
      {app.language.value.t.useToken}
    </button>
  )
}
