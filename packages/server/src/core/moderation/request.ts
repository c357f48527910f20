/** What a moderator asks for, made complete: what the fields must be, and who is meant. */
import {
  ANONYMOUS,
  checkUsername,
  DEFAULT_MUTE_SECONDS,
  DEFAULT_SLOW_SECONDS,
  EVERYWHERE,
  type Lang,
  MAX_REASON_LENGTH,
  MAX_SLOW_SECONDS,
  type ModerationAction,
  nameKey,
} from '@roomful/protocol'
import type { Identity } from '../../ports/auth.ts'
import type { ModerationRequest } from '../../ports/moderation.ts'
import { Refusal } from '../../ports/service.ts'
import { bearerOf } from '../bearer.ts'
import type { Context } from '../context.ts'
import { shown } from '../shown.ts'
import { TEXTS } from '../texts.ts'
import { type Doing, whoOf } from './acts.ts'
import { callerOf, guestMark, type Marked, marksOf } from './marks.ts'
import { MODERATION_TEXTS } from './texts.ts'

/** Who asks. */
export interface Moderator extends Marked {
  readonly name: string
  readonly person: string | null
  readonly lang: Lang
}

const ON_PEOPLE: ReadonlySet<ModerationAction> = new Set(['mute', 'unmute', 'kick', 'ban', 'unban'])

/** Of those, what is done to somebody who need not be here. */
const ON_ABSENT: ReadonlySet<ModerationAction> = new Set(['mute', 'unmute', 'ban', 'unban'])

type Asked = Omit<ModerationRequest, 'client_id'>

/** Throws `Refusal`; rejects with `StoreUnavailable`. */
export async function doingOf(context: Context, moderator: Moderator, asked: Asked): Promise<Doing> {
  const { action, room } = asked
  const isOnPeople = ON_PEOPLE.has(action)
  if (room === EVERYWHERE && !isOnPeople) throw wrong(moderator, 'room')
  const reason = reasonOf(moderator, asked.reason ?? '')
  const seconds = secondsOf(moderator, asked)
  if (action === 'delete' && asked.seq === undefined) throw wrong(moderator, 'seq')
  if (asked.seq !== undefined && asked.epoch !== undefined && asked.epoch !== context.store.epoch)
    throw new Refusal('not_found', TEXTS[moderator.lang].logBeganAnew, { field: 'epoch' })
  const whom = isOnPeople ? await whomOf(context, moderator, asked) : { name: null, marks: [] }
  if (isSelf(context, moderator, asked, whom)) throw notYourself(moderator)
  const withAddress = action === 'ban' && asked.with_address === true
  const own =
    withAddress && moderator.address !== null ? context.moderation.addresses.of(moderator.address) : null
  const spared = own === null ? null : { sparedMark: own }
  return { action, room, ...whom, withAddress, ...spared, seconds, reason, about: asked.seq ?? null }
}

function wrong({ lang }: Moderator, field: string): Refusal {
  return new Refusal('bad_message', TEXTS[lang].field(field), { field })
}

/** One line: rooms show it in theirs. */
function reasonOf({ lang }: Moderator, reason: string): string {
  const text = reason.trim()
  if (text.isWellFormed() && [...text].length <= MAX_REASON_LENGTH && !/\p{Cc}/u.test(text)) return text
  const message = MODERATION_TEXTS[lang].reason(MAX_REASON_LENGTH)
  throw new Refusal('bad_message', message, { field: 'reason' })
}

function secondsOf(moderator: Moderator, { action, seconds }: Asked): number | null {
  if (action === 'slow') {
    if ((seconds ?? 0) > MAX_SLOW_SECONDS) throw wrong(moderator, 'seconds')
    return seconds ?? DEFAULT_SLOW_SECONDS
  }
  if (action !== 'mute' && action !== 'ban') return null
  if (seconds === 0) throw wrong(moderator, 'seconds')
  return seconds ?? (action === 'mute' ? DEFAULT_MUTE_SECONDS : null)
}

type Whom = Pick<Doing, 'name' | 'marks'>

async function whomOf(context: Context, moderator: Moderator, asked: Asked): Promise<Whom> {
  const { target_user, target_address, seq } = asked
  const named = [target_user, target_address, seq].filter((each) => each !== undefined)
  if (named.length !== 1)
    throw new Refusal('bad_message', MODERATION_TEXTS[moderator.lang].whom, { field: 'target_user' })
  if (target_address !== undefined) return addressOf(context, moderator, asked, target_address)
  const person =
    seq === undefined
      ? await bearerNamed(context, moderator, asked, target_user ?? '')
      : await authorOf(context, moderator, asked, seq)
  return { name: person.name, marks: knownMarks(context, moderator, person) }
}

