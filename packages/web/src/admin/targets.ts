import { type Action, type Way, WAYS } from './texts.ts'

export type FieldName = Way | 'saidIn' | 'minutes' | 'seconds' | 'reason'
export type Fields = Readonly<Record<FieldName, string>>

const ON_PEOPLE: ReadonlySet<Action> = new Set(['mute', 'unmute', 'kick', 'ban', 'unban'])
const ON_ADDRESSES: ReadonlySet<Action> = new Set(['ban', 'unban'])

/** What can be done to whoever comes under a name that nobody has had. */
export const BEFOREHAND: ReadonlySet<Action> = new Set(['mute', 'ban'])

/** Of whom an action may be asked. */
export function waysOf(action: Action): readonly Way[] {
  if (!ON_PEOPLE.has(action)) return []
  return WAYS.filter((way) => way !== 'address' || ON_ADDRESSES.has(action))
}

/** What has to be filled in, in its order. Numbers are those of messages of a room: of the whole server (`null`) it has to be said of which. */
export function fieldsOf(action: Action, way: Way, room: string | null): readonly FieldName[] {
  const whom: readonly FieldName[] = ON_PEOPLE.has(action) ? [way] : action === 'delete' ? ['number'] : []
  const where: readonly FieldName[] = room === null && whom.includes('number') ? ['saidIn'] : []
  const long: readonly FieldName[] =
    action === 'mute' || action === 'ban' ? ['minutes'] : action === 'slow' ? ['seconds'] : []
  return [...where, ...whom, ...long, 'reason']
}

interface Holding {
  readonly action: Action
  readonly username?: string
  readonly message_seq?: number
  readonly said_in?: string
}

/** The request that lifts what holds; `null` where nothing tells of whom: of an address alone. */
export function liftOf({ action, username, message_seq: seq, said_in }: Holding): Body | null {
  const lift = { action: `un${action}` }
  if (username !== undefined) return { ...lift, target_user: username }
  return seq === undefined ? null : { ...lift, seq, ...(said_in !== undefined && { said_in }) }
}

/** A request of rule MO12, as far as it is looked at here. */
export interface Body {
  readonly action: string
  readonly target_user?: string
  readonly beforehand?: true
  readonly [more: string]: unknown
}

interface Terms {
  /** `null`: the whole server. */
  readonly room: string | null
  /** Nobody need have had the name. */
  readonly beforehand?: boolean
}

export function bodyOf(action: Action, way: Way, fields: Fields, { room, beforehand }: Terms): Body {
  const needs = fieldsOf(action, way, room)
  return {
    action,
    ...(needs.includes('person') && { target_user: fields.person.trim() }),
    ...(beforehand === true && { beforehand }),
    ...(needs.includes('saidIn') && { said_in: fields.saidIn.trim() }),
    ...(needs.includes('number') && { seq: Number(fields.number) }),
    ...(needs.includes('address') && { target_address: fields.address.trim() }),
    ...(needs.includes('minutes') &&
      fields.minutes !== '' && { seconds: Math.round(Number(fields.minutes) * 60) }),
    ...(needs.includes('seconds') && { seconds: Number(fields.seconds) }),
    ...(fields.reason.trim() !== '' && { reason: fields.reason.trim() }),
  }
}
