import { MAX_ROOM_LENGTH, MAX_USERNAME_LENGTH, ROOM_NAME } from './limits.ts'

/** Why a name is refused. */
export type NameFault = 'empty' | 'too_long' | 'characters' | 'spaces' | 'reserved' | 'ill_formed'

/** A name in its canonical form and the key under which it is unique, or the fault. */
export type NameCheck = { ok: true; name: string; key: string } | { ok: false; fault: NameFault }

/** Names that nobody may take. Compared by key, so no look-alike passes either. */
const RESERVED_NAMES = ['system', 'admin', 'server', 'everyone', 'here', 'anonymous']

// Controls, surrogates, line and paragraph separators, unassigned and private code points, `/`, and the invisible or
// direction-changing ones by list: a ban on all of category Cf would also refuse emoji joined by U+200D.
const FORBIDDEN_IN_NAME =
  /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Co}\p{Cn}/\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ufeff\uffa0\ufff0-\uffff\u{e0000}-\u{e0fff}]/u

// U+200D joins emoji; between other characters it is invisible.
const LONE_JOINER =
  /(?<!\p{Extended_Pictographic}\ufe0f?|\p{Emoji_Modifier})\u200d|\u200d(?!\p{Extended_Pictographic})/u

// Variation selectors choose how an emoji is drawn; behind anything else they are invisible.
const LONE_SELECTOR =
  /(?<!\p{Extended_Pictographic}|\p{Emoji_Modifier}|[0-9#*](?=\ufe0f\u20e3))[\ufe00-\ufe0f]/u

// More than this many combining marks in a row stack into the lines above and below.
const STACKED_MARKS = /\p{M}{4,}/u

// Letters that look like a Latin one in a way that case folding hides (Greek capitals: Η is η in lower case), and alphabets of
// Latin-like capitals. Beside Latin letters they only deceive; a name that is all Greek or all Cherokee is a name.
const MIXED_ALPHABETS =
  /^(?=.*\p{Script=Latin})(?=.*[ΗΜΝΥΖ\u04c0\u04cf\u1d00-\u1d25\p{Script=Cherokee}\p{Script=Lisu}])/u

// Letters of other scripts that look like a Latin one in common fonts, folded so that the two make one key.
// Source: single-letter rows of Unicode's confusables (UTS 39) for Cyrillic, Greek and Armenian, after case folding.
const LOOKALIKES: ReadonlyMap<string, string> = new Map(
  [
    'аa',
    'вb',
    'сc',
    'ԁd',
    'еe',
    'ёe',
    'һh',
    'іi',
    'їi',
    'јj',
    'кk',
    'мm',
    'нh',
    'оo',
    'рp',
    'ԛq',
    'ѕs',
    'тt',
    'уy',
    'ѵv',
    'ԝw',
    'хx',
    'αa',
    'βb',
    'εe',
    'ηn',
    'ιi',
    'κk',
    'μu',
    'νv',
    'οo',
    'ρp',
    'σo',
    'ςc',
    'τt',
    'υu',
    'χx',
    'γy',
    'ɑa',
    'ɡg',
    'ıi',
    'ȷj',
    'ⅼl',
    'օo',
    'սu',
    'հh',
    'ոn',
  ].map((pair) => [pair[0] as string, pair[1] as string]),
)

/**
 * UTF-16 units beyond which a text is no name, nor is it made canonical: that takes time in the square of the combining marks in it,
 * seconds for a message full of them.
 */
const MAX_CANONICAL_USERNAME = MAX_USERNAME_LENGTH * 8
const MAX_CANONICAL_ROOM = MAX_ROOM_LENGTH * 8

/**
 * The key under which a name is unique: NFKC, then case folded, then look-alike letters folded to Latin.
 * Lower, upper, lower makes `ß`, `ẞ` and `SS` one, and `ſ` and `s`; NFKC again because case mapping can decompose.
 * Several spaces count as one, and selectors of how an emoji is drawn not at all. A text that is far too long for a name is returned as it is.
 */
export function nameKey(name: string): string {
  if (name.length > MAX_CANONICAL_USERNAME) return name
  const folded = name
    .normalize('NFKC')
    .toLowerCase()
    .toUpperCase()
    .toLowerCase()
    .normalize('NFKC')
    .replaceAll('i\u0307', 'i')
    // An emoji is the same however it is drawn, and a page shows several spaces as one.
    .replaceAll(/[\ufe0e\ufe0f]/g, '')
    .replaceAll(/\s+/g, ' ')
  let key = ''
  for (const letter of folded) key += LOOKALIKES.get(letter) ?? letter
  return key
}

const RESERVED_KEYS: ReadonlySet<string> = new Set(RESERVED_NAMES.map(nameKey))

/**
 * Checks a username: NFC, 1 to 32 code points, no control, bidi or zero-width characters, no `/`,
 * no space at either end, not reserved.
 */
export function checkUsername(raw: string): NameCheck {
  if (raw === '') return { ok: false, fault: 'empty' }
  if (raw.length > MAX_CANONICAL_USERNAME) return { ok: false, fault: 'too_long' }
  if (!raw.isWellFormed()) return { ok: false, fault: 'ill_formed' }
  const name = raw.normalize('NFC')
  if (name.trim() !== name) return { ok: false, fault: 'spaces' }
  if ([...name].length > MAX_USERNAME_LENGTH) return { ok: false, fault: 'too_long' }
  if (
    FORBIDDEN_IN_NAME.test(name) ||
    LONE_JOINER.test(name) ||
    LONE_SELECTOR.test(name) ||
    STACKED_MARKS.test(name.normalize('NFD'))
  )
    return { ok: false, fault: 'characters' }
  if (MIXED_ALPHABETS.test(name)) return { ok: false, fault: 'characters' }
  // URL paths have no such segments: a client that normalises them would ask for another endpoint.
  if (name === '.' || name === '..') return { ok: false, fault: 'characters' }
  const key = nameKey(name)
  if (key.trim() === '') return { ok: false, fault: 'characters' }
  if (RESERVED_KEYS.has(key)) return { ok: false, fault: 'reserved' }
  return { ok: true, name, key }
}

/** The form in which rooms are kept (NFC), whether or not it is the name of one. A text that is far too long for a name is returned as it is. */
export function canonicalRoom(raw: string): string {
  return raw.length > MAX_CANONICAL_ROOM ? raw : raw.normalize('NFC')
}

/**
 * Checks a room name: 1 to 64 letters, digits, `-`, `_` or `.` of any script. Its key is the NFC form itself:
 * rooms are case-sensitive, since a room name is an address and not a person.
 */
export function checkRoom(raw: string): NameCheck {
  if (raw === '') return { ok: false, fault: 'empty' }
  if (raw.length > MAX_CANONICAL_ROOM) return { ok: false, fault: 'too_long' }
  if (!raw.isWellFormed()) return { ok: false, fault: 'ill_formed' }
  const name = canonicalRoom(raw)
  if ([...name].length > MAX_ROOM_LENGTH) return { ok: false, fault: 'too_long' }
  if (!ROOM_NAME.test(name) || STACKED_MARKS.test(name.normalize('NFD')) || name === '.' || name === '..')
    return { ok: false, fault: 'characters' }
  return { ok: true, name, key: name }
}
