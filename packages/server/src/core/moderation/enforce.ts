/** What an act does to those who are here, on every node. */
import { EVERYWHERE } from '@roomful/protocol'
import type { Connection } from '../connection.ts'
import type { Context } from '../context.ts'
import { putOut } from '../put-out.ts'
import { type Act, isEverywhere } from './acts.ts'
import { noticesOf } from './notice.ts'
import { isAddressMark, isNameless } from './marks.ts'
import { hindranceOf, type ModerationRefusal, refusalOf, withReason } from './guard.ts'
import type { Carrier } from './moderation.ts'
import { MODERATION_TEXTS } from './texts.ts'

/** Rooms that are told at most when somebody is muted or banned on the whole server. */
const MAX_TOLD = 100

export function carrierOf(context: () => Context): Carrier {
  return {
    done(act) {
      tell(context(), act)
      // Before they are gone.
      if (act.action === 'ban' || act.action === 'mute') addMarks(context(), act)
      if (act.action === 'kick') kick(context(), act)
      if (act.action === 'ban') enforceBans(context())
    },
    extended: (act) => act.action === 'ban' && enforceBans(context()),
    known: () => enforceBans(context()),
  }
}

function tell(context: Context, act: Act): void {
  // Who deleted it is in the log of the room.
  if (act.action === 'delete') return
  for (const room of roomsToTell(context, act)) {
    const log = context.logs.get(room)
    if (log === undefined || log.readers === 0) continue
    for (const frame of noticesOf(act, room)) context.fanOut.push(log, frame)
  }
}

/** Of what holds on the whole server those rooms are told in which whoever is meant is; of its settings none. */
function roomsToTell({ everybody }: Context, act: Act): readonly string[] {
  if (!isEverywhere(act)) return [act.room]
  const mark = act.marks.find((each) => each.startsWith('p:'))
  return everybody.find(mark?.slice(2) ?? '')?.rooms.slice(0, MAX_TOLD) ?? []
}

/** Puts whoever is meant out of the room, or off the server. */
function kick(context: Context, act: Act): void {
  const meant = new Set(act.marks)
  for (const connection of [...context.connections])
    if (
      connection.identity?.isAdmin !== true &&
      marksHere(context, connection).some((mark) => meant.has(mark))
    )
      expel(context, connection, act.room, kickRefusal(connection, act))
}

/** Whoever has no name of their own is known by the address. */
function marksHere({ moderation }: Context, connection: Connection): readonly string[] {
  if (!isNameless(connection)) return connection.marks
  const mark = moderation.addresses.of(connection.address)
  return mark === null ? [] : [mark]
}

/** Closes, or puts out of the room, whoever is banned by now. */
function enforceBans(context: Context): void {
  for (const connection of [...context.connections]) enforceBansOn(context, connection)
}

/** The same for one connection, whose token may have kept it from being banned. */
export function enforceBansOn(context: Context, connection: Connection): void {
  if (expelBanned(context, connection, EVERYWHERE)) return
  for (const room of roomsOf(connection)) expelBanned(context, connection, room)
}

function roomsOf({ state }: Connection): readonly string[] {
  if (state.phase === 'listening') return [state.cursor.log.name]
  return state.phase === 'open' ? [...state.memberships.keys()] : []
}

/** Off the server, or out of one room. */
function expel(context: Context, connection: Connection, room: string, refusal: ModerationRefusal): void {
  const { state } = connection
  const close = refusal.code === 'kicked' ? 'revoked' : 'banned'
  const isRead = state.phase === 'listening' && state.cursor.log.name === room
  if (room === EVERYWHERE || isRead) return connection.close(close, refusal)
  const membership = state.phase === 'open' ? state.memberships.get(room) : undefined
  if (state.phase === 'open' && membership !== undefined)
    putOut(context, connection, state, membership, { ...refusal, close })
}

function expelBanned(context: Context, connection: Connection, room: string): boolean {
  const ban = hindranceOf(context, connection, room, 'read')
  if (ban === null) return false
  expel(context, connection, room, refusalOf(context, connection.audience.lang, ban, room))
  return true
}

function kickRefusal({ audience: { lang } }: Connection, { room, reason }: Act): ModerationRefusal {
  const message = withReason(lang, MODERATION_TEXTS[lang].youWereKicked, reason)
  const where = room === EVERYWHERE ? {} : { field: 'room', room }
  return { code: 'kicked', message, details: { ...where, ...(reason !== '' && { reason }) } }
}

/** Only the node where somebody is knows their token, and their address: it adds them to what a node wrote that did not. */
function addMarks({ connections, moderation, logger }: Context, act: Act): void {
  const known = new Set(act.marks)
  const more = new Set<string>()
  for (const { marks, address } of connections) {
    if (!marks.some((mark) => known.has(mark))) continue
    for (const mark of marks) if (!known.has(mark)) more.add(mark)
    const mark = act.withAddress ? moderation.addresses.of(address) : null
    if (mark !== null && mark !== act.sparedMark && !known.has(mark)) more.add(mark)
  }
  if (more.size === 0) return
  moderation.writeMore(act.id, [...more]).catch((error: unknown) => {
    logger.warn('sanction_not_extended', { addresses: [...more].filter(isAddressMark).length }, error)
  })
}
