/** Where a setting came from, as error texts say it. */
export const source = {
  argv: 'command line',
  fallback: 'default',
  flag: (name: string): string => `flag --${name}`,
  env: (variable: string): string => `environment variable ${variable}`,
  file: (path: string): string => `file ${path}`,
} as const

/** The settings are not usable. The message is one sentence for the person who started the program. */
export class SettingsError extends Error {
  /** What was wrong: a setting's name, or the word that is none. */
  readonly setting: string
  /** Where it came from, as in `source`. */
  readonly from: string
  constructor(setting: string, from: string, message: string) {
    super(message)
    this.name = 'SettingsError'
    this.setting = setting
    this.from = from
  }
}
