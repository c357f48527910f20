/** Texts for the dispatch table: valid frames of every type, and what they become when their grammar is bent. */
import { CLIENT_SCHEMAS } from '@roomful/protocol/schemas'
import type { Chance } from '../../sim/chance.ts'

/** What is known of the world, so that requests can be about something. */
export interface Known {
  readonly epoch: string
  /** Names, of which some are here. */
  readonly names: readonly string[]
  readonly rooms: readonly string[]
  /** Texts that claim to be tokens. */
  readonly tokens: readonly string[]
}

type Fields = Record<string, unknown>

const TYPES = Object.keys(CLIENT_SCHEMAS)

/** Types that a client must not send, and no types at all. */
const OTHER_TYPES = [
  ...['system', 'private', 'error', 'ack', 'ping', 'heartbeat_ack', 'confirmation', 'going_away', 'presence'],
  ...[
    'moderation',
    'nonsense',
    '',
    ' ',
    'Message',
    'message ',
    '__proto__',
    'constructor',
    'toString',
    '\u0000',
  ],
]

const SEQS = [1, 2, 3, 7, 100, 0, -1, 1.5, 2 ** 31, 2 ** 53 - 1, 2 ** 53, 1e308, -0]
const EMOJI = ['👍', '👨‍👩‍👧', '🏳️‍🌈', '1️⃣', 'x', '👍👍', '', '\u200d', '👍🏽']
const LINES = [
  'hello',
  '你好',
  ' ',
  '\n',
  '/mute Victim 10m',
  '/ban --address --everywhere Victim',
  '/lock',
  '/slow 30s',
  '/delete 1',
  '/',
  '@everyone',
  '<b>',
  '😀'.repeat(9),
  '‮abc',
  'a\u0000b',
]

/** Values that no field expects, or hardly. */
const STRANGE: readonly unknown[] = [
  ...[null, true, false, 0, -1, 1.5, 1e21, '', 'x', [], {}, [[]], [null], { a: 1 }, { length: 1e9 }],
  ...[
    '__proto__',
    '\ud800',
    '\udfff\ud83d',
    '\u0000',
    '\u202e',
    '@me',
    '@!revoked',
    '*',
    '../..',
    '%00',
    '$SYS',
  ],
  ...[
    { toString: 'x' },
    { __proto__: null },
    { constructor: { prototype: 1 } },
    [[[[]]]],
    'null',
    'NaN',
    '1e999',
  ],
  ...['x'.repeat(65), 'x'.repeat(257), 'x'.repeat(16_385), '界'.repeat(6_000)],
  // Marks in the wrong order: putting them right takes time in the square of their number.
  `e${'\u0301\u0316'.repeat(15_000)}`,
]

const IDS = ['11111111-1111-4111-8111-111111111111', '11111111-1111-4111-8111-11111111111Z', 'x', '']

/** One text. Half of them are frames as they should be, the others have up to three faults. */
export function messageText(chance: Chance, known: Known): string {
  const fields = valid(chance, chance.pick(TYPES), known)
  if (chance.chance(0.5)) return JSON.stringify(fields)
  for (let faults = chance.between(1, 3); faults > 0; faults--) bend(chance, fields)
  const text = JSON.stringify(fields)
  return chance.chance(0.4) ? broken(chance, text) : text
}

function valid(chance: Chance, type: string, known: Known): Fields {
  const make = GRAMMAR[type]
  const fields: Fields = { type, ...make?.(chance, known) }
  if (chance.chance(0.3)) fields['client_id'] = chance.chance(0.7) ? chance.uuid() : chance.pick(IDS)
  if (chance.chance(0.1)) fields['epoch'] = chance.pick([known.epoch, 'another'])
  return fields
}

const anyRoom = (chance: Chance, { rooms }: Known): string => chance.pick(rooms)
const maybeRoom = (chance: Chance, known: Known): Fields =>
  chance.chance(0.6) ? {} : { room: chance.chance(0.3) ? '@me' : anyRoom(chance, known) }
const seqOf = (chance: Chance): number => (chance.chance(0.7) ? chance.between(1, 60) : chance.pick(SEQS))

