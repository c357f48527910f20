import type { Texts } from './texts.ts'

/** MS8, MS10: why a text cannot be said; `null` when it can. */
export function textFault(
  texts: Texts,
  maxBytes: number,
  text: string,
): { readonly code: 'too_large' | 'bad_message'; readonly message: string } | null {
  // Three bytes of UTF-8 are the most that one UTF-16 unit takes, so most texts need no count.
  if (text.length * 3 > maxBytes && Buffer.byteLength(text) > maxBytes)
    return { code: 'too_large', message: texts.tooLarge(maxBytes) }
  return text.isWellFormed() ? null : { code: 'bad_message', message: texts.illFormed }
}
