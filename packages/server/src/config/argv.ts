import { type ParseArgsConfig, parseArgs } from 'node:util'
import { SettingsError, source } from './error.ts'
import { nearest } from './nearest.ts'
import { quote } from './quote.ts'
import { SETTINGS } from './settings.ts'

/** What the command line asks for. `flags` holds the value of each setting that was given, by its name. */
export type Invocation = { readonly flags: ReadonlyMap<string, string> } & (
  | { readonly command: 'serve' | 'help' | 'version' | `config ${ConfigQuestion}` }
  | {
      readonly command: FileCommand
      /** As it was given. */
      readonly file: string
      /** Whether what is there may make way. */
      readonly force: boolean
    }
  | {
      readonly command: 'token'
      readonly claims: TokenFlags
    }
  | {
      readonly command: 'export'
      /** As it was given. */
      readonly file: string
      readonly force: boolean
      readonly asked: Asked
    }
  | {
      readonly command: 'doctor' | 'bench'
      readonly asked: Asked
    }
)

/** What commands are told beside settings, as it was given, by the name of the flag. */
export type Asked = Readonly<Partial<Record<AskedText, string> & Record<AskedSwitch, true>>>

type AskedText = 'room' | 'format' | 'url' | 'token' | 'clients' | 'seconds'
type AskedSwitch = 'yes' | 'json'

const ASKED = {
  export: ['room', 'format'],
  doctor: ['url', 'token'],
  bench: ['url', 'token', 'clients', 'seconds'],
} as const satisfies Record<string, readonly AskedText[]>

/** What `bench` is told without a value. */
const SWITCHES = ['yes', 'json'] as const satisfies readonly AskedSwitch[]

type AskingCommand = keyof typeof ASKED

/** What a token is to say, as it was given. */
export interface TokenFlags {
  readonly name?: string
  readonly sub?: string
  /** How long it holds. */
  readonly expires?: string
  readonly admin?: true
  /** What is allowed in rooms, each as `class-*=join,read`. */
  readonly may?: readonly string[]
}

const TOKEN_TEXTS = ['name', 'sub', 'expires', 'may'] as const

/** Commands about one file, a backup. */
const FILE_COMMANDS = ['backup', 'restore'] as const
type FileCommand = (typeof FILE_COMMANDS)[number]
/** What can be asked of the settings themselves. */
const CONFIG_QUESTIONS = ['print', 'check'] as const
type ConfigQuestion = (typeof CONFIG_QUESTIONS)[number]
const COMMANDS = ['serve', ...FILE_COMMANDS, 'config', 'token', ...Object.keys(ASKED)]

/** Settings that those commands read. */
const FILE_COMMAND_SETTINGS: ReadonlySet<string> = new Set(['data', 'lang', 'config'])

const QUESTIONS = ['help', 'version'] as const

