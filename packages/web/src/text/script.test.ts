import { expect, it } from 'vitest'
import { detectLang } from './script.ts'

it.each([
  ['大家好，今天幾點開會？', 'zh-Hant'],
  ['ㄎㄎ', 'zh-Hant'],
  ['好', 'zh-Hant'],
  ['你好 Alice, 我到了', 'zh-Hant'],
  ['这是我们的网页', 'zh-Hans'],
  ['这是鲜花 Alice', 'zh-Hans'],
  ['今日は良い天気ですね', 'ja'],
  ['カタカナ', 'ja'],
  ['안녕하세요', 'ko'],
  ['Hello there!', 'en'],
  ['Hello 👋 — “fine”…', 'en'],
  ['看 https://example.com/docs', 'zh-Hant'],
  ['Привет', 'ru'],
  ['สวัสดี', 'th'],
])('takes %j for %s', (text, lang) => {
  expect(detectLang(text)).toBe(lang)
})

it.each(['', '123', '👍', '…', 'https://example.com/docs', 'déjà vu', 'ñandú', 'Xin chào các bạn'])(
  'does not guess the language of %j',
  (text) => {
    expect(detectLang(text)).toBeUndefined()
  },
)
