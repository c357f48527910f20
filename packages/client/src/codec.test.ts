import { SERVER_SCHEMAS } from '@roomful/protocol/schemas'
import fc from 'fast-check'
import { Compile } from 'typebox/compile'
import { describe, expect, it } from 'vitest'
import { chat, welcome } from '../testing/harness.ts'
import { decode, MAX_FRAME_LENGTH, MAX_RETRY_AFTER_MS } from './codec.ts'

const say = (frame: object): ReturnType<typeof decode> => decode(JSON.stringify(frame))
const bad = (fault: string): object => ({ kind: 'bad', fault })

const about = { username: 'A', target: { id: 'j', seq: 1 }, timestamp: 't', id: 'i', seq: 2, room: 'r' }

/** One full example of each type, all optional fields present. */
const EXAMPLES: Record<string, object> = {
  system: {
    ...welcome(),
    users: ['A'],
    count: 2,
    connected_users_truncated: true,
    partial: true,
    connection_id: 'c',
    private_head_seq: 0,
    person_id: 'p',
    server_time: '2024-01-01T00:00:00Z',
    away_users: ['A'],
    read_seq: 0,
    moderation: {
      may_moderate: true,
      slow_seconds: 10,
      locked: true,
      read_only: true,
      muted: true,
      muted_until: 't',
    },
  },
  message: { ...chat(1), reply_to: { id: 'j' }, deleted: true },
  private: {
    type: 'private',
    from: 'A',
    to: 'B',
    message: 'x',
    timestamp: 't',
    id: 'i',
    seq: 1,
    room: '@me',
    reply_to: { id: 'j', seq: 1 },
    deleted: true,
  },
  edit: { ...about, type: 'edit', message: 'x', deleted: true },
  delete: { ...about, type: 'delete' },
  reaction: { ...about, type: 'reaction', emoji: '👍', removed: true },
  typing: { type: 'typing', room: 'r', usernames: ['A'], count: 1 },
  read: { type: 'read', room: 'r', markers: [{ username: 'A', seq: 1 }] },
  presence: { type: 'presence', room: 'r', event: 'away', username: 'A' },
  moderation: {
    type: 'moderation',
    room: 'r',
    action: 'mute',
    username: 'B',
    by: 'A',
    seconds: 600,
    until: 't',
    reason: 'x',
    everywhere: true,
    message: 'x',
    timestamp: 't',
  },
  confirmation: {
    type: 'confirmation',
    message: 'x',
    event: 'left',
    target_user: 'B',
    timestamp: 't',
    id: 'i',
    room: 'r',
  },
  ack: {
    type: 'ack',
    client_id: '6f9b1c5e-0000-4000-8000-000000000000',
    id: 'i',
    room: 'r',
    seq: 1,
    timestamp: 't',
    command: true,
  },
  history: {
    type: 'history',
    room: 'r',
    epoch: 'e',
    entries: [chat(1), chat(2)],
    head_seq: 2,
    complete: true,
    request_id: 'q',
  },
  ping: { type: 'ping', timestamp: 't' },
  heartbeat_ack: { type: 'heartbeat_ack', timestamp: 't' },
  going_away: { type: 'going_away', retry_after_ms: 1, reason: 'restart' },
  error: {
    type: 'error',
    code: 'bad_message',
    message: 'x',
    field: 'f',
    retryable: true,
    retry_after_ms: 1,
    target_user: 'B',
    room: 'r',
    client_id: 'c',
    request_id: 'q',
  },
  status: {
    type: 'status',
    room: 'r',
    connected_count: 1,
    connected_users: ['A'],
    connected_users_truncated: true,
    heartbeat_timeout: 30,
    connections: [{ username: 'A', last_activity: 't', idle_seconds: 0.5 }],
    status: 'active',
  },
}

/** Values of every JSON kind, among them those that are almost right. */
const anything = fc.oneof(
  fc.constantFrom<unknown>(null, true, false, 0, -1, 1, 1.5, '', 'x', [], {}, ['x'], [1], [{}]),
  fc.jsonValue({ maxDepth: 2 }),
)

