import { resolve } from 'node:path'
import { Type } from 'typebox'
import { Check } from 'typebox/value'
import { readArgv } from './argv.ts'
import { refuseUnsafeAuth } from './auth-settings.ts'
import type { Rule } from '../ports/permissions.ts'
import { AUTOMATIC_BUS, isAddress, isReadable, shownBus } from './bus.ts'
import { SettingsError, source } from './error.ts'
import { jsonFault } from './json-fault.ts'
import { nearest } from './nearest.ts'
import { OFF } from './off.ts'
import { PERMISSION_SETTINGS } from './permission-settings.ts'
import { type Places, refuseUnsafeProduction } from './production.ts'
import { quote } from './quote.ts'
import { idleRule, malformedRules } from './rule-faults.ts'
import {
  describe,
  SETTINGS,
  type Setting,
  type SettingKey,
  type Settings,
  SettingsSchema,
} from './settings.ts'

/** Data that keeps nothing. */
export const IN_MEMORY = ':memory:'

/** Whether data is the address of a database, and no folder. */
export function isDatabase(data: string): boolean {
  return /^postgres(?:ql)?:\/\//.test(data)
}

/** Data as it may be shown: the address of a database without its password. */
export function shownData(data: string): string {
  if (!isDatabase(data)) return data
  const { protocol, username, host, pathname } = new URL(data)
  return `${protocol}//${username === '' ? '' : `${username}@`}${host}${pathname}`
}

/** No setting: what `doctor` and `bench` show a server. */
export const TOKEN_VARIABLE = 'ROOMFUL_TOKEN'

/** Everything that settings are read from. */
export interface SettingsSources {
  /** Arguments behind the program's name. */
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  /** Folder against which relative paths are taken. */
  readonly cwd: string
  /** Reads a file as UTF-8; throws as `fs.readFileSync` does. */
  readonly readFile: (path: string) => string
}

/** A value on its way into the settings, and where it was found. */
interface Found {
  readonly value: unknown
  readonly from: string
}

type FoundByKey = ReadonlyMap<SettingKey, Found>

export interface SettingsFound {
  readonly settings: Settings
  /** Where each comes from, in the words of error texts. */
  readonly origins: ReadonlyMap<SettingKey, string>
}

/**
 * Reads the settings: defaults, then the file, then the environment, then the flags; the later wins.
 * Throws `SettingsError` at the first one that is unknown, malformed or contradicts another.
 */
export function loadSettings(sources: SettingsSources): Settings {
  return findSettings(sources).settings
}

/** As `loadSettings`, and says where each comes from. */
export function findSettings({ argv, env, cwd, readFile }: SettingsSources): SettingsFound {
  const { command, flags } = readArgv(argv)
  const fromFlags = readFlags(flags)
  const fromEnv = readEnv(env, fromFlags)
  const named = fromFlags.get('config') ?? fromEnv.get('config')
  const fromFile = readConfigFile(named, cwd, readFile)
  const found = new Map<SettingKey, Found>([...fromFile, ...fromEnv, ...fromFlags])
  const values: Record<string, unknown> = {}
  for (const { key, fallback } of SETTINGS) values[key] = found.has(key) ? found.get(key)?.value : fallback
  if (!Check(SettingsSchema, values)) throw new TypeError('a setting was not checked')
  const settings = {
    ...values,
    origins: Object.freeze([...values.origins]),
    jwtKey: values.jwtKey === '' ? '' : resolve(cwd, values.jwtKey),
    trustedProxies: Object.freeze(values.trustedProxies.filter((proxy) => proxy !== OFF)),
    data: values.data === IN_MEMORY || isDatabase(values.data) ? values.data : resolve(cwd, values.data),
    config: resolve(cwd, values.config),
  }
  // Whoever makes a token need not say for whom.
  const isForToken = command === 'token' && settings.auth === 'guest' && settings.jwtSecret !== ''
  refuseContradictions(isForToken ? { ...settings, auth: 'jwt+guest' } : settings, found)
  // A copy may be made of whatever there is.
  if (command === 'serve' || command.startsWith('config'))
    refuseUnsafeProduction(settings, env, placesOf(found))
  const origins = SETTINGS.map(({ key }) => [key, found.get(key)?.from ?? source.fallback] as const)
  return { settings: Object.freeze(settings), origins: new Map(origins) }
}

