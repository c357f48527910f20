/** AU4: who asks over HTTP, and what is refused while that cannot be told. */
import { EVERYWHERE } from '@roomful/protocol'
import { type Auth, type Identity, KeysUnavailable } from '../ports/auth.ts'
import type { Fields, Logger } from '../ports/logger.ts'
import { Refusal } from '../ports/service.ts'
import { StoreUnavailable } from '../ports/store.ts'
import type { Context } from './context.ts'
import { HookUnavailable } from './hook-answers.ts'
import { hindranceOf, refusalOf } from './moderation/guard.ts'
import { callerOf } from './moderation/marks.ts'
import { TEXTS } from './texts.ts'

type Proof = { readonly token: string } | { readonly ticket: string }

async function proven({ tickets }: Context, auth: Auth, proof: Proof): Promise<Identity | null> {
  if ('token' in proof) return auth.verify(proof.token)
  return tickets === null ? null : tickets.redeem(proof.ticket)
}

/** AU4, MO5: the same for every request. */
export async function identify(
  context: Context,
  proof: Proof | null,
  address: string | null,
): Promise<Identity | null> {
  const { auth, options, logger, revocations } = context
  const texts = TEXTS[options.lang]
  if (auth === null || (proof === null && auth.letsGuestsIn))
    return await unlessBanned(context, await knownAs(context, null), address)
  let identity: Identity | null
  try {
    identity = proof === null ? null : await proven(context, auth, proof)
    if (identity !== null) await revocations.waitUntilKnown()
  } catch (error) {
    logNotJudged(logger, {}, error)
    throw new Refusal('unavailable', texts.unavailable, { retryAfterMs: 5000 })
  }
  if (identity === null || !auth.trusts(identity) || revocations.isRevoked(identity))
    throw new Refusal('unauthorized', texts.unauthorized)
  return await unlessBanned(context, await knownAs(context, identity), address)
}

/** Why keys cannot be read is told once for each look at them, not for each token. */
export function logNotJudged(logger: Logger, fields: Fields, error: unknown): void {
  if (error instanceof KeysUnavailable) logger.debug('token_not_judged', { ...fields, reason: error.message })
  else logger.warn('token_not_judged', fields, error)
}

/** MO5. */
async function unlessBanned(
  context: Context,
  identity: Identity | null,
  address: string | null,
): Promise<Identity | null> {
  await unlessUnavailable(context, context.moderation.waitUntilKnown())
  const banned = hindranceOf(context, callerOf(identity, address), EVERYWHERE, 'read')
  if (banned === null) return identity
  const { code, message, details } = refusalOf(context, context.options.lang, banned, EVERYWHERE)
  throw new Refusal(code, message, { until: details.until, reason: details.reason })
}

/** PE9: of whom is known what they may, so that it can be judged at once. */
async function knownAs(
  { permissions, options }: Context,
  identity: Identity | null,
): Promise<Identity | null> {
  try {
    await permissions.known({ identity })
    return identity
  } catch (error) {
    if (!(error instanceof HookUnavailable)) throw error
    throw new Refusal('unavailable', TEXTS[options.lang].permissionsUnknown, { retryAfterMs: 2000 })
  }
}

/** What the store cannot do now is refused as `unavailable`. */
export async function unlessUnavailable<T>({ options }: Context, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (error instanceof StoreUnavailable)
      throw new Refusal('unavailable', TEXTS[options.lang].unavailable, { retryAfterMs: 1000 })
    throw error
  }
}
