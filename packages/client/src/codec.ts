import {
  ERRORS,
  type LogFrame,
  MAX_HISTORY_PAGE,
  type ServerMessage,
  type ServerMessageOf,
  type ServerMessageType,
} from '@roomful/protocol'

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
  /** An entry whose number is not higher than the one before it in the same log. */
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
  if (typeof data !== 'string') return { kind: 'bad', fault: 'binary' }
  if (data.length > MAX_FRAME_LENGTH) return { kind: 'bad', fault: 'too_large' }
  let value: unknown
  try {
    value = JSON.parse(data)
  } catch {
    return { kind: 'bad', fault: 'not_json' }
  }
  if (!isObject(value)) return { kind: 'bad', fault: 'not_object' }
  const type = value['type']
  if (typeof type !== 'string') return { kind: 'bad', fault: 'bad_field' }
  if (!isKnown(type)) return { kind: 'unknown', type: type.slice(0, MAX_TYPE_LENGTH) }
  if (type === 'error' || type === 'going_away') tame(value)
  const guard: Guard<ServerMessage> = GUARDS[type]
  return guard(value)
    ? { kind: 'message', message: value }
    : { kind: 'bad', fault: 'bad_field', ...answered(value) }
}

function answered(value: Fields): { clientId?: string; requestId?: string } {
  const { client_id: clientId, request_id: requestId } = value
  return {
    ...(typeof clientId === 'string' ? { clientId } : null),
    ...(typeof requestId === 'string' ? { requestId } : null),
  }
}

/** An error must reach the request that it refuses: a code of a later version becomes `internal`, a delay a sane one. */
function tame(fields: Fields): void {
  if (typeof fields['code'] === 'string' && !errorCode(fields['code'])) fields['code'] = 'internal'
  const delay = fields['retry_after_ms']
  if (typeof delay === 'number')
    fields['retry_after_ms'] = Math.min(MAX_RETRY_AFTER_MS, Math.max(0, Math.ceil(delay)))
}

/** Whether it is an entry of a log: numbered, and told once. */
export function isEntry(message: ServerMessage): message is LogFrame {
  return ['message', 'private', 'edit', 'delete', 'reaction'].includes(message.type)
}

// ---- guards ----------------------------------------------------------------------------------------------------------

type Fields = Record<string, unknown>
type Guard<T> = (value: unknown) => value is T
interface Optional<T> {
  readonly optional: Guard<T>
}

/** A guard for each field of `M`; the compiler sees to it that none is forgotten and that optional ones are marked. */
type Shape<M> = { readonly [K in keyof M]-?: object extends Pick<M, K> ? Optional<M[K]> : Guard<M[K]> }

/** A JSON object, cleared of a key that would reach a prototype when someone merges it. */
function isObject(value: unknown): value is Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  if (Object.hasOwn(value, '__proto__')) Reflect.deleteProperty(value, '__proto__')
  return true
}

const text: Guard<string> = (value) => typeof value === 'string'
const number: Guard<number> = (value): value is number => Number.isFinite(value)
const count: Guard<number> = (value): value is number => Number.isSafeInteger(value) && Number(value) >= 0
const seq: Guard<number> = (value): value is number => count(value) && value > 0
const flag: Guard<boolean> = (value) => typeof value === 'boolean'
const errorCode: Guard<ServerMessageOf<'error'>['code']> = (
  value,
): value is ServerMessageOf<'error'>['code'] => typeof value === 'string' && Object.hasOwn(ERRORS, value)

function is<const T>(literal: T): Guard<T> {
  return (value): value is T => value === literal
}

function either<A, B>(a: Guard<A>, b: Guard<B>): Guard<A | B> {
  return (value): value is A | B => a(value) || b(value)
}

function list<T>(item: Guard<T>): Guard<T[]> {
  return (value): value is T[] => Array.isArray(value) && value.every(item)
}

function optional<T>(guard: Guard<T>): Optional<T> {
  return { optional: guard }
}

function object<M>(shape: Shape<M>): Guard<M> {
  const rules = Object.entries<Guard<unknown> | Optional<unknown>>(shape)
  return (value): value is M =>
    isObject(value) &&
    rules.every(([key, rule]) => {
      const field = value[key]
      if (typeof rule === 'function') return rule(field)
      return field === undefined || rule.optional(field)
    })
}

function frame<T extends ServerMessageType>(shape: Shape<ServerMessageOf<T>>): Guard<ServerMessageOf<T>> {
  return object(shape)
}

const reference = object<{ id: string; seq?: number }>({ id: text, seq: optional(seq) })
const about = { username: text, target: reference, timestamp: text, id: text, seq, room: text }

