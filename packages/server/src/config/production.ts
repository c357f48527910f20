/** What is fine on one's own machine and not on the internet. Docs: docs/decisions/0026-production.md. */
import { BlockList, isIPv4 } from 'node:net'
import { isBroker } from './bus.ts'
import { SettingsError, source } from './error.ts'
import { OFF } from './off.ts'
import type { SettingKey, Settings } from './settings.ts'

/** What tells most programs of this platform that they are in production. */
const PLATFORM_VARIABLE = 'NODE_ENV'

/** Where a setting was found, and its name. */
export interface Places {
  from(key: SettingKey): string
  name(key: SettingKey): string
}

interface Rule {
  readonly key: SettingKey
  /** What is wrong with it and what to do; `null` when nothing is. `from`: where it was found, `hasProxy`: whether somebody named a proxy. */
  readonly fault: (settings: Settings, from: string, hasProxy: boolean) => string | null
}

const LOOPBACK = /^(?:localhost|127\.[0-9.]+|::1)$/

/** Shortest prefix of a network of proxies that somebody may have to themselves. */
const SHORTEST_PREFIX = { 4: 8, 6: 16 } as const

/** Addresses of IPv4 as IPv6 has them. */
const MAPPED = { network: '::ffff:0:0', prefix: 96 } as const

/** More of it than this is as good as no limit. */
const CEILINGS = {
  rateLimit: 1_000,
  byteRateLimit: 16_777_216,
  joinRateLimit: 1_000,
  signalRateLimit: 1_000,
  logRateLimit: 100,
  connectRateLimit: 1_000,
  requestRateLimit: 1_000,
  ratePerAddress: 10_000,
  maxConnectionsPerAddress: 100_000,
  maxSocketsPerAddress: 100_000,
  maxUnprovenPerAddress: 100_000,
} as const

/** Hours for which a token may hold that is shown in an address, and so stands in logs. */
const MAX_LIFETIME_IN_QUERY = 24

/** Runs of digits, small letters and capitals that a random secret has at least; words have one for all of them. */
const MIN_RUNS = 6

/** Different characters that a random secret of 32 bytes has at least, in any usual spelling. */
const MIN_DIFFERENT = 12

/** Words of examples, and of people in a hurry. */
const GUESSABLE =
  /change.?me|example|your.?(?:256.?bit.?)?(?:jwt|secret|key|password)|placeholder|insecure|development|password|letmein|qwerty|1234567|abcdefg/i

const WEAK_PASSWORDS: ReadonlySet<string> = new Set(
  'postgres password passwd pass secret roomful chat admin root guest user test example changeme change-me 1234 12345 123456'.split(
    ' ',
  ),
)

const isPublic = ({ host }: Settings): boolean => !LOOPBACK.test(host)

const isFlag = (from: string): boolean => from.startsWith(source.flag(''))

/** All of them: PostgreSQL takes one from the query too, NATS a token in the place of a user. */
function passwordsIn(address: string): string[] {
  if (!URL.canParse(address)) return []
  const { protocol, username, password, searchParams } = new URL(address)
  const token = protocol === 'nats:' && password === '' ? username : ''
  return [decodeURIComponent(password), decodeURIComponent(token), ...searchParams.getAll('password')].filter(
    (each) => each !== '',
  )
}

/** Whether somebody said that a proxy is in front. That this machine is trusted by default tells nothing of it. `from`: where the setting was found. */
export function namesProxy({ trustedProxies }: Pick<Settings, 'trustedProxies'>, from: string): boolean {
  return from !== source.fallback && trustedProxies.length > 0
}

/** Of the address of a database or a broker. */
function passwordFault(address: string, from: string, variable: string): string | null {
  const passwords = passwordsIn(address)
  if (passwords.length === 0) return null
  if (isFlag(from))
    return `the password in a flag is seen by every user of this machine: give it in ${variable} or a file`
  if (!passwords.some((password) => WEAK_PASSWORDS.has(password.toLowerCase()))) return null
  return `its password is one that everybody tries: set a random one, as openssl rand -hex 24 makes it`
}

function isEverybody(proxy: string): boolean {
  const [address = '', prefix] = proxy.split('/')
  if (prefix === undefined) return false
  const length = Number(prefix)
  if (isIPv4(address)) return length < SHORTEST_PREFIX[4]
  const [mapped, network] = [new BlockList(), new BlockList()]
  mapped.addSubnet(MAPPED.network, MAPPED.prefix, 'ipv6')
  network.addSubnet(address, length, 'ipv6')
  const holdsIPv4 = mapped.check(address, 'ipv6') || network.check(MAPPED.network, 'ipv6')
  return length < (holdsIPv4 ? MAPPED.prefix + SHORTEST_PREFIX[4] : SHORTEST_PREFIX[6])
}

/** Whether it is of an example, of few characters, or of words. */
function isGuessable(secret: string): boolean {
  if (GUESSABLE.test(secret) || new Set(secret).size < MIN_DIFFERENT) return true
  const letters = secret
    .replaceAll(/[^a-z\d]/gi, '')
    .replaceAll(/[A-Z](?=[a-z]{2})/g, (first) => first.toLowerCase())
  return (letters.match(/\d+|[a-z]+|[A-Z]+/g) ?? []).length < MIN_RUNS
}

