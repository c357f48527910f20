/** Limits that are part of the treaty: the same on every server, known to every client. */

/** Subprotocol that selects dialect v1 (RFC 6455 section 1.9). No subprotocol means the classic dialect. */
export const V1_SUBPROTOCOL = 'roomful.v1'

/** Prefix of the second subprotocol entry with which a client shows its resume token. */
export const RESUME_SUBPROTOCOL_PREFIX = 'roomful.resume.'

/** Prefix of a further entry with which a client shows its token (AU2). */
export const JWT_SUBPROTOCOL_PREFIX = 'roomful.jwt.'

/** Room that every chat endpoint uses when `?room=` is absent. */
export const DEFAULT_ROOM = 'lobby'

/** Name of a person's own private log on the wire. No room can be called so: rooms hold no `@`. */
export const PRIVATE_LOG = '@me'

/** Author of a message that came without a name. */
export const ANONYMOUS = 'Anonymous'

/** Longest username, in Unicode code points after NFC. */
export const MAX_USERNAME_LENGTH = 32

/** Longest room name, in Unicode code points after NFC. */
export const MAX_ROOM_LENGTH = 64

/** Names of rooms, in NFC; `.`, `..` and stacks of combining marks are refused besides. */
export const ROOM_NAME = /^[\p{L}\p{N}\p{M}._-]{1,64}$/u

/** Deepest nesting of JSON that is parsed at all; our own messages need one level. */
export const MAX_JSON_DEPTH = 4

/** Most fields of a message; ours have seven. Bounds the search for repeated ones. */
export const MAX_JSON_FIELDS = 100

/** Most entries in one page of history. */
export const MAX_HISTORY_PAGE = 100

/** Longest emoji of a reaction, in UTF-16 units; Unicode recommends none beyond 15. */
export const MAX_EMOJI_LENGTH = 32

/** Most names that a welcome or a status lists; `connected_count` is exact beyond it. */
export const MAX_LISTED_USERS = 500

/**
 * Milliseconds for which something may be sent again with its `client_id` (V3): a client that keeps what it could not send gives it up then, a
 * server knows the ids of what it removed for as long. Shorter than a resume token is valid (V6).
 */
export const MAX_RETRY_AGE_MS = 3 * 24 * 3_600_000

/** A close reason holds at most this many bytes of UTF-8 (RFC 6455 section 5.5). */
export const MAX_CLOSE_REASON_BYTES = 123

/** What a moderator can do (chapter 15). */
export const MODERATION_ACTIONS = [
  'mute',
  'unmute',
  'kick',
  'ban',
  'unban',
  'slow',
  'lock',
  'unlock',
  'read_only',
  'writable',
  'delete',
] as const

export type ModerationAction = (typeof MODERATION_ACTIONS)[number]

/** In the place of a room's name: the whole server. No room can be called so. */
export const EVERYWHERE = '*'

/** Longest reason that a moderator gives, in Unicode code points. */
export const MAX_REASON_LENGTH = 200

/** Longest time for which somebody is muted or banned, in seconds: ten years of 365 days. Without a time a ban holds for good. */
export const MAX_SANCTION_SECONDS = 315_360_000

/** For how long somebody is muted when nothing else is said, in seconds. */
export const DEFAULT_MUTE_SECONDS = 600

/** Longest time between two messages of one person in slow mode, and that when none is named, in seconds. */
export const MAX_SLOW_SECONDS = 3_600
export const DEFAULT_SLOW_SECONDS = 10
