import type { ConnectionState, DisconnectReason } from '@roomful/client'
import {
  CLOSE_BANNED,
  CLOSE_INVALID_NAME,
  CLOSE_LOCKED,
  CLOSE_NAME_TAKEN,
  CLOSE_REVOKED,
  CLOSE_SERVER_FULL,
  CLOSE_UNAUTHORIZED,
  type ErrorCode,
} from '@roomful/protocol'

/** Why the server does not want this client back, whatever is written into the fields of the join screen: it has a screen of its own. */
export type ShutReason = 'unauthorized' | 'revoked' | 'kicked' | 'forbidden' | 'banned' | 'locked'

/** Why the server does not want this client back, as far as the reader can do something about it. */
export type StopReason = 'name_taken' | 'invalid_name' | 'invalid_room' | 'other' | ShutReason

const ON_JOIN: readonly StopReason[] = ['name_taken', 'invalid_name', 'invalid_room', 'other']

export function isShut(stopped: StopReason): stopped is ShutReason {
  return !ON_JOIN.includes(stopped)
}

/** The error frame before the close tells most; without one the close code has to do. */
export function whyStopped({ code, error }: DisconnectReason): StopReason {
  const named = byError(error?.code)
  // The error before this close is the same as for a token that has ended.
  if (named !== null && (named !== 'unauthorized' || code !== CLOSE_REVOKED.code)) return named
  switch (code) {
    case CLOSE_NAME_TAKEN.code:
      return 'name_taken'
    case CLOSE_INVALID_NAME.code:
      return 'invalid_name'
    case CLOSE_UNAUTHORIZED.code:
      return 'unauthorized'
    case CLOSE_REVOKED.code:
      return 'revoked'
    case CLOSE_BANNED.code:
      return 'banned'
    case CLOSE_LOCKED.code:
      return 'locked'
    default:
      return 'other'
  }
}

function byError(code: ErrorCode | undefined): StopReason | null {
  switch (code) {
    case 'name_taken':
    case 'invalid_name':
    case 'invalid_room':
    case 'unauthorized':
    case 'kicked':
    case 'forbidden':
    case 'banned':
    case 'locked':
      return code
    default:
      return null
  }
}

/** Whether it was refused because nobody else fits in. */
export function isFull({ error, reason }: DisconnectReason): boolean {
  return error?.code === 'server_full' || reason === CLOSE_SERVER_FULL.reason
}

/** Whole seconds until the next try; at least 1, so that nobody reads "0 seconds". */
export function secondsUntil(retryAt: number, now: number): number {
  return Math.max(1, Math.ceil((retryAt - now) / 1000))
}

/** What a change of state is worth telling: once when it is lost, once when it is back, nothing in between. */
export function worthTelling(
  before: ConnectionState['phase'],
  after: ConnectionState['phase'],
  told: 'up' | 'down',
): 'lost' | 'back' | null {
  if (told === 'up' && before === 'online' && after !== 'online' && after !== 'idle') return 'lost'
  if (told === 'down' && after === 'online') return 'back'
  return null
}
