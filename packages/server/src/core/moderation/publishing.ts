import { ANONYMOUS } from '@roomful/protocol'
import type { Identity } from '../../ports/auth.ts'
import type { PublishRequest } from '../../ports/service.ts'
import type { Context } from '../context.ts'
import { hindranceOf, type ModerationRefusal, refusalOf, turnOf, turnRefusal } from './guard.ts'
import { callerOf, underName } from './marks.ts'

/** MO4, MO6, MO7: why whoever publishes under this name, or from there, may not write now, and otherwise whose turn it took. */
export function publishingOf(
  context: Context,
  { identity, address = null }: PublishRequest,
  room: string,
  author: string,
): { readonly refusal: ModerationRefusal | null; readonly turn: string } {
  const caller = underName(callerOf(identity, address), author)
  const turn = turnOf(context, caller, caller.marks[0] ?? ANONYMOUS)
  const { lang } = context.options
  const hindrance =
    hindranceOf(context, caller, room, 'write') ??
    (isIn(context, identity, room) ? null : hindranceOf(context, caller, room, 'join'))
  if (hindrance !== null) return { refusal: refusalOf(context, lang, hindrance, room), turn }
  return { refusal: turnRefusal(context, { identity }, room, turn, lang), turn }
}

/** Whether the bearer of a token is in a room: a guest who publishes has a name that nobody there bears. */
function isIn({ everybody, rooms }: Context, identity: Identity | null, room: string): boolean {
  const person = identity === null ? undefined : everybody.find(identity.person)
  return person !== undefined && rooms.get(room)?.includes(person) === true
}
