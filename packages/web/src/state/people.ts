import type { ServerMessageOf } from '@roomful/protocol'

/** Who is in the room, as far as this page was told. */
export interface People {
  /** Exact, anonymous visitors included. */
  readonly count: number
  /** Order of arrival. */
  readonly names: readonly string[]
  /** The list is shorter than it should be: ask the server again to name more. */
  readonly stale: boolean
  /** The server itself lists no more than this. */
  readonly truncated: boolean
}

export const NOBODY: People = { count: 0, names: [], stale: false, truncated: false }

export function fromWelcome(welcome: ServerMessageOf<'system'>): People {
  const names = welcome.connected_users ?? []
  return {
    count: welcome.connected_count ?? names.length,
    names,
    stale: false,
    truncated: welcome.connected_users_truncated === true,
  }
}

export function fromStatus(status: ServerMessageOf<'status'>): People {
  const { connected_count: count, connected_users: names } = status
  return { count, names, stale: false, truncated: status.connected_users_truncated === true }
}

/**
 * Follows a join or leave notice. A folded one names only some of those it is about, and comes late: when the list cannot
 * be right any more, it is stale.
 */
export function follow(people: People, notice: ServerMessageOf<'system'>): People {
  if (notice.event !== 'join' && notice.event !== 'leave') return people
  const named = notice.users ?? (notice.username === undefined ? [] : [notice.username])
  const joins = notice.event === 'join'
  const surprising = named.some((name) => people.names.includes(name) === joins)
  const others = people.names.filter((name) => !named.includes(name))
  const names = joins ? [...others, ...named] : others
  const count = notice.connected_count ?? people.count
  const stale =
    people.stale || notice.count !== undefined || names.length > count || (surprising && !people.truncated)
  return { count, names, stale, truncated: people.truncated }
}

/** How many are here without being listed: anonymous visitors, or names beyond the end of the list. */
export function unlisted(people: People): number {
  return Math.max(0, people.count - people.names.length)
}
