/** The settings as people read them: `--help` and the reference page. */
import { shownBus } from './bus.ts'
import { source } from './error.ts'
import { type SettingsFound, shownData } from './load.ts'
import { OFF } from './off.ts'
import { AUTO, SETTINGS, type Setting, type SettingKey, type Settings } from './settings.ts'

const HELP_WIDTH = 100

/** Text of `roomful --help`. */
export function helpText(): string {
  const lines = SETTINGS.map((setting) => {
    const meaning = `${setting.doc} Default: ${shown(setting.fallback)}${withUnit(setting)}.`
    return `  --${setting.name} ${placeholder(setting)}\n${wrapped(meaning, 6)}`
  })
  return `Usage: roomful [serve] [--SETTING VALUE …]
       roomful backup [--data FOLDER] [--force] FILE
       roomful restore FILE [--data FOLDER] [--force]
       roomful export FILE [--room NAME] [--format json|text|html] [--data FOLDER] [--force]
       roomful doctor [--url ADDRESS] [--token TOKEN] [--SETTING VALUE …]
       roomful bench [--clients 100] [--seconds 10] [--url ADDRESS --yes [--token TOKEN]] [--json] [--SETTING VALUE …]
       roomful config print|check [--SETTING VALUE …]
       roomful token --name NAME [--sub SUBJECT] [--expires 1h] [--admin] [--may ROOMS=ACTIONS …] [--SETTING VALUE …]

serve     Starts the chat server.
backup    Copies everything that was said into FILE, also while a server runs, and reads it back before it gets its name.
          With --force it replaces a FILE that is there.
restore   Makes FILE the history of a data folder that no server uses. With --force the folder need not be empty: the database that
          is there is kept under a dated name. Clients that were connected before are told that there is a gap.
export    Writes what was said in all rooms, or in one, into FILE: as lines of JSON, as text, or as one page of HTML that runs no script; the end of
          FILE's name says which, unless --format does. Edits, deletions and reactions are folded into their messages; what was said in private is left out.
          A server may be running.
doctor    Looks at what a server with these settings needs: descriptors, store, broker, clock, and at the address that people use (--url) whether a
          WebSocket gets through, is kept while nobody speaks, and whom it lets in. Tells each finding and what to do; ends with 1 when one is bad.
          Where everybody needs a token: ROOMFUL_TOKEN (or --token, which other users of the machine see), or one is made with jwt-secret.
bench     Measures what this installation does: clients speak as fast as they are answered, to a server of its own with a folder beside the data
          folder, or to the one at --url, which others may use; so that needs --yes as well. --json prints the figures for programs.
config    Starts nothing: print tells each setting as it would be, and where it comes from, without passwords; check tells only whether
          all of them are usable.
token     Prints a JSON Web Token that is signed with jwt-secret, for development: it lets NAME in where auth is jwt. It holds for an
          hour unless --expires says otherwise (90s, 30m, 12h, 7d). --may says what NAME may do in a room, or in all whose names begin so:
          --may 'class-*=join,read,write' --may news=join,read --may '*=none'; of those that fit, the longest decides.

backup, restore, export, doctor, bench, config and token end with code 0 when all is well, 1 when it is not, 2 when they were called wrongly.

Settings:
${lines.join('\n')}

  --help       Prints this.
  --version    Prints the version.

Each setting can also be given as an environment variable (--max-rooms is ROOMFUL_MAX_ROOMS) or in roomful.json.
Flags win over the environment, the environment wins over the file.
`
}

