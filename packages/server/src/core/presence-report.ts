import { ANONYMOUS, MAX_LISTED_USERS } from '@roomful/protocol'
import type { ConnectionStatus, Status } from '../ports/service.ts'
import type { Connection } from './connection.ts'
import type { Context } from './context.ts'
import type { Person } from './people.ts'

/** Who is here, in one room or on the whole server. Lists hold at most `MAX_LISTED_USERS`; the count is exact. */
export function statusOf(context: Context, roomName: string | null): Status {
  const people = new Set<Person>()
  const names: string[] = []
  const connections: ConnectionStatus[] = []
  for (const connection of context.connections) {
    const { state } = connection
    if (state.phase !== 'open') continue
    if (roomName === null ? state.memberships.size === 0 : !state.memberships.has(roomName)) continue
    const { person } = state
    if (!people.has(person)) {
      people.add(person)
      if (person.name !== null && names.length < MAX_LISTED_USERS) names.push(person.name)
    }
    if (connections.length < MAX_LISTED_USERS) connections.push(connectionStatus(context, connection, person))
  }
  return {
    connected_count: people.size,
    connected_users: names,
    heartbeat_timeout: context.options.heartbeatTimeoutMs / 1000,
    connections,
    status: 'active',
  }
}

function connectionStatus(context: Context, connection: Connection, person: Person): ConnectionStatus {
  const idleMs = context.wheel.now - connection.lastActivity
  return {
    username: person.name ?? ANONYMOUS,
    last_activity: new Date(context.clock.now() - idleMs).toISOString(),
    idle_seconds: Math.round(idleMs / 1000),
  }
}
