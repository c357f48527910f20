/** MO11: what a moderator may write instead of a message. */
import { EVERYWHERE, MAX_SANCTION_SECONDS, type ModerationAction } from '@roomful/protocol'
import type { ModerationRequest } from '../../ports/moderation.ts'

type Asked = Omit<ModerationRequest, 'room' | 'client_id'> & { readonly isEverywhere: boolean }

/** How each is written, as a moderator is told who wrote it otherwise. */
const COMMANDS: Readonly<Record<string, readonly [ModerationAction, usage: string]>> = {
  '/mute': ['mute', '/mute NAME [10m] [REASON]'],
  '/unmute': ['unmute', '/unmute NAME'],
  '/kick': ['kick', '/kick NAME [REASON]'],
  '/ban': ['ban', '/ban [--address] [--everywhere] NAME [7d] [REASON]'],
  '/unban': ['unban', '/unban [--everywhere] NAME'],
  '/slow': ['slow', '/slow 30s | off'],
  '/lock': ['lock', '/lock'],
  '/unlock': ['unlock', '/unlock'],
  '/readonly': ['read_only', '/readonly'],
  '/writable': ['writable', '/writable'],
  '/delete': ['delete', '/delete NUMBER [REASON]'],
}

export type Command =
  | { readonly kind: 'command'; readonly asked: Asked }
  /** A command, and not written as it must be. */
  | { readonly kind: 'usage'; readonly usage: string }

/** `null` for what is a text like any other. */
export function parseCommand(text: string): Command | null {
  const [word = ''] = /^\/\S+/.exec(text) ?? []
  const known = Object.hasOwn(COMMANDS, word.toLowerCase()) ? COMMANDS[word.toLowerCase()] : undefined
  if (known === undefined) return null
  const [action, usage] = known
  const asked = read(action, text.slice(word.length).trim())
  return asked === null ? { kind: 'usage', usage } : { kind: 'command', asked }
}

function read(action: ModerationAction, rest: string): Asked | null {
  switch (action) {
    case 'mute':
    case 'ban':
    case 'unmute':
    case 'unban':
    case 'kick':
      return readPerson(action, rest)
    case 'slow':
      return readSlow(rest)
    case 'delete': {
      const [, number, reason = ''] = /^#?(\d{1,15})(?:\s+(.+))?$/s.exec(rest) ?? []
      return number === undefined ? null : { action, seq: Number(number), reason, isEverywhere: false }
    }
    default:
      return rest === '' ? { action, isEverywhere: false } : null
  }
}

function readSlow(rest: string): Asked | null {
  const seconds = rest === 'off' || rest === '0' ? 0 : rest === '' ? undefined : secondsOf(rest)
  return seconds === null ? null : { action: 'slow', seconds, isEverywhere: false }
}

/** `"Bob Smith"`, also in the quotes that keyboards put there, `@Bob` or `Bob`; then a time, where one is taken; what is left is the reason. */
const PERSON = /^(?:"([^"]+)"|“([^”]+)”|「([^」]+)」|@?([^\s"“”「」]\S*))(?:\s+(.+))?$/s

/** A reason that begins so is a time, or the rest of a name, that was not written as it must be. */
const NO_REASON = /^(?:[-+.]?\p{Nd}|["“「](?![^"”」]*["”」]))/u

function readPerson(action: ModerationAction, text: string): Asked | null {
  let rest = text
  const options = new Set<string>()
  for (let option = optionIn(rest); option !== null; option = optionIn(rest)) {
    options.add(option)
    rest = rest.slice(option.length).trimStart()
  }
  const [, straight, curly, corner, bare, behind = ''] = PERSON.exec(rest) ?? []
  const target_user = straight ?? curly ?? corner ?? bare
  if (target_user === undefined || bare?.startsWith('--') === true) return null
  const isTimed = action === 'mute' || action === 'ban'
  const [first = ''] = behind.split(/\s/, 1)
  const seconds = isTimed ? secondsOf(first) : null
  const reason = seconds === null ? behind : behind.slice(first.length).trim()
  if (seconds === null && NO_REASON.test(reason)) return null
  return {
    action,
    target_user,
    reason,
    ...(seconds !== null && { seconds }),
    ...(options.has('--address') && { with_address: true }),
    isEverywhere: options.has('--everywhere'),
  }
}

function optionIn(text: string): string | null {
  return /^--(?:address|everywhere)(?=\s)/.exec(text)?.[0] ?? null
}

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 }

/** `90s`, `10m`, `2h`, `7d`, `1w`; `null` for anything else. */
function secondsOf(text: string): number | null {
  const [, number, unit = ''] = /^(\d{1,9})([smhdw])$/.exec(text) ?? []
  if (number === undefined) return null
  const seconds = Number(number) * (UNITS[unit] ?? 1)
  return seconds >= 1 && seconds <= MAX_SANCTION_SECONDS ? seconds : null
}

/** The request that a command is, in the room where it was written. */
export function requestOf(
  { isEverywhere, ...asked }: Asked,
  room: string,
  client_id?: string,
): ModerationRequest {
  return { ...asked, room: isEverywhere ? EVERYWHERE : room, client_id }
}
