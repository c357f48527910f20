import { ANONYMOUS } from '@roomful/protocol'
import type { Identity } from '../../ports/auth.ts'
import type { PublishRequest } from '../../ports/service.ts'
import type { Context } from '../context.ts'
import { hindranceOf, type ModerationRefusal, refusalOf, turnRefusal, turnsOf } from './guard.ts'
import { callerOf, underName } from './marks.ts'

/** MO4, MO6, MO7: why whoever publishes under this name, or from there, may not write now, and otherwise whose turns it took. */
export function publishingOf(
  context: Context,
  { identity, address = null }: PublishRequest,
  room: string,
  author: string,
): { readonly refusal: ModerationRefusal | null; readonly turns: readonly string[] } {
  const caller = underName(callerOf(identity, address), author)
  const turns = turnsOf(context, caller, room, { id: caller.marks[0] ?? ANONYMOUS, since: 0 })
  const { lang } = context.options
  const hindrance =
    hindranceOf(context, caller, room, 'write') ??
    (isIn(context, identity, room) ? null : hindranceOf(context, caller, room, 'join'))
  if (hindrance !== null) return { refusal: refusalOf(context, lang, hindrance, room), turns }
  return { refusal: turnRefusal(context, { identity }, room, turns, lang), turns }
}

/** Whether the bearer of a token is in a room: a guest who publishes has a name that nobody there bears. */
function isIn({ everybody, rooms }: Context, identity: Identity | null, room: string): boolean {
  const person = identity === null ? undefined : everybody.find(identity.person)
  return person !== undefined && rooms.get(room)?.includes(person) === true
}
