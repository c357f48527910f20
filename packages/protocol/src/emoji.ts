import { MAX_EMOJI_LENGTH } from './limits.ts'

// An emoji sequence as https://www.unicode.org/reports/tr51/#EBNF_and_Regex has it.
const ELEMENT = String.raw`(?:\p{RI}\p{RI}|(?!\p{RI})\p{Emoji}(?:\p{EMod}|\uFE0F\u20E3?|[\u{E0020}-\u{E007E}]+\u{E007F})?)`
const SEQUENCE = new RegExp(String.raw`^${ELEMENT}(?:\u200D${ELEMENT})*$`, 'u')
/** Digits, `#` and `*` have the property too, for the sake of their keys. */
const PICTURE = /[\p{Extended_Pictographic}\p{RI}\u20E3]/u

/** Whether a text is one emoji of at most `MAX_EMOJI_LENGTH` UTF-16 units. */
export function isEmoji(text: string): boolean {
  return text.length <= MAX_EMOJI_LENGTH && SEQUENCE.test(text) && PICTURE.test(text)
}
