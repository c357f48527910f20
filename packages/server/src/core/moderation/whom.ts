/** Whom a moderator means: somebody who is or was here, the author of a message, an address, or whoever an earlier act is about. */
import { ANONYMOUS, EVERYWHERE, nameKey } from '@roomful/protocol'
import { canonicalAddress } from '../../ports/addresses.ts'
import { TOKEN_BEARER_PREFIX } from '../../ports/auth.ts'
import { Refusal } from '../../ports/service.ts'
import type { Entry } from '../../ports/store.ts'
import { bearerOf } from '../bearer.ts'
import type { Context } from '../context.ts'
import { shown } from '../shown.ts'
import { TEXTS } from '../texts.ts'
import { type Act, type Doing, whoOf } from './acts.ts'
import type { Asked, Moderator, Readings } from './asked.ts'
import { type Candidate, candidatesOf, knownOf } from './known.ts'
import { guestMark, isAddressMark, marksOf, messageMark } from './marks.ts'
import { MODERATION_TEXTS } from './texts.ts'

export type Whom = Pick<Doing, 'name' | 'marks' | 'withAddress' | 'sparedMark'>

interface Found {
  /** How it was to be read. */
  readonly asked: Asked
  readonly whom: Whom
}

/** Somebody who bears a name, now or before. */
interface Target {
  readonly id: string | null
  readonly name: string
  readonly isHere: boolean
  /** By which the nodes where they were remember them. */
  readonly words: readonly string[]
}

/** Throws `Refusal`; rejects with `StoreUnavailable`. */
export async function whomOf(context: Context, moderator: Moderator, readings: Readings): Promise<Found> {
  const [asked] = readings
  const { target_user, target_address, seq } = asked
  const named = [target_user, target_address, seq].filter((each) => each !== undefined)
  if (named.length !== 1)
    throw new Refusal('bad_message', MODERATION_TEXTS[moderator.lang].whom, { field: 'target_user' })
  if (target_address !== undefined)
    return { asked, whom: addressOf(context, moderator, asked, target_address) }
  const found =
    asked.action === 'unmute' || asked.action === 'unban'
      ? await sanctionedOf(context, moderator, readings)
      : seq === undefined
        ? await namedOf(context, moderator, readings)
        : { asked, whom: await authorOf(context, moderator, asked, seq) }
  if (isSelf(context, moderator, found)) throw notYourself(moderator, seq === undefined ? undefined : 'seq')
  return found
}

export function wrong({ lang }: Moderator, field: string): Refusal {
  return new Refusal('bad_message', TEXTS[lang].field(field), { field })
}

/** MO1: under whichever name, and also what somebody else did about them. */
function isSelf(context: Context, moderator: Moderator, { asked, whom }: Found): boolean {
  if (isOwnName(moderator, asked)) return true
  const own = new Set(moderator.marks)
  if (whom.marks.some((mark) => own.has(mark))) return true
  return heldBy(context, asked, whoOf(whom)).some(({ marks }) => marks.some((mark) => own.has(mark)))
}

function isOwnName({ person, name }: Moderator, { target_user }: Asked): boolean {
  return target_user !== undefined && person !== null && nameKey(target_user) === nameKey(name)
}

function notYourself({ lang }: Moderator, field = 'target_user'): Refusal {
  return new Refusal('forbidden', MODERATION_TEXTS[lang].notYourself, { field })
}

// ---- somebody by name

async function namedOf(context: Context, moderator: Moderator, readings: Readings): Promise<Found> {
  const [{ action, target_user = '' }] = readings
  const candidates = candidatesOf(readings)
  const bearers = await Promise.all(
    candidates.map(async (candidate) => ({ candidate, bearer: await bearerOf(context, candidate.name) })),
  )
  const here = onlyOne(
    moderator,
    bearers.flatMap(({ candidate: { asked }, bearer }) =>
      bearer === null ? [] : [{ asked, id: bearer.person, name: bearer.name }],
    ),
  )
  if (here !== undefined) {
    const target = { ...here, isHere: true, words: [] }
    return { asked: here.asked, whom: await whomIs(context, moderator, here.asked, target) }
  }
  const guests = action === 'kick' ? [] : await guestsAmong(context, candidates)
  if (guests.length === 0) throw notHere(moderator, target_user)
  const known = onlyOne(moderator, await knownOf(context, guests)) ?? beforehand(readings, guests)
  if (known === undefined) throw neverHere(moderator, readings)
  const { asked, id, name, word } = known
  const words = [word ?? guestMark(nameKey(name))]
  return { asked, whom: await whomIs(context, moderator, asked, { id, name, isHere: false, words }) }
}

