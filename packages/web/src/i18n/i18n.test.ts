import { ERRORS } from '@roomful/protocol'
import { describe, expect, it } from 'vitest'
import type { PageLang } from './dictionary.ts'
import { createLanguage, type Language, LANGS, loadWords, preferredLang } from './i18n.ts'
import { whyUnsent } from './why-unsent.ts'

const WORDS = { en: await loadWords('en'), 'zh-Hant': await loadWords('zh-Hant') }
const speak = (lang: PageLang, regions: readonly string[]): Language =>
  createLanguage(lang, WORDS[lang], regions)
const zh = speak('zh-Hant', ['zh-TW'])
const en = speak('en', ['en-US'])

/** Every sentence of a dictionary by its path, functions called with plausible values. */
function sentences(lang: PageLang): Map<string, string> {
  const found = new Map<string, string>()
  const walk = (value: unknown, path: string): void => {
    if (typeof value === 'string') found.set(path, value)
    else if (typeof value === 'function') walk(call(value as (...values: unknown[]) => unknown, path), path)
    else if (typeof value === 'object' && value !== null)
      for (const [key, inner] of Object.entries(value)) walk(inner, `${path}.${key}`)
  }
  walk(speak(lang, []).t, lang)
  return found
}

function call(sentence: (...values: unknown[]) => unknown, path: string): unknown {
  const group = { names: ['Ann', 'Ben'], others: 3 }
  if (/joined|left|returned|passed|typing/u.test(path)) return sentence(group)
  if (path.endsWith('unsentOf')) return sentence(1234, 'Ann', 'lobby')
  if (path.endsWith('reactedBy')) return sentence('👍', group)
  if (
    /people(?:Here)$|unlisted|anonymous|gap|Count|Several|nextTry|tooLong|bytesLeft|missing|leaveSure/u.test(
      path,
    )
  )
    return sentence(1234)
  return sentence('Ann', 'hello')
}

describe.each(LANGS)('$name', ({ lang }) => {
  it('has a sentence for everything', () => {
    for (const [path, text] of sentences(lang)) {
      expect(text.trim(), path).not.toBe('')
      expect(text, path).not.toMatch(/undefined|NaN|\[object|\$\{/u)
    }
  })

  it('has words for every error code', () => {
    const { t } = speak(lang, [])
    const codes = Object.keys(ERRORS) as (keyof typeof ERRORS)[]
    for (const code of [...codes, 'offline', 'timeout', 'closed', 'bad_frame'] as const)
      expect(whyUnsent(t, 'Hello', { code, message: 'as the server says it' }), code).not.toBe('')
  })

  it('tells in the server’s words what it has none for, and why a command was not done', () => {
    const { t } = speak(lang, [])
    const words = (text: string, code: 'conflict' | 'user_not_found' | 'too_large'): string =>
      whyUnsent(t, text, { code, message: 'Usage: /mute NAME' })
    expect(words('/mute', 'conflict')).toContain('Usage: /mute NAME')
    expect(words('/mute Bob', 'user_not_found')).toContain('Usage: /mute NAME')
    expect(words('Bob?', 'user_not_found')).toBe(t.failure.gone)
    expect(words('/mute Bob', 'too_large')).toBe(t.failure.too_large)
  })

  it('uses every value it is given', () => {
    for (const [path, text] of sentences(lang))
      if (/nextTry|peopleHere|unlisted|anonymous|gap$|Count|Several|unsentOf|leaveSure/u.test(path))
        expect(text, path).toContain('1,234')
  })
})

it('has the same sentences in both languages, and none left untranslated', () => {
  const chinese = sentences('zh-Hant')
  const english = sentences('en')
  expect([...chinese.keys()].map((path) => path.replace('zh-Hant', 'en'))).toEqual([...english.keys()])
  for (const [path, text] of english) {
    expect(text, path).not.toMatch(/\p{Script=Han}/u)
    const translated = chinese.get(path.replace(/^en/u, 'zh-Hant')) ?? ''
    if (!/pageTitle|partBreak/u.test(path)) expect(translated, path).toMatch(/\p{Script=Han}|：/u)
  }
})

it('counts in English as English does', () => {
  expect(en.t.announceSeveral(1)).toBe('1 new message')
  expect(en.t.announceSeveral(2)).toBe('2 new messages')
  expect(en.t.gap(1)).toBe('1 message is missing here')
})

it('names people, and counts those it does not name', () => {
  expect(en.t.joined({ names: ['Ann'], others: 0 })).toBe('Ann joined')
  expect(en.t.joined({ names: ['Ann', 'Ben', 'Cai', 'Dee'], others: 8 })).toBe(
    'Ann, Ben, Cai, and 9 others joined',
  )
  expect(en.t.left({ names: [], others: 1 })).toBe('Someone left')
  expect(zh.t.joined({ names: ['小明'], others: 0 })).toBe('小明 加入了聊天室')
  expect(zh.t.joined({ names: ['A', 'B'], others: 10 })).toBe('A、B 等 12 人加入了聊天室')
  expect(zh.t.left({ names: [], others: 4 })).toBe('有 4 人離開了聊天室')
})

describe('dates', () => {
  const now = new Date(2024, 4, 15, 9, 5).getTime()
  it('are told as people do', () => {
    expect(en.day(now, now)).toBe('Today')
    expect(zh.day(new Date(2024, 4, 14, 23, 59).getTime(), now)).toBe('昨天')
    expect(zh.day(new Date(2024, 4, 3).getTime(), now)).toMatch(/^5月3日\s?（?星期五/u)
    expect(en.day(new Date(2023, 4, 3).getTime(), now)).toBe('Wednesday, May 3, 2023')
    expect(zh.time(now)).toBe('上午9:05')
  })

  it('follow the reader’s region', () => {
    expect(speak('en', ['zh-TW', 'en-GB']).time(new Date(2024, 4, 15, 15, 5).getTime())).toBe('15:05')
    expect(speak('en', ['en-x-!', 'fr']).time(now)).toMatch(/9:05/u)
  })
})

it('begins with the language that was chosen, or that the browser prefers', () => {
  expect(preferredLang(null, ['zh-TW', 'en'])).toBe('zh-Hant')
  expect(preferredLang(null, ['zh-CN'])).toBe('zh-Hant')
  expect(preferredLang(null, ['en-GB', 'zh'])).toBe('en')
  expect(preferredLang(null, ['fr'])).toBe('en')
  expect(preferredLang('zh-Hant', ['en'])).toBe('zh-Hant')
  expect(preferredLang('xx', ['zh'])).toBe('zh-Hant')
})
