/**
 * The two catalogues of failure. A request error is answered and the connection lives; a close ends it.
 * Server, SDK, documents and tests all read these tables.
 */

/**
 * What a refused request is called on the wire (`error.code`) and over HTTP (`problem.code`). The names stand alone: a client needs
 * no more of them.
 */
export const ERROR_CODES = [
  'bad_message',
  'unknown_type',
  'too_large',
  'invalid_name',
  'name_taken',
  'name_required',
  'invalid_room',
  'not_in_room',
  'too_many_rooms',
  'user_not_found',
  'forbidden',
  'too_many_reactions',
  'too_many_logs',
  'muted',
  'slow_mode',
  'read_only',
  'locked',
  'kicked',
  'banned',
  'too_many_sanctions',
  'rate_limited',
  'conflict',
  'unavailable',
  'server_full',
  'going_away',
  'unauthorized',
  'origin_refused',
  'not_found',
  'inactive',
  'slow_consumer',
  'too_many_errors',
  'unsupported_data',
  'internal',
] as const

export type ErrorCode = (typeof ERROR_CODES)[number]

/** What each means over HTTP, and whether the same request may succeed later. */
export const ERRORS = {
  bad_message: { status: 400, retryable: false },
  unknown_type: { status: 400, retryable: false },
  too_large: { status: 413, retryable: false },
  invalid_name: { status: 400, retryable: false },
  name_taken: { status: 409, retryable: false },
  name_required: { status: 403, retryable: false },
  invalid_room: { status: 400, retryable: false },
  not_in_room: { status: 403, retryable: false },
  too_many_rooms: { status: 403, retryable: false },
  user_not_found: { status: 404, retryable: false },
  forbidden: { status: 403, retryable: false },
  too_many_reactions: { status: 403, retryable: false },
  too_many_logs: { status: 403, retryable: false },
  muted: { status: 403, retryable: true },
  slow_mode: { status: 429, retryable: true },
  read_only: { status: 403, retryable: false },
  locked: { status: 403, retryable: false },
  kicked: { status: 403, retryable: false },
  banned: { status: 403, retryable: false },
  too_many_sanctions: { status: 403, retryable: false },
  rate_limited: { status: 429, retryable: true },
  conflict: { status: 409, retryable: false },
  unavailable: { status: 503, retryable: true },
  server_full: { status: 503, retryable: true },
  going_away: { status: 503, retryable: true },
  unauthorized: { status: 401, retryable: false },
  origin_refused: { status: 403, retryable: false },
  not_found: { status: 404, retryable: false },
  inactive: { status: 408, retryable: true },
  slow_consumer: { status: 408, retryable: true },
  too_many_errors: { status: 429, retryable: true },
  unsupported_data: { status: 415, retryable: false },
  internal: { status: 500, retryable: true },
} as const satisfies Record<ErrorCode, { status: number; retryable: boolean }>

// Those that a client needs stand alone, so that its bundle holds no others.
export const CLOSE_NORMAL = { code: 1000, reason: '' } as const
export const CLOSE_SERVER_FULL = { code: 1008, reason: 'Server is full' } as const
export const CLOSE_INACTIVE = { code: 4009, reason: 'Inactive' } as const
export const CLOSE_INVALID_NAME = { code: 4500, reason: 'Invalid name or room' } as const
export const CLOSE_NAME_TAKEN = { code: 4509, reason: 'Name taken' } as const
export const CLOSE_UNAUTHORIZED = { code: 1008, reason: 'Unauthorized' } as const
export const CLOSE_REVOKED = { code: 4501, reason: 'Kicked or revoked' } as const
export const CLOSE_BANNED = { code: 4503, reason: 'Banned' } as const
export const CLOSE_LOCKED = { code: 4504, reason: 'Room locked' } as const

/**
 * Every code this server closes with. 1000-1015 as RFC 6455 section 7.4.1 and the IANA registry say;
 * 4000-4499 mean "come back", 4500-4999 mean "do not".
 */
export const CLOSES = {
  normal: CLOSE_NORMAL,
  going_away: { code: 1001, reason: 'Going away' },
  protocol_error: { code: 1002, reason: '' },
  unsupported_data: { code: 1003, reason: 'Text frames only' },
  invalid_utf8: { code: 1007, reason: '' },
  server_full: CLOSE_SERVER_FULL,
  unauthorized: CLOSE_UNAUTHORIZED,
  too_large: { code: 1009, reason: '' },
  internal: { code: 1011, reason: 'Internal error' },
  restart: { code: 1012, reason: 'Restarting' },
  overload: { code: 1013, reason: 'Try again later' },
  auth_timeout: { code: 4003, reason: 'Authentication timed out' },
  rate_limited: { code: 4008, reason: 'Rate limited' },
  inactive: CLOSE_INACTIVE,
  slow_consumer: { code: 4010, reason: 'Slow consumer' },
  too_many_errors: { code: 4011, reason: 'Too many errors' },
  invalid_name: CLOSE_INVALID_NAME,
  revoked: CLOSE_REVOKED,
  banned: CLOSE_BANNED,
  locked: CLOSE_LOCKED,
  name_taken: CLOSE_NAME_TAKEN,
} as const satisfies Record<string, { code: number; reason: string }>

export type CloseName = keyof typeof CLOSES

/**
 * What a client does after a close: `retry` with back-off, or `stop` and ask the person.
 * 1008 carries two meanings, told apart by its literal reason.
 */
export function afterClose(code: number, reason: string): 'retry' | 'stop' {
  if (code === 1008) return reason === CLOSE_SERVER_FULL.reason ? 'retry' : 'stop'
  if (code >= 4500 && code <= 4999) return 'stop'
  return code === 1000 ? 'stop' : 'retry'
}
