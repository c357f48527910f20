import { type Action, type Way, WAYS } from './texts.ts'

export type FieldName = Way | 'minutes' | 'seconds' | 'reason'
export type Fields = Readonly<Record<FieldName, string>>

const ON_PEOPLE: ReadonlySet<Action> = new Set(['mute', 'unmute', 'kick', 'ban', 'unban'])
const ON_ADDRESSES: ReadonlySet<Action> = new Set(['ban', 'unban'])

/** Of whom an action may be asked: numbers are those of messages of a room. */
export function waysOf(action: Action, room: string | null): readonly Way[] {
  if (!ON_PEOPLE.has(action)) return []
  return WAYS.filter((way) => {
    if (way === 'number') return room !== null
    return way === 'person' || ON_ADDRESSES.has(action)
  })
}

/** What has to be filled in, in its order. */
export function fieldsOf(action: Action, way: Way): readonly FieldName[] {
  const whom: readonly FieldName[] = ON_PEOPLE.has(action) ? [way] : action === 'delete' ? ['number'] : []
  const long: readonly FieldName[] =
    action === 'mute' || action === 'ban' ? ['minutes'] : action === 'slow' ? ['seconds'] : []
  return [...whom, ...long, 'reason']
}

interface Holding {
  readonly action: Action
  readonly username?: string
  readonly message_seq?: number
}

/** The request that lifts what holds; `null` where nothing tells of whom: of an address alone, and on the whole server of a message. */
export function liftOf({ action, username, message_seq }: Holding, room: string | null): object | null {
  if (username !== undefined) return { action: `un${action}`, target_user: username }
  return message_seq === undefined || room === null ? null : { action: `un${action}`, seq: message_seq }
}

/** The request of rule MO12. */
export function bodyOf(action: Action, way: Way, fields: Fields): object {
  const needs = fieldsOf(action, way)
  return {
    action,
    ...(needs.includes('person') && { target_user: fields.person.trim() }),
    ...(needs.includes('number') && { seq: Number(fields.number) }),
    ...(needs.includes('address') && { target_address: fields.address.trim() }),
    ...(needs.includes('minutes') &&
      fields.minutes !== '' && { seconds: Math.round(Number(fields.minutes) * 60) }),
    ...(needs.includes('seconds') && { seconds: Number(fields.seconds) }),
    ...(fields.reason.trim() !== '' && { reason: fields.reason.trim() }),
  }
}
