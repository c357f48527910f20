/** A moderator does something: judged, written down, and thereby done. */
import { canonicalRoom, checkRoom, EVERYWHERE, type Lang } from '@roomful/protocol'
import type { Identity } from '../../ports/auth.ts'
import type { Moderated, ModerationRequest } from '../../ports/moderation.ts'
import { Refusal } from '../../ports/service.ts'
import { type Appended, type NewEntry, StoreUnavailable } from '../../ports/store.ts'
import type { Context } from '../context.ts'
import { TEXTS } from '../texts.ts'
import { type Act, type Doing, untilOf } from './acts.ts'
import type { Asked, Moderator, Readings } from './asked.ts'
import { hindranceOf, mayModerate, refusalOf } from './guard.ts'
import { MAX_SANCTIONS, MAX_SANCTIONS_OF_ROOM, RESERVED_SANCTIONS } from './moderation.ts'
import { doingOf, moderatorOf } from './request.ts'
import { MODERATION_TEXTS } from './texts.ts'

export interface Performed {
  readonly act: Act
  /** False when it was asked for with this `client_id` before, and this is the first answer again. */
  readonly created: boolean
}

/** MO1-MO3. Resolves after the commit, when it holds here; other nodes follow within seconds. Throws `Refusal`; rejects with `StoreUnavailable`. */
export async function perform(
  context: Context,
  moderator: Moderator,
  readings: Readings,
  client_id?: string,
): Promise<Performed> {
  const { moderation, logger } = context
  const [asked] = readings
  if (!mayModerate(context, moderator, asked.room)) throw notAllowed(moderator.lang, asked.room)
  if (asked.room !== EVERYWHERE && !checkRoom(asked.room).ok)
    throw new Refusal('invalid_room', TEXTS[moderator.lang].invalidRoom, { field: 'room' })
  await moderation.waitUntilKnown()
  refuseBanned(context, moderator, asked.room)
  const clientId = client_id?.toLowerCase() ?? null
  const first = clientId === null ? undefined : moderation.repeated(clientId)
  if (first !== undefined) return { act: repeatedAs(moderator, first, asked), created: false }
  const doing = await doingOf(context, moderator, readings)
  refuseBeyond(context, moderator, doing)
  if (doing.action === 'delete') await deleteMessage(context, moderator, doing, clientId)
  const by = { name: moderator.name, person: moderator.person }
  const written = await moderation.write(doing, by, clientId)
  if (written === null) throw conflict(moderator)
  logger.info('moderated', { action: doing.action, by: moderator.person ?? '' })
  return written
}

/** The same for whoever has no connection. */
export async function moderateOverHttp(
  context: Context,
  request: ModerationRequest,
  identity: Identity | null,
  address: string | null,
): Promise<Moderated> {
  const { lang } = context.options
  if (identity === null) throw notAllowed(lang, request.room)
  const { client_id, said_in, ...others } = request
  const asked: Asked = { ...others, said_in: said_in && canonicalRoom(said_in) }
  const moderator = moderatorOf(identity, address, lang)
  const { act, created } = await perform(context, moderator, [asked], client_id)
  const { id, seq, room, action, name, at } = act
  const until = untilOf(act)
  return {
    id,
    seq,
    room,
    action,
    ...(name !== null && { username: name }),
    ...(until !== undefined && { until }),
    timestamp: new Date(at).toISOString(),
    created,
  }
}

/** Of the whole server it is for administrators, of a room for its moderators. */
function notAllowed(lang: Lang, room: string): Refusal {
  const { notAllowed: texts, adminsOnly } = TEXTS[lang]
  return room === EVERYWHERE
    ? new Refusal('forbidden', adminsOnly)
    : new Refusal('forbidden', texts.moderate, { field: 'room' })
}

/** MO1: whoever is banned from a room does not moderate it. */
function refuseBanned(context: Context, moderator: Moderator, room: string): void {
  const ban = hindranceOf(context, moderator, room, 'read')
  if (ban === null) return
  const { code, message } = refusalOf(context, moderator.lang, ban, room)
  throw new Refusal(code, message, { field: 'room' })
}

/** Who may have the first answer again: the same person, for the same. */
function repeatedAs(moderator: Moderator, first: Act, asked: Asked): Act {
  const isSame =
    first.byPerson === moderator.person &&
    first.by === moderator.name &&
    first.action === asked.action &&
    first.room === asked.room &&
    (asked.seq ?? null) === first.about
  if (!isSame) throw conflict(moderator)
  return first
}

function conflict({ lang }: Moderator): Refusal {
  return new Refusal('conflict', TEXTS[lang].conflict, { field: 'client_id' })
}

const KEPT: ReadonlySet<string> = new Set(['mute', 'ban', 'slow', 'lock', 'read_only'])

/** Whoever moderates a room cannot take the place that others need: they have a share of it, and administrators a reserve. */
function refuseBeyond({ moderation }: Context, { lang, identity }: Moderator, { action, room }: Doing): void {
  const isAdmin = identity?.isAdmin === true
  const most = isAdmin ? MAX_SANCTIONS : MAX_SANCTIONS - RESERVED_SANCTIONS
  const isFull = (): boolean =>
    moderation.size >= most || (!isAdmin && (moderation.place(room)?.size ?? 0) >= MAX_SANCTIONS_OF_ROOM)
  if (!KEPT.has(action) || !isFull()) return
  moderation.forgetEnded()
  if (isFull()) throw new Refusal('too_many_sanctions', MODERATION_TEXTS[lang].tooManySanctions)
}

/** Before it is written down: what the store refuses was not done. A repeat finds it done. */
async function deleteMessage(
  context: Context,
  moderator: Moderator,
  { room, about }: Doing,
  clientId: string | null,
): Promise<void> {
  const { writer, clock, isoClock, nextId } = context
  const at = clock.now()
  const entry: NewEntry = {
    log: room,
    copy: null,
    id: nextId(),
    kind: 'delete',
    author: moderator.name,
    authorId: moderator.person,
    target: null,
    text: '',
    timestamp: isoClock.at(at),
    at,
    clientId,
    about,
    asModerator: true,
  }
  const result = await new Promise<Appended | null>((resolve) => writer.append(entry, resolve))
  if (result === null) throw new StoreUnavailable('The deletion is not stored.')
  if (result.outcome === 'conflict') throw conflict(moderator)
  if (result.outcome === 'refused')
    throw new Refusal('not_found', TEXTS[moderator.lang].noSuchMessage, { field: 'seq' })
}
