import { MAX_ROOM_LENGTH, MAX_USERNAME_LENGTH, ROOM_NAME } from './limits.ts'

/** Why a name is refused. */
export type NameFault = 'empty' | 'too_long' | 'characters' | 'spaces' | 'reserved' | 'ill_formed'

/** A name in its canonical form and the key under which it is unique, or the fault. */
export type NameCheck = { ok: true; name: string; key: string } | { ok: false; fault: NameFault }

/** Names that nobody may take. Compared by key, so no look-alike passes either. */
const RESERVED_NAMES = ['system', 'admin', 'server', 'everyone', 'here', 'anonymous']

// Controls, surrogates, unassigned and private code points, line and paragraph separators, `/`, and what is invisible or changes
// the direction. Joiners and selectors have rules of their own, for the sake of emoji.
const FORBIDDEN_IN_NAME =
  /(?![\u200d\ufe00-\ufe0f])[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}/\u2800\ufffc\ufffd]/u

// U+200D joins emoji; between other characters it is invisible.
const LONE_JOINER =
  /(?<!\p{Extended_Pictographic}\ufe0f?|\p{Emoji_Modifier})\u200d|\u200d(?!\p{Extended_Pictographic})/u

// Variation selectors choose how an emoji is drawn; behind anything else they are invisible.
const LONE_SELECTOR =
  /(?<!\p{Extended_Pictographic}|\p{Emoji_Modifier}|[0-9#*](?=\ufe0f\u20e3))[\ufe00-\ufe0f]/u

// More than this many combining marks in a row stack into the lines above and below.
const STACKED_MARKS = /\p{M}{4,}/u

// Letters of which one case looks like another Latin letter than the other does (Η is η in lower case), or that NFKC makes another.
const TWO_FACED = /[ΗΜΝΥΣς]/

// Those, alphabets of Latin-like capitals, small capitals and palochka. Beside Latin letters they only deceive; a name that is all Greek or all
// Cherokee is a name.
const DECEPTIVE_BESIDE_LATIN =
  /^(?=.*\p{Script=Latin})(?=.*[ΗΜΝΥΣς\u04c0\u04cf\u1d00-\u1d25ɢɪɴʀʏʙʜʟꜰꜱ\p{Script=Cherokee}\p{Script=Lisu}])/u

// The alphabets of which a word may have one only (UTS 39, section 5.2: highly restrictive). Latin goes with Chinese, Japanese and Korean.
const ALPHABETS = [
  /\p{Script=Latin}/u,
  /\p{Script=Cyrillic}/u,
  /\p{Script=Greek}/u,
  /\p{Script=Armenian}/u,
  /[^\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Bopomofo}\p{Script=Hangul}\p{Script=Common}\p{Script=Inherited}]/u,
]

// Letters that look like a Latin one in common fonts, folded so that the two make one key: the first of a run of code points,
// and what each of them looks like; a space is nothing.
// Source: Unicode's confusables (UTS 39), the single-letter rows of Cyrillic, Greek, Armenian, Lisu and Cherokee after case
// folding; by the eye those whose small letter has no row (κ, τ, в, …), Armenian լ and յ.
const LOOKALIKES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    ı: 'i',
    ȷ: 'j',
    ɑ: 'a',
    ɡ: 'g',
    α: 'aby ezn ik uv o pcotu x',
    ϝ: 'f',
    ϳ: 'j       m',
    а: 'a br e    k mho pcty x      b        si j        w',
    ѵ: 'v',
    ү: 'y',
    һ: 'h e',
    ӏ: 'l',
    ԁ: 'd',
    ԍ: 'g',
    ԛ: 'q w',
    ա: 'w q  q     l   h    j  n   nu s g  fo',
    ᴦ: 'r',
    ꙇ: 'i',
    ꓐ: 'bpddt gk jc zf mnlsr  vh  wxy a e iou',
    ꭰ: 'drt  i   yaje    r w   m   h y  g hz           b  r ws   vs   lc  p   kd',
  }).flatMap(([first, latin]) =>
    [...latin].map((letter, n) => [String.fromCharCode(first.charCodeAt(0) + n), letter.trim()] as const),
  ),
)

/**
 * UTF-16 units beyond which a text is no name, nor is it made canonical: that takes time in the square of the combining marks in it,
 * seconds for a message full of them.
 */
const MAX_CANONICAL_USERNAME = MAX_USERNAME_LENGTH * 8
const MAX_CANONICAL_ROOM = MAX_ROOM_LENGTH * 8

/**
 * The key under which a name is unique: NFKC, then case folded, then look-alike letters folded to Latin, with their accents.
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
    // An emoji is the same however it is drawn, and a page shows several spaces as one.
    .replaceAll(/[\ufe0e\ufe0f]/g, '')
    .replaceAll(/\s+/g, ' ')
    .normalize('NFD')
  let key = ''
  for (const letter of folded) key += LOOKALIKES.get(letter) || letter
  return key.replaceAll(/i\u0307+/g, 'i').normalize('NFC')
}

/** Whether a word of it has letters of two alphabets. */
function mixesAlphabets(text: string): boolean {
  const words = text.match(/[\p{L}\p{M}\p{N}]+/gu) ?? []
  return words.some((word) => ALPHABETS.filter((alphabet) => alphabet.test(word)).length > 1)
}

const RESERVED_KEYS: ReadonlySet<string> = new Set(RESERVED_NAMES.map(nameKey))

/**
 * Checks a username: NFC, 1 to 32 code points, no control, bidi or zero-width characters, no `/`,
 * no space at either end, no word of two alphabets unless it looks all Latin, not reserved.
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
  const plain = name.normalize('NFKC')
  if (DECEPTIVE_BESIDE_LATIN.test(plain)) return { ok: false, fault: 'characters' }
  // URL paths have no such segments: a client that normalises them would ask for another endpoint.
  if (name === '.' || name === '..') return { ok: false, fault: 'characters' }
  const key = nameKey(name)
  if (key.trim() === '') return { ok: false, fault: 'characters' }
  if (RESERVED_KEYS.has(key)) return { ok: false, fault: 'reserved' }
  // Where every letter of another alphabet is a look-alike, the name has the key of the Latin one.
  if (mixesAlphabets(plain) && (mixesAlphabets(key) || TWO_FACED.test(plain)))
    return { ok: false, fault: 'characters' }
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
