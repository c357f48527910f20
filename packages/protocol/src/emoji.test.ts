import { describe, expect, it } from 'vitest'
import { isEmoji } from './emoji.ts'
import { MAX_EMOJI_LENGTH } from './limits.ts'

describe('one emoji', () => {
  it.each(['👍', '👍🏽', '❤️', '❤', '😀', '🇹🇼', '1️⃣', '#️⃣', '👩‍👩‍👧‍👦', '👩🏻‍❤️‍💋‍👨🏿', '🏳️‍🌈', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', '☺️', '©️'])(
    'is %s',
    (text) => {
      expect(text.length).toBeLessThanOrEqual(MAX_EMOJI_LENGTH)
      expect(isEmoji(text)).toBe(true)
    },
  )

  it.each([
    '',
    'a',
    '1',
    '#',
    'ok',
    '好',
    '👍👍',
    '👍 ',
    ' 👍',
    'x👍',
    '👍x',
    '🇹',
    '🇹🇼🇹🇼',
    '\u200d',
    '👩\u200d',
    '\u200d👩',
    '\ud83d',
    '\ufe0f',
    '<b>',
    '👍\u0301',
    '👍\n',
  ])('is not %j', (text) => {
    expect(isEmoji(text)).toBe(false)
  })

  it('is no longer than the limit', () => {
    const family = ['👩', ...Array<string>(10).fill('👩')].join('\u200d')
    expect(family.length).toBe(32)
    expect([isEmoji(family), isEmoji(`${family}\u200d👩`)]).toEqual([true, false])
  })
})
