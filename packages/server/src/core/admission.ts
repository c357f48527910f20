/** Who gets a place on this node. */
import type { Account } from './account.ts'
import type { Connection } from './connection.ts'
import type { Context } from './context.ts'
import { sendAway } from './drain.ts'
import type { Excess } from './limits.ts'
import { networkOf } from '../ports/networks.ts'
import type { Texts } from './texts.ts'

/** When whoever found no place, or no answer, may come back. */
export const FULL_RETRY = { retry_after_ms: 5_000 }

/** Takes a place for the connection, or closes it. */
export function admit(context: Context, connection: Connection): boolean {
  const { options, connections, census, wheel } = context
  if (context.drain.begun) {
    sendAway(connection, context.drain)
    return false
  }
  if (connections.size + census.elsewhere >= options.maxConnections) {
    const { serverFull: message } = connection.texts
    connection.close('server_full', { code: 'server_full', message, details: FULL_RETRY })
    return false
  }
  const excess = context.limits.enter(connection)
  if (excess !== null) {
    closeAsFull(connection, excess)
    return false
  }
  connections.add(connection)
  context.counts.opened++
  const { id, endpoint, address, audience } = connection
  const { dialect } = audience
  context.logger.debug('connection_opened', {
    connection: id,
    endpoint,
    dialect,
    network: networkOf(address),
  })
  census.tell(connections.size)
  wheel.add(connection, options.heartbeatIntervalMs)
  return true
}

/** LI8: whoever has not shown a token yet takes a place among those of its address; or it is closed. */
export function admitUnproven(context: Context, connection: Connection): void {
  const excess = context.limits.unproven(connection)
  if (excess !== null) closeAsFull(connection, excess)
}

/** LI3, LI6: the connection is a person's, by id. Answers whether it was closed. */
export function closeIfTooMany(context: Context, connection: Connection, person: string): boolean {
  const excess = context.limits.belongs(connection, person)
  if (excess === null) return false
  if (excess.limit === 'connections') closeAsFull(connection, excess, context.options.maxConnectionsPerUser)
  else connection.close('rate_limited', refusalOf(connection.texts, excess))
  return true
}

/** LI6: closes the newest connections of somebody who has too many on all nodes together. */
export function closeNewest({ connections, options }: Context, account: Account, count: number): void {
  const theirs = [...connections].filter(({ accounts }) => accounts.includes(account))
  const most = account.scope === 'user' ? options.maxConnectionsPerUser : undefined
  const excess = { limit: 'connections', scope: account.scope, retryAfterMs: FULL_RETRY.retry_after_ms }
  for (const connection of theirs.slice(-count)) closeAsFull(connection, excess, most)
}

/** LI7. */
export function closeAsTooManyRooms(connection: Connection, most: number | null): void {
  const message = connection.texts.tooManyRoomsOfUser(most ?? 0)
  connection.close('server_full', { code: 'too_many_rooms', message, details: { field: 'room' } })
}

function closeAsFull(connection: Connection, { limit, scope, retryAfterMs }: Excess, most?: number): void {
  const { texts } = connection
  const message = most === undefined ? texts.serverFull : texts.tooManyConnections(most)
  const details = { limit, scope, retry_after_ms: retryAfterMs }
  connection.close('server_full', { code: 'server_full', message, details })
}

/** LI1: what is said of a rate that was exceeded. */
export function refusalOf(texts: Texts, { limit, scope, retryAfterMs }: Excess) {
  const message = limit === 'messages' || limit === 'bytes' ? texts.rateLimited : texts.tooOften
  return { code: 'rate_limited', message, details: { limit, scope, retry_after_ms: retryAfterMs } } as const
}
