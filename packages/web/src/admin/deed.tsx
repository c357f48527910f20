/** The form by which a moderator does something. */
import { MAX_SANCTION_SECONDS, MAX_SLOW_SECONDS } from '@roomful/protocol'
import type { VNode } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { Icon } from '../views/icons.tsx'
import type { Admin } from './admin.ts'
import { MAX_PROPOSED } from './room-field.tsx'
import { BEFOREHAND, type Body, bodyOf, type FieldName, type Fields, fieldsOf, waysOf } from './targets.ts'
import { type Action, ACTIONS, type AdminTexts, type Way } from './texts.ts'

/** What can be done on the whole server. */
const EVERYWHERE: readonly Action[] = ['mute', 'unmute', 'kick', 'ban', 'unban']

export const pathOf = (room: string | null): string =>
  room === null ? '/api/v1/moderation' : `/api/v1/rooms/${encodeURIComponent(room)}/moderation`

interface DeedProps {
  readonly admin: Admin
  readonly room: string | null
  readonly onDone: () => void
}

const EMPTY: Fields = {
  person: '',
  saidIn: '',
  number: '',
  address: '',
  minutes: '10',
  seconds: '10',
  reason: '',
}

/** What is to be done, and to whom. */
export function Deed({ admin, room, onDone }: DeedProps): VNode {
  const t = admin.t.value
  const [wanted, setAction] = useState<Action>('mute')
  const [chosen, setWay] = useState<Way>('person')
  const [fields, setFields] = useState(EMPTY)
  const [refusal, setRefusal] = useState<Refusal | null>(null)
  // What was chosen and typed outlasts another room, also where it means nothing.
  const actions = room === null ? EVERYWHERE : ACTIONS
  const action = actions.includes(wanted) ? wanted : 'mute'
  const ways = waysOf(action)
  const way = ways.includes(chosen) ? chosen : 'person'
  const needs = fieldsOf(action, way, room)
  const apply = async (beforehand = false): Promise<void> => {
    setRefusal(null)
    const refused = await refusalOf(admin, pathOf(room), bodyOf(action, way, fields, { room, beforehand }))
    if (refused !== null) return setRefusal(refused)
    admin.say(t.done)
    setFields(EMPTY)
    onDone()
  }
  return (
    <form
      class="deed"
      onSubmit={(event) => {
        event.preventDefault()
        void apply()
      }}
    >
      <Choice
        label={t.what}
        value={action}
        all={actions}
        name={(each) => t.action[each]}
        onValue={setAction}
      />
      <Choice label={t.whom} value={way} all={ways} name={(each) => t.way[each]} onValue={setWay} />
      {needs.includes('number') && <Messages admin={admin} room={room ?? fields.saidIn.trim()} />}
      {needs.map((name) => (
        <Input
          key={name}
          t={t}
          name={name}
          isOptional={name === 'reason' || (name === 'minutes' && action === 'ban')}
          value={fields[name]}
          onValue={(value) => setFields({ ...fields, [name]: value })}
        />
      ))}
      {refusal !== null && <Fault fault={refusal.detail} />}
      <button type="submit" class="primary">
        {t.apply}
      </button>
      {isUnknown(refusal, action, way, fields) && (
        <button type="button" class="link" onClick={() => void apply(true)}>
          {t.beforehand(fields.person.trim())}
        </button>
      )}
    </form>
  )
}

/** Why something was not done. */
interface Refusal {
  readonly detail: string
  /** The name that nobody is known to have had, when that is why, and it was not asked for all the same. */
  readonly unknown?: string | undefined
}

/** Whether it would be done if nobody need have had the name, which is still the one that was refused. */
function isUnknown(refusal: Refusal | null, action: Action, way: Way, { person }: Fields): boolean {
  return way === 'person' && BEFOREHAND.has(action) && refusal?.unknown === person.trim()
}

interface Problem {
  readonly code: string
  readonly field?: string
  readonly detail: string
}