describe('decode', () => {
  it('knows the types of the protocol and no others', () => {
    expect(Object.keys(EXAMPLES).sort()).toEqual(Object.keys(SERVER_SCHEMAS).sort())
    for (const [type, example] of Object.entries(EXAMPLES))
      expect([type, say(example)]).toEqual([type, { kind: 'message', message: example }])
  })

  it('agrees with the schemas of the protocol on every field', () => {
    for (const [type, schema] of Object.entries(SERVER_SCHEMAS)) {
      const check = Compile(schema)
      const example = EXAMPLES[type] ?? {}
      expect([type, check.Check(example)]).toEqual([type, true])
      // What the schema says of these more strictly is the server's business, and what error codes mean is tested below.
      const fields = Object.keys(example).filter(
        (key) => !['type', 'client_id', 'code', 'action', 'retry_after_ms'].includes(key),
      )
      for (const field of fields) {
        const without = Object.fromEntries(Object.entries(example).filter(([key]) => key !== field))
        expect([type, field, say(without).kind === 'message']).toEqual([type, field, check.Check(without)])
        fc.assert(
          fc.property(anything, (value) => {
            const frame = { ...example, [field]: value }
            // Tested below: numbers beyond the safe ones, and pages of history. A count of 1 or 0 does no harm.
            if (Number.isInteger(value) && !Number.isSafeInteger(value)) return
            if (field === 'count' || field === 'entries') return
            const parsed: unknown = JSON.parse(JSON.stringify(frame))
            expect([frame, say(frame).kind === 'message']).toEqual([frame, check.Check(parsed)])
          }),
          { numRuns: 60 },
        )
      }
    }
  })

  it('never throws, whatever comes', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json(), fc.anything()), (data) => void decode(data)))
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.keys(EXAMPLES)),
        fc.dictionary(fc.string(), fc.jsonValue()),
        (type, rest) => {
          decode(JSON.stringify({ ...rest, type }))
        },
      ),
    )
  })

  it('refuses what is no JSON object', () => {
    for (const text of ['', '{', 'null,', 'Echo: x', '{"type":"ping"'])
      expect(decode(text)).toEqual(bad('not_json'))
    for (const text of ['null', '1', '"x"', '[]', '[{"type":"ping"}]'])
      expect(decode(text)).toEqual(bad('not_object'))
    expect(decode(new Uint8Array(3))).toEqual(bad('binary'))
    expect(decode('['.repeat(100_000)).kind).toBe('bad')
    expect(decode('['.repeat(100_000) + ']'.repeat(100_000)).kind).toBe('bad')
  })

  it('does not look at a frame beyond the longest', () => {
    const frame = JSON.stringify({ type: 'ping', timestamp: 't' })
    expect(decode(frame.padEnd(MAX_FRAME_LENGTH)).kind).toBe('message')
    expect(decode(frame.padEnd(MAX_FRAME_LENGTH + 1))).toEqual(bad('too_large'))
  })

  it('tells unknown types, cut short, and takes no inherited name for a type', () => {
    for (const type of ['shouting', '', '__proto__', 'constructor', 'toString', 'hasOwnProperty', 'Ping'])
      expect(decode(`{"type":${JSON.stringify(type)}}`)).toEqual({ kind: 'unknown', type })
    expect(say({ type: 'x'.repeat(1000) })).toEqual({ kind: 'unknown', type: 'x'.repeat(64) })
    for (const type of ['1', 'null', '["ping"]', '{}'])
      expect(decode(`{"type":${type}}`)).toEqual(bad('bad_field'))
    expect(decode('{}')).toEqual(bad('bad_field'))
  })

  it('keeps fields of later versions, and drops a key that reaches a prototype', () => {
    expect(say({ ...chat(1), reactions: { '👍': 2 } })).toMatchObject({ message: { reactions: { '👍': 2 } } })
    const decoded = decode('{"type":"ping","timestamp":"t","__proto__":{"admin":true}}')
    expect(decoded.kind === 'message' && Object.hasOwn(decoded.message, '__proto__')).toBe(false)
    const merged = Object.assign({}, decoded.kind === 'message' ? decoded.message : {})
    expect(Reflect.get(merged, 'admin')).toBeUndefined()
    const text = JSON.stringify(EXAMPLES['history']).replace('"seq":1', '"__proto__":{"admin":true},"seq":1')
    const page = decode(text)
    if (page.kind !== 'message' || page.message.type !== 'history') throw new Error('no history')
    expect(page.message.entries.some((entry) => Object.hasOwn(entry, '__proto__'))).toBe(false)
  })

  it('refuses numbers that are none of an entry', () => {
    for (const seq of ['0', '-1', '1.5', '9007199254740993', '1e400', '"1"', 'null'])
      expect([seq, decode(JSON.stringify(chat(7)).replace('"seq":7', `"seq":${seq}`))]).toEqual([
        seq,
        bad('bad_field'),
      ])
  })

  it('refuses a page whose numbers do not rise, or that is longer than a page can be', () => {
    const page = (seqs: number[]): object => ({
      ...EXAMPLES['history'],
      entries: seqs.map((seq) => chat(seq)),
    })
    expect(say(page([])).kind).toBe('message')
    expect(say(page(Array.from({ length: 100 }, (_, i) => i + 1))).kind).toBe('message')
    for (const seqs of [[2, 1], [1, 1], Array.from({ length: 101 }, (_, i) => i + 1)])
      expect(say(page(seqs))).toEqual({ kind: 'bad', fault: 'bad_field', requestId: 'q' })
  })

  it('says which request a senseless answer meant', () => {
    expect(say({ ...EXAMPLES['ack'], client_id: 'c', seq: -1 })).toEqual({
      kind: 'bad',
      fault: 'bad_field',
      clientId: 'c',
    })
    expect(say({ ...EXAMPLES['ack'], client_id: 5 })).toEqual(bad('bad_field'))
  })

  it('lets an error of a later version through as internal, with a sane delay', () => {
    const error = (more: string): unknown => {
      const decoded = decode(`{"type":"error","message":"x",${more}}`)
      return decoded.kind === 'message' ? decoded.message : decoded
    }
    for (const code of ['shunned', '__proto__', 'constructor'])
      expect(error(`"code":"${code}"`)).toMatchObject({ code: 'internal', message: 'x' })
    expect(error('"code":5')).toEqual(bad('bad_field'))
    for (const huge of ['9e15', '1e400', '300001', '99999999999999999999'])
      expect(error(`"code":"overloaded","retry_after_ms":${huge}`)).toMatchObject({
        retry_after_ms: MAX_RETRY_AFTER_MS,
      })
    expect(error('"code":"rate_limited","retry_after_ms":-5')).toMatchObject({ retry_after_ms: 0 })
    expect(error('"code":"rate_limited","retry_after_ms":0.5')).toMatchObject({ retry_after_ms: 1 })
    expect(error('"code":"rate_limited","retry_after_ms":"soon"')).toEqual(bad('bad_field'))
  })
})
