import { MAX_ROOM_LENGTH, MAX_USERNAME_LENGTH } from '@roomful/protocol'
import type { VNode } from 'preact'
import { useEffect, useId, useRef, useState } from 'preact/hooks'
import type { Dictionary } from '../i18n/dictionary.ts'
import type { JoinFault, Visit } from '../state/app.ts'
import { isFull } from '../state/connection.ts'
import { useApp } from './context.ts'
import { useCountdown } from './countdown.ts'
import { Icon, Mark } from './icons.tsx'
import { LanguageSwitch } from './language-switch.tsx'
import { useIme } from './use-ime.ts'

/** The way in: a name, a room, and what stands in the way. */
export function Join(): VNode {
  const app = useApp()
  const { t } = app.language.value
  const visit = app.visit.value
  const fault = app.joinFault.value
  const [name, setName] = useState(app.prefill.name)
  const [room, setRoom] = useState(app.prefill.room)
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
        <form
          noValidate
          onSubmit={(event) => {
            event.preventDefault()
            if (visit === null) app.join(name, room)
          }}
        >
          <Field
            label={t.nameLabel}
            hint={t.nameHint}
            value={name}
            onValue={setName}
            fault={fault?.field === 'name' ? message : null}
            name="username"
            autocomplete="nickname"
            maxLength={MAX_USERNAME_LENGTH * 2}
            autofocus
          />
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
            <button type="submit" class="primary">
              {t.connect}
            </button>
          ) : (
            <Entering visit={visit} />
          )}
        </form>
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

interface FieldProps {
  readonly label: string
  readonly hint: string
  readonly value: string
  readonly onValue: (value: string) => void
  readonly fault: string | null
  readonly name: string
  readonly autocomplete: string
  readonly maxLength: number
  readonly autofocus?: boolean
}

function Field({
  label,
  hint,
  value,
  onValue,
  fault,
  name,
  autocomplete,
  maxLength,
  autofocus,
}: FieldProps): VNode {
  const id = useId()
  const input = useRef<HTMLInputElement>(null)
  const { guard, handlers } = useIme()
  useEffect(() => {
    if (fault !== null) input.current?.focus()
  }, [fault])
  useEffect(() => {
    if (autofocus === true && matchMedia('(pointer: fine)').matches) input.current?.focus()
  }, [autofocus])
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        ref={input}
        id={id}
        name={name}
        value={value}
        autocomplete={autocomplete}
        autocapitalize="off"
        spellcheck={false}
        maxLength={maxLength}
        aria-invalid={fault !== null}
        aria-describedby={`${id}-hint`}
        {...handlers}
        onInput={(event) => {
          guard.input(event.isComposing)
          onValue(event.currentTarget.value)
        }}
        onKeyDown={(event) => {
          // The Enter that confirms a candidate must not submit the form.
          if (event.key === 'Enter' && guard.owns(event)) event.preventDefault()
        }}
      />
      <p id={`${id}-hint`} class={fault === null ? 'hint' : 'fault'}>
        {fault !== null && <Icon name="alert" size={18} />}
        {fault ?? hint}
      </p>
    </div>
  )
}

/** On the way in: under way, or waiting for the next try. */
function Entering({ visit }: { readonly visit: Visit }): VNode {
  const app = useApp()
  const { t } = app.language.value
  const { connection } = visit.session
  return (
    <div class="entering">
      {connection.phase === 'waiting' ? (
        <Waiting
          retryAt={connection.retryAt}
          full={isFull(connection.reason)}
          onNow={() => visit.session.retryNow()}
        />
      ) : (
        <p class="working">{t.connecting}</p>
      )}
      <button type="button" onClick={() => app.leave()}>
        {t.cancel}
      </button>
    </div>
  )
}

interface WaitingProps {
  readonly retryAt: number
  readonly full: boolean
  readonly onNow: () => void
}

function Waiting({ retryAt, full, onNow }: WaitingProps): VNode {
  const app = useApp()
  const { t } = app.language.value
  const seconds = useCountdown(retryAt)
  const why = full ? t.serverFull : t.unreachable
  useEffect(() => app.say(why), [why, app])
  return (
    <>
      <p class="fault">
        <Icon name="alert" size={18} />
        <span>
          {why} <span class="hint">{t.nextTry(seconds)}</span>
        </span>
      </p>
      <button type="button" class="primary" onClick={onNow}>
        {t.retryNow}
      </button>
    </>
  )
}
