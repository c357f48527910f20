import type { ChangeFrame, ServerMessageOf } from '@roomful/protocol'
import type { ConnectionState } from './connection.ts'
import { Listeners } from './listeners.ts'
import type { Gap } from './log-order.ts'

/** What a client tells, by name; frames by their type. */
export interface Events {
  state: ConnectionState
  message: ServerMessageOf<'message'>
  private: ServerMessageOf<'private'>
  change: ChangeFrame
  typing: ServerMessageOf<'typing'>
  read: ServerMessageOf<'read'>
  presence: ServerMessageOf<'presence'>
  moderation: ServerMessageOf<'moderation'>
  going_away: ServerMessageOf<'going_away'>
  system: ServerMessageOf<'system'>
  error: ServerMessageOf<'error'>
  gap: Gap
}

/** Those who listen to each of them. */
export function noListeners(): { readonly [K in keyof Events]: Listeners<Events[K]> } {
  return {
    state: new Listeners(),
    message: new Listeners(),
    private: new Listeners(),
    change: new Listeners(),
    typing: new Listeners(),
    read: new Listeners(),
    presence: new Listeners(),
    moderation: new Listeners(),
    going_away: new Listeners(),
    system: new Listeners(),
    error: new Listeners(),
    gap: new Listeners(),
  }
}
