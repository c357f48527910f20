import { type ParseArgsConfig, parseArgs } from 'node:util'
import { SettingsError, source } from './error.ts'
import { nearest } from './nearest.ts'
import { SETTINGS } from './settings.ts'

/** What the command line asks for. `flags` holds the value of each setting that was given, by its name. */
export interface Invocation {
  readonly command: 'serve' | 'help' | 'version'
  readonly flags: ReadonlyMap<string, string>
}

const COMMANDS = ['serve']
const QUESTIONS = ['help', 'version'] as const

/** Reads the arguments behind the program's name. Throws `SettingsError` for what is unknown or incomplete. */
export function readArgv(argv: readonly string[]): Invocation {
  const options: NonNullable<ParseArgsConfig['options']> = {
    help: { type: 'boolean', short: 'h' },
    version: { type: 'boolean', short: 'v' },
  }
  for (const { name } of SETTINGS) options[name] = { type: 'string' }
  const { tokens } = parseArgs({
    args: [...argv],
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  for (const question of QUESTIONS) {
    if (tokens.some((token) => token.kind === 'option' && token.name === question))
      return { command: question, flags: new Map() }
  }
  const flags = new Map<string, string>()
  const words: string[] = []
  for (const token of tokens) {
    if (token.kind === 'positional') words.push(token.value)
    if (token.kind === 'option') addFlag(flags, token)
  }
  checkCommand(words)
  return { command: 'serve', flags }
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
  if (earlier !== undefined && earlier !== value) {
    const both = `${JSON.stringify(earlier)} and ${JSON.stringify(value)}`
    throw new SettingsError(
      name,
      source.flag(name),
      `${rawName} is given twice, with ${both}: keep one of them.`,
    )
  }
  flags.set(name, value)
}

function checkCommand(words: readonly string[]): void {
  const [command, extra] = words
  if (command !== undefined && !COMMANDS.includes(command)) {
    const near = nearest(command, COMMANDS)
    const hint = near === undefined ? `the only command is ${COMMANDS.join(', ')}.` : `did you mean ${near}?`
    throw new SettingsError(
      command,
      source.argv,
      `Unknown command ${JSON.stringify(command)} (${source.argv}): ${hint}`,
    )
  }
  if (extra !== undefined) {
    const text = `Unexpected argument ${JSON.stringify(extra)} (${source.argv}): settings are given as --name value.`
    throw new SettingsError(extra, source.argv, text)
  }
}
