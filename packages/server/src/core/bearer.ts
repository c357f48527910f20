import { nameKey } from '@roomful/protocol'
import type { Bearer } from '../ports/registry.ts'
import type { Connection } from './connection.ts'
import type { Context } from './context.ts'
import type { ErrorDetails } from './frames.ts'

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
  connection.holdInput()
  context.desk
    .find(nameKey(name))
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

function bearerHere({ people }: Context, name: string): Bearer | null {
  const person = people.find(name)
  return person?.name == null ? null : { person: person.id, name: person.name }
}
