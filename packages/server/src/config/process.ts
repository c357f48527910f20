import { readFileSync } from 'node:fs'
import { SettingsError, source } from './error.ts'
import {
  findSettings,
  loadSettings,
  type SettingsFound,
  type SettingsSources,
  TOKEN_VARIABLE,
} from './load.ts'
import type { Settings } from './settings.ts'

/** The settings of this process, from its command line, environment and working folder. Throws `SettingsError`. */
export function settingsOfProcess(): Settings {
  return loadSettings(sourcesOfProcess())
}

/** As `settingsOfProcess`, and where each comes from. */
export function settingsFoundByProcess(): SettingsFound {
  return findSettings(sourcesOfProcess())
}

/** The token that a command is to show: the one that was given with it, or that of the environment; `null` for none. Throws `SettingsError`, which does not hold it, for what is none. */
export function tokenOfProcess(command: string, given: string | undefined): string | null {
  const text = (given ?? process.env[TOKEN_VARIABLE] ?? '').trim()
  if (text === '') return null
  // RFC 6750 section 2.1; all else a header would not take.
  if (/^[\w~+/.-]+=*$/.test(text)) return text
  const from = given === undefined ? source.env(TOKEN_VARIABLE) : source.flag('token')
  throw new SettingsError('token', from, `${command}: what is given as a token (${from}) is none.`)
}

function sourcesOfProcess(): SettingsSources {
  return {
    argv: process.argv.slice(2),
    env: process.env,
    cwd: process.cwd(),
    readFile: (path) => readFileSync(path, 'utf8'),
  }
}
