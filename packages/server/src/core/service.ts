import {
  ANONYMOUS,
  checkRoom,
  checkUsername,
  EVERYWHERE,
  type Lang,
  type LogFrame,
  nameKey,
} from '@roomful/protocol'
import type { Identity } from '../ports/auth.ts'
import type { Action } from '../ports/grants.ts'
import {
  type ChatService,
  type Check,
  type HistoryPage,
  type IssuedTicket,
  type Published,
  type PublishRequest,
  Refusal,
  type RevokedSince,
  type RevokeRequest,
} from '../ports/service.ts'
import { type NewEntry, NOBODY, type Range } from '../ports/store.ts'
import type { Account } from './account.ts'
import { bearerOf, isFree } from './bearer.ts'
import type { Context } from './context.ts'
import { readHistory } from './history.ts'
import type { Excess } from './limits.ts'
import { identify, unlessUnavailable } from './identify.ts'
import { overviewOf } from './overview.ts'
import { auditOf } from './moderation/audit.ts'
import { mayModerate } from './moderation/guard.ts'
import { callerOf } from './moderation/marks.ts'
import { moderateOverHttp } from './moderation/perform.ts'
import { publishingOf } from './moderation/publishing.ts'
import { explain } from './permission-report.ts'
import { demand, demandAllowed, thrown } from './permit.ts'
import { membersOf, statusOf } from './presence-report.ts'
import type { Revoked } from './revocations.ts'
import { listRooms } from './room-list.ts'
import type { Sessions } from './sessions.ts'
import { TEXTS } from './texts.ts'
import { timestampOr } from './timestamps.ts'

/** How old the answer of a readiness check may be, in milliseconds. */
const CHECK_AGE_MS = 1000

/** The service that the transports call, over one core. */
export function createService(context: Context, sessions: Sessions): ChatService {
  const { options } = context
  const inLanguage = (lang: Lang): ChatService => spoken[lang]
  const shared = { inLanguage, readiness: readinessOf(context) }
  const speaking = (lang: Lang): ChatService =>
    serviceIn({ ...context, options: { ...options, lang } }, sessions, shared)
  const spoken: Readonly<Record<Lang, ChatService>> = { en: speaking('en'), 'zh-Hant': speaking('zh-Hant') }
  return inLanguage(options.lang)
}

function serviceIn(
  context: Context,
  sessions: Sessions,
  shared: Pick<ChatService, 'inLanguage' | 'readiness'>,
): ChatService {
  const texts = TEXTS[context.options.lang]

  /** The name of a room in which `identity` may do that from there, told before anything of the room is looked at. */
  const roomFor = (identity: Identity | null, address: string | null, raw: string, action: Action) => {
    const room = roomOf(texts, raw)
    demand(context, callerOf(identity, address), room, action)
    return room
  }

  const orUnavailable = <T>(work: Promise<T>): Promise<T> => unlessUnavailable(context, work)

  return {
    ...shared,
    epoch: context.store.epoch,
    refusal: (address) =>
      context.drain.begun
        ? goingAway(context, context.drain.slotMs())
        : tooOften(context, context.limits.connect(address)),
    arrive: (address) => context.limits.arrive(address),
    admit(requester) {
      const refusal = tooOften(context, context.limits.request(requester))
      if (refusal !== null) throw refusal
    },
    identify: (token, address = null) => identify(context, token === null ? null : { token }, address),
    redeem: (ticket, address = null) => identify(context, { ticket }, address),
    attach: (socket, request) => sessions.attach(socket, request),
    status: (room, who = null, address = null) =>
      statusOf(context, room === undefined ? null : roomFor(who, address, room, 'read')),
    rooms: (after, limit, who = null, address = null) =>
      orUnavailable(listRooms(context, callerOf(who, address), after, limit)),
    members: (room, who = null, address = null) => membersOf(context, roomFor(who, address, room, 'read')),
    async history(raw, range, limit, who = null, address = null) {
      return orUnavailable(historyPage(context, roomFor(who, address, raw, 'read'), range, limit))
    },
    async publish(request) {
      if (context.drain.begun) throw goingAway(context, context.drain.backInMs())
      return await orUnavailable(publish(context, request))
    },
    issueTicket: (identity) => orUnavailable(issueTicket(context, identity)),
    revoke: (request) => orUnavailable(revoke(context, request)),
    async moderate(request, who, address) {
      const room = request.room === EVERYWHERE ? EVERYWHERE : roomFor(who, address, request.room, 'moderate')
      return await orUnavailable(moderateOverHttp(context, { ...request, room }, who, address))
    },
    async moderation(raw, before, limit, who, address = null) {
      if (raw !== EVERYWHERE)
        return await orUnavailable(auditOf(context, roomFor(who, address, raw, 'moderate'), before, limit))
      if (!mayModerate(context, { identity: who }, EVERYWHERE))
        throw new Refusal('forbidden', texts.adminsOnly)
      return await orUnavailable(auditOf(context, EVERYWHERE, before, limit))
    },
    overview: (limit) => orUnavailable(overviewOf(context, limit)),
    explain: (request) => orUnavailable(explain(context, request)),
  }
}

