import { readFileSync } from 'node:fs'
import { findSettings, loadSettings, type SettingsFound, type SettingsSources } from './load.ts'
import type { Settings } from './settings.ts'

/** The settings of this process, from its command line, environment and working folder. Throws `SettingsError`. */
export function settingsOfProcess(): Settings {
  return loadSettings(sourcesOfProcess())
}

/** As `settingsOfProcess`, and where each comes from. */
export function settingsFoundByProcess(): SettingsFound {
  return findSettings(sourcesOfProcess())
}

function sourcesOfProcess(): SettingsSources {
  return {
    argv: process.argv.slice(2),
    env: process.env,
    cwd: process.cwd(),
    readFile: (path) => readFileSync(path, 'utf8'),
  }
}