/** A guest who has left is known by the name; of all others only what they said, or a token, says who they are. */
async function guestsAmong(
  { auth, bearerNames }: Context,
  candidates: readonly Candidate[],
): Promise<readonly Candidate[]> {
  if (auth !== null && !auth.letsGuestsIn) return []
  if (bearerNames === null) return candidates
  const isBearers = await Promise.all(candidates.map(({ key }) => bearerNames.has(key)))
  return candidates.filter((_candidate, i) => !isBearers[i])
}

/** Where it is asked for: a name that nobody has had. */
function beforehand(readings: Readings, [first]: readonly Candidate[]) {
  const [asked] = readings
  return asked.beforehand === true && first !== undefined
    ? { asked, id: null, name: first.name, word: null }
    : undefined
}

function onlyOne<T extends { readonly name: string }>(
  { lang }: Moderator,
  found: readonly T[],
): T | undefined {
  if (found.length <= 1) return found[0]
  const message = MODERATION_TEXTS[lang].severalMeant(found.map(({ name }) => `"${name}"`))
  throw new Refusal('bad_message', message, { field: 'target_user' })
}

function notHere({ lang }: Moderator, name: string, field = 'target_user'): Refusal {
  return new Refusal('user_not_found', TEXTS[lang].userNotFound(shown(name)), { field })
}

function neverHere({ lang }: Moderator, readings: Readings): Refusal {
  const [{ target_user = '' }] = readings
  const texts = MODERATION_TEXTS[lang]
  const say = readings.length > 1 ? texts.neverHereAsWritten : texts.neverHere
  return new Refusal('user_not_found', say(shown(target_user)), { field: 'target_user' })
}

// ---- the author of a message

async function authorOf(context: Context, moderator: Moderator, asked: Asked, seq: number): Promise<Whom> {
  const entry = await messageOf(context, moderator, asked, seq)
  const { author, authorId } = entry
  if (authorId === null) return await namelessOf(context, moderator, asked, entry)
  const isHere = (await bearerOf(context, author))?.person === authorId
  if (asked.action === 'kick' && !isHere) throw notHere(moderator, author, 'seq')
  const words = [`p:${authorId}`]
  return await whomIs(context, moderator, asked, { id: authorId, name: author, isHere, words })
}

async function messageOf(context: Context, moderator: Moderator, { room, said_in }: Asked, seq: number) {
  const log = room === EVERYWHERE ? said_in : room
  if (log === undefined) throw wrong(moderator, 'said_in')
  const [entry] = await context.store.read(log, { after: seq - 1 }, 1)
  if (entry?.seq !== seq || entry.kind !== 'message')
    throw new Refusal('not_found', TEXTS[moderator.lang].noSuchMessage, { field: 'seq' })
  return entry
}

/**
 * Of whoever has no name only the address is known, for a while, and not where it is the machine's own. Under a claimed one they go on as well as under the next: it is
 * muted and banned too, and alone where the address is not known, or the moderator's.
 */
async function namelessOf(
  context: Context,
  moderator: Moderator,
  { action, with_address }: Asked,
  { id, author }: Entry,
): Promise<Whom> {
  const texts = MODERATION_TEXTS[moderator.lang]
  const name = author === ANONYMOUS ? null : author
  const names = name === null || action === 'kick' ? [] : [guestMark(nameKey(name))]
  const [mark] = await rememberedOf(context, [messageMark(id)])
  if (mark !== undefined && mark !== ownAddress(context, moderator))
    return { name, marks: [...names, mark], withAddress: false }
  if (names.length > 0 && mark === undefined && with_address === true)
    throw new Refusal('not_found', texts.noAddress(author), { field: 'with_address' })
  if (names.length > 0) return { name, marks: names, withAddress: false }
  if (mark !== undefined) throw notYourself(moderator, 'seq')
  throw new Refusal('user_not_found', texts.unknownAuthor, { field: 'seq' })
}

// ---- by what they are known

