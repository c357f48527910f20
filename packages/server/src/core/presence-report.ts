import { ANONYMOUS, MAX_LISTED_USERS } from '@roomful/protocol'
import type { ConnectionStatus, Members, Status } from '../ports/service.ts'
import type { Connection } from './connection.ts'
import type { Context } from './context.ts'
import type { Person } from './person.ts'

/** Who is here, in one room or on the whole server. Lists hold at most `MAX_LISTED_USERS`; the count is exact unless it is partial. */
export function statusOf(context: Context, roomName: string | null): Status {
  const { rooms, options } = context
  const room = roomName === null ? undefined : rooms.get(roomName)
  const isAll = roomName === null
  const truncated = isAll ? rooms.truncated : (room?.truncated ?? false)
  return {
    connected_count: isAll ? rooms.peopleCount : (room?.count ?? 0),
    connected_users: isAll ? rooms.peopleNames() : (room?.names() ?? []),
    ...(truncated ? { connected_users_truncated: true } : null),
    heartbeat_timeout: options.heartbeatTimeoutMs / 1000,
    connections: connectionsOf(context, roomName),
    status: 'active',
    ...partialOf(context),
  }
}

export function membersOf(context: Context, name: string): Members {
  const room = context.rooms.get(name)
  return {
    room: name,
    connected_count: room?.count ?? 0,
    connected_users: room?.names() ?? [],
    truncated: room?.truncated ?? false,
    ...partialOf(context),
  }
}

/** The field that says that something of what other nodes have told is missing here. */
export function partialOf({ cluster }: Context): { readonly partial?: true } {
  return cluster?.remote.partial ? { partial: true } : {}
}

/** Of this node. */
function connectionsOf(context: Context, roomName: string | null): ConnectionStatus[] {
  const connections: ConnectionStatus[] = []
  for (const connection of context.connections) {
    if (connections.length === MAX_LISTED_USERS) break
    const { state } = connection
    if (state.phase !== 'open') continue
    const { person, memberships } = state
    if (roomName === null ? memberships.size > 0 : memberships.has(roomName))
      connections.push(connectionStatus(context, connection, person))
  }
  return connections
}

function connectionStatus(context: Context, connection: Connection, person: Person): ConnectionStatus {
  const idleMs = context.wheel.now - connection.lastActivity
  return {
    username: person.name ?? ANONYMOUS,
    last_activity: new Date(context.clock.now() - idleMs).toISOString(),
    idle_seconds: Math.round(idleMs / 1000),
  }
}
