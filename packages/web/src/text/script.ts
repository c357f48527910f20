// Letters of the simplified orthography alone, common enough that a sentence rarely does without.
const SIMPLIFIED = /[们这个说时国会学对来为发还问话请谢认开关吗么]/u

const SCRIPTS: readonly (readonly [lang: string, script: RegExp])[] = [
  ['ko', /\p{Script=Hangul}/u],
  ['th', /\p{Script=Thai}/u],
  ['ar', /\p{Script=Arabic}/u],
  ['he', /\p{Script=Hebrew}/u],
  ['ru', /\p{Script=Cyrillic}/u],
  ['el', /\p{Script=Greek}/u],
  ['hi', /\p{Script=Devanagari}/u],
]

const ADDRESS = /\b[a-z]+:\/\/\S+/giu

/**
 * The most likely language of a short text as a BCP 47 tag, or undefined when the script does not tell.
 * Good enough to choose a voice and the regional shapes of Han letters (WCAG 3.1.2), not to count words.
 */
export function detectLang(text: string): string | undefined {
  const sample = text.slice(0, 1000).replace(ADDRESS, '')
  if (/[\p{Script=Hiragana}\p{Script=Katakana}]/u.test(sample)) return 'ja'
  for (const [lang, script] of SCRIPTS) if (script.test(sample)) return lang
  if (/\p{Script=Bopomofo}/u.test(sample)) return 'zh-Hant'
  if (/\p{Script=Han}/u.test(sample)) return SIMPLIFIED.test(sample) ? 'zh-Hans' : 'zh-Hant'
  return /[a-z]{2}/iu.test(sample) && !/[^\p{ASCII}\p{P}\p{S}\p{M}\p{Cf}\s]/u.test(sample) ? 'en' : undefined
}