async function whomIs(context: Context, moderator: Moderator, asked: Asked, target: Target): Promise<Whom> {
  const { id, name, isHere, words } = target
  const marks = knownMarks(context, moderator, target)
  const withAddress = asked.action === 'ban' && asked.with_address === true
  const own = withAddress ? ownAddress(context, moderator) : null
  const spared = own === null ? null : { sparedMark: own }
  // The nodes where they are add what they know.
  const isBearerAway = !isHere && id?.startsWith(TOKEN_BEARER_PREFIX) === true
  if (isHere || !(withAddress || isBearerAway)) return { name, marks, withAddress, ...spared }
  const remembered = await rememberedOf(context, words)
  const subject = isBearerAway ? remembered.filter((mark) => !isAddressMark(mark)) : []
  const addresses = withAddress ? remembered.filter(isAddressMark) : []
  if (withAddress && addresses.length === 0) {
    const message = MODERATION_TEXTS[moderator.lang].noAddress(name)
    throw new Refusal('not_found', message, { field: 'with_address' })
  }
  const others = addresses.filter((mark) => mark !== own)
  return { name, marks: [...new Set([...marks, ...subject, ...others])], withAddress, ...spared }
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

async function rememberedOf({ moderation }: Context, words: readonly string[]): Promise<readonly string[]> {
  return [...new Set([...(await moderation.recollection.recall(words)).values()].flat())]
}

function ownAddress({ moderation }: Context, { address }: Moderator): string | null {
  return address === null ? null : moderation.addresses.of(address)
}

function addressOf(context: Context, moderator: Moderator, asked: Asked, address: string): Whom {
  const { action, room } = asked
  if (action !== 'ban' && action !== 'unban') throw wrong(moderator, 'target_address')
  const mark = context.moderation.addresses.of(address)
  if (mark === null) throw noSuchAddress(moderator, address)
  // An administrator, for whom no ban holds, may lift that of the network where they are.
  const mayBeOwn = action === 'unban' && moderator.identity?.isAdmin === true
  if (ownAddress(context, moderator) === mark && !mayBeOwn) throw notYourself(moderator, 'target_address')
  if (action === 'unban' && context.moderation.place(room)?.holds('ban', mark) !== true)
    throw notHeld(moderator, asked, MODERATION_TEXTS[moderator.lang].anAddress, 'target_address')
  return { name: null, marks: [mark], withAddress: false }
}

function noSuchAddress({ lang }: Moderator, address: string): Refusal {
  const { machinesAddress, oneAddress } = MODERATION_TEXTS[lang]
  const message = canonicalAddress(address) === null ? oneAddress : machinesAddress
  return new Refusal('bad_message', message, { field: 'target_address' })
}

// ---- whoever is muted or banned

/** The acts that `unmute` or `unban` would lift. */
function heldBy({ moderation }: Context, { action, room }: Asked, who: string): readonly Act[] {
  if (action !== 'unmute' && action !== 'unban') return []
  return moderation.place(room)?.liftedBy(action.slice('un'.length), who) ?? []
}

async function sanctionedOf(context: Context, moderator: Moderator, readings: Readings): Promise<Found> {
  const [asked] = readings
  const { seq } = asked
  const { moderation, cluster } = context
  const look = async (): Promise<Found | undefined> =>
    seq === undefined ? heldNamed(context, moderator, readings) : await heldOfAuthor(context, asked, seq)
  moderation.forgetEnded()
  const held = await look()
  if (held !== undefined) return held
  // What another node has written of late may not be known here.
  if (cluster !== null) await moderation.recollection.recall([])
  const found = await look()
  if (found !== undefined) return found
  if (readings.some((each) => isOwnName(moderator, each))) throw notYourself(moderator)
  const field = seq === undefined ? 'target_user' : 'seq'
  const who = asked.target_user ?? (await messageOf(context, moderator, asked, seq ?? 0)).author
  throw notHeld(moderator, asked, shown(who), field)
}

function heldNamed(context: Context, moderator: Moderator, readings: Readings): Found | undefined {
  const held = candidatesOf(readings).filter(({ asked, key }) => heldBy(context, asked, key).length > 0)
  const found = onlyOne(moderator, held)
  if (found === undefined) return undefined
  const { asked, name, key } = found
  return { asked, whom: { name, marks: [guestMark(key)], withAddress: false } }
}

/** Of an author without a name it is the act that names the message. */
async function heldOfAuthor(context: Context, asked: Asked, seq: number): Promise<Found | undefined> {
  const { action, room, said_in } = asked
  const kind = action.slice('un'.length)
  const held = [...(context.moderation.place(room)?.sanctions() ?? [])].find(
    (act) => act.action === kind && act.about === seq && act.aboutIn === said_in,
  )
  if (held !== undefined) {
    const { name, marks } = held
    return { asked, whom: { name, marks, withAddress: false } }
  }
  const [entry] = await context.store.read(said_in ?? room, { after: seq - 1 }, 1)
  if (entry?.seq !== seq || heldBy(context, asked, nameKey(entry.author)).length === 0) return undefined
  const { author: name } = entry
  return { asked, whom: { name, marks: [guestMark(nameKey(name))], withAddress: false } }
}

function notHeld({ lang }: Moderator, { action }: Asked, who: string, field: string): Refusal {
  const texts = MODERATION_TEXTS[lang]
  const say = action === 'unmute' ? texts.notMuted : texts.notBanned
  return new Refusal('not_found', say(who), { field })
}
