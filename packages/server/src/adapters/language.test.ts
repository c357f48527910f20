import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { expect, it } from 'vitest'
import { languageOf } from './language.ts'

it.each([
  ['/', undefined, null],
  ['/?lang=en', 'zh', 'en'],
  ['/?lang=zh-TW', 'en', 'zh-Hant'],
  ['/?lang=fr', 'en-GB', 'en'],
  ['/', '*', null],
  ['/', 'fr, english', null],
  ['/', 'zh-Hant-TW,zh;q=0.9,en-US;q=0.8', 'zh-Hant'],
  ['/', 'zh;q=0.2, EN ; q=0.7', 'en'],
  ['/', 'en;q=0, zh;q=0.1', 'zh-Hant'],
  ['/', 'en;q=0', null],
  ['/', 'en;q=x', null],
  ['/', `${'fr,'.repeat(40)}en`, null],
] as const)('EP6: %s with Accept-Language %s is answered in %s', (url, header, lang) => {
  const request = new IncomingMessage(new Socket())
  request.url = url
  if (header !== undefined) request.headers['accept-language'] = header
  for (const fallback of ['en', 'zh-Hant'] as const)
    expect(languageOf(request, fallback)).toBe(lang ?? fallback)
})
