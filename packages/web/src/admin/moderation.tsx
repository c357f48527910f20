import type { VNode } from 'preact'
import { useCallback, useEffect, useState } from 'preact/hooks'
import { Icon } from '../views/icons.tsx'
import type { Admin } from './admin.ts'
import { MAX_PROPOSED, RoomField, type RoomFieldProps } from './room-field.tsx'
import { bodyOf, type FieldName, type Fields, fieldsOf, liftOf, waysOf } from './targets.ts'
import { type Action, ACTIONS, type AdminTexts, type Way } from './texts.ts'

/** An act of a moderator, or what holds of it, as the server tells it. */
interface Act {
  readonly seq: number
  readonly action: Action
  readonly username?: string
  readonly by: string
  readonly timestamp: string
  readonly until?: string
  readonly reason?: string
  readonly by_address?: true
  readonly message_seq?: number
}

interface Audit {
  readonly sanctions: readonly Act[]
  readonly acts: readonly Act[]
  readonly next_before: number | null
}

/** What can be done on the whole server. */
const EVERYWHERE: readonly Action[] = ['mute', 'unmute', 'kick', 'ban', 'unban']

const pathOf = (room: string | null): string =>
  room === null ? '/api/v1/moderation' : `/api/v1/rooms/${encodeURIComponent(room)}/moderation`

/** Buttons for what a moderator may do, and what was done so far. */
export function Moderation({ admin, room, onRoom }: RoomFieldProps): VNode {
  const t = admin.t.value
  const { audit, load } = useAudit(admin, room)
  const [fault, setFault] = useState<string | null>(null)
  const lift = async (body: object): Promise<void> => {
    const found = await faultOf(admin, pathOf(room), body)
    setFault(found)
    if (found !== null) return
    admin.say(t.done)
    load(null)
  }
  return (
    <section id="moderation" aria-labelledby="moderation-title">
      <h2 id="moderation-title">{t.moderation}</h2>
      <RoomField admin={admin} room={room} onRoom={onRoom} />
      <div class="pair">
        <Deed admin={admin} room={room} onDone={() => load(null)} />
        <div>
          <h3>{t.holds}</h3>
          {fault !== null && <Fault fault={fault} />}
          <Acts
            admin={admin}
            acts={audit?.sanctions ?? []}
            nothing={t.nothingHolds}
            room={room}
            onLift={(body) => void lift(body)}
          />
          <h3>{t.trail}</h3>
          <Acts admin={admin} acts={audit?.acts ?? []} nothing={t.trailEmpty} />
          {audit?.next_before != null && (
            <button type="button" class="link" onClick={() => load(audit)}>
              {t.more}
            </button>
          )}
        </div>
      </div>
    </section>
  )
}

interface Said {
  readonly type: string
  readonly seq: number
  readonly username?: string
  readonly message?: string
}

