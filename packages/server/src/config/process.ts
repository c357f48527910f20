import { readFileSync } from 'node:fs'
import { loadSettings, type SettingsSources } from './load.ts'
import type { Settings } from './settings.ts'

/** The settings of this process, from its command line, environment and working folder. Throws `SettingsError`. */
export function settingsOfProcess(): Settings {
  const sources: SettingsSources = {
    argv: process.argv.slice(2),
    env: process.env,
    cwd: process.cwd(),
    readFile: (path) => readFileSync(path, 'utf8'),
  }
  return loadSettings(sources)
}