/** The page `docs/settings.md`. */
export function settingsPage(): string {
  const rows = SETTINGS.map((setting) => [
    `\`${setting.name}\``,
    `\`${shown(setting.fallback)}\``,
    capital(setting.expected),
    setting.unit ?? '',
    envCell(setting),
    `${setting.doc}${setting.key === 'config' ? ' Not in the file itself.' : ''}`,
  ])
  return `# Settings

<!-- Made by scripts/settings-doc.mjs from packages/server/src/config/settings.ts: change it there. -->

[繁體中文](settings.zh-TW.md)

Every setting has one name. It can be given, the later winning over the earlier,

1. in the file \`roomful.json\` of the working folder, or the one that \`--config FILE\` names: \`{"max-rooms": 50}\`,
2. as an environment variable: \`ROOMFUL_MAX_ROOMS=50\`,
3. as a flag: \`--max-rooms 50\`.

\`PORT\` and \`HOST\` are read when neither the flag nor the \`ROOMFUL_\` variable is given. Lists are separated by commas, in the file they
are arrays of strings. Relative paths start at the working folder.

An unknown, malformed or contradictory setting stops the start with one sentence and exit code 2. \`${OFF}\` means no limit.

${pageTable(['Name', 'Default', 'Allowed', 'Unit', 'Environment', 'Meaning'], rows)}
`
}

/** A table of Markdown. */
export function pageTable(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(heads), `|${heads.map(() => '---|').join('')}`, ...rows.map(line)].join('\n')
}

/** The environment variables of a setting, as a cell. */
export function envCell({ env }: Setting): string {
  return env.map((variable) => `\`${variable}\``).join(', ')
}

/** Text of `roomful config print`: a line for each setting, its value and where it comes from. */
export function settingsTable({ settings, origins }: SettingsFound): string {
  const rows = SETTINGS.map(({ key, name }) => [name, safe(key, settings), origins.get(key) ?? ''])
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows
    .map((row) => `${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}\n`)
    .join('')
}

/** Text of `roomful config check`: those that are not usable have been refused before. */
export function settingsVerdict({ origins }: SettingsFound): string {
  const given = SETTINGS.filter(({ key }) => origins.get(key) !== source.fallback)
  const names = given.map(({ name, key }) => `${name} (${origins.get(key) ?? ''})`)
  return `All settings are usable. Given: ${names.length === 0 ? 'none' : names.join(', ')}.\n`
}

/** Without passwords and secrets. */
function safe(key: SettingKey, settings: Settings): string {
  if (SETTINGS.some((setting) => setting.key === key && setting.isSecret))
    return settings[key] === '' ? 'none' : 'hidden'
  if (key === 'permissions') return rulesShown(settings.permissions.length)
  if (key === 'data') return shownData(settings.data)
  return key === 'bus' ? shownBus(settings.bus) : shown(settings[key])
}

function rulesShown(count: number): string {
  return count === 0 ? 'none' : count === 1 ? '1 rule' : `${count} rules`
}

/** A value as one gives it. */
export function shown(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.join(',')
  return value === '' ? 'none' : String(value)
}

function withUnit({ unit, fallback }: Setting): string {
  return unit === undefined || fallback === OFF ? '' : ` ${unit}`
}

const LISTS: readonly string[] = ['origins', 'trustedProxies', 'jwtAlgorithms', 'jwtAudience', 'jwtIssuer']

function placeholder({ key, expected, isSecret }: Setting): string {
  if (expected.includes(' number ')) {
    const word = [OFF, AUTO].find((each) => expected.endsWith(each))
    return word === undefined ? 'NUMBER' : `NUMBER|${word}`
  }
  if (LISTS.includes(key)) return 'LIST'
  if (isSecret || key.endsWith('Claim')) return 'TEXT'
  if (key === 'permissions') return 'IN-FILE'
  if (key === 'data') return 'FOLDER'
  if (key === 'bus' || key === 'jwtJwks' || key === 'permissionsHook') return 'ADDRESS'
  if (key === 'config' || key === 'jwtKey') return 'FILE'
  if (key === 'host') return 'ADDRESS'
  if (key === 'traces') return `ADDRESS|${OFF}`
  return expected.split(/, | or /).join('|')
}

function capital(text: string): string {
  return text.replace(/^(?:a|an) /, (article) => article.toUpperCase().charAt(0) + article.slice(1))
}

function wrapped(text: string, indent: number): string {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + word.length + 1 > HELP_WIDTH - indent) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  lines.push(line)
  return lines.map((each) => ' '.repeat(indent) + each).join('\n')
}