/** Reads the arguments behind the program's name. Throws `SettingsError` for what is unknown or incomplete. */
export function readArgv(argv: readonly string[]): Invocation {
  const options: NonNullable<ParseArgsConfig['options']> = {
    help: { type: 'boolean', short: 'h' },
    version: { type: 'boolean', short: 'v' },
    force: { type: 'boolean' },
  }
  for (const name of [...TOKEN_TEXTS, ...Object.values(ASKED).flat()]) options[name] = { type: 'string' }
  for (const name of SWITCHES) options[name] = { type: 'boolean' }
  for (const { name } of SETTINGS) options[name] = { type: 'string' }
  const { tokens } = parseArgs({
    args: [...argv],
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  for (const question of QUESTIONS) {
    if (tokens.some((token) => token.kind === 'option' && token.name === question && isSwitchedOn(token)))
      return { command: question, flags: new Map() }
  }
  const flags = new Map<string, string>()
  const words = tokens.flatMap((token) => (token.kind === 'positional' ? [token.value] : []))
  const given = tokens.filter((token) => token.kind === 'option')
  if (words[0] === 'token') return tokenInvocation(words, given)
  if (isAsking(words[0])) return askingInvocation(words[0], words, given)
  let force = false
  for (const token of given) {
    if (token.rawName === '--force') force = isSwitchedOn(token)
    else addFlag(flags, token)
  }
  return invocationOf(words, flags, force)
}

function isAsking(word: string | undefined): word is AskingCommand {
  return word !== undefined && Object.hasOwn(ASKED, word)
}

function askingInvocation(
  command: AskingCommand,
  [, file, extra]: readonly string[],
  given: readonly OptionToken[],
): Invocation {
  const flags = new Map<string, string>()
  const asked: { -readonly [Key in keyof Asked]: Asked[Key] } = {}
  const known: readonly AskedText[] = ASKED[command]
  let force = false
  for (const token of given) {
    const { rawName } = token
    const text = known.find((each) => rawName === `--${each}`)
    const word = command === 'bench' ? SWITCHES.find((each) => rawName === `--${each}`) : undefined
    if (rawName === '--force' && command === 'export') force = isSwitchedOn(token)
    else if (word !== undefined) asked[word] = isSwitchedOn(token)
    else if (text === undefined) addFlag(flags, token)
    else asked[text] = onlyValue(token, asked[text])
  }
  if (command !== 'export') {
    if (file !== undefined) refuseExtra(file, `${command} takes no file.`)
    return { command, asked, flags }
  }
  if (file === undefined || file === '')
    throw new SettingsError(command, source.argv, 'export needs the name of a file: roomful export FILE.')
  if (extra !== undefined) refuseExtra(extra, 'export takes one file.')
  return { command, file, force, asked, flags }
}

function tokenInvocation([, extra]: readonly string[], given: readonly OptionToken[]): Invocation {
  if (extra !== undefined) refuseExtra(extra, 'what a token says is given as --name value.')
  const flags = new Map<string, string>()
  const claims: { -readonly [Key in keyof TokenFlags]: TokenFlags[Key] } = {}
  for (const token of given) {
    const text = TOKEN_TEXTS.find((known) => token.rawName === `--${known}`)
    if (token.rawName === '--admin') claims.admin = isSwitchedOn(token)
    else if (text === undefined) addFlag(flags, token)
    else if (text === 'may') claims.may = [...(claims.may ?? []), onlyValue(token, undefined)]
    else claims[text] = onlyValue(token, claims[text])
  }
  return { command: 'token', claims, flags }
}

/** That a flag without a value is given. Throws `SettingsError` when it has one: `--admin=false` must not mean `--admin`. */
function isSwitchedOn({ name, rawName, value }: OptionToken): true {
  if (value === undefined) return true
  throw new SettingsError(
    name,
    source.flag(name),
    `${rawName} takes no value, and is given ${quote(value)}: give ${rawName} alone, or leave it out.`,
  )
}

/** The value of a flag of a command. Throws `SettingsError` when it has none, or had another one. */
function onlyValue({ name, rawName, value }: OptionToken, earlier: string | undefined): string {
  if (value === undefined || value === '')
    throw new SettingsError(name, source.flag(name), `${rawName} needs a value.`)
  if (earlier !== undefined && earlier !== value) refuseTwice(rawName, name, earlier, value)
  return value
}

function refuseTwice(rawName: string, name: string, earlier: string, value: string): never {
  const isSecret = name === 'token' || SETTINGS.some((known) => known.name === name && known.isSecret)
  const both = isSecret ? 'two secrets' : `${quote(earlier)} and ${quote(value)}`
  throw new SettingsError(
    name,
    source.flag(name),
    `${rawName} is given twice, with ${both}: keep one of them.`,
  )
}

function invocationOf(
  words: readonly string[],
  flags: ReadonlyMap<string, string>,
  force: boolean,
): Invocation {
  const [command, file] = words
  const fileCommand = FILE_COMMANDS.find((known) => known === command)
  if (fileCommand !== undefined) return fileInvocation(fileCommand, words, flags, force)
  if (command === 'config') return configInvocation(words, flags, force)
  checkCommand(command)
  if (file !== undefined) refuseExtra(file, 'settings are given as --name value.')
  if (force) refuseForce()
  return { command: 'serve', flags }
}

function configInvocation(
  [, word, extra]: readonly string[],
  flags: ReadonlyMap<string, string>,
  force: boolean,
): Invocation {
  const question = CONFIG_QUESTIONS.find((known) => known === word)
  if (question === undefined)
    throw new SettingsError(
      'config',
      source.argv,
      `config needs to know what to do: roomful config ${CONFIG_QUESTIONS.join(' or roomful config ')}.`,
    )
  if (extra !== undefined) refuseExtra(extra, 'settings are given as --name value.')
  if (force) refuseForce()
  return { command: `config ${question}`, flags }
}

function fileInvocation(
  command: FileCommand,
  [, file, extra]: readonly string[],
  flags: ReadonlyMap<string, string>,
  force: boolean,
): Invocation {
  if (file === undefined || file === '')
    throw new SettingsError(
      command,
      source.argv,
      `${command} needs the name of a file: roomful ${command} FILE.`,
    )
  if (extra !== undefined) refuseExtra(extra, `${command} takes one file.`)
  for (const name of flags.keys())
    if (!FILE_COMMAND_SETTINGS.has(name)) refuseFlag(name, `${command} does not know it.`)
  return { command, file, force, flags }
}

function refuseForce(): never {
  refuseFlag('force', `only ${FILE_COMMANDS.join(' and ')} know it.`)
}

function refuseFlag(name: string, why: string): never {
  throw new SettingsError(name, source.flag(name), `Unexpected flag --${name} (${source.argv}): ${why}`)
}

function refuseExtra(word: string, why: string): never {
  throw new SettingsError(
    word,
    source.argv,
    `Unexpected argument ${JSON.stringify(word)} (${source.argv}): ${why}`,
  )
}

interface OptionToken {
  readonly name: string
  readonly rawName: string
  readonly value?: string | undefined
  readonly inlineValue?: boolean | undefined
}

function addFlag(flags: Map<string, string>, { name, rawName, value, inlineValue }: OptionToken): void {
  const setting = SETTINGS.find((known) => known.name === name)
  if (setting === undefined || !rawName.startsWith('--')) {
    const near = nearest(
      name,
      SETTINGS.map((known) => known.name),
    )
    const hint = near === undefined ? 'roomful --help lists all flags.' : `did you mean --${near}?`
    throw new SettingsError(rawName, source.argv, `Unknown flag ${rawName} (${source.argv}): ${hint}`)
  }
  if (value === undefined || (inlineValue !== true && value.startsWith('--')))
    throw new SettingsError(
      name,
      source.flag(name),
      `${rawName} needs a value: expected ${setting.expected}.`,
    )
  const earlier = flags.get(name)
  if (earlier !== undefined && earlier !== value) refuseTwice(rawName, name, earlier, value)
  flags.set(name, value)
}

function checkCommand(command: string | undefined): void {
  if (command === undefined || COMMANDS.includes(command)) return
  const near = nearest(command, COMMANDS)
  const hint = near === undefined ? `the commands are ${COMMANDS.join(', ')}.` : `did you mean ${near}?`
  throw new SettingsError(
    command,
    source.argv,
    `Unknown command ${JSON.stringify(command)} (${source.argv}): ${hint}`,
  )
}