function roomOf(texts: (typeof TEXTS)['en'], raw: string): string {
  const check = checkRoom(raw)
  if (!check.ok) throw new Refusal('invalid_room', texts.invalidRoom, { field: 'room' })
  return check.name
}

async function historyPage(
  { store }: Context,
  room: string,
  range: Range,
  limit: number,
): Promise<HistoryPage> {
  const { frames, first, head, complete } = await readHistory(store, room, range, limit)
  const entries = frames.map((json) => JSON.parse(json) as LogFrame)
  return { room, epoch: store.epoch, entries, first_available: first, head_seq: head, complete }
}

/** AU13. */
async function issueTicket({ options, tickets }: Context, identity: Identity | null): Promise<IssuedTicket> {
  const texts = TEXTS[options.lang]
  if (tickets === null) throw new Refusal('forbidden', texts.noTokens)
  if (identity === null) throw new Refusal('unauthorized', texts.unauthorized)
  const issued = await tickets.issue(identity)
  if (issued === null) throw new Refusal('too_large', texts.longToken)
  return { ticket: issued.ticket, expires_at: new Date(issued.expiresAt).toISOString() }
}

/** AU10. */
async function revoke(
  { options, revocations, logger }: Context,
  { identity, subject, token_id, issuer }: RevokeRequest,
): Promise<RevokedSince> {
  const texts = TEXTS[options.lang]
  if (identity === null) throw new Refusal('forbidden', texts.adminsOnly)
  if ((subject === undefined) === (token_id === undefined))
    throw new Refusal('bad_message', texts.revokeWhat, {
      field: subject === undefined ? 'subject' : 'token_id',
    })
  const of = issuer ?? identity.issuer
  const what: Revoked = subject === undefined ? ['token', of, token_id ?? ''] : ['subject', of, subject]
  if (!identity.isAdmin && !isOwn(what, identity)) throw new Refusal('forbidden', texts.adminsOnly)
  const since = await revocations.revoke(what, identity)
  logger.info('revoked', { kind: what[0], by: identity.person })
  return { revoked_at: new Date(since).toISOString() }
}

/** Whoever signs out needs nobody's leave. */
function isOwn([kind, issuer, id]: Revoked, identity: Identity): boolean {
  return issuer === identity.issuer && id === (kind === 'subject' ? identity.subject : identity.tokenId)
}

function goingAway({ options }: Context, retryAfterMs: number): Refusal {
  return new Refusal('going_away', TEXTS[options.lang].goingAway, { retryAfterMs })
}

function tooOften({ options }: Context, excess: Excess | null): Refusal | null {
  if (excess === null) return null
  const { limit, scope, retryAfterMs } = excess
  return new Refusal('rate_limited', TEXTS[options.lang].tooOften, { limit, scope, retryAfterMs })
}

/** Says something over HTTP. The author is who shows a token, otherwise a name that nobody bears. */
async function publish(context: Context, request: PublishRequest): Promise<Published> {
  const { options, clock, writer } = context
  const texts = TEXTS[options.lang]
  const room = roomOf(texts, request.room)
  demandAllowed(context, request, room, 'write')
  const bytes = Buffer.byteLength(request.message)
  if (bytes === 0)
    throw new Refusal('bad_message', texts.noMessage(options.maxMessageBytes), { field: 'message' })
  if (bytes > options.maxMessageBytes)
    throw new Refusal('too_large', texts.tooLarge(options.maxMessageBytes), { field: 'message' })
  if (!request.message.isWellFormed()) throw new Refusal('bad_message', texts.illFormed, { field: 'message' })
  const author = await authorOf(context, texts, request)
  const { refusal, turns } = publishingOf(context, request, room, author)
  if (refusal !== null && (refusal.code === 'banned' || request.client_id === undefined))
    throw thrown(refusal)
  const at = clock.now()
  const entry: NewEntry = {
    log: room,
    // As `appendUnless`: what is forbidden is answered when it was said before.
    copy: refusal === null ? null : NOBODY,
    id: context.nextId(),
    kind: 'message',
    author,
    authorId: request.identity?.person ?? null,
    target: null,
    text: request.message,
    timestamp: timestampOr(request.timestamp, at),
    at,
    clientId: request.client_id?.toLowerCase() ?? null,
    about: null,
  }
  const { identity, address = null } = request
  if (refusal === null)
    await payForLog(context, entry, context.limits.payersOf(identity, address)).catch((error: unknown) => {
      context.moderation.giveTurnBack(room, turns)
      throw error
    })
  if (identity === null && refusal === null) context.moderation.saidNameless(entry.id, address)
  return new Promise((resolve, reject) => {
    writer.append(entry, (result) => {
      context.newLogs.settled(entry, result)
      if (refusal === null && result?.outcome !== 'appended') context.moderation.giveTurnBack(room, turns)
      if (result === null) reject(new Refusal('unavailable', texts.unavailable, { retryAfterMs: 1000 }))
      else if (result.outcome === 'refused')
        reject(refusal === null ? new Refusal('too_many_logs', texts.tooManyLogs) : thrown(refusal))
      else if (result.outcome === 'conflict')
        reject(new Refusal('conflict', texts.conflict, { field: 'client_id' }))
      else {
        const { id, timestamp } = result.outcome === 'duplicate' ? result : entry
        resolve({ id, seq: result.seq, room, timestamp, created: result.outcome === 'appended' })
      }
    })
  })
}

