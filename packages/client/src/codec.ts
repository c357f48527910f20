import {
  ERROR_CODES,
  type LogFrame,
  type ModerationAction,
  MAX_HISTORY_PAGE,
  PRIVATE_LOG,
  type ServerMessage,
  type ServerMessageOf,
  type ServerMessageType,
} from '@roomful/protocol'
import {
  count,
  either,
  type Fields,
  flag,
  type Guard,
  isObject,
  list,
  number,
  object,
  oneOf,
  optional,
  seq,
  string,
} from './guards.ts'

/**
 * Longest frame that is looked at, in UTF-16 units. One message of the longest text that a server can be set to
 * (1 MiB) with every byte escaped fits.
 */
export const MAX_FRAME_LENGTH = 8_388_608

/** Longest `retry_after_ms` that is believed, milliseconds. A larger one is taken for this. */
export const MAX_RETRY_AFTER_MS = 300_000

/** Longest unknown type that is told, in UTF-16 units. */
const MAX_TYPE_LENGTH = 64

/** What is wrong with a frame: the kind of fault, never the text. */
export type FrameFault =
  | 'binary'
  | 'too_large'
  | 'not_json'
  | 'not_object'
  /** A field of a known type is missing or of the wrong kind. */
  | 'bad_field'
  /** An entry that is not the next one of its log, or is of a room that one is not in. */
  | 'bad_order'

export type Decoded =
  | { readonly kind: 'message'; readonly message: ServerMessage }
  /** A frame of a type that this version does not know. */
  | { readonly kind: 'unknown'; readonly type: string }
  /** A frame that says nothing usable, except perhaps which request it meant to answer. */
  | {
      readonly kind: 'bad'
      readonly fault: FrameFault
      readonly clientId?: string
      readonly requestId?: string
    }

/** Turns what a socket delivered into a typed message or a typed refusal. Never throws. */
export function decode(data: unknown): Decoded {
  if (typeof data !== 'string') return bad('binary')
  if (data.length > MAX_FRAME_LENGTH) return bad('too_large')
  let value: unknown
  try {
    value = JSON.parse(data)
  } catch {
    return bad('not_json')
  }
  if (!isObject(value)) return bad('not_object')
  const type = value['type']
  if (!string(type)) return bad('bad_field')
  if (!isOf(GUARDS, type)) return { kind: 'unknown', type: type.slice(0, MAX_TYPE_LENGTH) }
  if (type === 'error' || type === 'going_away') tame(value)
  const guard: Guard<ServerMessage> = GUARDS[type]
  return guard(value) ? { kind: 'message', message: value } : { ...bad('bad_field'), ...answered(value) }
}

function bad(fault: FrameFault): Decoded {
  return { kind: 'bad', fault }
}

function answered(value: Fields): { clientId?: string; requestId?: string } {
  const { client_id: clientId, request_id: requestId } = value
  return {
    ...(string(clientId) && { clientId }),
    ...(string(requestId) && { requestId }),
  }
}

/** An error must reach the request that it refuses: a code of a later version becomes `internal`, a delay a sane one. */
function tame(fields: Fields): void {
  if (string(fields['code']) && !errorCode(fields['code'])) fields['code'] = 'internal'
  const delay = fields['retry_after_ms']
  if (typeof delay === 'number')
    fields['retry_after_ms'] = Math.min(MAX_RETRY_AFTER_MS, Math.max(0, Math.ceil(delay)))
}

/** Whether it is an entry of a log: numbered, and told once. */
export function isEntry(message: ServerMessage): message is LogFrame {
  return isOf(ENTRY_GUARDS, message.type)
}

// ---- guards ----------------------------------------------------------------------------------------------------------

type Guards<T extends ServerMessageType> = { readonly [K in T]: Guard<ServerMessageOf<K>> }

function isOf<T extends ServerMessageType>(guards: Guards<T>, type: unknown): type is T {
  return string(type) && Object.hasOwn(guards, type)
}

const errorCode = oneOf(...ERROR_CODES)
const someString = optional(string)
const someCount = optional(count)
const onlyTrue = optional(oneOf(true))
const names = list(string)
const someNames = optional(names)
const reference = object<{ id: string; seq?: number }>({ id: string, seq: optional(seq) })
const numbered = { id: string, room: string, seq, timestamp: string }
const said = { ...numbered, message: string, deleted: onlyTrue, reply_to: optional(reference) }
const about = { ...numbered, username: string, target: reference }