/** The newest messages of a room, by number. */
function Messages({ admin, room }: { readonly admin: Admin; readonly room: string }): VNode {
  const [entries, setEntries] = useState<readonly Said[]>([])
  useEffect(() => {
    const read = async (): Promise<void> => {
      const path = `/api/v1/rooms/${encodeURIComponent(room)}/messages?limit=${MAX_PROPOSED}`
      const response = await admin.ask(path)
      if (response.ok) setEntries(((await response.json()) as { readonly entries: readonly Said[] }).entries)
    }
    read().catch(() => undefined)
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

/** What was done in a room; `load` of an audit reads on behind it, of `null` anew. */
function useAudit(
  admin: Admin,
  room: string | null,
): { readonly audit: Audit | null; readonly load: (behind: Audit | null) => void } {
  const [audit, setAudit] = useState<Audit | null>(null)
  const load = useCallback(
    (behind: Audit | null): void => {
      const query = behind?.next_before == null ? '' : `?before=${behind.next_before}`
      const read = async (): Promise<void> => {
        const response = await admin.ask(pathOf(room) + query)
        if (!response.ok) return
        const page = (await response.json()) as Audit
        setAudit(behind === null ? page : { ...page, acts: [...behind.acts, ...page.acts] })
      }
      // What is shown stays; the notice above tells that the server does not answer.
      read().catch(() => undefined)
    },
    [admin, room],
  )
  useEffect(() => {
    setAudit(null)
    load(null)
  }, [load])
  return { audit, load }
}

interface DeedProps {
  readonly admin: Admin
  readonly room: string | null
  readonly onDone: () => void
}

const EMPTY: Fields = { person: '', number: '', address: '', minutes: '10', seconds: '10', reason: '' }

function Deed({ admin, room, onDone }: DeedProps): VNode {
  const t = admin.t.value
  const [wanted, setAction] = useState<Action>('mute')
  const [chosen, setWay] = useState<Way>('person')
  const [fields, setFields] = useState(EMPTY)
  const [fault, setFault] = useState<string | null>(null)
  // What was chosen and typed outlasts another room, also where it means nothing.
  const actions = room === null ? EVERYWHERE : ACTIONS
  const action = actions.includes(wanted) ? wanted : 'mute'
  const ways = waysOf(action, room)
  const way = ways.includes(chosen) ? chosen : 'person'
  const needs = fieldsOf(action, way)
  const apply = async (): Promise<void> => {
    setFault(null)
    const found = await faultOf(admin, pathOf(room), bodyOf(action, way, fields))
    if (found !== null) return setFault(found)
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
      {/* Also where there is no choice: nothing may move under the pointer when the room field is left. */}
      {ways.length > 0 && (
        <Choice label={t.whom} value={way} all={ways} name={(each) => t.way[each]} onValue={setWay} />
      )}
      {room !== null && needs.includes('number') && <Messages admin={admin} room={room} />}
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
      {fault !== null && <Fault fault={fault} />}
      <button type="submit" class="primary">
        {t.apply}
      </button>
    </form>
  )
}

interface Problem {
  readonly code: string
  readonly field?: string
  readonly detail: string
}

/** Asks for it; answers why it was not done, `null` when it was. */
async function faultOf(admin: Admin, path: string, body: object): Promise<string | null> {
  try {
    const headers = { 'content-type': 'application/json' }
    const response = await admin.ask(path, { method: 'POST', headers, body: JSON.stringify(body) })
    if (response.ok) return null
    const { code, field, detail } = (await response.json()) as Problem
    // The server's sentence names its own field.
    return code === 'bad_message' && field === 'target_address' ? admin.t.peek().noAddress : detail
  } catch {
    return admin.t.peek().stale
  }
}

interface ChoiceProps<T extends string> {
  readonly label: string
  readonly value: T
  readonly all: readonly T[]
  readonly name: (each: T) => string
  readonly onValue: (value: T) => void
}

function Choice<T extends string>({ label, value, all, name, onValue }: ChoiceProps<T>): VNode {
  return (
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

function Fault({ fault }: { readonly fault: string }): VNode {
  return (
    <p class="fault" role="alert">
      <Icon name="alert" size={18} />
      {fault}
    </p>
  )
}

interface InputProps {
  readonly t: AdminTexts
  readonly name: FieldName
  readonly isOptional: boolean
  readonly value: string
  readonly onValue: (value: string) => void
}

function Input({ t, name, isOptional, value, onValue }: InputProps): VNode {
  const isText = name === 'person' || name === 'address' || name === 'reason'
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
        <input {...common} type="text" maxLength={200} />
      ) : (
        <input
          {...common}
          type="number"
          min={name === 'seconds' ? 0 : 1}
          list={name === 'number' ? 'messages' : undefined}
        />
      )}
      {name === 'minutes' && isOptional && <span class="hint">{t.forGood}</span>}
    </label>
  )
}

interface ActsProps {
  readonly admin: Admin
  readonly acts: readonly Act[]
  readonly nothing: string
  readonly room?: string | null
  /** Of what holds: ends it. */
  readonly onLift?: ((body: object) => void) | undefined
}

function Acts({ admin, acts, nothing, room = null, onLift }: ActsProps): VNode {
  const t = admin.t.value
  const when = new Intl.DateTimeFormat(admin.tag.value, { dateStyle: 'short', timeStyle: 'short' })
  if (acts.length === 0) return <p class="hint">{nothing}</p>
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">{t.time}</th>
          <th scope="col">{t.what}</th>
          <th scope="col">{t.whom}</th>
          <th scope="col">{t.by}</th>
        </tr>
      </thead>
      <tbody>
        {acts.map((act) => (
          <tr key={act.seq}>
            <td>{when.format(Date.parse(act.timestamp))}</td>
            <td>
              {t.action[act.action]}
              {act.until !== undefined && <span class="hint"> → {when.format(Date.parse(act.until))}</span>}
              {act.reason !== undefined && <span class="hint"> {act.reason}</span>}
            </td>
            <Whom t={t} act={act} room={room} onLift={onLift} />
            <td data-label={t.by} dir="auto">
              {act.by}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

interface WhomProps extends Pick<ActsProps, 'room' | 'onLift'> {
  readonly t: AdminTexts
  readonly act: Act
}

function Whom({ t, act, room = null, onLift }: WhomProps): VNode {
  const { action, username, by_address, message_seq } = act
  const lift = onLift && liftOf(act, room)
  const whom = username ?? (message_seq === undefined ? by_address && t.someAddress : t.authorOf(message_seq))
  return (
    <td data-label={t.whom}>
      <bdi>{whom}</bdi>
      {lift && whom && (
        <>
          {' '}
          <button type="button" class="link" aria-label={t.lift(whom)} onClick={() => onLift(lift)}>
            {t.action[action === 'mute' ? 'unmute' : 'unban']}
          </button>
        </>
      )}
    </td>
  )
}
