import type { ServerMessageOf } from '@roomful/protocol'
import type { Connection } from '../connection.ts'
import type { Context } from '../context.ts'
import { untilOf } from './acts.ts'
import { mayModerate } from './guard.ts'

type RoomState = NonNullable<ServerMessageOf<'system'>['moderation']>

/** MO10: how a room may be used, for whoever enters it; `null` when as any other. */
export function roomStateOf(context: Context, connection: Connection, room: string): RoomState | null {
  const { moderation } = context
  const slow_seconds = moderation.slowSeconds(room)
  const settings = moderation.place(room)?.settings
  const mute = moderation.muteOf(connection, room)
  const muted_until = mute === null ? undefined : untilOf(mute)
  const state: RoomState = {
    ...(mayModerate(context, connection, room) && { may_moderate: true }),
    ...(slow_seconds > 0 && { slow_seconds }),
    ...(settings?.has('lock') && { locked: true }),
    ...(settings?.has('read_only') && { read_only: true }),
    ...(mute !== null && { muted: true }),
    ...(muted_until !== undefined && { muted_until }),
  }
  return Object.keys(state).length === 0 ? null : state
}
