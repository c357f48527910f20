/**
 * Every setting, once: type, default, unit, bounds, meaning. Flags, environment, file, reference page and error texts
 * are made from this table.
 */
import { isIP } from 'node:net'
import { type Static, type TSchema, Type } from 'typebox'
import { Check } from 'typebox/value'
import { AUTH_SETTINGS } from './auth-settings.ts'
import { PERMISSION_SETTINGS } from './permission-settings.ts'
import { AUTOMATIC_BUS, DATABASE_BUS, isAddress, isBroker, isReadable } from './bus.ts'
import { LIMIT_SETTINGS } from './limit-settings.ts'
import { OFF, Off } from './off.ts'
import { PRODUCTION_SETTINGS } from './production-settings.ts'
import { TRACE_SETTINGS } from './trace-settings.ts'

/** Keyword value for a name that is made at the start. */
export const RANDOM = 'random'

/** As many workers as this machine has processors. */
export const AUTO = 'auto'

/** What `retentionMessages` is when it is off and nothing is kept on a disk. */
export const IN_MEMORY_MESSAGES = 10_000

/** `*`, `null`, or scheme, host and port of an origin (RFC 6454). */
const Origin = Type.Refine(
  Type.String(),
  (text) =>
    text === '*' ||
    text === 'null' ||
    (/^[a-z][a-z0-9+.-]*:\/\/[^\s/?#@\\,*]+$/i.test(text) && URL.canParse(text)),
)

/** An address, a network in CIDR notation (RFC 4632, RFC 4291 section 2.3), or `loopback`. */
function isProxy(text: string): boolean {
  const [, address = '', prefix] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(text) ?? []
  const bits = { 4: 32, 6: 128 }[isIP(address)]
  return text === 'loopback' || (bits !== undefined && Number(prefix ?? 0) <= bits && !address.includes('%'))
}

/** `off` stands alone, and for none. */
const Proxies = Type.Refine(
  Type.Array(Type.String(), {
    default: ['loopback'],
    maxItems: 1_000,
    expected: `addresses or networks such as 10.0.0.0/8, the word loopback, or ${OFF} alone`,
    description: `Reverse proxies that are believed: from them X-Forwarded-For (or Forwarded) names the client's address, X-Forwarded-Host and -Proto the host and scheme that an Origin must have. loopback stands for this machine. ${OFF} believes nobody: all who come through a proxy are then one address.`,
  }),
  (list) => list.every(isProxy) || (list.length === 1 && list[0] === OFF),
)

const DATABASE_ADDRESS = /^postgres(?:ql)?:\/\//

/** Where everything is kept. Every other address is refused: as the name of a folder it would begin a second, empty history. */
const Data = Type.Refine(
  Type.String({
    default: './data',
    minLength: 1,
    expected: 'a folder, :memory:, or postgres://user:password@host:port/database',
    description:
      'Folder for everything that is kept. :memory: keeps nothing. A PostgreSQL database is named by its address, best in ROOMFUL_DATA or a file: flags are seen by other users of the machine.',
  }),
  (text) =>
    !(isAddress(text) || /^postgres(?:ql)?:/i.test(text)) ||
    (DATABASE_ADDRESS.test(text) && isReadable(text)),
)

const Bus = Type.Refine(
  Type.String({
    default: AUTOMATIC_BUS,
    expected: `${AUTOMATIC_BUS}, ${DATABASE_BUS}, or redis://, rediss://, valkey://, nats://, amqp:// or amqps:// with user:password@host:port`,
    description: `By what the servers that share a PostgreSQL database hear of each other: the database itself (${DATABASE_BUS}, which ${AUTOMATIC_BUS} means there) or a broker, best named in ROOMFUL_BUS or a file. Messages are in the database whatever becomes of it.`,
  }),
  (text) => text === AUTOMATIC_BUS || text === DATABASE_BUS || isBroker(text),
)

export const SettingsSchema = Type.Object(
  {
    port: Type.Integer({
      default: 8000,
      minimum: 0,
      maximum: 65_535,
      description: 'TCP port to listen on. 0 lets the system choose a free one.',
    }),
    host: Type.String({
      default: '127.0.0.1',
      pattern:
        '^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(?:%[A-Za-z0-9]+)?)$',
      expected: 'an address or host name without a port, such as 0.0.0.0',
      description: 'Address to listen on. 0.0.0.0 shares the server with the network.',
    }),
    data: Data,
    workers: Type.Union([Type.Integer({ minimum: 1, maximum: 256 }), Type.Literal(AUTO)], {
      default: 1,
      description:
        'Processes that serve. From 2 on, one more owns the data folder and deals out the connections; auto is one for each processor.',
    }),
    bus: Bus,
    lang: Type.Union([Type.Literal('zh-Hant'), Type.Literal('en')], {
      default: 'zh-Hant',
      description: "Language of the server's own sentences, unless a client asks for the other one.",
    }),
    origins: Type.Array(Origin, {
      default: [],
      maxItems: 1_000,
      expected: 'origins such as https://app.example (scheme, host and port only), the word null, or * alone',
      description:
        'Web origins that may connect besides the own host and loopback. * lets every origin in; null stands for pages without one.',
    }),
    trustedProxies: Proxies,
    names: Type.Union([Type.Literal('exclusive'), Type.Literal('shared')], {
      default: 'exclusive',
      description:
        'Whether a live name can be claimed once, or connections that bear one name are one person.',
    }),
    ...AUTH_SETTINGS,
    ...PERMISSION_SETTINGS,
    ...PRODUCTION_SETTINGS,
    node: Type.String({
      default: RANDOM,
      pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$',
      expected: 'at most 63 letters, digits, dots, hyphens and underscores',
      description:
        'Name of this node among those on one PostgreSQL database, where no two may bear the same one; workers add their number to it. random makes one at each start.',
    }),
    ...LIMIT_SETTINGS,
    heartbeatInterval: Type.Number({
      default: 10,
      minimum: 0.1,
      maximum: 3_600,
      unit: 's',
      description: 'Time between two pings.',
    }),
    heartbeatTimeout: Type.Number({
      default: 30,
      minimum: 0.1,
      maximum: 86_400,
      unit: 's',
      description:
        'A connection without a sign of life for this long is closed. Must be greater than heartbeat-interval.',
    }),
    noticesPerSecond: Type.Integer({
      default: 5,
      minimum: 1,
      maximum: 1_000,
      unit: 'notices/s',
      description: 'Join and leave notices that a room sends one by one; further ones are folded into one.',
    }),
    signalRoomPeople: Type.Integer({
      default: 500,
      minimum: 0,
      maximum: 1_000_000,
      unit: 'people',
      description: 'Largest room that is told who is writing, who is away and who is back.',
    }),
    markerRoomPeople: Type.Integer({
      default: 100,
      minimum: 0,
      maximum: 1_000_000,
      unit: 'people',
      description: 'Largest room that is told how far each person has read.',
    }),
    presenceGrace: Type.Number({
      default: 5,
      minimum: 0,
      maximum: 300,
      unit: 's',
      description:
        'Time for which a named v1 client whose connection broke off stays in its rooms, so that nobody is told when it is back by then. 0 for none.',
    }),
    presenceRoomPeople: Type.Integer({
      default: 1_000,
      minimum: 0,
      maximum: 1_000_000,
      unit: 'people',
      description:
        'People of one node in a room whom the other nodes are told by name; of those beyond it they are told how many.',
    }),
    compression: Type.Union([Type.Literal('off'), Type.Literal('on')], {
      default: 'off',
      description:
        'Whether messages are compressed for clients that offer permessage-deflate: each once, for all who get it.',
    }),
    slowTimeout: Type.Number({
      default: 30,
      minimum: 0.1,
      maximum: 3_600,
      unit: 's',
      description:
        'A connection that reads nothing for this long while something waits for it is closed with 4010.',
    }),
    tailBytes: Type.Integer({
      default: 524_288,
      minimum: 1_024,
      maximum: 1_073_741_824,
      unit: 'bytes',
      description: 'Newest finished frames kept in memory per room; older ones are read from the store.',
    }),
    drainDelay: Type.Number({
      default: 0,
      minimum: 0,
      maximum: 3_600,
      unit: 's',
      description:
        'Time between the signal to end and the first close, in which /readyz fails and those who are here are served. For load balancers. Must be smaller than drain-timeout.',
    }),
    drainTimeout: Type.Number({
      default: 20,
      minimum: 1,
      maximum: 3_600,
      unit: 's',
      description:
        'Longest time from the signal to end until every connection is closed or cut off; the store then has 3 s more, with workers 4 s. Keep it below the time after which your platform kills.',
    }),
    retentionDays: Type.Union([Type.Number({ minimum: 0.01, maximum: 36_500 }), Off], {
      default: OFF,
      unit: 'days',
      description:
        'Messages older than this are removed, within a minute or so. off keeps them. A clock that leaps ahead by more than an hour counts after a day.',
    }),
    retentionMessages: Type.Union([Type.Integer({ minimum: 100, maximum: 1_000_000_000 }), Off], {
      default: OFF,
      unit: 'messages',
      description: `Newest messages that are kept of each room and of each person's private ones. off keeps all, but ${IN_MEMORY_MESSAGES} with --data :memory:.`,
    }),
    canary: Type.Union([Type.Number({ minimum: 1, maximum: 3_600 }), Off], {
      default: 10,
      unit: 's',
      description:
        'Time between two messages that each node sends itself through store and bus. When none came back for three times as long, and no error said why, /readyz fails with the check canary.',
    }),
    metrics: Type.Union([Type.Literal('loopback'), Type.Literal('all'), Type.Literal('off')], {
      default: 'loopback',
      description:
        'Who may read /metrics: loopback is whoever asks from this machine and through no reverse proxy, all is everybody who reaches the port.',
    }),
    ...TRACE_SETTINGS,
    logLevel: Type.Union(
      [
        Type.Literal('debug'),
        Type.Literal('info'),
        Type.Literal('warn'),
        Type.Literal('error'),
        Type.Literal('silent'),
      ],
      {
        default: 'info',
        description: 'Least severity that is logged. Log lines are JSON on standard error.',
      },
    ),
    config: Type.String({
      default: './roomful.json',
      minLength: 1,
      expected: 'a file',
      description: 'JSON file with settings by the names of this table. A named file must exist.',
    }),
  },
  { additionalProperties: false },
)

/**
 * The settings of a server, complete and checked. Times are seconds, sizes bytes; `off` means no limit.
 * `data` and `config` are absolute paths, `data` may be `:memory:`.
 */
export type Settings = {
  readonly [K in keyof Static<typeof SettingsSchema>]: Static<typeof SettingsSchema>[K] extends (infer Item)[]
    ? readonly Item[]
    : Static<typeof SettingsSchema>[K]
}

export type SettingKey = keyof Settings

/** One row of the table. */
export interface Setting {
  readonly key: SettingKey
  /** In flags (`--max-rooms`) and in the file. */
  readonly name: string
  /** Environment variables, the first one first. */
  readonly env: readonly string[]
  readonly schema: TSchema
  readonly doc: string
  readonly unit: string | undefined
  /** What a value must be, for error texts. */
  readonly expected: string
  readonly fallback: unknown
  /** Never shown. */
  readonly isSecret: boolean
}

/** Variables that hosting platforms set. `ROOMFUL_PORT` and `ROOMFUL_HOST` win over them. */
const PLATFORM_ENV: Readonly<Partial<Record<SettingKey, string>>> = { port: 'PORT', host: 'HOST' }

const Notes = Type.Object({
  default: Type.Unknown(),
  description: Type.String(),
  unit: Type.Optional(Type.String()),
  expected: Type.Optional(Type.String()),
})

const Bounds = Type.Object({ minimum: Type.Number(), maximum: Type.Number() })

/** All settings in the order of the table. */
export const SETTINGS: readonly Setting[] = Object.entries(SettingsSchema.properties).map(([key, schema]) => {
  const notes: unknown = schema
  if (!isSettingKey(key) || !Check(Notes, notes)) throw new TypeError(`setting ${key} is not described`)
  const name = key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
  const ownEnv = `ROOMFUL_${name.replaceAll('-', '_').toUpperCase()}`
  const platformEnv = PLATFORM_ENV[key]
  return {
    key,
    name,
    env: platformEnv === undefined ? [ownEnv] : [ownEnv, platformEnv],
    schema,
    doc: notes.description,
    unit: notes.unit,
    expected: notes.expected ?? describe(schema),
    fallback: notes.default,
    isSecret: key === 'jwtSecret' || key === 'permissionsHookSecret',
  }
})

function isSettingKey(key: string): key is SettingKey {
  return Object.hasOwn(SettingsSchema.properties, key)
}

/** What a schema accepts, in words that fit behind "expected". */
export function describe(schema: TSchema): string {
  const bounds: unknown = schema
  if (Check(Bounds, bounds)) {
    const kind = Type.IsInteger(schema) ? 'a whole number' : 'a number'
    return `${kind} from ${bounds.minimum} to ${bounds.maximum}`
  }
  if (Type.IsLiteral(schema)) return String(schema.const)
  if (Type.IsUnion(schema)) {
    const members = schema.anyOf.map(describe)
    return `${members.slice(0, -1).join(', ')} or ${members.at(-1)}`
  }
  return 'a text'
}
