/** What moderation says before any rule is asked: whether somebody may be there, read and write. */
import { EVERYWHERE, type ErrorCode, type Lang } from '@roomful/protocol'
import type { Identity } from '../../ports/auth.ts'
import type { Connection } from '../connection.ts'
import type { Context } from '../context.ts'
import type { ErrorDetails } from '../frames.ts'
import type { Person } from '../person.ts'
import { endOf, untilOf } from './acts.ts'
import { bearerMarks, isGuestMark, isNameless, type Marked } from './marks.ts'
import type { Hindrance, Wish } from './moderation.ts'
import { MODERATION_TEXTS } from './texts.ts'

/** Milliseconds until whoever could not be judged may ask again. */
const RETRY_MS = 5_000

/** Who may moderate a room, or the server (`EVERYWHERE`): that is for administrators. */
export function mayModerate(
  { permissions }: Context,
  { identity }: Pick<Marked, 'identity'>,
  room: string,
): boolean {
  if (room === EVERYWHERE) return identity?.isAdmin === true
  return permissions.judge({ identity }, room, 'moderate').allowed
}

export function hindranceOf(context: Context, who: Marked, room: string, wish: Wish): Hindrance | null {
  return context.moderation.hindrance(who, room, wish, () => mayModerate(context, who, room))
}

export interface ModerationRefusal {
  readonly code: ErrorCode
  readonly message: string
  readonly details: ErrorDetails
}

export function refusalOf(
  { clock }: Context,
  lang: Lang,
  { why, act }: Hindrance,
  room: string,
): ModerationRefusal {
  const texts = MODERATION_TEXTS[lang]
  const { reason } = act
  const until = untilOf(act)
  const leftMs = Math.max(1, Math.ceil(endOf(act) - clock.now()))
  const time = until === undefined ? null : texts.duration(Math.ceil(leftMs / 1_000))
  const where = room === EVERYWHERE ? {} : { field: 'room', room }
  switch (why) {
    case 'banned':
      return {
        code: why,
        message: withReason(lang, texts.youAreBanned(time), reason),
        details: { ...where, until, ...(reason !== '' && { reason }) },
      }
    case 'muted':
      return {
        code: why,
        message: texts.youAreMuted(time),
        details: { ...where, until, retry_after_ms: leftMs },
      }
    case 'locked':
      return { code: why, message: texts.roomIsLocked, details: where }
    case 'read_only':
      return { code: why, message: texts.roomIsReadOnly, details: where }
    default:
      return why satisfies never
  }
}

/** As the room reads it (MO9). */
export function withReason(lang: Lang, sentence: string, reason: string): string {
  return reason === '' ? sentence : MODERATION_TEXTS[lang].because(sentence, reason)
}

/** Lets a connection go on when what moderators have done is known, unless its bearer, or its address, is banned from the server. */
export function onceJudged(
  context: Context,
  connection: Connection,
  identity: Identity | null,
  proceed: () => void,
): void {
  const { moderation, logger } = context
  const judge = (): void => {
    connection.marks = bearerMarks(identity)
    if (connection.state.phase === 'opening' && !closedByModeration(context, connection, EVERYWHERE))
      proceed()
  }
  if (moderation.isKnown) return judge()
  moderation.waitUntilKnown().then(judge, (error: unknown) => {
    logger.warn('open_failed', { connection: connection.id }, error)
    const details = { retry_after_ms: RETRY_MS }
    connection.close('overload', { code: 'unavailable', message: connection.texts.unavailable, details })
  })
}

/** MO4, MO7: why nothing may be said in a room, under the name `who` has for it; `null` when it may. */
export function writeRefusal(
  context: Context,
  connection: Connection,
  room: string,
  who: Marked = connection,
): ModerationRefusal | null {
  const hindrance = hindranceOf(context, who, room, 'write')
  return hindrance === null ? null : refusalOf(context, connection.audience.lang, hindrance, room)
}

/**
 * MO6: by what somebody counts in slow mode, each of which must have its turn. A guest may come again under a name, or another one, at once: the name
 * counts, and until they have been here for one interval the address too. `id`: for whoever has neither.
 */
export function turnsOf(
  { moderation, clock }: Context,
  who: Marked,
  room: string,
  { id, since }: Pick<Person, 'id' | 'since'>,
): readonly string[] {
  const slowMs = moderation.slowSeconds(room) * 1_000
  if (slowMs === 0) return []
  const person = who.marks.find((mark) => mark.startsWith('p:'))
  const names = who.marks.filter(isGuestMark)
  if (person !== undefined && names.length === 0) return [person]
  const isNew = isNameless(who) || clock.now() - since < slowMs
  const address = isNew && who.address !== null ? moderation.addresses.of(who.address) : null
  if (address !== null) return [...names, address]
  return isNameless(who) ? [...names, id] : names
}

/** MO6: takes somebody's turn in slow mode, by all that counts; why it was not theirs, otherwise `null`. */
export function turnRefusal(
  context: Context,
  who: Pick<Marked, 'identity'>,
  room: string,
  turns: readonly string[],
  lang: Lang,
): ModerationRefusal | null {
  const { moderation } = context
  if (!moderation.isSlow || mayModerate(context, who, room)) return null
  const waitMs = moderation.takeTurn(room, turns)
  return waitMs === 0 ? null : slowRefusal(lang, room, waitMs)
}

function slowRefusal(lang: Lang, room: string, waitMs: number): ModerationRefusal {
  const texts = MODERATION_TEXTS[lang]
  const message = texts.slowMode(texts.duration(Math.ceil(waitMs / 1_000)))
  return { code: 'slow_mode', message, details: { field: 'room', room, retry_after_ms: waitMs } }
}

/** MO5, MO7: why somebody may not enter a room; who is in it already is nobody new. */
export function entryRefusal(
  context: Context,
  connection: Connection,
  room: string,
  person: Person | null,
): ModerationRefusal | null {
  const isIn = person !== null && context.rooms.get(room)?.includes(person) === true
  const hindrance = hindranceOf(context, connection, room, isIn ? 'read' : 'join')
  return hindrance === null ? null : refusalOf(context, connection.audience.lang, hindrance, room)
}

/** Closes a connection that may not enter, or may not be on the server (`EVERYWHERE`). */
export function closedByModeration(
  context: Context,
  connection: Connection,
  room: string,
  person: Person | null = null,
): boolean {
  const refusal = entryRefusal(context, connection, room, person)
  if (refusal === null) return false
  connection.close(refusal.code === 'locked' ? 'locked' : 'banned', refusal)
  return true
}