/** MO1: under whichever name, and also what somebody else did about them. */
function isSelf(context: Context, moderator: Moderator, { action, room, target_user }: Asked, whom: Whom) {
  if (
    target_user !== undefined &&
    moderator.person !== null &&
    nameKey(target_user) === nameKey(moderator.name)
  )
    return true
  const own = new Set(moderator.marks)
  if (whom.marks.some((mark) => own.has(mark))) return true
  if (action !== 'unmute' && action !== 'unban') return false
  const lifted = context.moderation.place(room)?.liftedBy(action.slice('un'.length), whoOf(whom)) ?? []
  return lifted.some(({ marks }) => marks.some((mark) => own.has(mark)))
}

function notYourself({ lang }: Moderator, field = 'target_user'): Refusal {
  return new Refusal('forbidden', MODERATION_TEXTS[lang].notYourself, { field })
}

interface Target {
  /** `null`: nobody who is here. */
  readonly id: string | null
  readonly name: string
}

async function bearerNamed(
  context: Context,
  moderator: Moderator,
  asked: Asked,
  raw: string,
): Promise<Target> {
  const check = checkUsername(raw)
  const bearer = check.ok ? await bearerOf(context, check.name) : null
  if (bearer !== null) return { id: bearer.person, name: bearer.name }
  // A guest who has left is known by the name; of all others only what they said, or a token, says who they are.
  const isGuest = context.auth === null || context.auth.letsGuestsIn
  const isLifted = asked.action === 'unmute' || asked.action === 'unban'
  if (check.ok && ON_ABSENT.has(asked.action)) {
    const isKnown = isLifted || (isGuest && !(await context.bearerNames?.has(check.key)))
    if (isKnown) return { id: null, name: check.name }
  }
  throw new Refusal('user_not_found', TEXTS[moderator.lang].userNotFound(shown(raw)), {
    field: 'target_user',
  })
}

async function authorOf(context: Context, moderator: Moderator, asked: Asked, seq: number): Promise<Target> {
  const [entry] = asked.room === EVERYWHERE ? [] : await context.store.read(asked.room, { after: seq - 1 }, 1)
  if (entry?.seq !== seq || entry.kind !== 'message')
    throw new Refusal('not_found', TEXTS[moderator.lang].noSuchMessage, { field: 'seq' })
  if (entry.authorId === null && entry.author === ANONYMOUS)
    throw new Refusal('user_not_found', MODERATION_TEXTS[moderator.lang].anonymousAuthor, { field: 'seq' })
  return { id: entry.authorId, name: entry.author }
}

function addressOf(context: Context, moderator: Moderator, { action }: Asked, address: string): Whom {
  const mark = action === 'ban' || action === 'unban' ? context.moderation.addresses.of(address) : null
  if (mark === null) throw wrong(moderator, 'target_address')
  const own = moderator.address === null ? null : context.moderation.addresses.of(moderator.address)
  // An administrator, for whom no ban holds, may lift that of the network where they are.
  const mayBeOwn = action === 'unban' && moderator.identity?.isAdmin === true
  if (own === mark && !mayBeOwn) throw notYourself(moderator, 'target_address')
  return { name: null, marks: [mark] }
}

/** What this node knows of them; that on which they are adds what it knows. */
function knownMarks(context: Context, moderator: Moderator, { id, name }: Target): readonly string[] {
  if (id === null) return [guestMark(nameKey(name))]
  const marks = new Set(marksOf({ id, key: nameKey(name) }, null))
  for (const { identity, state } of context.connections) {
    if (state.phase !== 'open' || state.person.id !== id) continue
    if (identity?.isAdmin === true) throw onAdministrator(moderator)
    for (const mark of marksOf(state.person, identity)) marks.add(mark)
  }
  return [...marks]
}

function onAdministrator({ lang }: Moderator): Refusal {
  const message = MODERATION_TEXTS[lang].notAnAdministrator
  return new Refusal('forbidden', message, { field: 'target_user' })
}

/** Whoever asks over HTTP. */
export function moderatorOf(identity: Identity, address: string | null, lang: Lang): Moderator {
  const { name, person } = identity
  return { ...callerOf(identity, address), name, person, lang }
}