/** Asks for it; answers why it was not done, `null` when it was. */
export async function refusalOf(admin: Admin, path: string, body: Body): Promise<Refusal | null> {
  try {
    const headers = { 'content-type': 'application/json' }
    const response = await admin.ask(path, { method: 'POST', headers, body: JSON.stringify(body) })
    if (response.ok) return null
    const { code, field, detail } = (await response.json()) as Problem
    // The server's sentence names its own field.
    if (code === 'bad_message' && field === 'target_address') return { detail: admin.t.peek().noAddress }
    const isNew = code === 'user_not_found' && body.beforehand !== true
    return { detail, unknown: isNew ? body.target_user : undefined }
  } catch {
    return { detail: admin.t.peek().stale }
  }
}

interface ChoiceProps<T extends string> {
  readonly label: string
  readonly value: T
  readonly all: readonly T[]
  readonly name: (each: T) => string
  readonly onValue: (value: T) => void
}

/** Nothing where there is nothing to choose. */
function Choice<T extends string>({ label, value, all, name, onValue }: ChoiceProps<T>): VNode | null {
  return all.length === 0 ? null : (
    <label class="field">
      <span>{label}</span>
      <select value={value} onChange={(event) => onValue(event.currentTarget.value as T)}>
        {all.map((each) => (
          <option key={each} value={each}>
            {name(each)}
          </option>
        ))}
      </select>
    </label>
  )
}

export function Fault({ fault }: { readonly fault: string }): VNode {
  return (
    <p class="fault" role="alert">
      <Icon name="alert" size={18} />
      {fault}
    </p>
  )
}

const TEXTUAL: ReadonlySet<FieldName> = new Set(['person', 'saidIn', 'address', 'reason'])

/** The greatest number that may be typed. */
const MOST: Partial<Record<FieldName, number>> = {
  minutes: MAX_SANCTION_SECONDS / 60,
  seconds: MAX_SLOW_SECONDS,
  number: Number.MAX_SAFE_INTEGER,
}

interface InputProps {
  readonly t: AdminTexts
  readonly name: FieldName
  readonly isOptional: boolean
  readonly value: string
  readonly onValue: (value: string) => void
}

function Input({ t, name, isOptional, value, onValue }: InputProps): VNode {
  const isText = TEXTUAL.has(name)
  const common = {
    name,
    value,
    required: !isOptional,
    autocomplete: 'off',
    onInput: ({ currentTarget }: { readonly currentTarget: HTMLInputElement }) =>
      onValue(currentTarget.value),
  } as const
  return (
    <label class="field">
      <span>{t[name]}</span>
      {isText ? (
        <input {...common} type="text" maxLength={200} list={name === 'saidIn' ? 'all-rooms' : undefined} />
      ) : (
        <input
          {...common}
          type="number"
          min={name === 'seconds' ? 0 : 1}
          max={MOST[name]}
          list={name === 'number' ? 'messages' : undefined}
        />
      )}
      {name === 'minutes' && isOptional && <span class="hint">{t.forGood}</span>}
    </label>
  )
}

interface Said {
  readonly type: string
  readonly seq: number
  readonly username?: string
  readonly message?: string
}

/** Milliseconds for which nobody has typed on when the messages of a room are read. */
const PAUSE_MS = 300

/** The newest messages of a room, by number. */
function Messages({ admin, room }: { readonly admin: Admin; readonly room: string }): VNode {
  const [entries, setEntries] = useState<readonly Said[]>([])
  useEffect(() => {
    let isCurrent = true
    const read = async (): Promise<void> => {
      const path = `/api/v1/rooms/${encodeURIComponent(room)}/messages?limit=${MAX_PROPOSED}`
      const response = await admin.ask(path)
      const page = response.ok ? ((await response.json()) as { readonly entries: readonly Said[] }) : null
      if (isCurrent) setEntries(page?.entries ?? [])
    }
    const timer = setTimeout(() => {
      if (room !== '') read().catch(() => undefined)
    }, PAUSE_MS)
    return () => {
      isCurrent = false
      clearTimeout(timer)
    }
  }, [admin, room])
  return (
    <datalist id="messages">
      {entries
        .filter(({ type }) => type === 'message')
        .toReversed()
        .map(({ seq, username, message }) => (
          <option key={seq} value={seq} label={`${username}: ${message?.slice(0, 60)}`} />
        ))}
    </datalist>
  )
}
