import { nameKey } from '@roomful/protocol'
import { type Identity, TOKEN_BEARER_PREFIX } from '../ports/auth.ts'
import type { Bearer } from '../ports/registry.ts'
import { StoreUnavailable } from '../ports/store.ts'
import type { BearerNames } from './bearer-names.ts'
import type { Connection } from './connection.ts'
import type { Context } from './context.ts'
import type { ErrorDetails } from './frames.ts'
import type { Claim } from './people.ts'

/** Milliseconds between two looks whether a guest has given a name up, and looks. */
const LOOK_MS = 500
const LOOKS = 12

/**
 * Who bears a name now: at once when it is somebody here or there is no other node, otherwise when the registry has said so. What the connection says meanwhile
 * waits, so its order stays. Where the registry does not say so, the request is refused for now, with `details`.
 */
export function withBearer(
  context: Context,
  connection: Connection,
  name: string,
  then: (bearer: Bearer | null) => void,
  details: ErrorDetails = {},
): void {
  const here = bearerHere(context, name)
  if (here !== null || context.desk === null) return then(here)
  whenKnown(context, connection, context.desk.find(nameKey(name)), then, details)
}

/** As `withBearer`: whether somebody without a name may speak under this one now. */
export function withFreeName(
  context: Context,
  connection: Connection,
  name: string,
  then: (isFree: boolean) => void,
  details: ErrorDetails,
): void {
  if (bearerHere(context, name) !== null) return then(false)
  if (context.desk === null && context.bearerNames === null) return then(true)
  whenKnown(context, connection, isFree(context, name), then, details)
}

/** MS4, AU3: nobody bears it, nor is it that of a bearer of a token who is away. Rejects with `StoreUnavailable`. */
export async function isFree(context: Context, name: string): Promise<boolean> {
  if ((await bearerOf(context, name)) !== null) return false
  return (await context.bearerNames?.has(nameKey(name))) !== true
}

function whenKnown<T>(
  context: Context,
  connection: Connection,
  answer: Promise<T>,
  then: (answer: T) => void,
  details: ErrorDetails,
): void {
  connection.holdInput()
  answer
    .then(then, (error: unknown) => {
      context.logger.warn('find_failed', { connection: connection.id }, error)
      connection.refuseForNow(details)
    })
    .catch((error: unknown) => {
      context.logger.error('handler_failed', { connection: connection.id }, error)
      connection.close('internal', { code: 'internal', message: connection.texts.internal })
    })
    .finally(() => connection.resumeInput())
}

/** The same for whoever has no connection. Rejects with `StoreUnavailable`. */
export async function bearerOf(context: Context, name: string): Promise<Bearer | null> {
  return bearerHere(context, name) ?? (await context.desk?.find(nameKey(name))) ?? null
}

/** The claim of a bearer. A guest who has the name loses it: on other nodes within seconds, for which this waits. Rejects with `StoreUnavailable`. */
export async function claimFromGuests(
  context: Context,
  names: BearerNames,
  name: string,
  identity: Identity,
): Promise<Claim> {
  const key = nameKey(name)
  await names.note(key, identity)
  for (let looks = 1; ; looks++) {
    const claim = await context.people.claim(name, key, identity)
    if (claim !== 'taken') return claim
    const bearer = await bearerOf(context, name)
    if (bearer?.person.startsWith(TOKEN_BEARER_PREFIX)) return 'taken'
    if (looks === LOOKS) throw new StoreUnavailable('A guest bears the name still.')
    await new Promise<void>((resolve) => context.clock.after(LOOK_MS, resolve))
  }
}

function bearerHere({ people }: Context, name: string): Bearer | null {
  const person = people.find(name)
  return person?.name == null ? null : { person: person.id, name: person.name }
}