function readFlags(flags: ReadonlyMap<string, string>): FoundByKey {
  const found = new Map<SettingKey, Found>()
  for (const setting of SETTINGS) {
    const text = flags.get(setting.name)
    if (text !== undefined) found.set(setting.key, parseText(setting, text, source.flag(setting.name)))
  }
  return found
}

function readEnv(env: SettingsSources['env'], flags: FoundByKey): FoundByKey {
  const found = new Map<SettingKey, Found>()
  const own = [...SETTINGS.map((setting) => setting.env[0] ?? ''), TOKEN_VARIABLE]
  for (const variable of Object.keys(env)) {
    if (!variable.startsWith('ROOMFUL_') || own.includes(variable)) continue
    const from = source.env(variable)
    throw new SettingsError(
      variable,
      from,
      `Unknown setting ${variable} (environment variable): ${hint(variable, own)}`,
    )
  }
  for (const setting of SETTINGS) {
    const [ownVariable = '', platformVariable = ''] = setting.env
    const text = env[ownVariable]
    // A variable that is not ours is read only when nobody said otherwise, and may be empty.
    const platformText = flags.has(setting.key) ? '' : (env[platformVariable] ?? '')
    if (text !== undefined) found.set(setting.key, parseText(setting, text, source.env(ownVariable)))
    else if (platformText !== '')
      found.set(setting.key, parseText(setting, platformText, source.env(platformVariable)))
  }
  return found
}

function readConfigFile(
  named: Found | undefined,
  cwd: string,
  readFile: (path: string) => string,
): FoundByKey {
  const config = SETTINGS.find(({ key }) => key === 'config')
  const path = resolve(cwd, String(named?.value ?? config?.fallback))
  const fail = (what: string): never => {
    const from = named === undefined ? source.file(path) : named.from
    throw new SettingsError('config', from, `config (${from}): ${what}.`)
  }
  let text: string
  try {
    text = readFile(path)
  } catch (error) {
    const code = errorCode(error)
    if (named === undefined && code === 'ENOENT') return new Map()
    return fail(
      code === 'ENOENT' ? `expected a file, but ${path} does not exist` : `cannot read ${path} (${code})`,
    )
  }
  text = text.replace(/^\ufeff/, '')
  const fault = text.trim() === '' ? null : jsonFault(text)
  if (fault !== null) return fail(`${path} is no JSON at ${fault}`)
  const content = parseJson(text)
  if (!(typeof content === 'object' && content !== null) || Array.isArray(content))
    return fail(`expected ${path} to hold one JSON object such as {"port": 8000}`)
  return readFileSettings(content, path)
}

function readFileSettings(content: object, path: string): FoundByKey {
  const inFile = SETTINGS.filter(({ key }) => key !== 'config')
  const from = source.file(path)
  const found = new Map<SettingKey, Found>()
  for (const [name, value] of Object.entries(content)) {
    const setting = inFile.find((known) => known.name === name)
    if (setting === undefined) {
      const text = `Unknown setting ${quote(name)} (${from}): ${hint(
        name,
        inFile.map((known) => known.name),
      )}`
      throw new SettingsError(name, from, text)
    }
    if (!Check(setting.schema, value)) refuse(setting, value, from)
    found.set(setting.key, { value, from })
  }
  return found
}

/** Takes the first reading of a text that the setting accepts: a number, the text itself, a comma list. */
function parseText(setting: Setting, text: string, from: string): Found {
  const readings: unknown[] = [text]
  if (/^-?\d+(?:\.\d+)?$/.test(text)) readings.unshift(Number(text))
  readings.push(text.split(',').flatMap((part) => (part.trim() === '' ? [] : [part.trim()])))
  for (const value of readings) if (Check(setting.schema, value)) return { value, from }
  return refuse(setting, text, from)
}

