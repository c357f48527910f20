import type { ConnectionState } from './connection.ts'
import type { Cursor } from './log.ts'

/** All cursors of a connection. */
export function* cursorsOf(state: ConnectionState): Generator<Cursor> {
  if (state.phase === 'listening') yield state.cursor
  if (state.phase !== 'open') return
  for (const { cursor } of state.memberships.values()) yield cursor
  if (state.inbox !== null) yield state.inbox
}
