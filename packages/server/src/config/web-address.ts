import { SettingsError, source } from './error.ts'

/** What was given as `--url`. Throws `SettingsError` unless it is the address of a web server. */
export function webAddress(command: string, text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol))
    throw new SettingsError(
      'url',
      source.flag('url'),
      `${command}: --url is an address such as https://chat.example.`,
    )
  return text
}