const chat = frame<'message'>({
  type: is('message'),
  username: text,
  message: text,
  timestamp: text,
  id: text,
  seq,
  room: text,
  reply_to: optional(reference),
  deleted: optional(is(true)),
})

const whisper = frame<'private'>({
  type: is('private'),
  from: text,
  to: text,
  message: text,
  timestamp: text,
  id: text,
  seq,
  room: is('@me'),
  reply_to: optional(reference),
  deleted: optional(is(true)),
})

const edit = frame<'edit'>({ type: is('edit'), ...about, message: text, deleted: optional(is(true)) })
const deletion = frame<'delete'>({ type: is('delete'), ...about })
const reaction = frame<'reaction'>({
  type: is('reaction'),
  ...about,
  emoji: text,
  removed: optional(is(true)),
})

type Entries = ServerMessageOf<'history'>['entries']
const entryList = list(either(either(chat, whisper), either(edit, either(deletion, reaction))))
const entries: Guard<Entries> = (value): value is Entries =>
  Array.isArray(value) &&
  value.length <= MAX_HISTORY_PAGE &&
  entryList(value) &&
  value.every((entry, i) => i === 0 || entry.seq > (value[i - 1]?.seq ?? 0))

const GUARDS: { readonly [T in ServerMessageType]: Guard<ServerMessageOf<T>> } = {
  system: frame<'system'>({
    type: is('system'),
    message: text,
    event: optional(either(is('welcome'), either(is('join'), is('leave')))),
    username: optional(text),
    users: optional(list(text)),
    count: optional(count),
    room: optional(text),
    connected_count: optional(count),
    connected_users: optional(list(text)),
    connected_users_truncated: optional(is(true)),
    heartbeat_interval: optional(number),
    connection_id: optional(text),
    resume_token: optional(text),
    person_id: optional(text),
    epoch: optional(text),
    head_seq: optional(count),
    private_head_seq: optional(count),
    away_users: optional(list(text)),
    read_seq: optional(count),
    resume: optional(
      either(
        object({ outcome: is('full'), after: count }),
        object({ outcome: is('gap'), first_available: seq }),
      ),
    ),
    limits: optional(
      object({
        max_message_bytes: count,
        max_frame_bytes: count,
        messages_per_second: either(number, is(null)),
        max_rooms: count,
      }),
    ),
    heartbeat: optional(object({ interval_ms: count, timeout_ms: count })),
    server_time: optional(text),
  }),
  message: chat,
  private: whisper,
  edit,
  delete: deletion,
  reaction,
  typing: frame<'typing'>({ type: is('typing'), room: text, usernames: list(text), count: seq }),
  read: frame<'read'>({ type: is('read'), room: text, markers: list(object({ username: text, seq })) }),
  presence: frame<'presence'>({
    type: is('presence'),
    room: text,
    event: either(is('away'), is('back')),
    username: text,
  }),
  confirmation: frame<'confirmation'>({
    type: is('confirmation'),
    message: text,
    event: optional(either(is('private_sent'), is('left'))),
    target_user: optional(text),
    timestamp: text,
    id: optional(text),
    room: optional(text),
  }),
  ack: frame<'ack'>({ type: is('ack'), client_id: text, id: text, room: text, seq, timestamp: text }),
  history: frame<'history'>({
    type: is('history'),
    room: text,
    epoch: text,
    entries,
    first_available: optional(count),
    head_seq: count,
    complete: flag,
    request_id: optional(text),
  }),
  ping: frame<'ping'>({ type: is('ping'), timestamp: text }),
  heartbeat_ack: frame<'heartbeat_ack'>({ type: is('heartbeat_ack'), timestamp: text }),
  going_away: frame<'going_away'>({
    type: is('going_away'),
    retry_after_ms: count,
    reason: either(is('restart'), is('shutdown')),
  }),
  error: frame<'error'>({
    type: is('error'),
    code: errorCode,
    message: text,
    field: optional(text),
    retryable: optional(flag),
    retry_after_ms: optional(count),
    target_user: optional(text),
    room: optional(text),
    client_id: optional(text),
    request_id: optional(text),
  }),
  status: frame<'status'>({
    type: is('status'),
    room: text,
    connected_count: count,
    connected_users: list(text),
    heartbeat_timeout: number,
    connections: list(object({ username: text, last_activity: text, idle_seconds: number })),
    status: is('active'),
  }),
}

function isKnown(type: string): type is ServerMessageType {
  return Object.hasOwn(GUARDS, type)
}
