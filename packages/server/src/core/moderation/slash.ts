/** MO11: what a moderator may write instead of a message. */
import {
  EVERYWHERE,
  MAX_SANCTION_SECONDS,
  MAX_USERNAME_LENGTH,
  type ModerationAction,
} from '@roomful/protocol'
import type { Asked, Readings } from './asked.ts'

type Reading = Omit<Asked, 'room' | 'said_in'> & { readonly isEverywhere: boolean }

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

export interface Command {
  /** How it may be read, `[]` when it is not written as it must be. */
  readonly readings: readonly Reading[]
  /** How it is written. */
  readonly usage: string
  /** That is told when none of the readings names somebody who is known: the name may have ended before what is at fault. */
  readonly isDoubtful: boolean
}

/** `null` for what is a text like any other. */
export function parseCommand(text: string): Command | null {
  const [word = ''] = /^\/\S+/.exec(text) ?? []
  const known = Object.hasOwn(COMMANDS, word.toLowerCase()) ? COMMANDS[word.toLowerCase()] : undefined
  if (known === undefined) return null
  const [action, usage] = known
  const rest = text.slice(word.length).trim()
  if (ON_PEOPLE.has(action)) return { usage, ...readPerson(action, rest) }
  const reading = read(action, rest)
  return { usage, readings: reading === null ? [] : [reading], isDoubtful: false }
}

const ON_PEOPLE: ReadonlySet<ModerationAction> = new Set(['mute', 'ban', 'unmute', 'unban', 'kick'])

function read(action: ModerationAction, rest: string): Reading | null {
  switch (action) {
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

function readSlow(rest: string): Reading | null {
  const seconds = rest === 'off' || rest === '0' ? 0 : rest === '' ? undefined : secondsOf(rest)
  return seconds === null ? null : { action: 'slow', seconds, isEverywhere: false }
}

/** `"Bob Smith"`, also in the quotes that keyboards put there. */
const QUOTED = /^(?:"([^"]+)"|“([^”]+)”|「([^」]+)」)(?:\s+(.+))?$/s

/** A reason that begins so is a time, or the rest of a name, that was not written as it must be. */
const NO_REASON = /^(?:[-+.]?\p{Nd}|["“「](?![^"”」]*["”」]))/u

/** Words that a name without quotes may have: each is one character and a space at least. */
const MAX_NAME_WORDS = MAX_USERNAME_LENGTH / 2

/** A name, `@` before it or not; then a time, where one is taken; what is left is the reason. Without quotes the name may be of one word or several. */
function readPerson(action: ModerationAction, text: string): Omit<Command, 'usage'> {
  let rest = text
  const options = new Set<string>()
  for (let option = optionIn(rest); option !== null; option = optionIn(rest)) {
    options.add(option)
    rest = rest.slice(option.length).trimStart()
  }
  const readings = splitsOf(rest).map(([name, behind]) => readBehind(action, name, behind, options))
  const found = readings.filter((reading) => reading !== null)
  return { readings: found, isDoubtful: readings[0] === null }
}

/** Where the name may end: what it is then, and what stands behind it. */
function splitsOf(text: string): readonly (readonly [name: string, behind: string])[] {
  const [quoted, straight, curly, corner, behind = ''] = QUOTED.exec(text) ?? []
  if (quoted !== undefined) return [[straight ?? curly ?? corner ?? '', behind]]
  if (/^(?:@?["“”「」]|--)/.test(text)) return []
  const bare = text.replace(/^@(?=\S)/, '')
  const words = [...bare.matchAll(/\S+/g)].slice(0, MAX_NAME_WORDS)
  return words.map(({ 0: word, index }) => {
    const end = index + word.length
    return [bare.slice(0, end), bare.slice(end).trim()]
  })
}

function readBehind(
  action: ModerationAction,
  target_user: string,
  behind: string,
  options: ReadonlySet<string>,
): Reading | null {
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

/** What a command may ask for, in the room where it was written; `null` when it is not written as it must be. */
export function readingsOf({ readings }: Command, room: string): Readings | null {
  const asked = readings.map(({ isEverywhere, ...each }): Asked => {
    return isEverywhere ? { ...each, room: EVERYWHERE, said_in: room } : { ...each, room }
  })
  const [first, ...others] = asked
  return first === undefined ? null : [first, ...others]
}