/** By type, what a well-behaved client would say; a type without an entry is sent bare. */
const GRAMMAR: Readonly<Record<string, (chance: Chance, known: Known) => Fields>> = {
  message: (chance, known) => ({
    message: chance.pick(LINES),
    ...maybeRoom(chance, known),
    ...(chance.chance(0.2) && { target_user: chance.pick(known.names) }),
    ...(chance.chance(0.2) && { username: chance.pick(known.names) }),
    ...(chance.chance(0.2) && { reply_to: seqOf(chance) }),
    ...(chance.chance(0.2) && { timestamp: chance.pick(['2026-01-01T00:00:00Z', 'now', 5]) }),
  }),
  join: (chance, known) => ({
    room: chance.chance(0.2) ? '@me' : anyRoom(chance, known),
    ...(chance.chance(0.3) && { since: { epoch: chance.pick([known.epoch, 'x']), seq: seqOf(chance) } }),
  }),
  leave: (chance, known) => ({ room: anyRoom(chance, known) }),
  history: (chance, known) => ({
    ...maybeRoom(chance, known),
    ...(chance.chance(0.5) && { before: seqOf(chance) }),
    ...(chance.chance(0.2) && { after: seqOf(chance) }),
    limit: chance.between(1, 5),
    ...(chance.chance(0.3) && { request_id: 'r-1' }),
  }),
  edit: (chance, known) => ({ seq: seqOf(chance), message: chance.pick(LINES), ...maybeRoom(chance, known) }),
  delete: (chance, known) => ({ seq: seqOf(chance), ...maybeRoom(chance, known) }),
  reaction: (chance, known) => ({
    seq: seqOf(chance),
    emoji: chance.pick(EMOJI),
    ...(chance.chance(0.3) && { remove: true }),
    ...maybeRoom(chance, known),
  }),
  typing: (chance, known) => ({
    ...maybeRoom(chance, known),
    ...(chance.chance(0.2) && { target_user: chance.pick(known.names) }),
  }),
  read: (chance, known) => ({ seq: seqOf(chance), ...maybeRoom(chance, known) }),
  away: (chance) => ({ away: chance.chance(0.5) }),
  status: maybeRoom,
  moderate: (chance, known) => ({
    action: chance.pick([
      'mute',
      'unmute',
      'kick',
      'ban',
      'unban',
      'slow',
      'lock',
      'read_only',
      'delete',
      'x',
    ]),
    room: chance.chance(0.2) ? '*' : anyRoom(chance, known),
    ...(chance.chance(0.6) ? { target_user: chance.pick(known.names) } : { seq: seqOf(chance) }),
    ...(chance.chance(0.3) && { seconds: seqOf(chance) }),
    ...(chance.chance(0.2) && { target_address: chance.pick(['192.0.2.1', '::1', 'x']) }),
    ...(chance.chance(0.3) && { reason: chance.pick(LINES) }),
  }),
  auth: (chance, { tokens }) => ({ token: chance.pick(tokens) }),
}

/** Takes a field away, puts another value or type there, or adds one that is nobody's. */
function bend(chance: Chance, fields: Fields): void {
  const names = Object.keys(fields)
  const name = chance.pick(names)
  const how = chance.between(1, 6)
  if (how === 1) delete fields[name]
  else if (how <= 3) fields[name] = chance.pick(STRANGE)
  else if (how === 4) fields['type'] = chance.pick(chance.chance(0.5) ? OTHER_TYPES : TYPES)
  else if (how === 5)
    fields[chance.pick(['from', 'id', 'seq', 'username', 'event', 'room', 'x', ''])] = chance.pick(STRANGE)
  else fields[name] = [fields[name]]
}

const INSERTS = [
  '"',
  '\\',
  '{',
  '}',
  '[',
  ']',
  ':',
  ',',
  '\\u0000',
  '\\ud800',
  '\u0000',
  '\ufeff',
  ' ',
  '1e400',
  '//',
  '\n',
]

/** No JSON any more, or another one than it seems. */
function broken(chance: Chance, text: string): string {
  const at = chance.between(0, text.length)
  switch (chance.between(1, 9)) {
    case 1:
      return text.slice(0, at)
    case 2:
      return text.slice(0, at) + chance.pick(INSERTS) + text.slice(at)
    case 3:
      return text.slice(0, at) + text.slice(at + chance.between(1, 4))
    case 4:
      return text.replace('{', '{"type":"status",')
    case 5:
      return text.replace('{', '{"\\u0074ype":"status",')
    case 6:
      return `${'['.repeat(chance.between(1, 3_000))}${text}`
    case 7:
      return text.replace(
        '{',
        `{"x":${'{"a":'.repeat(chance.between(1, 40))}1${'}'.repeat(chance.between(0, 40))},`,
      )
    case 8:
      return text.replace(
        '{',
        `{${Array.from({ length: chance.between(90, 120) }, (_, i) => `"k${i}":0,`).join('')}`,
      )
    default:
      return chance.pick([
        `[${text}]`,
        text + text,
        JSON.stringify(text),
        text.toUpperCase(),
        ` ${text}`,
        'null',
        '0',
      ])
  }
}
