/** AU1-AU9: who a connection is, before it is let in and for as long as its token holds. */
import type { ClientMessageOf } from '@roomful/protocol'
import { CLIENT_SCHEMAS } from '@roomful/protocol/schemas'
import { Compile } from 'typebox/compile'
import type { Identity } from '../ports/auth.ts'
import type { Shown } from '../ports/service.ts'
import type { Connection, Open, Unproven } from './connection.ts'
import type { Context } from './context.ts'
import { logNotJudged } from './identify.ts'
import { guardJson } from './json-guard.ts'
import { enforceBansOn } from './moderation/enforce.ts'
import { closeUnknown } from './permit.ts'
import { judgeAgain } from './put-out.ts'

/** Where everybody is a guest, and where a guest shows nothing, `proceed` is called at once. */
export function authenticate(
  context: Context,
  connection: Connection,
  { token, ticket, awaitsToken }: Shown,
  proceed: (identity: Identity | null) => void,
): void {
  const { auth, tickets, wheel } = context
  const { authTimeoutMs } = context.options
  const showsNothing = token === null && ticket === null
  if (auth === null || (showsNothing && auth.letsGuestsIn && !awaitsToken))
    return proceedWhenKnown(context, connection, proceed)
  const state: Unproven = {
    phase: 'unproven',
    awaitsToken: showsNothing,
    until: wheel.now + authTimeoutMs,
    proceed,
  }
  connection.state = state
  lookAgainIn(context, connection, authTimeoutMs)
  if (token !== null) void prove(context, connection, state, () => auth.verify(token))
  else if (ticket !== null && tickets !== null)
    void prove(context, connection, state, () => tickets.redeem(ticket))
}

type Judge = () => Promise<Identity | null>

async function prove(context: Context, connection: Connection, state: Unproven, judge: Judge): Promise<void> {
  const identity = await judged(context, connection, judge)
  if (connection.state !== state || identity === 'unknown') return
  if (identity === null) return refuse(connection, connection.texts.unauthorized)
  connection.state = { phase: 'opening' }
  connection.identity = identity
  if (closeIfRevoked(context, connection)) return
  const { heartbeatIntervalMs } = context.options
  lookAgainIn(context, connection, Math.min(heartbeatIntervalMs, validFor(context, connection)))
  proceedWhenKnown(context, connection, state.proceed)
}

/** PE9: where a hook says what people may, it is asked before somebody is let in. */
function proceedWhenKnown(context: Context, connection: Connection, proceed: Unproven['proceed']): void {
  const { permissions, logger } = context
  const { identity } = connection
  if (permissions.isKnown(connection)) return proceed(identity)
  permissions.known(connection).then(
    () => {
      if (connection.state.phase === 'opening') proceed(identity)
    },
    (error: unknown) => {
      logger.debug('permissions_not_known', { connection: connection.id, reason: String(error) })
      closeUnknown(connection)
    },
  )
}

/** `unknown`: it could not be told, and whoever has not been let in is closed. */
async function judged(
  { logger, revocations }: Context,
  connection: Connection,
  judge: Judge,
): Promise<Identity | null | 'unknown'> {
  try {
    const identity = await judge()
    if (identity !== null) await revocations.waitUntilKnown()
    return identity
  } catch (error) {
    logNotJudged(logger, { connection: connection.id }, error)
    const details = { retry_after_ms: RETRY_MS }
    const refusal = { code: 'unavailable', message: connection.texts.unavailable, details } as const
    if (connection.state.phase === 'unproven') connection.close('overload', refusal)
    else connection.refuse(refusal.code, refusal.message, details)
    return 'unknown'
  }
}

const RETRY_MS = 5_000

/** A frame of somebody who has not been let in: the token, or what has to wait for the answer to it. */
export function hearUnproven(context: Context, connection: Connection, state: Unproven, text: string): void {
  const { maxUnprovenFrameLength, maxUnprovenFrames } = context.options
  if (text.length > maxUnprovenFrameLength) return connection.close('too_large')
  if (!state.awaitsToken) return void connection.hold(text, maxUnprovenFrames)
  const token = tokenIn(text)
  const { auth } = context
  if (token === null || auth === null) return refuse(connection, connection.texts.unauthorized)
  state.awaitsToken = false
  void prove(context, connection, state, () => auth.verify(token))
}

const CHECK = Compile(CLIENT_SCHEMAS.auth)

function tokenIn(text: string): string | null {
  if (guardJson(text) !== null) return null
  try {
    const frame: unknown = JSON.parse(text)
    return CHECK.Check(frame) ? frame.token : null
  } catch {
    return null
  }
}

/** Returns in how many milliseconds it wants to be looked at again; 0 when it was closed. */
export function lookAtUnproven(connection: Connection, { until }: Unproven, now: number): number {
  if (now < until) return until - now
  const message = connection.texts.authTimedOut
  connection.close('auth_timeout', { code: 'unauthorized', message, details: { field: 'token' } })
  return 0
}

/** Milliseconds for which its token holds; infinite for a guest. */
export function validFor({ clock }: Context, { identity }: Connection): number {
  return identity === null ? Infinity : identity.expiresAt - clock.now()
}

export function expire(connection: Connection): void {
  refuse(connection, connection.texts.tokenExpired)
}

/** AU10, AU11. Answers whether it was closed. */
export function closeIfRevoked({ auth, revocations }: Context, connection: Connection): boolean {
  const { identity, texts } = connection
  if (auth === null || identity === null) return false
  if (!auth.trusts(identity)) {
    refuse(connection, texts.keyGone)
    return true
  }
  if (!revocations.isRevoked(identity)) return false
  const refusal = { code: 'unauthorized', message: texts.revoked, details: { field: 'token' } } as const
  connection.close('revoked', refusal)
  return true
}

/** AU8: a fresh token of the same person. What the client says behind it waits for the answer. */
export function handleAuth(
  context: Context,
  connection: Connection,
  open: Open,
  { token }: ClientMessageOf<'auth'>,
): void {
  const { texts } = connection
  const { auth } = context
  if (auth === null || connection.identity === null)
    return connection.refuse('forbidden', texts.noTokens, { field: 'type' })
  connection.holdInput()
  void judged(context, connection, () => auth.verify(token))
    .then((identity) => {
      if (connection.state !== open || identity === 'unknown') return
      if (identity === null || context.revocations.isRevoked(identity))
        return connection.refuse('unauthorized', texts.unauthorized, { field: 'token' })
      if (identity.person !== connection.identity?.person)
        return connection.refuse('forbidden', texts.otherSubject, { field: 'token' })
      renew(context, connection, identity)
    })
    .finally(() => connection.resumeInput())
}

function renew(context: Context, connection: Connection, identity: Identity): void {
  const { clock, options } = context
  connection.identity = identity
  enforceBansOn(context, connection)
  judgeAgain(context, connection)
  if (!connection.live) return
  lookAgainIn(context, connection, Math.min(options.heartbeatIntervalMs, validFor(context, connection)))
  connection.reply(
    JSON.stringify({
      type: 'confirmation',
      event: 'authenticated',
      message: connection.texts.authenticated,
      expires_at: new Date(identity.expiresAt).toISOString(),
      timestamp: new Date(clock.now()).toISOString(),
    }),
  )
}

function lookAgainIn({ wheel }: Context, connection: Connection, ms: number): void {
  wheel.remove(connection)
  wheel.add(connection, ms)
}

function refuse(connection: Connection, message: string): void {
  connection.close('unauthorized', { code: 'unauthorized', message, details: { field: 'token' } })
}
