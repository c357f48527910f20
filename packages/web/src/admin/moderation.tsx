import type { VNode } from 'preact'
import { useCallback, useEffect, useState } from 'preact/hooks'
import { Icon } from '../views/icons.tsx'
import type { Admin } from './admin.ts'
import { type Action, ACTIONS, type AdminTexts } from './texts.ts'

/** An act of a moderator, or what holds of it, as the server tells it. */
interface Act {
  readonly seq: number
  readonly action: Action
  readonly username?: string
  readonly by: string
  readonly timestamp: string
  readonly until?: string
  readonly reason?: string
}

interface Audit {
  readonly sanctions: readonly Act[]
  readonly acts: readonly Act[]
  readonly next_before: number | null
}

/** Which field says who or what is meant. */
const NEEDS: Readonly<Record<Action, readonly ('person' | 'number' | 'minutes' | 'seconds')[]>> = {
  mute: ['person', 'minutes'],
  unmute: ['person'],
  kick: ['person'],
  ban: ['person', 'minutes'],
  unban: ['person'],
  delete: ['number'],
  slow: ['seconds'],
  lock: [],
  unlock: [],
  read_only: [],
  writable: [],
}

/** What can be done on the whole server. */
const EVERYWHERE: readonly Action[] = ['mute', 'unmute', 'kick', 'ban', 'unban']

const pathOf = (room: string | null): string =>
  room === null ? '/api/v1/moderation' : `/api/v1/rooms/${encodeURIComponent(room)}/moderation`

interface ModerationProps {
  readonly admin: Admin
  readonly room: string | null
  readonly onRoom: (room: string | null) => void
}

/** Buttons for what a moderator may do, and what was done so far. */
export function Moderation({ admin, room, onRoom }: ModerationProps): VNode {
  const t = admin.t.value
  const { audit, load } = useAudit(admin, room)
  const rooms = admin.rooms.value.map((line) => line.room)
  const listed = room === null || rooms.includes(room) ? rooms : [room, ...rooms]
  return (
    <section id="moderation" aria-labelledby="moderation-title">
      <h2 id="moderation-title">{t.moderation}</h2>
      <label class="field where">
        <span>{t.room}</span>
        <select
          value={room ?? ''}
          onChange={(event) => onRoom(event.currentTarget.value === '' ? null : event.currentTarget.value)}
        >
          <option value="">{t.everywhere}</option>
          {listed.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <div class="pair">
        <Deed key={room} admin={admin} room={room} onDone={() => load(null)} />
        <div>
          <h3>{t.holds}</h3>
          <Acts admin={admin} acts={audit?.sanctions ?? []} nothing={t.nothingHolds} />
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

const EMPTY = { person: '', number: '', minutes: '10', seconds: '10', reason: '' }

function Deed({ admin, room, onDone }: DeedProps): VNode {
  const t = admin.t.value
  const [action, setAction] = useState<Action>('mute')
  const [fields, setFields] = useState(EMPTY)
  const [fault, setFault] = useState<string | null>(null)
  const apply = async (): Promise<void> => {
    setFault(null)
    try {
      const response = await admin.ask(pathOf(room), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(bodyOf(action, fields)),
      })
      if (!response.ok) return setFault(((await response.json()) as { readonly detail: string }).detail)
      admin.say(t.done)
      setFields(EMPTY)
      onDone()
    } catch {
      setFault(t.stale)
    }
  }
  return (
    <form
      class="deed"
      onSubmit={(event) => {
        event.preventDefault()
        void apply()
      }}
    >
      <label class="field">
        <span>{t.what}</span>
        <select value={action} onChange={(event) => setAction(event.currentTarget.value as Action)}>
          {(room === null ? EVERYWHERE : ACTIONS).map((each) => (
            <option key={each} value={each}>
              {t.action[each]}
            </option>
          ))}
        </select>
      </label>
      {[...NEEDS[action], 'reason' as const].map((name) => (
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

function Fault({ fault }: { readonly fault: string }): VNode {
  return (
    <p class="fault" role="alert">
      <Icon name="alert" size={18} />
      {fault}
    </p>
  )
}

function bodyOf(action: Action, fields: typeof EMPTY): object {
  const needs = NEEDS[action]
  return {
    action,
    ...(needs.includes('person') && { target_user: fields.person.trim() }),
    ...(needs.includes('number') && { seq: Number(fields.number) }),
    ...(needs.includes('minutes') &&
      fields.minutes !== '' && { seconds: Math.round(Number(fields.minutes) * 60) }),
    ...(needs.includes('seconds') && { seconds: Number(fields.seconds) }),
    ...(fields.reason.trim() !== '' && { reason: fields.reason.trim() }),
  }
}

interface InputProps {
  readonly t: AdminTexts
  readonly name: keyof typeof EMPTY
  readonly isOptional: boolean
  readonly value: string
  readonly onValue: (value: string) => void
}

function Input({ t, name, isOptional, value, onValue }: InputProps): VNode {
  const isText = name === 'person' || name === 'reason'
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
        <input {...common} type="number" min={name === 'seconds' ? 0 : 1} />
      )}
      {name === 'minutes' && isOptional && <span class="hint">{t.forGood}</span>}
    </label>
  )
}

interface ActsProps {
  readonly admin: Admin
  readonly acts: readonly Act[]
  readonly nothing: string
}

function Acts({ admin, acts, nothing }: ActsProps): VNode {
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
            <td dir="auto">{act.username}</td>
            <td dir="auto">{act.by}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
