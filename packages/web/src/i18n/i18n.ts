import type { Group } from '../state/notices.ts'
import type { Dictionary, Formats, PageLang } from './dictionary.ts'

/** One language of the page: its sentences, and the dates and lists of the reader's region. */
export interface Language {
  readonly lang: PageLang
  /** BCP 47 tag for `lang` attributes. */
  readonly tag: string
  readonly t: Dictionary
  number(value: number): string
  /** `3:05 PM` */
  time(at: number): string
  /** The whole moment, for those who want to know. */
  moment(at: number): string
  /** `Today`, `Yesterday`, or the date; `now` decides what today is. */
  day(at: number, now: number): string
  /** `2 sec. ago`; `ms` in milliseconds. */
  ago(ms: number): string
  /** Orders names for this reader. */
  compare(a: string, b: string): number
}

export const LANGS: readonly { readonly lang: PageLang; readonly name: string }[] = [
  { lang: 'zh-Hant', name: '繁體中文' },
  { lang: 'en', name: 'English' },
]

/** The sentences of a language, once its formats are known. */
export type Words = (formats: Formats) => Dictionary

/** Fetches them. Rejects when they cannot be had. */
export async function loadWords(lang: PageLang): Promise<Words> {
  return lang === 'en' ? (await import('./en.ts')).english : (await import('./zh-hant.ts')).traditionalChinese
}

/** `regions`: what the browser prefers (`navigator.languages`), for the order of dates and hours. */
export function createLanguage(lang: PageLang, words: Words, regions: readonly string[]): Language {
  const wanted = lang === 'en' ? /^en\b/u : /^zh-(?:Hant|TW|HK|MO)\b/u
  const locale =
    regions.find((region) => wanted.test(region) && isLocale(region)) ?? (lang === 'en' ? 'en' : 'zh-TW')
  const numbers = new Intl.NumberFormat(locale)
  const list = new Intl.ListFormat(locale, { type: 'conjunction' })
  const plurals = new Intl.PluralRules(locale)
  const hours = new Intl.DateTimeFormat(locale, { hour: 'numeric', minute: '2-digit' })
  const moments = new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeStyle: 'medium' })
  const near = new Intl.DateTimeFormat(locale, { month: 'long', day: 'numeric', weekday: 'long' })
  const far = new Intl.DateTimeFormat(locale, {
    year: 'numeric',
    month: 'long',
    day: 'numeric',
    weekday: 'long',
  })
  const distance = new Intl.RelativeTimeFormat(locale, { style: 'short' })
  const { compare } = new Intl.Collator(locale)
  const number = (value: number): string => numbers.format(value)
  const people = (group: Group): string => nameThem(group, lang, list, number)
  const t = words({ number, people, plural: (n) => plurals.select(n) })
  return {
    lang,
    tag: lang === 'en' ? 'en' : 'zh-Hant-TW',
    t,
    number,
    time: (at) => hours.format(at),
    moment: (at) => moments.format(at),
    day: (at, now) => {
      const ago = daysBetween(at, now)
      if (ago === 0) return t.today
      if (ago === 1) return t.yesterday
      return (new Date(at).getFullYear() === new Date(now).getFullYear() ? near : far).format(at)
    },
    ago: (ms) => (ms < 1500 ? t.justNow : distance.format(...backBy(ms / 1000))),
    compare,
  }
}

function backBy(seconds: number): [number, 'second' | 'minute' | 'hour' | 'day'] {
  if (seconds < 60) return [-Math.floor(seconds), 'second']
  if (seconds < 3600) return [-Math.floor(seconds / 60), 'minute']
  return seconds < 86_400 ? [-Math.floor(seconds / 3600), 'hour'] : [-Math.floor(seconds / 86_400), 'day']
}

/** The language to begin with: what was chosen before, or what the browser prefers. */
export function preferredLang(chosen: string | null, regions: readonly string[]): PageLang {
  if (chosen === 'zh-Hant' || chosen === 'en') return chosen
  const first = regions.find((region) => /^(?:zh|en)\b/u.test(region))
  return first?.startsWith('zh') === true ? 'zh-Hant' : 'en'
}

/** Names shown of a group at most; the rest is counted. */
const NAMED = 3

function nameThem(
  group: Group,
  lang: PageLang,
  list: Intl.ListFormat,
  number: (value: number) => string,
): string {
  const named = group.names.slice(0, NAMED)
  const others = group.others + group.names.length - named.length
  if (lang === 'en') {
    const rest = others === 1 ? 'one other' : `${number(others)} others`
    if (named.length === 0) return others === 1 ? 'Someone' : `${number(others)} people`
    return list.format(others > 0 ? [...named, rest] : named)
  }
  if (named.length === 0) return others === 1 ? '有人' : `有 ${number(others)} 人`
  return others > 0 ? `${named.join('、')} 等 ${number(others + named.length)} 人` : `${named.join('、')} `
}

function daysBetween(at: number, now: number): number {
  const midnight = (moment: number): number => new Date(moment).setHours(0, 0, 0, 0)
  // Days of 23 and 25 hours exist.
  return Math.round((midnight(now) - midnight(at)) / 86_400_000)
}

function isLocale(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length > 0
  } catch {
    return false
  }
}