function refuse(setting: Setting, value: unknown, from: string): never {
  const why = setting.key === 'permissions' && typeof value !== 'string' ? malformedRules(value) : null
  if (why !== null) throw new SettingsError(setting.name, from, `${setting.name} (${from}): ${why}.`)
  const got = setting.isSecret ? 'something else' : quote(value)
  const end = typeof value === 'string' ? correction(setting, value) : '.'
  throw new SettingsError(
    setting.name,
    from,
    `${setting.name} (${from}): expected ${setting.expected}, got ${got}${end}`,
  )
}

/** End of the sentence that refuses a text: what it was probably meant to be. */
function correction({ schema, expected }: Setting, text: string): string {
  if (isAddress(text) && URL.canParse(text) && !isReadable(text)) return '; a % in it is written %25.'
  const scheme = isAddress(text) && Type.IsString(schema) ? text.slice(0, text.indexOf('://') + 3) : null
  const choices = scheme === null ? describe(schema).split(/, | or /) : (expected.match(/[a-z]+:\/\//g) ?? [])
  const near = nearest(scheme ?? text, choices)
  return near === undefined || near === scheme ? '.' : `; did you mean ${near}?`
}

/** Pairs of settings of which one bounds the other. */
const ORDERED = [
  ['heartbeatInterval', 'heartbeatTimeout'],
  ['maxMessageBytes', 'maxFrameBytes'],
  ['drainDelay', 'drainTimeout'],
] as const satisfies ReadonlyArray<readonly [lesser: SettingKey, greater: SettingKey]>

function placesOf(found: FoundByKey): Places {
  return {
    name: (key) => SETTINGS.find((setting) => setting.key === key)?.name ?? key,
    from: (key) => found.get(key)?.from ?? source.fallback,
  }
}

function refuseContradictions(settings: Settings, found: FoundByKey): void {
  const { name, from } = placesOf(found)
  for (const [lesser, greater] of ORDERED) {
    if (settings[lesser] < settings[greater]) continue
    const say = (key: (typeof ORDERED)[number][number]): string =>
      `${name(key)} (${settings[key]}, ${from(key)})`
    const text = `${say(lesser)} must be smaller than ${say(greater)}: lower the first or raise the second.`
    throw new SettingsError(name(lesser), from(lesser), text)
  }
  if (settings.bus !== AUTOMATIC_BUS && !isDatabase(settings.data)) {
    const text = `bus (${from('bus')}): ${shownBus(settings.bus)} is for servers that share a history: give data a PostgreSQL database (${from('data')}: ${settings.data}), or leave bus out.`
    throw new SettingsError('bus', from('bus'), text)
  }
  refuseUnsafeAuth(settings, from)
  refuseIdleRules(settings, from('permissions'))
  if (settings.permissionsHook === '' && settings.permissionsHookSecret !== '') {
    const text = `permissions-hook-secret (${from('permissionsHookSecret')}): it does nothing without permissions-hook.`
    throw new SettingsError('permissions-hook-secret', from('permissionsHookSecret'), text)
  }
  if (settings.origins.includes('*') && settings.origins.length > 1) {
    const text = `origins (${from('origins')}): * lets every origin in and stands alone; remove it or the others.`
    throw new SettingsError('origins', from('origins'), text)
  }
}

function refuseIdleRules({ permissions, auth }: Pick<Settings, 'permissions' | 'auth'>, from: string): void {
  const why = idleRule(permissions, auth)
  if (why !== null) throw new SettingsError('permissions', from, `permissions (${from}): ${why}.`)
}

/**
 * The rules of permissions as the configuration file at `path` has them now. Throws `SettingsError` when there is no such file or they are not usable.
 */
export function rulesInFile(
  path: string,
  auth: Settings['auth'],
  readFile: SettingsSources['readFile'],
): readonly Rule[] {
  const found = readConfigFile({ value: path, from: source.file(path) }, path, readFile).get('permissions')
  const rules: unknown = found?.value ?? []
  if (!Check(PERMISSION_SETTINGS.permissions, rules)) throw new TypeError('the rules were not checked')
  refuseIdleRules({ permissions: rules, auth }, found?.from ?? source.file(path))
  return rules
}

function hint(word: string, known: readonly string[]): string {
  const near = nearest(word, known)
  return near === undefined ? 'roomful --help lists all settings.' : `did you mean ${near}?`
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'
}
