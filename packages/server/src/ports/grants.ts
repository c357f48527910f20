/** What is allowed in which rooms, and how it is written down. */

/** `join`: be there, counted and announced. `read`: see what is said and who is there. `write`: say something. `moderate`: over others. */
export const ACTIONS = ['join', 'read', 'write', 'moderate'] as const

export type Action = (typeof ACTIONS)[number]

/**
 * By pattern of rooms, what is allowed in those that it fits; nothing else is. A pattern is a room's name, or its beginning and `*`. Of several that fit a room the
 * longest decides alone, the name itself before all. Plain JSON, as an identity is.
 */
export type Grants = Readonly<Record<string, readonly Action[]>>

/** Most patterns that one set of grants may have. */
const MAX_PATTERNS = 1_000

/** Longest pattern, in UTF-16 units. */
const MAX_PATTERN_LENGTH = 513

const PATTERN = /^[\p{L}\p{N}\p{M}._-]*\*?$/u

export function isPattern(text: unknown): text is string {
  return (
    typeof text === 'string' &&
    text !== '' &&
    text.length <= MAX_PATTERN_LENGTH &&
    PATTERN.test(text) &&
    text.normalize('NFC') === text
  )
}

export function fits(pattern: string, room: string): boolean {
  return pattern.endsWith('*') ? room.startsWith(pattern.slice(0, -1)) : room === pattern
}

/** The pattern that decides about a room; `null` when none fits. */
export function decidingPattern(grants: Grants, room: string): string | null {
  if (Object.hasOwn(grants, room)) return room
  // Whoever asks may have sent any text for a room: what is beyond the longest pattern decides nothing, and would cost its square.
  for (let length = Math.min(room.length, MAX_PATTERN_LENGTH); length >= 0; length--) {
    const pattern = `${room.slice(0, length)}*`
    if (Object.hasOwn(grants, pattern)) return pattern
  }
  return null
}

/** What JSON says of grants, `{"class-*":["join","read"]}`; `null` when it says anything else. */
export function readGrants(said: unknown): Grants | null {
  if (typeof said !== 'object' || said === null || Array.isArray(said)) return null
  const entries = Object.entries(said)
  if (entries.length > MAX_PATTERNS) return null
  const grants = entries.filter(isGrant)
  return grants.length === entries.length ? Object.fromEntries(grants) : null
}

function isGrant(entry: [string, unknown]): entry is [string, readonly Action[]] {
  const [pattern, actions] = entry
  return isPattern(pattern) && Array.isArray(actions) && actions.every(isAction)
}

function isAction(said: unknown): said is Action {
  return ACTIONS.some((action) => action === said)
}