const ENTRY_GUARDS: Guards<LogFrame['type']> = {
  message: object({ ...said, username: string }),
  private: object({ ...said, from: string, to: string, room: oneOf(PRIVATE_LOG) }),
  edit: object({ ...about, message: string, deleted: onlyTrue }),
  delete: object(about),
  reaction: object({ ...about, emoji: string, removed: onlyTrue }),
}

const entry: Guard<LogFrame> = (value): value is LogFrame =>
  isObject(value) && isOf(ENTRY_GUARDS, value['type']) && ENTRY_GUARDS[value['type']](value)

const roomState = object<NonNullable<ServerMessageOf<'system'>['moderation']>>({
  may_moderate: onlyTrue,
  slow_seconds: someCount,
  locked: onlyTrue,
  read_only: onlyTrue,
  muted: onlyTrue,
  muted_until: someString,
})

type Entries = ServerMessageOf<'history'>['entries']
type Resume = NonNullable<ServerMessageOf<'system'>['resume']>
const entries: Guard<Entries> = (value): value is Entries =>
  list(entry)(value) &&
  value.length <= MAX_HISTORY_PAGE &&
  value.every((each, i) => each.seq > (value[i - 1]?.seq ?? 0))

const GUARDS: Guards<ServerMessageType> = {
  ...ENTRY_GUARDS,
  system: object({
    message: string,
    event: optional(oneOf('welcome', 'join', 'leave', 'moderation')),
    username: someString,
    users: someNames,
    count: someCount,
    room: someString,
    connected_count: someCount,
    connected_users: someNames,
    connected_users_truncated: onlyTrue,
    partial: onlyTrue,
    heartbeat_interval: optional(number),
    connection_id: someString,
    resume_token: someString,
    person_id: someString,
    epoch: someString,
    head_seq: someCount,
    private_head_seq: someCount,
    away_users: someNames,
    read_seq: someCount,
    resume: optional(
      either(
        object<Extract<Resume, { outcome: 'full' }>>({ outcome: oneOf('full'), after: count }),
        object<Extract<Resume, { outcome: 'gap' }>>({ outcome: oneOf('gap'), first_available: seq }),
      ),
    ),
    limits: optional(
      object({
        max_message_bytes: count,
        max_frame_bytes: count,
        messages_per_second: either(number, oneOf(null)),
        max_rooms: count,
      }),
    ),
    heartbeat: optional(object({ interval_ms: count, timeout_ms: count })),
    server_time: someString,
    moderation: optional(roomState),
    token_expires_at: someString,
  }),
  typing: object({ room: string, usernames: names, count: seq }),
  read: object({ room: string, markers: list(object({ username: string, seq })) }),
  presence: object({ room: string, event: oneOf('away', 'back'), username: string }),
  moderation: object({
    room: string,
    // One of a later version is told too.
    action: string as Guard<ModerationAction>,
    by: string,
    message: string,
    timestamp: string,
    username: someString,
    seconds: someCount,
    until: someString,
    reason: someString,
    everywhere: onlyTrue,
  }),
  confirmation: object({
    message: string,
    event: optional(oneOf('private_sent', 'left', 'authenticated', 'moderated')),
    target_user: someString,
    timestamp: string,
    id: someString,
    room: someString,
    expires_at: someString,
  }),
  ack: object({ ...numbered, client_id: string, command: onlyTrue }),
  history: object({
    room: string,
    epoch: string,
    entries,
    first_available: someCount,
    head_seq: count,
    complete: flag,
    request_id: someString,
  }),
  ping: object({ timestamp: string }),
  heartbeat_ack: object({ timestamp: string }),
  going_away: object({ retry_after_ms: count, reason: oneOf('restart', 'shutdown') }),
  error: object({
    code: errorCode,
    message: string,
    field: someString,
    retryable: optional(flag),
    target_user: someString,
    room: someString,
    limit: someString,
    scope: someString,
    retry_after_ms: someCount,
    until: someString,
    reason: someString,
    client_id: someString,
    request_id: someString,
  }),
  status: object({
    room: string,
    connected_count: count,
    connected_users: names,
    connected_users_truncated: onlyTrue,
    heartbeat_timeout: number,
    connections: list(object({ username: string, last_activity: string, idle_seconds: number })),
    status: oneOf('active'),
    partial: onlyTrue,
  }),
}
