/** What is fine on one's own machine and not on the internet. Docs: docs/decisions/0026-production.md. */
import { isBroker } from './bus.ts'
import { SettingsError, source } from './error.ts'
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
  /** What is wrong with it and what to do; `null` when nothing is. */
  readonly fault: (settings: Settings, from: string) => string | null
}

const LOOPBACK = /^(?:localhost|127\.[0-9.]+|::1)$/

/** Shortest prefix of a network of proxies that somebody may have to themselves. */
const SHORTEST_PREFIX = { 4: 8, 6: 16 } as const

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

function passwordIn(address: string): string {
  return URL.canParse(address) ? decodeURIComponent(new URL(address).password) : ''
}

/** Of the address of a database or a broker. */
function passwordFault(address: string, from: string, variable: string): string | null {
  const password = passwordIn(address)
  if (password === '') return null
  if (isFlag(from))
    return `the password in a flag is seen by every user of this machine: give it in ${variable} or a file`
  if (!WEAK_PASSWORDS.has(password.toLowerCase())) return null
  return `its password is one that everybody tries: set a random one, as openssl rand -hex 24 makes it`
}

function isEverybody(proxy: string): boolean {
  const [address = '', prefix] = proxy.split('/')
  return prefix !== undefined && Number(prefix) < SHORTEST_PREFIX[address.includes(':') ? 6 : 4]
}

function secretFault({ jwtSecret }: Settings, from: string): string | null {
  if (jwtSecret === '') return null
  if (isFlag(from))
    return 'in a flag it is seen by every user of this machine: give it in ROOMFUL_JWT_SECRET or a file'
  if (!GUESSABLE.test(jwtSecret) && new Set(jwtSecret).size >= MIN_DIFFERENT) return null
  return 'it can be guessed, and whoever does signs tokens for anybody: use a random one, as openssl rand -base64 48 makes it'
}

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
    fault: (settings) =>
      isPublic(settings) && settings.auth !== 'guest' && settings.trustedProxies.length === 0
        ? 'tokens would cross the network unencrypted: put a proxy with TLS in front and name it here, or listen on host 127.0.0.1'
        : null,
  },
  {
    key: 'names',
    fault: ({ names }) =>
      names === 'shared' ? 'shared lets people speak under each other’s names: leave it out' : null,
  },
  {
    key: 'rateLimit',
    fault: ({ rateLimit }) =>
      rateLimit === 'off' ? 'off lets one connection keep the server busy: give a number' : null,
  },
  {
    key: 'metrics',
    fault: (settings) =>
      isPublic(settings) && settings.metrics === 'all' && settings.trustedProxies.length === 0
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
  for (const { key, fault } of RULES) {
    const what = fault(settings, from(key))
    if (what === null) continue
    const text = `${name(key)} (${from(key)}) is unsafe in production: ${what} (${why}).`
    throw new SettingsError(name(key), from(key), text)
  }
}
