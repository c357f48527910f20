import { nameKey } from '@roomful/protocol'

/** How many colours there are for people; the style sheet defines `hue-0` and so on. */
export const HUES = 8

/** A person's colour: the same for one name on every page, and never the only sign of anything. */
export function hueOf(name: string): number {
  // FNV-1a, and its upper bits: the lower ones hardly differ between short names.
  let hash = 0x811c9dc5
  for (const letter of nameKey(name)) hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 0x01000193)
  return ((hash >>> 24) ^ (hash >>> 12)) % HUES
}

/** One or two letters that stand for a name: initials, or the last letter pair of a Chinese name, as is usual there. */
export function initialsOf(name: string): string {
  const letters = [...new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(name)].map(
    ({ segment }) => segment,
  )
  if (letters.length > 1 && letters.length <= 4 && letters.every((letter) => /\p{Script=Han}/u.test(letter)))
    return letters.slice(-2).join('')
  const words = name.split(/[\s._-]+/u).filter((word) => /^[\p{L}\p{N}]/u.test(word))
  const [first, second] = words
  if (first !== undefined && second !== undefined && /^\p{Script=Latin}/u.test(first))
    return (firstLetter(first) + firstLetter(second)).toUpperCase()
  return (letters[0] ?? '').toUpperCase()
}

function firstLetter(word: string): string {
  return [...word][0] ?? ''
}