/** LI12. Throws `Refusal`. Rejects with `StoreUnavailable`. */
async function payForLog(context: Context, entry: NewEntry, accounts: readonly Account[]): Promise<void> {
  const excess = context.newLogs.begin(accounts, entry)
  if (excess === null) return
  // It may be one that nobody here reads.
  const [head = 0] = await context.store.heads([entry.log])
  const refusal = head > 0 ? null : tooOften(context, excess)
  if (refusal !== null) throw refusal
}

async function authorOf(
  context: Context,
  texts: (typeof TEXTS)['en'],
  { identity, username }: PublishRequest,
): Promise<string> {
  if (identity === null && (username === undefined || username === ANONYMOUS)) return ANONYMOUS
  const check = checkUsername(identity?.name ?? username ?? '')
  if (!check.ok) throw new Refusal('invalid_name', texts.invalidName[check.fault], { field: 'username' })
  if (username !== undefined && nameKey(username) !== check.key)
    throw new Refusal('forbidden', texts.notThisName(check.name), { field: 'username' })
  if (!(await maySpeakAs(context, check.name, check.key, identity)))
    throw new Refusal('name_taken', texts.nameTaken(check.name), { field: 'username' })
  return check.name
}

async function maySpeakAs(context: Context, name: string, key: string, identity: Identity | null) {
  if (identity === null) return isFree(context, name)
  await context.bearerNames?.note(key, identity)
  const bearer = await bearerOf(context, name)
  return bearer === null || bearer.person === identity.person
}

/** Asks the store at most once a second, however often it is asked. */
function readinessOf(context: Context): () => Promise<readonly Check[]> {
  const { store, clock } = context
  let last: { at: number; answer: Promise<Omit<Check, 'age_ms'>> } | null = null
  return async () => {
    if (last === null || clock.monotonic() - last.at > CHECK_AGE_MS) {
      const answer = store.check().then(
        () => ({ name: 'store', ok: true, detail: 'writable' }),
        (error: unknown) => ({
          name: 'store',
          ok: false,
          detail: error instanceof Error ? error.message : 'not writable',
        }),
      )
      last = { at: clock.monotonic(), answer }
    }
    const { at, answer } = last
    const probed = await answer
    const refuses = probed.ok && (context.writer.refusesNow || context.canary?.refusesNow === true)
    const check = refuses ? { ...probed, ok: false, detail: 'messages were refused' } : probed
    const { begun } = context.drain
    return [
      { ...check, age_ms: Math.round(clock.monotonic() - at) },
      ...registryCheck(context),
      ...busCheck(context),
      ...canaryCheck(context),
      ...keysCheck(context),
      { name: 'drain', ok: !begun, detail: begun ? 'going away' : 'serving', age_ms: 0 },
    ]
  }
}

/** Where there are several nodes: told, but no reason for a 503, as this one serves on and hears of the others by the store. */
function busCheck({ desk, bus, cluster }: Context): Check[] {
  if (desk === null) return []
  return [{ name: 'bus', ok: true, detail: busDetail(bus.isLost, cluster?.remote.unheard ?? 0), age_ms: 0 }]
}

function busDetail(isLost: boolean, unheard: number): string {
  if (isLost) return 'lost: what is said on other servers comes seconds late'
  if (unheard === 0) return 'connected'
  const nodes = unheard === 1 ? '1 living node is' : `${unheard} living nodes are`
  return `connected, but ${nodes} not heard: all nodes must have the same --bus, and reach it`
}

/** Whether what the store, or the bus, says that it has taken is there: what fails loudly shows in the others. */
function canaryCheck({ canary }: Context): Check[] {
  if (canary === null) return []
  const { isLost, lostAt, ageMs } = canary.state()
  const detail = isLost ? `lost in silence: ${lostAt ?? 'store'}` : 'comes back'
  return [{ name: 'canary', ok: !isLost, detail, age_ms: Math.round(ageMs) }]
}

/** Where keys are looked for: keys that are known go on to count, so a look that fails is told and no reason for a 503. */
function keysCheck({ auth }: Context): Check[] {
  const state = auth?.keys() ?? null
  if (auth === null || state === null) return []
  const { isKnown, isStale, ageMs } = state
  const known = isStale ? 'cannot be read: those that are known go on to count' : 'known'
  const detail = isKnown ? known : 'not known yet: no token can be judged'
  return [{ name: 'keys', ok: isKnown || auth.letsGuestsIn, detail, age_ms: Math.round(ageMs) }]
}

/** Where there are several nodes: whether this one can let new people in, who may be on another one. */
function registryCheck({ desk }: Context): Check[] {
  if (desk === null) return []
  const { ok, ageMs } = desk.state()
  return [{ name: 'registry', ok, detail: ok ? 'answers' : 'does not answer', age_ms: Math.round(ageMs) }]
}