function secretFault({ jwtSecret }: Settings, from: string): string | null {
  if (jwtSecret === '') return null
  if (isFlag(from))
    return 'in a flag it is seen by every user of this machine: give it in ROOMFUL_JWT_SECRET or a file'
  if (!isGuessable(jwtSecret)) return null
  return 'it can be guessed, and whoever does signs tokens for anybody: use a random one, as openssl rand -base64 48 makes it'
}

const LIMIT_RULES = (Object.keys(CEILINGS) as (keyof typeof CEILINGS)[]).map(
  (key): Rule => ({
    key,
    fault: ({ [key]: limit }) =>
      limit === OFF || limit > CEILINGS[key]
        ? `${limit} is no limit: one connection or one address keeps the server busy: give a number, ${CEILINGS[key]} at most`
        : null,
  }),
)

const RULES: readonly Rule[] = [
  {
    key: 'data',
    fault: ({ data }) =>
      data === ':memory:'
        ? ':memory: forgets everything with each restart: give a folder or a PostgreSQL database'
        : null,
  },
  { key: 'data', fault: ({ data }, from) => passwordFault(data, from, 'ROOMFUL_DATA') },
  {
    key: 'bus',
    fault: ({ bus }, from) => (isBroker(bus) ? passwordFault(bus, from, 'ROOMFUL_BUS') : null),
  },
  {
    key: 'origins',
    fault: ({ origins }) =>
      origins.includes('*')
        ? '* lets every web page in the world connect with the browsers of its visitors: name the origins of your own'
        : null,
  },
  {
    key: 'origins',
    fault: ({ origins }) =>
      origins.includes('null')
        ? 'null is what every sandboxed frame and local file is: serve the page from an origin and name that'
        : null,
  },
  {
    key: 'origins',
    fault: ({ origins }) =>
      origins.some((origin) => /^http:/i.test(origin) && !LOOPBACK.test(new URL(origin).hostname))
        ? 'a page that comes over http can be changed by whoever is on the way: name its https origin'
        : null,
  },
  {
    key: 'trustedProxies',
    fault: ({ trustedProxies }) =>
      trustedProxies.some(isEverybody)
        ? 'whoever is in so large a network says what address they have: name the proxies themselves'
        : null,
  },
  {
    key: 'trustedProxies',
    fault: (settings, _, hasProxy) =>
      isPublic(settings) && settings.auth !== 'guest' && !hasProxy
        ? 'tokens would cross the network unencrypted: put a proxy with TLS in front and name it here, or listen on host 127.0.0.1'
        : null,
  },
  {
    key: 'names',
    fault: ({ names }) =>
      names === 'shared' ? 'shared lets people speak under each other’s names: leave it out' : null,
  },
  ...LIMIT_RULES,
  {
    key: 'metrics',
    fault: (settings, _, hasProxy) =>
      isPublic(settings) && settings.metrics === 'all' && !hasProxy
        ? 'all shows the numbers of the server to everybody: leave it at loopback, or put a proxy in front that keeps /metrics to itself and name it in trusted-proxies'
        : null,
  },
  { key: 'jwtSecret', fault: secretFault },
  {
    key: 'permissionsHookSecret',
    fault: ({ permissionsHookSecret }, from) =>
      permissionsHookSecret !== '' && isFlag(from)
        ? 'in a flag it is seen by every user of this machine: give it in ROOMFUL_PERMISSIONS_HOOK_SECRET or a file'
        : null,
  },
  {
    key: 'jwtInQuery',
    fault: ({ jwtInQuery, jwtMaxLifetime, auth }) =>
      jwtInQuery === 'on' && auth !== 'guest' && jwtMaxLifetime > MAX_LIFETIME_IN_QUERY
        ? `a token in an address stands in logs of proxies, and there it is good for up to ${jwtMaxLifetime} hours: let clients ask for a ticket (POST /api/v1/tickets), or set jwt-max-lifetime to ${MAX_LIFETIME_IN_QUERY} at most`
        : null,
  },
  {
    key: 'jwtKey',
    fault: ({ jwtKey, jwtAudience, jwtIssuer }) =>
      jwtKey !== '' && jwtAudience.length + jwtIssuer.length === 0
        ? 'whoever signs for many lets all of them in here: give jwt-audience or jwt-issuer'
        : null,
  },
]

/** Throws `SettingsError` for the first one that is unsafe in production, if this is production. */
export function refuseUnsafeProduction(
  settings: Settings,
  env: Readonly<Record<string, string | undefined>>,
  { from, name }: Places,
): void {
  const { production } = settings
  if (production === 'off' || (production === 'auto' && env[PLATFORM_VARIABLE] !== 'production')) return
  const why =
    production === 'on' ? `production (${from('production')}) is on` : `${PLATFORM_VARIABLE} is production`
  const hasProxy = namesProxy(settings, from('trustedProxies'))
  for (const { key, fault } of RULES) {
    const what = fault(settings, from(key), hasProxy)
    if (what === null) continue
    const text = `${name(key)} (${from(key)}) is unsafe in production: ${what} (${why}).`
    throw new SettingsError(name(key), from(key), text)
  }
}
