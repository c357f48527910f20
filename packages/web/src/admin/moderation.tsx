import type { VNode } from 'preact'
import { useCallback, useEffect, useState } from 'preact/hooks'
import type { Admin } from './admin.ts'
import { Deed, Fault, pathOf, refusalOf } from './deed.tsx'
import { RoomField, type RoomFieldProps } from './room-field.tsx'
import { type Body, liftOf } from './targets.ts'
import type { Action, AdminTexts } from './texts.ts'

/** An act of a moderator, or what holds of it, as the server tells it. */
interface Act {
  readonly seq: number
  readonly action: Action
  readonly username?: string
  readonly by: string
  readonly timestamp: string
  readonly seconds?: number
  readonly until?: string
  readonly reason?: string
  readonly by_address?: true
  readonly message_seq?: number
  readonly said_in?: string
}

interface Audit {
  readonly slow_seconds: number
  readonly locked: boolean
  readonly read_only: boolean
  readonly sanctions: readonly Act[]
  readonly acts: readonly Act[]
  readonly next_before: number | null
}

/** Buttons for what a moderator may do, and what was done so far. */
export function Moderation({ admin, room, onRoom }: RoomFieldProps): VNode {
  const t = admin.t.value
  const { audit, load } = useAudit(admin, room)
  const [fault, setFault] = useState<string | null>(null)
  const lift = async (body: Body): Promise<void> => {
    const refusal = await refusalOf(admin, pathOf(room), body)
    setFault(refusal?.detail ?? null)
    if (refusal !== null) return
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
            settings={audit === null ? [] : settingsOf(t, audit)}
            nothing={t.nothingHolds}
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

/** What holds of a room itself. */
interface Setting {
  readonly what: string
  readonly lift: string
  readonly body: Body
}

function settingsOf(t: AdminTexts, { slow_seconds: seconds, locked, read_only }: Audit): readonly Setting[] {
  const all: Setting[] = []
  if (seconds > 0)
    all.push({ what: t.slowMode(seconds), lift: t.endSlow, body: { action: 'slow', seconds: 0 } })
  if (locked) all.push({ what: t.setting.lock, lift: t.action.unlock, body: { action: 'unlock' } })
  if (read_only)
    all.push({ what: t.setting.read_only, lift: t.action.writable, body: { action: 'writable' } })
  return all
}

interface ActsProps {
  readonly admin: Admin
  readonly acts: readonly Act[]
  readonly settings?: readonly Setting[]
  readonly nothing: string
  /** Of what holds: ends it. */
  readonly onLift?: ((body: Body) => void) | undefined
}

function Acts({ admin, acts, settings = [], nothing, onLift }: ActsProps): VNode {
  const t = admin.t.value
  const when = new Intl.DateTimeFormat(admin.tag.value, { dateStyle: 'short', timeStyle: 'short' })
  if (acts.length + settings.length === 0) return <p class="hint">{nothing}</p>
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
        {settings.map(({ what, lift, body }) => (
          <tr key={body.action}>
            <td />
            <td>{what}</td>
            <td>
              <button type="button" class="link" onClick={() => onLift?.(body)}>
                {lift}
              </button>
            </td>
            <td />
          </tr>
        ))}
        {acts.map((act) => (
          <tr key={act.seq}>
            <td>{when.format(Date.parse(act.timestamp))}</td>
            <td>
              {act.action === 'slow' && act.seconds !== undefined
                ? t.slowMode(act.seconds)
                : t.action[act.action]}
              {act.until !== undefined && <span class="hint"> → {when.format(Date.parse(act.until))}</span>}
              {act.reason !== undefined && <span class="hint"> {act.reason}</span>}
            </td>
            <Whom t={t} act={act} onLift={onLift} />
            <td data-label={t.by} dir="auto">
              {act.by}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

interface WhomProps extends Pick<ActsProps, 'onLift'> {
  readonly t: AdminTexts
  readonly act: Act
}

function Whom({ t, act, onLift }: WhomProps): VNode {
  const { action, username, by_address, message_seq, said_in } = act
  const lift = onLift && liftOf(act)
  const what = t.action[action === 'mute' ? 'unmute' : 'unban']
  const whom =
    username ?? (message_seq === undefined ? by_address && t.someAddress : t.authorOf(message_seq, said_in))
  return (
    <td data-label={t.whom}>
      <bdi>{whom}</bdi>
      {lift && whom && (
        <>
          {' '}
          <button type="button" class="link" aria-label={t.lift(what, whom)} onClick={() => onLift(lift)}>
            {what}
          </button>
        </>
      )}
    </td>
  )
}
